package measure

import (
	"errors"
	"runtime"
	"time"
)

// spending is what a piece of work cost this process.
type spending struct {
	cpu, wall     time.Duration
	allocs, bytes uint64
}

// spend does the work, on a heap that was just cleaned.
func spend(work func()) (spending, error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpuBefore, errBefore := CPU()
	begun := time.Now()
	work()
	wall := time.Since(begun)
	cpuAfter, errAfter := CPU()
	runtime.ReadMemStats(&after)
	return spending{
		cpu: cpuAfter - cpuBefore, wall: wall,
		allocs: after.Mallocs - before.Mallocs, bytes: after.TotalAlloc - before.TotalAlloc,
	}, errors.Join(errBefore, errAfter)
}

// Memory is what this process holds after two collections, the second of which
// empties the pools: heap and stacks, in bytes.
func Memory() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

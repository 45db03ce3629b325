//go:build unix

package measure

import (
	"os"
	"syscall"
	"time"
)

// CPU is the processor time that this process has taken, in user and system.
func CPU() (time.Duration, error) {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0, os.NewSyscallError("getrusage", err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()), nil
}

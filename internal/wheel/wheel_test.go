package wheel_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/wheel"
)

func Example() {
	var wheels wheel.Wheels
	var timer wheel.Timer
	fired := make(chan struct{})
	wheels.Start(&timer, time.Millisecond, func() { fired <- struct{}{} })
	<-fired
	<-fired
	timer.Stop()
	wheels.Close()
	fmt.Println(wheels.Start(&timer, time.Millisecond, func() {}))
	// Output: false
}

// log holds when timers fired, as durations since it was made.
type log struct {
	begun time.Time
	mu    sync.Mutex
	fired map[int][]time.Duration
}

func newLog() *log { return &log{begun: time.Now(), fired: map[int][]time.Duration{}} }

func (l *log) add(timer int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fired[timer] = append(l.fired[timer], time.Since(l.begun))
}

// of returns when one timer fired.
func (l *log) of(timer int) []time.Duration {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.fired[timer])
}

// perSecond is how many timers fired in each second.
func (l *log) perSecond() map[int]int {
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	seconds := map[int]int{}
	for _, moments := range l.fired {
		for _, at := range moments {
			seconds[int(at/time.Second)]++
		}
	}
	return seconds
}

func (l *log) start(t *testing.T, wheels *wheel.Wheels, timers int, interval time.Duration) []wheel.Timer {
	t.Helper()
	made := make([]wheel.Timer, timers)
	for i := range made {
		require.True(t, wheels.Start(&made[i], interval, func() { l.add(i) }))
	}
	return made
}

// Each timer fires exactly once in an interval of any length.
func TestTimersFireOnceInAnInterval(t *testing.T) {
	t.Parallel()
	for _, interval := range []time.Duration{time.Nanosecond, time.Microsecond, time.Millisecond, 7 * time.Millisecond, time.Second, 10 * time.Second, 24 * time.Hour} {
		t.Run(interval.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var wheels wheel.Wheels
				l := newLog()
				l.start(t, &wheels, 3, interval)
				const turns = 20
				time.Sleep(turns*interval + interval/2)
				wheels.Close()
				for timer := range 3 {
					fired := l.of(timer)
					assert.InDelta(t, turns, len(fired), 1)
					for i := 1; i < len(fired); i++ {
						require.InDelta(t, interval, fired[i]-fired[i-1], float64(interval)/100+1)
					}
				}
			})
		})
	}
}

// Timers that are started at once fire at different moments.
func TestTimersAreSpread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const timers = 10_000
		var wheels wheel.Wheels
		l := newLog()
		l.start(t, &wheels, timers, 10*time.Second)
		time.Sleep(30*time.Second - time.Millisecond)
		wheels.Close()
		for second, n := range l.perSecond() {
			assert.InDelta(t, timers/10, n, timers/50, "in second %d", second)
		}
	})
}

// After a timer that takes a minute, no missed interval is made up for: no timer fires
// twice in an interval, and the load is as even as before.
func TestTimersAreNotCaughtUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const timers = 1_000
		var wheels wheel.Wheels
		l := newLog()
		l.start(t, &wheels, timers, 10*time.Second)
		var one wheel.Timer
		stuck := sync.OnceFunc(func() { time.Sleep(time.Minute) })
		require.True(t, wheels.Start(&one, 10*time.Second, stuck))
		time.Sleep(90 * time.Second)
		wheels.Close()
		for timer := range timers {
			fired := l.of(timer)
			for i := 1; i < len(fired); i++ {
				require.GreaterOrEqual(t, fired[i]-fired[i-1], 9900*time.Millisecond)
			}
		}
		for second, n := range l.perSecond() {
			assert.LessOrEqual(t, n, timers/10+timers/20, "in second %d", second)
		}
	})
}

// Timers that each take a little do not make the interval longer.
func TestTimersKeepTheInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var wheels wheel.Wheels
		var timer wheel.Timer
		var fired atomic.Int32
		require.True(t, wheels.Start(&timer, time.Second, func() { fired.Add(1); time.Sleep(3 * time.Millisecond) }))
		time.Sleep(1000 * time.Second)
		wheels.Close()
		assert.InDelta(t, 1000, fired.Load(), 1)
		time.Sleep(time.Second) // until it has returned
	})
}

// A stopped timer does not fire, also if it stops itself. A wheel without timers stops,
// and starts again with the next timer.
func TestTimerStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var wheels wheel.Wheels
		var itself, idle wheel.Timer
		var fired atomic.Int32
		require.True(t, wheels.Start(&itself, time.Second, func() { fired.Add(1); itself.Stop() }))
		time.Sleep(10 * time.Second)
		assert.Equal(t, int32(1), fired.Load())

		idle.Stop() // was not started
		l := newLog()
		two := l.start(t, &wheels, 2, time.Second)
		two[0].Stop()
		two[0].Stop()
		time.Sleep(10 * time.Second)
		assert.Empty(t, l.of(0))
		assert.InDelta(t, 10, len(l.of(1)), 1)
		wheels.Close()
	})
}

// A wheel whose last timer stops before another starts still fires one after the other,
// also where a timer does both.
func TestTimersThatReplaceEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var wheels wheel.Wheels
		var one, two, three, four wheel.Timer
		var firing, fired atomic.Int32
		slow := func() {
			assert.EqualValues(t, 1, firing.Add(1))
			time.Sleep(5 * time.Second)
			firing.Add(-1)
			fired.Add(1)
		}
		require.True(t, wheels.Start(&one, time.Second, slow))
		one.Stop()
		require.True(t, wheels.Start(&two, time.Second, slow))
		time.Sleep(time.Minute)
		two.Stop()
		time.Sleep(time.Minute)
		require.True(t, wheels.Start(&three, time.Second, func() {
			three.Stop()
			wheels.Start(&four, time.Second, slow)
		}))
		time.Sleep(time.Minute)
		wheels.Close()
		time.Sleep(time.Minute) // until the last has returned
		assert.Positive(t, fired.Load())
	})
}

// After Close nothing fires and nothing starts.
func TestWheelsClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var wheels wheel.Wheels
		l := newLog()
		timers := l.start(t, &wheels, 10, time.Second)
		l.start(t, &wheels, 10, time.Minute)
		wheels.Close()
		wheels.Close()
		assert.False(t, wheels.Start(&wheel.Timer{}, time.Second, func() { t.Error("fired") }))
		assert.False(t, wheels.Start(&wheel.Timer{}, time.Hour, func() { t.Error("fired") }))
		time.Sleep(time.Hour)
		assert.Empty(t, l.perSecond())
		timers[0].Stop()
	})
}

// Close may be called by a timer.
func TestWheelsCloseWhileFiring(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var wheels wheel.Wheels
		var timer wheel.Timer
		var fired atomic.Int32
		require.True(t, wheels.Start(&timer, time.Second, func() { fired.Add(1); wheels.Close() }))
		time.Sleep(time.Hour)
		assert.Equal(t, int32(1), fired.Load())
	})
}

// Timers are started and stopped concurrently; none fires after all are stopped.
func TestWheelsAreSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var wheels wheel.Wheels
		var fired atomic.Int32
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				for range 20 {
					var timer wheel.Timer
					wheels.Start(&timer, time.Duration(1+i%3)*10*time.Millisecond, func() { fired.Add(1) })
					time.Sleep(time.Duration(i) * time.Millisecond)
					timer.Stop()
				}
			})
		}
		all.Wait()
		synctest.Wait()
		before := fired.Load()
		assert.NotZero(t, before)
		time.Sleep(time.Minute)
		assert.Equal(t, before, fired.Load())
		wheels.Close()
	})
}

package dispatch_test

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/dispatch"
)

func Example() {
	d := dispatch.New(dispatch.Options{
		Waiting:  100,
		Dropped:  func(calls int) { fmt.Println("dropped:", calls) },
		Panicked: func(cause any, _ []byte) { fmt.Println("panic:", cause) },
	})
	d.Add(func() { fmt.Println("first") })
	d.Add(func() { panic("second") })
	d.Add(func() { fmt.Println("third") })
	fmt.Println("left:", d.Drain(context.Background()))
	// Output:
	// first
	// panic: second
	// third
	// left: 0
}

// reports are what a dispatcher has reported.
type reports struct {
	mu      sync.Mutex
	dropped []int
	at      []time.Duration // of each report, since begun
	begun   time.Time
	panics  []any
	stack   []byte
}

func (h *reports) options() dispatch.Options {
	h.begun = time.Now()
	return dispatch.Options{
		Waiting: 3, Late: 2,
		Dropped: func(calls int) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.dropped, h.at = append(h.dropped, calls), append(h.at, time.Since(h.begun))
		},
		Panicked: func(cause any, stack []byte) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.panics, h.stack = append(h.panics, cause), stack
		},
	}
}

// hold occupies a dispatcher until release is called.
func hold(d *dispatch.Dispatcher) (release func()) {
	begun, over := make(chan struct{}), make(chan struct{})
	d.Add(func() { close(begun); <-over })
	<-begun
	return func() { close(over) }
}

// Calls are made in order and one at a time, also calls that a call adds.
func TestDispatcherKeepsTheOrder(t *testing.T) {
	t.Parallel()
	var h reports
	o := h.options()
	o.Waiting = 1000
	d := dispatch.New(o)
	var got []int // without a lock: one call at a time
	for i := range 100 {
		d.Add(func() {
			got = append(got, i)
			if i == 50 {
				d.Add(func() { got = append(got, 100) })
			}
		})
	}
	require.Zero(t, d.Drain(t.Context()))
	for i := range 101 {
		require.Equal(t, i, got[i])
	}
	assert.Zero(t, d.Missed())
}

// Calls without room are dropped and counted, and each is reported.
func TestDispatcherReportsWhatItDrops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var h reports
		d := dispatch.New(h.options())
		for round := range 3 {
			release := hold(d)
			for range 3 + 5 {
				d.Add(func() { time.Sleep(300 * time.Millisecond) })
			}
			assert.Equal(t, uint64(5*(round+1)), d.Missed())
			release()
			synctest.Wait() // the first call sleeps and does not wait any more
		}
		require.Zero(t, d.Drain(t.Context()))
		total := 0
		for _, n := range h.dropped {
			total += n
		}
		assert.Equal(t, 15, total, "all are reported")
	})
}

// An idle dispatcher has reported all that it dropped, also within a second.
func TestDispatcherReportsBeforeItIsIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var h reports
		d := dispatch.New(h.options())
		for range 2 {
			release := hold(d)
			for range 3 + 5 {
				d.Add(func() {})
			}
			release()
			synctest.Wait()
		}
		assert.Equal(t, []int{5, 5}, h.dropped)
	})
}

// While calls wait, a second report comes a second after the first.
func TestDispatcherReportsOnceASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var h reports
		d := dispatch.New(h.options())
		for range 50 { // ten calls a second, of which one in three is made
			for range 3 {
				d.Add(func() { time.Sleep(100 * time.Millisecond) })
			}
			time.Sleep(100 * time.Millisecond)
		}
		require.Zero(t, d.Drain(t.Context()))
		require.NotEmpty(t, h.at)
		for i := 1; i < len(h.at)-1; i++ { // the last comes before the dispatcher is idle
			assert.GreaterOrEqual(t, h.at[i]-h.at[i-1], time.Second)
		}
		assert.GreaterOrEqual(t, len(h.at), 4)
		assert.LessOrEqual(t, len(h.at), 7)
	})
}

// A panic is reported with its stack, and the next call is made, also after a panic in
// Call or in the report.
func TestDispatcherSurvivesPanics(t *testing.T) {
	t.Parallel()
	var h reports
	o := h.options()
	panicked := o.Panicked
	o.Panicked = func(cause any, stack []byte) {
		panicked(cause, stack)
		panic("the log is full")
	}
	d := dispatch.New(o)
	d.Add(func() { culprit() })
	d.Call(func() { culprit() })
	made := false
	d.Add(func() { made = true })
	require.Zero(t, d.Drain(t.Context()))
	assert.True(t, made)
	assert.Equal(t, uint64(2), d.Missed())
	assert.Equal(t, []any{"oh no", "oh no"}, h.panics)
	assert.True(t, bytes.Contains(h.stack, []byte("culprit")), "%s", h.stack)
}

//go:noinline
func culprit() { panic("oh no") }

// The calls go on after one that ends its goroutine.
func TestDispatcherSurvivesGoexit(t *testing.T) {
	t.Parallel()
	var h reports
	d := dispatch.New(h.options())
	d.Add(runtime.Goexit)
	made := false
	d.Add(func() { made = true })
	require.Zero(t, d.Drain(t.Context()))
	assert.True(t, made)
	assert.Zero(t, d.Missed())
}

// After its context has ended, Drain waits while one call after the other returns, and
// drops the calls behind one that does not.
func TestDispatcherDrains(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		calls  []time.Duration
		left   int
		missed uint64
	}{
		"nothing":              {},
		"one after the other":  {calls: []time.Duration{90 * time.Millisecond, 90 * time.Millisecond, 90 * time.Millisecond}},
		"the first is stuck":   {calls: []time.Duration{time.Hour, 0, 0}, left: 3, missed: 2},
		"the last is stuck":    {calls: []time.Duration{0, 0, time.Hour}, left: 1},
		"the middle, in order": {calls: []time.Duration{50 * time.Millisecond, time.Hour, 0}, left: 2, missed: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var h reports
				d := dispatch.New(h.options())
				made := 0
				for _, takes := range c.calls {
					d.Add(func() { made++; time.Sleep(takes) })
				}
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				assert.Equal(t, c.left, d.Drain(ctx))
				assert.Equal(t, c.missed, d.Missed())
				time.Sleep(2 * time.Hour) // until the one that is stuck returns
				synctest.Wait()
				assert.Equal(t, len(c.calls)-int(c.missed), made)
			})
		})
	}
}

// Calls that are added while Drain waits are made after it.
func TestDispatcherDropsNothingInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var h reports
		d := dispatch.New(h.options())
		made := false
		release := hold(d)
		d.Add(func() {
			d.Add(func() { time.Sleep(time.Second) })
			d.Add(func() { made = true })
		})
		go func() {
			synctest.Wait() // until Drain waits
			release()
		}()
		require.Zero(t, d.Drain(t.Context()))
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.True(t, made)
		assert.Zero(t, d.Missed())
	})
}

// After Drain as many calls are taken as the options say, and no more.
func TestDispatcherTakesFewAfterDrain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var h reports
		d := dispatch.New(h.options())
		require.Zero(t, d.Drain(t.Context()))
		made := 0
		for range 5 {
			d.Add(func() { made++ })
			synctest.Wait()
		}
		assert.Equal(t, 2, made)
		assert.Equal(t, uint64(3), d.Missed())
		d.Miss()
		assert.Equal(t, uint64(4), d.Missed())
		require.Zero(t, d.Drain(t.Context()))
		d.Add(func() { t.Error("a second Drain makes no room") })
		synctest.Wait()
	})
}

type loss struct {
	key   string
	last  int
	count int
	at    time.Duration
}

// The first of each key is reported at once, the following ones when a second is over.
// There is no report of nothing.
func TestThrottle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var h reports
		d := dispatch.New(h.options())
		begun := time.Now()
		var got []loss
		throttle := dispatch.NewThrottle(d, func(key string, last, count int) {
			got = append(got, loss{key, last, count, time.Since(begun)})
		})
		for i := range 4 { // at 0, 0.3, 0.6 and 0.9 s
			throttle.Add("a", 2*i+1)
			throttle.Add("a", 2*i+2)
			synctest.Wait()
			time.Sleep(300 * time.Millisecond)
		}
		throttle.Add("a", 9)
		throttle.Add("b", 1)
		time.Sleep(5 * time.Second)
		throttle.Add("b", 2)
		throttle.Add("b", 3)
		throttle.Flush()
		time.Sleep(1100 * time.Millisecond)
		throttle.Add("b", 4)
		require.Zero(t, d.Drain(t.Context()))
		assert.Equal(t, []loss{
			{"a", 1, 1, 0},
			{"a", 8, 7, time.Second},
			{"b", 1, 1, 1200 * time.Millisecond},
			{"a", 9, 1, 2 * time.Second},
			{"b", 2, 1, 6200 * time.Millisecond},
			{"b", 3, 1, 6200 * time.Millisecond},
			{"b", 4, 1, 7300 * time.Millisecond},
		}, got)
	})
}

// Add does not wait for a slow report.
func TestThrottleWaitsForNobody(t *testing.T) {
	t.Parallel()
	var h reports
	d := dispatch.New(h.options())
	over, total := make(chan struct{}), 0
	throttle := dispatch.NewThrottle(d, func(_ string, _ struct{}, count int) {
		<-over
		total += count
	})
	for range 1000 {
		throttle.Add("a", struct{}{})
	}
	throttle.Flush()
	close(over)
	require.Zero(t, d.Drain(t.Context()))
	assert.Equal(t, 1000, total)
}

package lanes

import (
	"context"
	"math/rand/v2"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// leftIn counts what a queue still holds.
func leftIn(q *Queue[string]) map[string]int {
	q.mu.Lock()
	defer q.mu.Unlock()
	left := map[string]int{"lanes": len(q.lanes), "items": q.load.items, "size": q.load.size, "timers": 0}
	for _, o := range q.owners {
		left["waiting"] += o.waiting.count()
		for l := o.first; l != nil; l = l.after {
			left["ready"]++
		}
		left["delayed"] += len(o.delayed)
		if o.timer != nil {
			left["timers"]++
		}
	}
	return left
}

var nothing = map[string]int{"lanes": 0, "items": 0, "size": 0, "waiting": 0, "delayed": 0, "timers": 0}

func roomy() *Queue[string] { return withRoomFor(1 << 30) }

func withRoomFor(items int) *Queue[string] {
	return New[string](Limits{Items: items, Size: 1 << 30, LaneItems: 1 << 30, LaneSize: 1 << 30})
}

func one(lane string, priority int) Item[string] {
	return Item[string]{Value: lane, Owner: "a", Lane: lane, Priority: priority, Size: 1}
}

func push(t *testing.T, q *Queue[string], item Item[string]) []Dropped[string] {
	t.Helper()
	dropped, err := q.Push(item)
	require.NoError(t, err)
	return dropped
}

func pull(t *testing.T, q *Queue[string]) *Taken[string] {
	t.Helper()
	taken, err := q.Pull(t.Context(), []string{"a"})
	require.NoError(t, err)
	return taken
}

func TestQueueLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := roomy()
		for i := range 1000 {
			push(t, q, one(strconv.Itoa(i), i%Priorities))
		}
		for i := 0; ; i++ {
			if items, _ := q.Load(); items == 0 {
				break
			}
			taken := pull(t, q)
			if i%3 == 0 {
				taken.Requeue(time.Duration(rand.IntN(5))*time.Second, "")
			} else {
				taken.Done()
			}
		}
		synctest.Wait()
		assert.Equal(t, nothing, leftIn(q))
	})
}

// A lane whose only item is shed is forgotten: while nobody pulls, the number of such lanes
// has no bound.
func TestQueueForgetsLanesThatAreShed(t *testing.T) {
	t.Parallel()
	q := withRoomFor(10)
	for i := range 10 {
		push(t, q, one("closing "+strconv.Itoa(i), 2))
	}
	for i := range 1000 {
		_, err := q.Push(one(strconv.Itoa(i), 0))
		require.ErrorIs(t, err, ErrFull)
	}
	left := leftIn(q)
	assert.Equal(t, 10, left["lanes"])
	assert.Equal(t, 10, left["ready"])
}

func TestQueueForgetsDelayedLanesThatAreShed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := withRoomFor(10)
		for i := range 10 {
			push(t, q, one(strconv.Itoa(i), 0))
		}
		for range 10 {
			pull(t, q).Requeue(time.Minute, "")
		}
		for i := range 10 {
			require.Len(t, push(t, q, one("closing "+strconv.Itoa(i), 2)), 1)
		}
		left := leftIn(q)
		assert.Equal(t, 10, left["lanes"])
		assert.Zero(t, left["delayed"])
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Zero(t, leftIn(q)["timers"], "the timer is not set again")
		q.Close()
	})
}

func TestQueueHasOneTimer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := roomy()
		for i := range 100 {
			push(t, q, one(strconv.Itoa(i), 1))
		}
		begun := time.Now()
		for i := range 100 {
			pull(t, q).Requeue(time.Duration(100-i)*time.Second, "") // each due before the last
		}
		assert.Equal(t, 1, leftIn(q)["timers"])
		time.Sleep(time.Second)
		synctest.Wait()
		assert.Equal(t, 99, leftIn(q)["delayed"])
		taken := pull(t, q)
		assert.Equal(t, time.Second, time.Since(begun))
		taken.Done()
		assert.Len(t, q.Close(), 99)
		time.Sleep(time.Hour)
		synctest.Wait()
		left := leftIn(q)
		delete(left, "timers") // stopped
		for what, n := range left {
			assert.Zero(t, n, what)
		}
	})
}

func timerOf(q *Queue[string], o *owner[string]) *time.Timer {
	q.mu.Lock()
	defer q.mu.Unlock()
	return o.timer
}

// A timer that fires while another is being set leaves only one.
func TestQueueTimerFiresLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := roomy()
		push(t, q, one("s", 1))
		pull(t, q).Requeue(time.Minute, "")
		p := q.owners["a"]
		set := timerOf(q, p)
		q.wakeDue(p) // by a timer that was stopped too late
		assert.NotSame(t, set, timerOf(q, p))
		assert.False(t, set.Stop(), "the one that was set is stopped")
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Nil(t, timerOf(q, p))
		q.Close()
	})
}

func TestQueueCloseStopsItsTimers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := roomy()
		push(t, q, one("s", 1))
		pull(t, q).Requeue(time.Minute, "")
		set := timerOf(q, q.owners["a"])
		q.Close()
		assert.False(t, set.Stop())
		assert.Nil(t, timerOf(q, q.owners["a"]))
	})
}

// A waiter for several owners leaves all lists when it gets an item or its context ends.
func TestPullLeavesNoWaiterBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := roomy()
		ctx, cancel := context.WithCancel(t.Context())
		for range 10 {
			go func() { _, _ = q.Pull(ctx, []string{"a", "b", "c"}) }()
		}
		synctest.Wait()
		push(t, q, one("s", 1))
		synctest.Wait()
		assert.Len(t, q.owners["a"].waiters, 9)
		assert.Len(t, q.owners["c"].waiters, 9)
		cancel()
		synctest.Wait()
		for _, o := range q.owners {
			assert.Empty(t, o.waiters)
		}
		assert.Len(t, q.waiters, 10, "for reuse")
	})
}

func BenchmarkQueueShed(b *testing.B) {
	for _, priority := range []int{0, 1} {
		b.Run(strconv.Itoa(priority), func(b *testing.B) {
			q := New[string](Limits{Items: 100_000, Size: 1 << 30, LaneItems: 2_000, LaneSize: 1 << 30})
			for b.Loop() {
				_, _ = q.Push(one("s", priority))
			}
		})
	}
}

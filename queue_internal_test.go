package resthook

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// leftIn reports what a queue still holds on to.
func leftIn(t *testing.T, q Queue) map[string]int {
	t.Helper()
	m, ok := q.(*memoryQueue)
	require.True(t, ok)
	m.mu.Lock()
	defer m.mu.Unlock()
	left := map[string]int{"sessions": len(m.sessions), "events": m.load.events, "bytes": m.load.bytes, "alarms": 0}
	for _, p := range m.apps {
		for i := range p.waiting {
			left["waiting"] += p.waiting[i].Len()
		}
		left["ready"] += p.ready.Len()
		left["asleep"] += len(p.asleep)
		if p.alarm != nil {
			left["alarms"]++
		}
	}
	return left
}

var nothing = map[string]int{"sessions": 0, "events": 0, "bytes": 0, "waiting": 0, "ready": 0, "asleep": 0, "alarms": 0}

func one(session string, priority Priority) *Event {
	return &Event{App: "a", Session: session, Priority: priority}
}

func TestQueueLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(QueueLimits{})
		for i := range 1000 {
			q.Push(one(strconv.Itoa(i), Priority(i%priorities)))
		}
		for i := 0; ; i++ {
			if events, _ := q.Len(); events == 0 {
				break
			}
			e, ok := q.Pull("a")
			require.True(t, ok)
			if i%3 == 0 {
				q.Requeue(e, time.Duration(rand.IntN(5))*time.Second)
			} else {
				q.Done(e)
			}
		}
		synctest.Wait()
		assert.Equal(t, nothing, leftIn(t, q))
	})
}

// A session whose only event is shed or replaced must not stay in line: while a
// backend is down nobody pulls, and the sessions that come and go have no end.
func TestQueueForgetsSessionsThatAreShed(t *testing.T) {
	t.Parallel()
	q := NewQueue(QueueLimits{Events: 10})
	for i := range 10 {
		q.Push(one("closing "+strconv.Itoa(i), PriorityClosing))
	}
	for i := range 1000 {
		require.Len(t, q.Push(one(strconv.Itoa(i), PriorityProgress)), 1)
	}
	left := leftIn(t, q)
	assert.Equal(t, 10, left["sessions"])
	assert.Equal(t, 10, left["ready"])
}

func TestQueueForgetsSleepersThatAreShed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(QueueLimits{Events: 10})
		for i := range 10 {
			q.Push(one(strconv.Itoa(i), PriorityProgress))
		}
		for range 10 {
			e, _ := q.Pull("a")
			q.Requeue(e, time.Minute)
		}
		for i := range 10 {
			require.Len(t, q.Push(one("closing "+strconv.Itoa(i), PriorityClosing)), 1)
		}
		left := leftIn(t, q)
		assert.Equal(t, 10, left["sessions"])
		assert.Zero(t, left["asleep"])
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Zero(t, leftIn(t, q)["alarms"], "the alarm is not set again for nobody")
		q.Close()
	})
}

func TestQueueHasOneAlarm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := NewQueue(QueueLimits{})
		for i := range 100 {
			q.Push(one(strconv.Itoa(i), PriorityStatus))
		}
		begun := time.Now()
		for i := range 100 {
			e, _ := q.Pull("a")
			q.Requeue(e, time.Duration(100-i)*time.Second) // each due before the last
		}
		assert.Equal(t, 1, leftIn(t, q)["alarms"])
		time.Sleep(time.Second)
		synctest.Wait()
		assert.Equal(t, 99, leftIn(t, q)["asleep"])
		e, ok := q.Pull("a")
		require.True(t, ok)
		assert.Equal(t, time.Second, time.Since(begun))
		q.Done(e)
		assert.Len(t, q.Close(), 99)
		time.Sleep(time.Hour)
		synctest.Wait()
		left := leftIn(t, q)
		delete(left, "alarms") // stopped
		for what, n := range left {
			assert.Zero(t, n, what)
		}
	})
}

func alarmOf(q *memoryQueue, a *appQueue) *time.Timer {
	q.mu.Lock()
	defer q.mu.Unlock()
	return a.alarm
}

// An alarm that rings while another is set must not leave two.
func TestQueueAlarmRingsLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, ok := NewQueue(QueueLimits{}).(*memoryQueue)
		require.True(t, ok)
		q.Push(one("s", PriorityStatus))
		e, _ := q.Pull("a")
		q.Requeue(e, time.Minute)
		p := q.apps["a"]
		set := alarmOf(q, p)
		q.ring(p) // one that was stopped too late
		assert.NotSame(t, set, alarmOf(q, p))
		assert.False(t, set.Stop(), "the one that was set is stopped")
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Nil(t, alarmOf(q, p))
		q.Close()
	})
}

func TestQueueCloseStopsItsAlarms(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q, ok := NewQueue(QueueLimits{}).(*memoryQueue)
		require.True(t, ok)
		q.Push(one("s", PriorityStatus))
		e, _ := q.Pull("a")
		q.Requeue(e, time.Minute)
		q.Close()
		assert.False(t, alarmOf(q, q.apps["a"]).Stop())
	})
}

func BenchmarkQueueShed(b *testing.B) {
	for _, priority := range []Priority{PriorityProgress, PriorityStatus} {
		b.Run(priority.String(), func(b *testing.B) {
			q := NewQueue(QueueLimits{})
			for b.Loop() {
				q.Push(one("s", priority))
			}
		})
	}
}

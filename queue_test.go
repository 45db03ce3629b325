package resthook_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

func TestMemoryQueue(t *testing.T) {
	t.Parallel()
	hooktest.TestQueue(t, func() resthook.Queue { return resthook.NewQueue(resthook.QueueLimits{}) })
}

// pulled leases the next event.
func pulled(t *testing.T, q resthook.Queue) resthook.Lease {
	t.Helper()
	lease, err := q.Pull(t.Context(), []string{""})
	require.NoError(t, err)
	return lease
}

func TestMemoryQueueAlternatesSessions(t *testing.T) {
	t.Parallel()
	q := resthook.NewQueue(resthook.QueueLimits{})
	for _, session := range []string{"1", "2", "3"} {
		for i := range uint64(3) {
			put(t, q, kept(session, i+1))
		}
	}
	turns := ""
	for range 9 {
		lease := pulled(t, q)
		turns += lease.Event().Session
		require.NoError(t, lease.Done(t.Context(), resthook.EventDelivered))
	}
	assert.Equal(t, "123123123", turns)
}

// Events that were put back with a wait are leased when they are due, in that order.
func TestMemoryQueueWakesInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const sessions = 50
		q := resthook.NewQueue(resthook.QueueLimits{})
		waits := rand.Perm(sessions)
		var out []resthook.Lease
		for i := range waits {
			put(t, q, kept(strconv.Itoa(i), 1))
			out = append(out, pulled(t, q))
		}
		begun := time.Now()
		for i, lease := range out {
			require.NoError(t, lease.Requeue(t.Context(), time.Duration(waits[i]+1)*time.Second, lease.Event()))
		}
		for i := range sessions {
			lease := pulled(t, q)
			assert.Equal(t, time.Duration(i+1)*time.Second, time.Since(begun))
			assert.Equal(t, strconv.Itoa(slices.Index(waits, i)), lease.Event().Session)
		}
	})
}

// Each limit bounds what its name says.
func TestMemoryQueueLimits(t *testing.T) {
	t.Parallel()
	const beside, body = 512, 100
	for name, row := range map[string]struct {
		limits resthook.QueueLimits
		one    int // events of one session that have room
		all    int // events of many
	}{
		"events":           {resthook.QueueLimits{Events: 4}, 4, 4},
		"events a session": {resthook.QueueLimits{SessionEvents: 3}, 3, 10},
		"bytes":            {resthook.QueueLimits{Bytes: 5 * (beside + body)}, 5, 5},
		"bytes a session":  {resthook.QueueLimits{SessionBytes: 2 * (beside + body)}, 2, 10},
	} {
		for sessions, room := range map[int]int{1: row.one, 10: row.all} {
			q := resthook.NewQueue(row.limits)
			var shed []string
			for i := range 10 {
				e := kept(strconv.Itoa(i%sessions), uint64(i/sessions+1))
				e.ID, e.Body = strconv.Itoa(i), make([]byte, body)
				for _, d := range q.Push(e, func(err error) { require.NoError(t, err) }) {
					shed = append(shed, d.Event.ID+" "+string(d.Result))
				}
			}
			load := q.Load()
			load.Oldest = time.Time{}
			assert.Equal(t, resthook.Load{Events: room, Bytes: room * (beside + body)}, load, "%s, %d sessions", name, sessions)
			var want []string
			for i := range 10 - room {
				want = append(want, fmt.Sprint(i, " shed"))
			}
			assert.Equal(t, want, shed, "%s, %d sessions: the oldest goes", name, sessions)
		}
	}
}

// The oldest is the one that came first, whether it waits, is out or was put back.
func TestMemoryQueueOldest(t *testing.T) {
	t.Parallel()
	q := resthook.NewQueue(resthook.QueueLimits{})
	oldest := func(want time.Time) {
		t.Helper()
		assert.True(t, want.Equal(q.Load().Oldest), "%v, not %v", q.Load().Oldest, want)
	}
	oldest(time.Time{})
	var times []time.Time
	for i := range 3 {
		e := kept(strconv.Itoa(i), 1)
		e.Time = e.Time.Add(time.Duration(i-10) * time.Minute)
		times = append(times, e.Time)
		require.Empty(t, q.Push(e, func(err error) { require.NoError(t, err) }))
	}
	oldest(times[0])
	first, err := q.Pull(t.Context(), []string{""})
	require.NoError(t, err)
	second, err := q.Pull(t.Context(), []string{""})
	require.NoError(t, err)
	require.NoError(t, second.Done(t.Context(), resthook.EventDelivered))
	oldest(times[0])
	require.NoError(t, first.Requeue(t.Context(), time.Hour, first.Event()))
	oldest(times[0])
	_, err = q.Close(t.Context())
	require.NoError(t, err)
	oldest(time.Time{})
}

func TestMemoryQueueReplaces(t *testing.T) {
	t.Parallel()
	q := resthook.NewQueue(resthook.QueueLimits{})
	push := func(n uint64, replaces string) []resthook.Drop {
		e := kept("s", n)
		e.Replaces = replaces
		return q.Push(e, func(err error) { require.NoError(t, err) })
	}
	require.Empty(t, push(1, "stream"))
	require.Empty(t, push(2, "stream 2"))
	require.Empty(t, push(3, ""))
	dropped := push(4, "stream")
	require.Len(t, dropped, 1)
	assert.Equal(t, "s.1", dropped[0].Event.ID)
	assert.Equal(t, resthook.EventReplaced, dropped[0].Result)
	assert.Equal(t, 3, q.Load().Events)
}

func TestMemoryQueueIsFull(t *testing.T) {
	t.Parallel()
	q := resthook.NewQueue(resthook.QueueLimits{Events: 1})
	put(t, q, kept("s", 1))
	pulled(t, q) // what is out can't be shed
	var got error
	require.Empty(t, q.Push(kept("t", 1), func(err error) { got = err }), "the newcomer is no event that was stored")
	require.ErrorIs(t, got, resthook.ErrQueueFull)
}

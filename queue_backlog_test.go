package resthook_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// What another process has left is delivered, and counted once it is given out.
func TestABacklogIsDelivered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newFaultyQueue()
		for i := range uint64(3) {
			put(t, q, kept("old", i+1))
		}
		b, _ := faultyBubble(t, q, hooktest.Late(time.Second, agreeing()))
		time.Sleep(500 * time.Millisecond)
		assert.EqualValues(t, 1, b.client.Stats().Notified, "one of the session is out")
		time.Sleep(3 * time.Second)
		assert.EqualValues(t, 3, b.client.Stats().Notified)
		assert.Equal(t, 3, b.seen.count(resthook.EventDelivered))
		assert.Equal(t, []string{"1", "2", "3"}, sequences(b.socket.Requests()))
		require.NoError(t, b.client.Close(t.Context()))
	})
}

// Close does not wait for a backlog that is not out.
func TestCloseLeavesABacklog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newFaultyQueue().keeping()
		for i := range uint64(3) {
			put(t, q, kept("old", i+1))
		}
		b, _ := faultyBubble(t, q, hooktest.Answer(503, ``))
		b.socket.Down()
		time.Sleep(5 * time.Second)
		begun := time.Now()
		require.NoError(t, b.client.Close(t.Context()))
		assert.Less(t, time.Since(begun), time.Second)
		assert.Equal(t, 3, b.seen.count(resthook.EventKept))
		assert.Zero(t, b.seen.count(resthook.EventLeft))
	})
}

// An own event that stands behind one of a backlog is delivered while the client
// closes, and so is that one.
func TestCloseDeliversWhatStandsBehindABacklog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newFaultyQueue().keeping()
		var once sync.Once
		inner := q.push
		q.push = func(e resthook.Event, stored func(error)) []resthook.Drop {
			once.Do(func() { // an older one of its line, which another process had
				before := e
				before.ID = "before"
				inner(before, func(error) {})
			})
			return inner(e, stored)
		}
		b, _ := faultyBubble(t, q, agreeing())
		b.socket.Down()
		require.NoError(t, resthook.StreamEvent.Notify(t.Context(), b.client, &resthook.StreamSignal{MediaSessionID: "m"}))
		time.Sleep(2 * time.Second)
		closed := make(chan error, 1)
		go func() { closed <- b.client.Close(t.Context()) }()
		time.Sleep(time.Second)
		b.socket.Up()
		time.Sleep(time.Minute)
		synctest.Wait()
		select {
		case err := <-closed:
			require.NoError(t, err)
		default:
			require.Fail(t, "Close waits")
		}
		assert.Equal(t, 2, b.seen.count(resthook.EventDelivered))
	})
}

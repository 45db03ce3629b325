package resthook_test

import (
	"encoding/json"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// The line and the attempts of an event survive JSON. A clock that was set back meanwhile
// does not change its age.
func TestEventSurvivesJSON(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		given := resthook.Event{
			ID: "1", Hook: "StreamStatusEvent", Kind: resthook.KindEvent, Session: "s", Line: "line", Time: time.Now().Add(time.Hour),
			Body: []byte(`{}`), Attempts: 5, Unanswered: 3,
		}
		text, err := json.Marshal(given)
		require.NoError(t, err)
		e := new(resthook.Event)
		require.NoError(t, json.Unmarshal(text, e))
		assert.Equal(t, "line", e.Line)
		queue := resthook.NewQueue(resthook.QueueLimits{})
		put(t, queue, *e)
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.FIN)}, resthook.WithQueue(queue))
		time.Sleep(time.Minute)
		all := b.seen.list()
		require.Len(t, all, 1)
		assert.Equal(t, resthook.EventFailed, all[0].Result, "three were not answered before")
		assert.Equal(t, 6, all[0].Attempts)
		assert.Zero(t, all[0].Queued)

		b.socket.Down()
		notify(t, b.session(t, "t"), "n") // has workers
		future := *e
		future.ID, future.Unanswered, future.Line = "2", 0, "other"
		text, err = json.Marshal(future)
		require.NoError(t, err)
		back := new(resthook.Event)
		require.NoError(t, json.Unmarshal(text, back))
		put(t, queue, *back)
		time.Sleep(11 * time.Minute)
		assert.Equal(t, 2, b.seen.count(resthook.EventExpired), "at its age, not an hour later")
	})
}

// An event that a queue kept may have been sent by the former process.
func TestKeptEventThatWasSentIsNotSafe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		queue := resthook.NewQueue(resthook.QueueLimits{})
		put(t, queue, resthook.Event{
			ID: "a.1", Sequence: 1, Time: time.Now().Add(-11 * time.Minute), Hook: "StreamStatusEvent", Kind: resthook.KindEvent,
			Session: "s", Body: []byte(`{}`), Attempts: 2, Unanswered: 2,
		})
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)}, resthook.WithQueue(queue))
		synctest.Wait()
		require.Equal(t, 1, b.seen.count(resthook.EventExpired))
		assert.False(t, resthook.SafeToRepeat(b.seen.list()[0].Err))
	})
}

// Events that a queue kept over a restart are delivered without a further Notify, and
// Close waits for them.
func TestQueueThatKeptEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		queue := resthook.NewQueue(resthook.QueueLimits{})
		put(t, queue, resthook.Event{ID: "1", Hook: "StreamStatusEvent", Kind: resthook.KindEvent, Session: "s", Time: time.Now(), Body: []byte(`{}`)})
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)}, resthook.WithQueue(queue))
		synctest.Wait()
		assert.Equal(t, 1, b.seen.count(resthook.EventDelivered))
		notify(t, b.session(t, "t"), "a")
		require.NoError(t, b.client.Close(t.Context()))
		assert.Zero(t, time.Since(b.begun))
		assert.Equal(t, 2, b.seen.count(resthook.EventDelivered))
	})
}

// Events of another process are delivered, and counted when they are leased.
func TestABacklogIsDelivered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newFaultyQueue()
		for i := range uint64(3) {
			put(t, q, kept("old", i+1))
		}
		b, _ := faultyBubble(t, q, hooktest.Late(time.Second, accepting()))
		time.Sleep(500 * time.Millisecond)
		assert.EqualValues(t, 1, b.client.Stats().Notified, "one of the session is out")
		time.Sleep(3 * time.Second)
		assert.EqualValues(t, 3, b.client.Stats().Notified)
		assert.Equal(t, 3, b.seen.count(resthook.EventDelivered))
		assert.Equal(t, []string{"1", "2", "3"}, sequences(b.socket.Requests()))
		require.NoError(t, b.client.Close(t.Context()))
	})
}

// Close does not wait for events of another process that are not leased.
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
		assert.LessOrEqual(t, b.client.Stats().Queued, 1, "one that is put back is not counted")
		begun := time.Now()
		require.NoError(t, b.client.Close(t.Context()))
		assert.Less(t, time.Since(begun), time.Second)
		assert.Equal(t, 3, b.seen.count(resthook.EventKept))
		assert.Zero(t, b.seen.count(resthook.EventLeft))
	})
}

// Close delivers an own event that is queued behind one of another process, and that one
// too.
func TestCloseDeliversEventsBehindABacklog(t *testing.T) {
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
		b, _ := faultyBubble(t, q, accepting())
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

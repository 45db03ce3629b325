package resthook_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

func record(ctx context.Context, to resthook.Target) error {
	return resthook.StreamStatusEvent.Record(ctx, to, &resthook.Stream{Name: "n", Status: resthook.StreamPublishing})
}

// In memory an event is stored when it is queued, whatever the backend does.
func TestRecord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Minute/6, accepting())})
		s := b.session(t, "s")
		require.NoError(t, record(t.Context(), s))
		require.NoError(t, record(endedContext(t), s), "it was stored before anybody looked at the context")
		require.NoError(t, record(t.Context(), b.client))
		assert.Zero(t, time.Since(b.begun))
		require.NoError(t, s.Disconnect(t.Context()))
		require.ErrorIs(t, record(t.Context(), s), resthook.ErrClosed)
		require.NoError(t, b.client.Close(t.Context()))
		require.ErrorIs(t, record(t.Context(), b.client), resthook.ErrClosed)
		synctest.Wait()
		assert.Equal(t, 4, b.seen.count(resthook.EventDelivered))
		assert.Equal(t, 2, b.seen.count(resthook.EventRefused))
	})
}

func TestRecordErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{accepting()})
		var none context.Context
		require.ErrorIs(t, record(none, b.client), resthook.ErrConfig)
		require.ErrorIs(t, record(t.Context(), nil), resthook.ErrConfig)
		require.ErrorIs(t, resthook.StreamStatusEvent.Record(t.Context(), b.client, &resthook.Stream{}), resthook.ErrConfig, "no status")
		require.NoError(t, b.client.Close(t.Context()))
		assert.Empty(t, b.socket.Requests())
	})
}

// Record of a hook that is disabled returns at once.
func TestRecordOfADisabledHook(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	app := resthook.App{URL: b.URL(), Methods: []resthook.Method{resthook.Connect}}
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(app))
	require.NoError(t, err)
	require.NoError(t, record(t.Context(), client))
	require.NoError(t, client.Close(t.Context()))
	assert.Empty(t, b.Requests())
}

func TestRecordIntoAFullQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Second, accepting())}, resthook.WithQueueLimits(resthook.QueueLimits{Events: 1}))
		s := b.session(t, "s")
		require.NoError(t, record(t.Context(), s))
		synctest.Wait() // it is out
		require.ErrorIs(t, record(t.Context(), s), resthook.ErrQueueFull)
		require.NoError(t, b.client.Close(t.Context()))
		assert.Equal(t, 1, b.seen.count(resthook.EventShed))
	})
}

// Record ends with its context; the event goes on.
func TestRecordEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newFaultyQueue()
		var late func(error)
		q.push = func(e resthook.Event, stored func(error)) []resthook.Drop {
			late = stored
			return q.Queue.Push(e, func(error) {})
		}
		b, _ := faultyBubble(t, q, hooktest.Late(time.Minute/6, accepting()))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := record(ctx, b.session(t, "s"))
		require.ErrorIs(t, err, resthook.ErrCanceled)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(b.begun))
		late(nil) // nobody waits any more
		require.NoError(t, b.client.Close(t.Context()))
		assert.Equal(t, 1, b.seen.count(resthook.EventDelivered))
	})
}

// A queue that was closed takes no event.
func TestRecordInAQueueThatIsClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newFaultyQueue()
		b, _ := faultyBubble(t, q, accepting())
		_, err := q.Queue.Close(t.Context())
		require.NoError(t, err)
		require.ErrorIs(t, record(t.Context(), b.session(t, "s")), resthook.ErrClosed)
		synctest.Wait()
		assert.Equal(t, 1, b.seen.count(resthook.EventLeft))
	})
}

package durable_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// An event that was out when NATS fell silent is given out again once NATS is back: the client has
// forgotten it.
func TestEventThatIsOutWhileNATSIsSilent(t *testing.T) {
	t.Parallel()
	s := node(t, natsServer(t).ClientURL(), "node")
	q := s.Queue()
	q.Push(resthook.Event{ID: "one", Session: "s", Time: time.Now()}, func(err error) { assert.NoError(t, err) })
	q.Push(resthook.Event{ID: "two", Session: "s", Time: time.Now()}, func(err error) { assert.NoError(t, err) })
	lost, err := q.Pull(t.Context(), []string{""})
	require.NoError(t, err)
	s.Lapse()
	<-lost.Context().Done()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for _, id := range []string{"one", "two"} {
		l, err := q.Pull(ctx, []string{""})
		require.NoError(t, err)
		require.Equal(t, id, l.Event().ID)
		require.NoError(t, l.Done(ctx, resthook.EventDelivered))
	}
}

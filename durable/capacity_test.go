package durable_test

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
	"github.com/wcskit/resthook/durable/internal/wire"
	"github.com/wcskit/resthook/hooktest"
)

// The stream has no room when a session ends: its last events are delivered before they are stored.
// Its entry in the journal, which is their fence, goes after them, and the node keeps its boot.
func TestSessionEndsWithoutRoom(t *testing.T) {
	t.Parallel()
	url, backend := natsServer(t).ClientURL(), hooktest.NewBackend(t)
	lost := make(chan []durable.Session, 1)
	store := node(t, url, "node", durable.WithOnLost(func(s []durable.Session) { lost <- s }))
	c := mediaServer(t, backend, store)
	s := visit(t, c, "s")
	stream := eventStream(t, url)
	require.Eventually(t, func() bool { return messages(t, stream, wire.AllEvents) == 0 }, 5*time.Second, 10*time.Millisecond)
	config := stream.CachedInfo().Config
	config.MaxMsgs = int64(messages(t, stream, wire.AllOpen))
	require.EqualValues(t, 2, config.MaxMsgs)
	_, err := js(t, url).UpdateStream(t.Context(), config)
	require.NoError(t, err)
	require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), s, &resthook.Stream{
		MediaSessionID: "media-s", Published: true, Status: resthook.StreamUnpublished,
	}))
	require.NoError(t, s.Disconnect(t.Context()))
	assert.Eventually(t, func() bool { return messages(t, stream, wire.AllOpen) == 0 }, 10*time.Second, 10*time.Millisecond)
	config.MaxMsgs = 1000
	_, err = js(t, url).UpdateStream(t.Context(), config)
	require.NoError(t, err)
	visit(t, c, "next")
	assert.Equal(t, []string{"PUBLISHING", "UNPUBLISHED", "DISCONNECTED"}, story(backend, "s"))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	assert.NoError(t, store.Close(ctx), "something waits to be stored")
	assert.Empty(t, lost)
}

func js(t testing.TB, url string) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(url)
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	return js
}

func eventStream(t testing.TB, url string) jetstream.Stream {
	t.Helper()
	stream, err := js(t, url).Stream(t.Context(), wire.Events)
	require.NoError(t, err)
	return stream
}

// messages counts the messages of a stream that match.
func messages(t testing.TB, stream jetstream.Stream, filter string) (n uint64) {
	t.Helper()
	info, err := stream.Info(t.Context(), jetstream.WithSubjectFilter(filter))
	require.NoError(t, err)
	for _, count := range info.State.Subjects {
		n += count
	}
	return n
}

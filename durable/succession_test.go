package durable_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
	"github.com/wcskit/resthook/durable/internal/wire"
	"github.com/wcskit/resthook/hooktest"
)

// mediaServer is a client with a store.
func mediaServer(t testing.TB, backend *hooktest.Backend, s *durable.Store) *resthook.Client {
	t.Helper()
	c, err := resthook.NewClient(resthook.DefaultConfig(), append(s.Options(),
		resthook.WithApp(resthook.App{Key: "defaultApp", URL: backend.URL()}), resthook.WithLogger(slog.New(slog.NewTextHandler(t.Output(), nil))))...)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		_ = c.Close(ctx)
	})
	return c
}

// visit lets a client in that publishes a stream.
func visit(t testing.TB, c *resthook.Client, id string) *resthook.Session {
	t.Helper()
	s, err := c.Connect(t.Context(), &resthook.Connection{AppKey: "defaultApp", SessionID: id})
	require.NoError(t, err)
	require.NoError(t, resthook.StreamStatusEvent.Record(t.Context(), s, &resthook.Stream{
		MediaSessionID: "media-" + id, Name: "stream-" + id, Published: true, Status: resthook.StreamPublishing,
	}))
	return s
}

// story is what the backend heard of a session after connect: the statuses of its events, each once,
// with "!" for those of a successor.
func story(b *hooktest.Backend, session string) (said []string) {
	ids := map[string]bool{}
	for _, r := range b.Requests("StreamStatusEvent", "ConnectionStatusEvent") {
		if r.Session() != session || ids[r.ID()] {
			continue
		}
		ids[r.ID()] = true
		status := r.Status()
		if r.Recovered() {
			status += "!"
		}
		said = append(said, status)
	}
	return said
}

func TestSuccessorEndsWhatWasOpen(t *testing.T) {
	t.Parallel()
	url, backend := natsServer(t).ClientURL(), hooktest.NewBackend(t)
	first := node(t, url, "first")
	c := mediaServer(t, backend, first)
	for i := range 5 {
		visit(t, c, fmt.Sprint("s", i))
	}
	ended := visit(t, c, "ended")
	require.NoError(t, ended.Disconnect(t.Context()))
	second := node(t, url, "second")
	mediaServer(t, backend, second)
	first.Crash()
	for i := range 5 {
		session := fmt.Sprint("s", i)
		assert.Eventually(t, func() bool { return len(story(backend, session)) == 3 }, 15*time.Second, 20*time.Millisecond)
		assert.Equal(t, []string{"PUBLISHING", "UNPUBLISHED!", "DISCONNECTED!"}, story(backend, session))
	}
	assert.Equal(t, []string{"PUBLISHING", "DISCONNECTED"}, story(backend, "ended"))
}

func TestRestartEndsWhatWasOpen(t *testing.T) {
	t.Parallel()
	dir, backend := t.TempDir(), hooktest.NewBackend(t)
	first := openIn(t, dir)
	visit(t, mediaServer(t, backend, first), "s")
	first.Crash()
	began := time.Now()
	mediaServer(t, backend, openIn(t, dir))
	assert.Eventually(t, func() bool { return len(story(backend, "s")) == 3 }, 5*time.Second, 10*time.Millisecond)
	assert.Equal(t, []string{"PUBLISHING", "UNPUBLISHED!", "DISCONNECTED!"}, story(backend, "s"))
	t.Log("ended after", time.Since(began))
}

func TestSessionIsResumed(t *testing.T) {
	t.Parallel()
	dir, backend := t.TempDir(), hooktest.NewBackend(t)
	first := openIn(t, dir)
	c := mediaServer(t, backend, first)
	conn := visit(t, c, "kept").Connection()
	visit(t, c, "gone")
	first.Crash()
	second := openIn(t, dir, durable.WithRecovery(time.Minute))
	c = mediaServer(t, backend, second)
	kept, err := c.Resume(conn)
	require.NoError(t, err)
	assert.Equal(t, []durable.Session{{AppKey: "defaultApp", ID: "gone"}}, second.Recover())
	require.NoError(t, resthook.StreamStatusEvent.Record(t.Context(), kept, &resthook.Stream{
		MediaSessionID: "media-kept", Name: "stream-kept", Published: true, Status: resthook.StreamUnpublished,
	}))
	require.NoError(t, kept.Disconnect(t.Context()))
	assert.Equal(t, []string{"PUBLISHING", "UNPUBLISHED", "DISCONNECTED"}, story(backend, "kept"))
	assert.Eventually(t, func() bool { return len(story(backend, "gone")) == 3 }, 5*time.Second, 10*time.Millisecond)
	_, err = c.Resume(&resthook.Connection{AppKey: "defaultApp", SessionID: "gone"})
	assert.ErrorIs(t, err, durable.ErrEnded)
}

func TestSleeperThatIsTakenForDead(t *testing.T) {
	t.Parallel()
	url, backend := natsServer(t).ClientURL(), hooktest.NewBackend(t)
	lost := make(chan []durable.Session, 1)
	first := node(t, url, "first", durable.WithOnLost(func(s []durable.Session) { lost <- s }))
	c := mediaServer(t, backend, first)
	s := visit(t, c, "s")
	second := node(t, url, "second")
	mediaServer(t, backend, second)
	takeForDead(t, url, "first")
	assert.Eventually(t, func() bool { return len(story(backend, "s")) == 3 }, 15*time.Second, 10*time.Millisecond)
	err := resthook.StreamStatusEvent.Record(t.Context(), s, &resthook.Stream{MediaSessionID: "media-s", Status: resthook.StreamPaused})
	assert.Error(t, err)
	select {
	case sessions := <-lost:
		assert.Equal(t, []durable.Session{{AppKey: "defaultApp", ID: "s"}}, sessions)
	case <-time.After(10 * time.Second):
		t.Error("the media server was not told")
	}
	visit(t, c, "new")
	assert.Equal(t, []string{"PUBLISHING", "UNPUBLISHED!", "DISCONNECTED!"}, story(backend, "s"))
}

// takeForDead does what another node does that has heard nothing of a node.
func takeForDead(t testing.TB, url, node string) {
	t.Helper()
	conn, err := nats.Connect(url)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.Publish(wire.LeaseSubject(node), []byte("!dead")))
	require.NoError(t, conn.Flush())
}

// A session that outlives two restarts has events in two boots, which come in order, and only then what the
// third process says.
func TestSessionIsResumedTwice(t *testing.T) {
	t.Parallel()
	const sessions = 20
	dir, backend := t.TempDir(), hooktest.NewBackend(t)
	backend.On("StreamStatusEvent").Status(503, "")
	store := openIn(t, dir)
	c := mediaServer(t, backend, store)
	var kept []*resthook.Session
	for i := range sessions {
		kept = append(kept, visit(t, c, fmt.Sprint("kept", i)))
	}
	visit(t, c, "gone")
	for _, status := range []resthook.StreamStatus{resthook.StreamPaused, resthook.StreamResize} {
		store.Crash()
		store = openIn(t, dir, durable.WithRecovery(time.Minute))
		c = mediaServer(t, backend, store)
		for i, s := range kept {
			again, err := c.Resume(s.Connection())
			require.NoError(t, err)
			require.NoError(t, resthook.StreamStatusEvent.Record(t.Context(), again, &resthook.Stream{
				MediaSessionID: "media-" + s.ID(), Published: true, Status: status,
			}))
			kept[i] = again
		}
	}
	store.Recover()
	backend.On("StreamStatusEvent").Mirror()
	assert.Eventually(t, func() bool { return len(accepted(backend, "gone")) == 3 }, 20*time.Second, 20*time.Millisecond)
	assert.Equal(t, []string{"PUBLISHING", "UNPUBLISHED!", "DISCONNECTED!"}, accepted(backend, "gone"))
	for _, s := range kept {
		assert.NoError(t, s.Disconnect(t.Context()))
		assert.Equal(t, []string{"PUBLISHING", "PAUSED", "RESIZE", "DISCONNECTED"}, accepted(backend, s.ID()))
	}
}

// accepted is the story of a session with the last request alone of each event: what was refused before it
// does not count.
func accepted(b *hooktest.Backend, session string) (said []string) {
	requests := b.Requests("StreamStatusEvent", "ConnectionStatusEvent")
	last := map[string]int{}
	for i, r := range requests {
		last[r.ID()] = i
	}
	for i, r := range requests {
		if r.Session() != session || last[r.ID()] != i {
			continue
		}
		status := r.Status()
		if r.Recovered() {
			status += "!"
		}
		said = append(said, status)
	}
	return said
}

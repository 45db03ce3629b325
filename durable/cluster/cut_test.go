package cluster_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
	"github.com/wcskit/resthook/hooktest"
)

// link is the way of a media server to the nodes, which can be cut.
type link struct {
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

// Dial implements [nats.CustomDialer].
func (l *link) Dial(network, address string) (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return nil, errors.New("the link is cut")
	}
	conn, err := net.DialTimeout(network, address, time.Second) //nolint:noctx // the interface has no context
	if err == nil {
		l.conns = append(l.conns, conn)
	}
	return conn, err
}

func (l *link) set(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	for _, conn := range l.conns {
		_ = conn.Close()
	}
	l.conns = nil
}

// A media server is cut off from all nodes, and its sessions are ended by another one, with the
// permissions of the configuration, and while one node is down. When the link is back, it learns that.
func TestCutOff(t *testing.T) {
	t.Parallel()
	c, backend, way := start(t, 0), hooktest.NewBackend(t), &link{}
	told := make(chan []durable.Session, 1)
	cut := mediaServer(t, backend, connect(t, c.urls("resthook"), "cut",
		durable.WithNATS(nats.SetCustomDialer(way)), durable.WithOnLost(func(s []durable.Session) { told <- s })))
	mediaServer(t, backend, connect(t, c.urls("resthook"), "other"))
	open := make([]*resthook.Session, 10)
	for i := range open {
		open[i] = visit(t, cut, fmt.Sprint("s", i))
	}
	way.set(true)
	c.servers[2].Shutdown()
	for _, s := range open {
		assert.Eventually(t, func() bool { return len(story(backend, s.ID())) == 3 }, 40*time.Second, 20*time.Millisecond)
		assert.Equal(t, []string{"PUBLISHING", "UNPUBLISHED!", "DISCONNECTED!"}, story(backend, s.ID()))
	}
	way.set(false)
	select {
	case lost := <-told:
		assert.Len(t, lost, len(open))
	case <-time.After(20 * time.Second):
		t.Error("it was not told")
	}
	assert.Error(t, publish(t, open[0], resthook.StreamPaused))
	n := 0
	assert.Eventually(t, func() bool { // it has to open a boot first
		n++
		next, err := cut.Connect(t.Context(), &resthook.Connection{AppKey: "defaultApp", SessionID: fmt.Sprint("next", n)})
		return err == nil && publish(t, next, resthook.StreamPublishing) == nil
	}, 10*time.Second, 50*time.Millisecond)
	assert.Len(t, story(backend, open[0].ID()), 3)
}

// mediaServer is a client with a store.
func mediaServer(t *testing.T, backend *hooktest.Backend, s *durable.Store) *resthook.Client {
	t.Helper()
	return backend.Client(append(s.Options(), resthook.WithLogger(slog.New(slog.NewTextHandler(t.Output(), nil))))...)
}

// visit lets a client in that publishes a stream.
func visit(t *testing.T, c *resthook.Client, id string) *resthook.Session {
	t.Helper()
	s, err := c.Connect(t.Context(), &resthook.Connection{AppKey: "defaultApp", SessionID: id})
	require.NoError(t, err)
	require.NoError(t, publish(t, s, resthook.StreamPublishing))
	return s
}

func publish(t *testing.T, s *resthook.Session, status resthook.StreamStatus) error {
	t.Helper()
	return resthook.StreamStatusEvent.Record(t.Context(), s, &resthook.Stream{
		MediaSessionID: "m-" + s.ID(), Name: "cam", Published: true, Status: status,
	})
}

// story is what the backend heard of a session after connect, with "!" for what a successor said.
func story(b *hooktest.Backend, session string) (said []string) {
	for _, r := range b.Requests("StreamStatusEvent", "ConnectionStatusEvent") {
		if r.Session() != session {
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

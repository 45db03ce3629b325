package durable_test

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
)

// open has a session begin, and returns what the journal says.
func open(s *durable.Store, session string) <-chan error {
	opened := make(chan error, 1)
	s.Journal().Open(resthook.Event{
		ID: session + ".end", AppKey: "a", App: "a", Session: session, Line: session, Hook: "ConnectionStatusEvent", Time: time.Now(), Priority: resthook.PriorityClosing,
	}, func(err error) { opened <- err })
	return opened
}

func push(s *durable.Store, session, id string) error {
	stored := make(chan error, 1)
	s.Queue().Push(resthook.Event{ID: id, AppKey: "a", App: "a", Session: session, Line: session, Hook: "StreamStatusEvent", Time: time.Now()}, func(err error) { stored <- err })
	return <-stored
}

// A session that nothing was stored of is not the successor's: it goes on. The media server is told of the others alone.
func TestSessionThatBeganWhileItsNodeWasTakenForDead(t *testing.T) {
	t.Parallel()
	lost := make(chan []durable.Session, 10)
	s := node(t, natsServer(t).ClientURL(), "node", durable.WithOnLost(func(sessions []durable.Session) { lost <- sessions }))
	require.NoError(t, <-open(s, "old"))
	require.NoError(t, s.Mark(t.Context()))
	s.Lapse()
	began := open(s, "new")
	assert.Equal(t, []durable.Session{{AppKey: "a", ID: "old"}}, <-lost)
	require.NoError(t, <-began)
	require.ErrorIs(t, push(s, "old", "old.1"), durable.ErrEnded)
	require.NoError(t, push(s, "new", "new.1"))
	require.ErrorIs(t, push(s, "old", "old.end"), durable.ErrEnded)
	assert.Empty(t, lost)
}

// A session whose entry was sent, but not acknowledged before its node was taken for dead, is the successor's: nothing of
// it is stored any more, and it gets its closing event, whether the entry had arrived or not.
func TestSessionOfWhichNobodyKnowsWhetherItIsStored(t *testing.T) {
	t.Parallel()
	for name, arrives := range map[string]bool{"the reply is lost": true, "the request is lost": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			direct := natsServer(t).ClientURL()
			wire := newWire(t, direct)
			lost := make(chan []durable.Session, 10)
			s := node(t, wire.url(), "node", durable.WithOnLost(func(sessions []durable.Session) { lost <- sessions }))
			require.NoError(t, <-open(s, "old"))
			wire.lose(!arrives, arrives)
			began := open(s, "new")
			time.Sleep(3500 * time.Millisecond) // nothing is sent again without a lease
			other := node(t, direct, "other")
			require.NoError(t, other.MarkNode(t.Context(), "node"))
			wire.restore()
			assert.ElementsMatch(t, []durable.Session{{AppKey: "a", ID: "old"}, {AppKey: "a", ID: "new"}}, <-lost)
			require.ErrorIs(t, <-began, durable.ErrEnded)
			require.ErrorIs(t, push(s, "new", "new.1"), durable.ErrEnded)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			closed := make(chan string, 4)
			for _, one := range []*durable.Store{s, other} {
				go func() {
					for lease, err := one.Queue().Pull(ctx, []string{"a"}); err == nil; lease, err = one.Queue().Pull(ctx, []string{"a"}) {
						closed <- lease.Event().ID
						_ = lease.Done(ctx, resthook.EventDelivered)
					}
				}()
			}
			assert.ElementsMatch(t, []string{"old.end", "new.end"}, []string{within(t, closed), within(t, closed)})
		})
	}
}

func within(t *testing.T, closed <-chan string) string {
	t.Helper()
	select {
	case id := <-closed:
		return id
	case <-time.After(20 * time.Second):
		return "nothing"
	}
}

// lossyWire is a connection to NATS that can lose what is sent over it.
type lossyWire struct {
	listener net.Listener
	to       string

	mu                sync.Mutex
	requests, replies bool // are lost
	open              []net.Conn
}

func newWire(t *testing.T, to string) *lossyWire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // for as long as the test
	require.NoError(t, err)
	w := &lossyWire{listener: listener, to: strings.TrimPrefix(to, "nats://")}
	t.Cleanup(func() { _ = listener.Close(); w.restore() })
	go func() {
		for from, err := listener.Accept(); err == nil; from, err = listener.Accept() {
			if server, err := net.Dial("tcp", w.to); err == nil { //nolint:noctx // for as long as the test
				w.mu.Lock()
				w.open = append(w.open, from, server)
				w.mu.Unlock()
				go w.carry(server, from, &w.requests)
				go w.carry(from, server, &w.replies)
			}
		}
	}()
	return w
}

func (w *lossyWire) url() string { return "nats://" + w.listener.Addr().String() }

func (w *lossyWire) carry(to, from net.Conn, lost *bool) {
	defer func() { _ = to.Close() }()
	buf := make([]byte, 64<<10)
	for n, err := from.Read(buf); err == nil; n, err = from.Read(buf) {
		w.mu.Lock()
		drop := *lost
		w.mu.Unlock()
		if drop {
			continue
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (w *lossyWire) lose(requests, replies bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests, w.replies = requests, replies
}

// restore ends the connections, so that the client makes others, which lose nothing.
func (w *lossyWire) restore() {
	w.lose(false, false)
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.open {
		_ = c.Close()
	}
	w.open = nil
}

// Of two processes with one name the newer one has it. The older one waits until that one is dead.
func TestTwoProcessesWithOneName(t *testing.T) {
	t.Parallel()
	url, log := natsServer(t).ClientURL(), &buffer{}
	older := node(t, url, "node", durable.WithLogger(slog.New(slog.NewTextHandler(log, nil))))
	require.NoError(t, <-open(older, "of the older"))
	lost := make(chan []durable.Session, 10)
	newer := node(t, url, "node", durable.WithOnLost(func(sessions []durable.Session) { lost <- sessions }))
	require.NoError(t, <-open(newer, "of the newer"))
	require.Eventually(t, func() bool { return older.Queue().Load().Held }, 10*time.Second, 20*time.Millisecond)
	waiting := open(older, "later")
	time.Sleep(3 * time.Second) // the older one looks at the lease each second
	assert.Contains(t, log.String(), `another process has the node name \"node\"`)
	assert.Empty(t, lost)
	assert.False(t, newer.Queue().Load().Held)
	newer.Crash()
	require.NoError(t, <-waiting)
	require.NoError(t, push(older, "later", "later.1"))
}

// Ids that do not fit into a message are refused at once, not tried for ever.
func TestIdsThatAreTooLong(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir())
	long := strings.Repeat("x", 70_000)
	require.ErrorContains(t, <-open(s, long), "header size")
	require.ErrorContains(t, push(s, long, "long.1"), "store event of 0 bytes")
	require.NoError(t, s.Close(t.Context()), "nothing is left to be tried")
}

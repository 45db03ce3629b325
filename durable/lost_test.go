package durable_test

import (
	"log/slog"
	"strings"
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

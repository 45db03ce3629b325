package durable_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable/internal/wire"
	"github.com/wcskit/resthook/hooktest"
)

// However often a media server is killed before it can deliver anything: the journal does not grow.
func TestRestartsDoNotFillTheJournal(t *testing.T) {
	t.Parallel()
	dir, backend := t.TempDir(), hooktest.NewBackend(t)
	s := openIn(t, dir)
	c := mediaServer(t, backend, s)
	visit(t, c, "a")
	visit(t, c, "b")
	require.Equal(t, 4, s.OpenEntries(t.Context()))
	for range 4 {
		s.Crash()
		s = openIn(t, dir)
		assert.Eventually(t, func() bool { return s.OpenEntries(t.Context()) == 4 }, 5*time.Second, 5*time.Millisecond)
	}
}

// A process that slept stores the entry of a new session while its estate is worked off.
func TestEntryThatIsStoredLate(t *testing.T) {
	t.Parallel()
	url, backend := natsServer(t).ClientURL(), hooktest.NewBackend(t)
	backend.On("ConnectionStatusEvent").Delay(2 * time.Second)
	first := node(t, url, "first")
	visit(t, mediaServer(t, backend, first), "s")
	mediaServer(t, backend, node(t, url, "second"))
	first.Crash()
	backend.AssertSequence(t, "s", "connect", "StreamStatusEvent PUBLISHING")
	require.Eventually(t, func() bool { return len(story(backend, "s")) == 3 }, 15*time.Second, 5*time.Millisecond)
	openLate(t, url, "late")
	assert.Eventually(t, func() bool { return len(story(backend, "late")) == 1 }, 15*time.Second, 10*time.Millisecond)
	assert.Equal(t, []string{"DISCONNECTED!"}, story(backend, "late"))
}

// openLate stores the entry of a session for a boot that has an estate.
func openLate(t testing.TB, url, session string) {
	t.Helper()
	conn, err := nats.Connect(url)
	require.NoError(t, err)
	defer conn.Close()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	stream, err := js.Stream(t.Context(), wire.Events)
	require.NoError(t, err)
	m, err := stream.GetLastMsgForSubject(t.Context(), "rh.open.*.*.*.*."+wire.Session)
	require.NoError(t, err)
	event, err := wire.Event(m.Header, m.Data)
	require.NoError(t, err)
	event.ID, event.Session, event.Line = session+".end", session, session
	event.Body, err = json.Marshal(map[string]string{"sessionId": session, "status": "DISCONNECTED"})
	require.NoError(t, err)
	late, err := wire.Message(&event)
	require.NoError(t, err)
	place, ok := wire.ParseSubject(m.Subject)
	require.True(t, ok)
	late.Subject = wire.OpenSubject(place.Boot, &event)
	_, err = js.PublishMsg(t.Context(), late)
	require.NoError(t, err)
}

// A reader on a server that lags behind says that nothing is left. The leader of the stream knows better.
func TestReaderThatLagsBehind(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir())
	for i, id := range []string{"", "one", "two"} {
		if id != "" {
			require.NoError(t, push(s, "s", id))
			_, err := s.NextOfIdle(t.Context(), uint64(i-1))
			require.ErrorContains(t, err, "lags behind")
		}
		more, err := s.NextOfIdle(t.Context(), uint64(i))
		require.NoError(t, err)
		require.False(t, more)
	}
}

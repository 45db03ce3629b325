package backend_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// entries is a journal that collects its entries.
type entries struct {
	mu  sync.Mutex
	all []resthook.Event
}

func (j *entries) Open(closing resthook.Event, stored func(error)) {
	j.mu.Lock()
	j.all = append(j.all, closing)
	j.mu.Unlock()
	stored(nil)
}

func (*entries) Resume(string, string) ([]resthook.Event, error) { return nil, nil }

// deliver delivers events as a successor does.
func deliver(t *testing.T, url string, events []resthook.Event) {
	t.Helper()
	queue := resthook.NewQueue(resthook.QueueLimits{})
	for _, e := range events {
		queue.Push(e, func(err error) { assert.NoError(t, err) })
	}
	client := clientOf(t, url, resthook.WithQueue(queue))
	assert.Eventually(t, func() bool { return queue.Load().Events == 0 }, 5*time.Second, time.Millisecond)
	require.NoError(t, client.Close(context.Background()))
}

func clientOf(t *testing.T, url string, opts ...resthook.Option) *resthook.Client {
	t.Helper()
	client, err := resthook.NewClient(resthook.DefaultConfig(), append(opts, resthook.WithApp(resthook.App{URL: url}))...)
	require.NoError(t, err)
	return client
}

// The closing events of a media server and those of its successor are one hook each, in either
// order, and each ends the session.
func TestClosingEventsOfASuccessor(t *testing.T) {
	t.Parallel()
	for _, genuineFirst := range []bool{true, false} {
		t.Run(fmt.Sprint("genuine first: ", genuineFirst), func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var seen []backend.Delivery
			note := func(ctx context.Context) {
				mu.Lock()
				defer mu.Unlock()
				seen = append(seen, backend.DeliveryOf(ctx))
			}
			sessions, mux := backend.NewSessions(0), backend.NewMux()
			backend.Handle(mux, resthook.Connect, sessions.OnConnect(nil))
			backend.Handle(mux, resthook.StreamStatusEvent, func(ctx context.Context, s *resthook.Stream) (*resthook.Stream, error) {
				if s.Status == resthook.StreamUnpublished {
					note(ctx)
				}
				return nil, nil
			})
			backend.Handle(mux, resthook.ConnectionStatusEvent, sessions.OnStatus(func(ctx context.Context, _ *resthook.Connection) (*resthook.Connection, error) {
				note(ctx)
				return nil, nil
			}))
			server := httptest.NewServer(wrap(t, mux))
			defer server.Close()

			journal := new(entries)
			client := clientOf(t, server.URL, resthook.WithJournal(journal))
			session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
			require.NoError(t, err)
			stream := resthook.Stream{MediaSessionID: "m", Published: true, Status: resthook.StreamPublishing}
			require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), session, &stream))
			require.Len(t, journal.all, 2)
			genuine := func() {
				stream.Status = resthook.StreamUnpublished
				require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), session, &stream))
				require.NoError(t, session.Disconnect(t.Context()))
			}
			recovered := func() { deliver(t, server.URL, []resthook.Event{journal.all[1], journal.all[0]}) }
			assert.Equal(t, 1, sessions.Len())
			first, second := recovered, genuine
			if genuineFirst {
				first, second = genuine, recovered
			}
			first()
			assert.Zero(t, sessions.Len())
			second()
			require.NoError(t, client.Close(context.Background()))
			assert.Zero(t, sessions.Len())
			require.Len(t, seen, 2, "the stream's and the session's, once each")
			for i, d := range seen {
				assert.Equal(t, !genuineFirst, d.Recovered)
				assert.Equal(t, genuineFirst, d.Sequence > 0)
				assert.Equal(t, journal.all[1-i].ID, d.ID)
			}
		})
	}
}

// A closing event is a repeat only of one that ended the same thing.
func TestClosingEventOfSomethingElse(t *testing.T) {
	t.Parallel()
	n := 0
	mux := backend.NewMux()
	backend.Handle(mux, resthook.ConnectionStatusEvent, counted(&n))
	handler := wrap(t, mux)
	for i, c := range []struct {
		id, body string
		want     int
	}{
		{"c.end", `{"sessionId":"s","status":"DISCONNECTED"}`, 1},
		{"c.end", `{"sessionId":"s","status":"DISCONNECTED","info":"more"}`, 1},
		{"c.end", `{"sessionId":"t","status":"DISCONNECTED"}`, 2},
		{"c.end", `{"sessionId":"s","mediaSessionId":"m"}`, 3},
		{"c.end", `{"sessionId":"s","callId":"m"}`, 4},
		{"c.1.end", `{"sessionId":"s"}`, 5},
		{"c.1", `{"sessionId":"s"}`, 6},
		{"c.1", `{"sessionId":"s","info":"more"}`, 7},
	} {
		assert.Equal(t, http.StatusOK, send(t, handler, "/rest/ConnectionStatusEvent", strings.NewReader(c.body), "Webhook-Id", c.id).Code)
		assert.Equal(t, c.want, n, "hook %d", i)
	}
}

// A closing event of a journal belongs to the session whose connect it names.
func TestSessionsEndWithTheClosingEventOfAJournal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPresence(t, 0)
		p.connect(nodeA, "s", stamp{"boot.1", 1, 0})
		p.connect(nodeA, "s", stamp{"boot.5", 1, 0}) // it connects again in the same second
		p.event(nodeA, "s", resthook.ConnectionDisconnected, stamp{"boot.1.end", 1, 0})
		assert.Equal(t, []string{"s"}, p.ids(), "the end of the earlier one comes late")
		p.event(nodeA, "s", resthook.ConnectionDisconnected, stamp{"boot.5.end", 1, 0})
		assert.Empty(t, p.ids())
		p.connect(nodeA, "s", stamp{"boot.5", 1, 0})
		assert.Empty(t, p.ids(), "a late repeat of its connect")

		p.connect(nodeA, "r", stamp{"boot.6", 2, 0})
		p.event(nodeA, "r", resthook.ConnectionEstablished, stamp{"next.1.1", 3, 1}) // it is resumed by another process
		p.event(nodeA, "r", resthook.ConnectionDisconnected, stamp{"boot.6.end", 4, 2})
		assert.Empty(t, p.ids())
	})
}

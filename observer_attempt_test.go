package resthook_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// requests are what StartAttempt and Attempt were called with, in order.
type requests struct {
	mu   sync.Mutex
	seen []string
}

func (r *requests) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, fmt.Sprintf(format, args...))
}

func (r *requests) list() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string{}, r.seen...)
}

type requestKey struct{}

// observer adds a header that no two attempts share, and checks that it is the attempt's own
// context that comes back.
func (r *requests) observer(t *testing.T) resthook.Observer {
	t.Helper()
	return resthook.Observer{
		StartAttempt: func(ctx context.Context, a resthook.AttemptStart) context.Context {
			mark := fmt.Sprintf("%s %d", a.Hook, a.Number)
			a.Header.Set("Traceparent", mark)
			r.note("start %s %s %s %s %s event %v", mark, a.Kind, a.App, a.Session, a.URL, a.Event)
			return context.WithValue(ctx, requestKey{}, fmt.Sprint(ctx.Value(callerKey{}), " ", mark))
		},
		Attempt: func(ctx context.Context, a resthook.Attempt) {
			assert.NoError(t, ctx.Err())
			r.note("end %v %s", ctx.Value(requestKey{}), a.URL)
		},
	}
}

type callerKey struct{}

// The headers go out with their request alone, and the context that is returned is the one of
// Attempt, for a decision and for an event, over both transports.
func TestStartAttempt(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for _, event := range []bool{false, true} {
			t.Run(fmt.Sprint(event), func(t *testing.T) {
				t.Parallel()
				var seen requests
				socket := hooktest.NewSocket(t, hooktest.AfterRequest(hooktest.FIN), hooktest.Answer(200, `{}`))
				client := newClientVia(t, via, socket.URL()+"/rest", resthook.WithBackoff(time.Millisecond, time.Millisecond), resthook.WithObserver(seen.observer(t)))
				ctx, cancel := context.WithCancel(context.WithValue(t.Context(), callerKey{}, "caller"))
				stream := &resthook.Stream{AppKey: "a", SessionID: "s", Status: resthook.StreamPublishing}
				if event {
					require.NoError(t, resthook.StreamStatusEvent.Notify(ctx, client, stream))
					cancel()
				} else {
					_, err := resthook.StreamStatusEvent.Send(ctx, client, stream)
					require.NoError(t, err)
				}
				require.NoError(t, client.Close(t.Context()))
				cancel()
				url := socket.URL() + "/rest/StreamStatusEvent"
				start := func(n int) string {
					return fmt.Sprintf("start StreamStatusEvent %d event a s %s event %v", n, url, event)
				}
				end := func(n int) string { return fmt.Sprintf("end caller StreamStatusEvent %d %s", n, url) }
				if event { // the dispatcher calls Attempt, at any time later
					assert.ElementsMatch(t, []string{start(1), end(1), start(2), end(2)}, seen.list())
				} else {
					assert.Equal(t, []string{start(1), end(1), start(2), end(2)}, seen.list())
				}
				require.Len(t, socket.Requests(), 2)
				for i, r := range socket.Requests() {
					assert.Equal(t, []string{fmt.Sprintf("StreamStatusEvent %d", i+1)}, r.Header.Values("Traceparent"))
				}
			})
		}
	})
}

// How long an event has waited is told, and its number counts on over the repeats of the queue.
func TestStartAttemptOfAQueuedEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var starts []resthook.AttemptStart
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.RST), hooktest.Answer(200, `{}`)}, resthook.WithBackoff(time.Second, time.Second),
			resthook.WithObserver(resthook.Observer{StartAttempt: func(_ context.Context, a resthook.AttemptStart) context.Context {
				starts = append(starts, a)
				return nil
			}}))
		notify(t, b.session(t, "s"), "n")
		require.NoError(t, b.client.Close(t.Context()))
		require.Len(t, starts, 2)
		assert.Equal(t, []int{1, 2}, []int{starts[0].Number, starts[1].Number})
		assert.Zero(t, starts[0].Queued)
		assert.GreaterOrEqual(t, starts[1].Queued, 500*time.Millisecond)
		assert.Equal(t, starts[0].ID, starts[1].ID)
		assert.Equal(t, starts[0].ID, b.seen.list()[0].ID)
	})
}

// What belongs to the hook, to the connection or to WithHeader is not an observer's to set,
// nor is what is no header, nor what makes the head too large for a server.
func TestStartAttemptSetsOnlyItsOwnHeaders(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		socket := hooktest.NewSocket(t, hooktest.Answer(200, `{}`))
		client := newClientVia(t, via, socket.URL(), resthook.WithHeader("X-Node", "7"), resthook.WithObserver(resthook.Observer{
			StartAttempt: func(ctx context.Context, a resthook.AttemptStart) context.Context {
				for _, name := range []string{
					"Authorization", "Content-Length", "Content-Type", "Transfer-Encoding", "Host", "Connection", resthook.HeaderID, resthook.HeaderSignature,
					"Cookie\r\nX-Evil", "X Evil", "", "X-Node",
				} {
					a.Header[name] = []string{"evil"}
				}
				a.Header["X-Two"] = []string{"good", "evil\r\nX-Evil: evil"}
				a.Header["baggage"] = []string{strings.Repeat("evil", 1200)}
				a.Header["traceparent"] = []string{"good"}
				a.Header["X-Many"] = []string{"good", "better"}
				return ctx
			},
		}))
		_, err := resthook.PlayStream.Send(t.Context(), client, &resthook.Stream{AppKey: "a", SessionID: "s"})
		require.NoError(t, err)
		require.Len(t, socket.Requests(), 1)
		got := socket.Requests()[0].Header
		assert.NotContains(t, fmt.Sprint(got), "evil")
		assert.Equal(t, []string{"good"}, got.Values("Traceparent"))
		assert.Equal(t, []string{"good", "better"}, got.Values("X-Many"))
		assert.Equal(t, []string{"7"}, got.Values("X-Node"))
	})
}

// A panic goes up to the caller of Send. An event goes out without its headers, and its worker
// goes on.
func TestStartAttemptPanics(t *testing.T) {
	t.Parallel()
	panicking := resthook.WithObserver(resthook.Observer{StartAttempt: func(_ context.Context, a resthook.AttemptStart) context.Context {
		a.Header.Set("Traceparent", "half")
		panic("oh no")
	}})
	t.Run("of a decision", func(t *testing.T) {
		t.Parallel()
		client := newClient(t, hooktest.NewSocket(t, hooktest.Answer(200, `{}`)).URL(), panicking)
		assert.PanicsWithValue(t, "oh no", func() { publish(t, client) })
	})
	t.Run("of an event", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			log := new(logged)
			b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)}, panicking, resthook.WithLogger(log.logger()), resthook.WithEventWorkers(1))
			s := b.session(t, "s")
			notify(t, s, "1")
			notify(t, s, "2")
			require.NoError(t, b.client.Close(t.Context()))
			assert.Equal(t, 2, b.seen.count(resthook.EventDelivered))
			assert.Len(t, log.all("callback panicked"), 2)
			assert.Equal(t, uint64(2), b.client.Stats().Unreported)
			for _, r := range b.socket.Requests() {
				assert.Empty(t, r.Header.Get("Traceparent"))
			}
		})
	})
}

// A worker that StartAttempt has ended is replaced.
func TestStartAttemptEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)}, resthook.WithEventWorkers(1), resthook.WithLogger(new(logged).logger()),
			resthook.WithObserver(resthook.Observer{StartAttempt: func(ctx context.Context, a resthook.AttemptStart) context.Context {
				if a.Hook == "StreamStatusEvent" {
					runtime.Goexit()
				}
				return ctx
			}}))
		s := b.session(t, "s")
		notify(t, s, "1")
		require.NoError(t, s.Disconnect(t.Context()))
		require.NoError(t, b.client.Close(t.Context()))
		assert.Len(t, b.seen.list(), 2)
		assert.Equal(t, 1, b.seen.count(resthook.EventDelivered))
	})
}

// The request has the context that StartAttempt returns: a transport of the media server sees
// its values.
func TestStartAttemptContextIsTheRequests(t *testing.T) {
	t.Parallel()
	var values []any
	given := roundTrip(func(req *http.Request) (*http.Response, error) {
		values = append(values, req.Context().Value(requestKey{}))
		return http.DefaultTransport.RoundTrip(req)
	})
	var seen requests
	client := newClient(t, hooktest.NewSocket(t, hooktest.Answer(200, `{}`)).URL(), resthook.WithTransport(given), resthook.WithObserver(seen.observer(t)))
	publish(t, client)
	assert.Equal(t, []any{"<nil> publishStream 1"}, values)
}

package resthook_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

type traceKey struct{}

func isDeadline(err error) bool { return errors.Is(err, context.DeadlineExceeded) }

// withTrace is a context with a trace, which has ended.
func withTrace(trace string) context.Context {
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), traceKey{}, trace))
	cancel()
	return ctx
}

func traceOf(ctx context.Context) string {
	trace, _ := ctx.Value(traceKey{}).(string)
	return trace
}

// traces records the trace of every context that is passed on for an event.
type traces struct {
	mu   sync.Mutex
	seen map[string][]string
}

func (s *traces) note(ctx context.Context, where string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = map[string][]string{}
	}
	s.seen[where] = append(s.seen[where], traceOf(ctx))
}

// RoundTrip sees the request's context.
func (s *traces) RoundTrip(req *http.Request) (*http.Response, error) {
	s.note(req.Context(), "request")
	return http.DefaultTransport.RoundTrip(req)
}

// tracingHandler sees the context of log lines.
type tracingHandler struct {
	slog.Handler

	seen *traces
}

func (tracingHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h tracingHandler) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "hook failed" {
		h.seen.note(ctx, "log")
	}
	return nil
}

func (s *traces) options() []resthook.Option {
	return []resthook.Option{
		resthook.WithTransport(s),
		resthook.WithLogger(slog.New(tracingHandler{slog.DiscardHandler, s})),
		resthook.WithObserver(resthook.Observer{
			Attempt: func(ctx context.Context, _ resthook.Attempt) { s.note(ctx, "attempt") },
			Event:   func(ctx context.Context, _ resthook.EventOutcome) { s.note(ctx, "event") },
		}),
	}
}

func TestNotifyCarriesTheValuesOfItsContext(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	b.On("StreamStatusEvent").Play(hooktest.Answer(503, ``))
	var seen traces
	client := newClient(t, b.URL(), seen.options()...)
	session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
	require.NoError(t, err)
	seen.seen = nil

	require.NoError(t, resthook.StreamStatusEvent.Notify(withTrace("T1"), session, &resthook.Stream{Name: "n", Status: resthook.StreamPublishing}))
	require.NoError(t, client.Close(t.Context()))
	assert.Equal(t, map[string][]string{"request": {"T1"}, "attempt": {"T1"}, "event": {"T1"}, "log": {"T1"}}, seen.seen)
}

// A refused event is reported with its own context.
func TestRefusedEventsCarryTheirContext(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	var seen traces
	client := newClient(t, b.URL(), seen.options()...)
	require.ErrorIs(t, resthook.StreamStatusEvent.Notify(withTrace("T2"), client, &resthook.Stream{}), resthook.ErrConfig)
	var none context.Context
	require.ErrorIs(t, resthook.StreamStatusEvent.Notify(none, client, &resthook.Stream{Status: resthook.StreamPublishing}), resthook.ErrConfig)
	require.NoError(t, client.Close(t.Context()))
	assert.Equal(t, map[string][]string{"event": {"T2", ""}, "log": {"T2", ""}}, seen.seen)
}

func TestDisconnectCarriesTheValuesOfItsContext(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	var seen traces
	client := newClient(t, b.URL(), seen.options()...)
	session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
	require.NoError(t, err)
	seen.seen = nil
	_ = session.Disconnect(withTrace("T3")) // it has ended, so Disconnect does not wait
	require.NoError(t, client.Close(t.Context()))
	assert.Equal(t, map[string][]string{"request": {"T3"}, "attempt": {"T3"}, "event": {"T3"}}, seen.seen)
}

func TestNotifyWithoutASession(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	client := newClient(t, b.URL(), resthook.WithApp(resthook.App{Key: "studio", URL: b.URL() + "/studio"}))
	require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), client, &resthook.Stream{
		AppKey: "studio", MediaSessionID: "m", Name: "ingest", Status: resthook.StreamPublishing,
	}))
	require.NoError(t, client.Close(t.Context()))
	got := b.Requests("StreamStatusEvent")
	require.Len(t, got, 1)
	assert.Contains(t, got[0].Path, "/studio/")
	assert.Empty(t, got[0].Header.Get(resthook.HeaderSequence), "there is no session to count in")
	assert.NotEmpty(t, got[0].Header.Get(resthook.HeaderID))
	payload, err := resthook.StreamStatusEvent.Decode(got[0].Body)
	require.NoError(t, err)
	assert.Equal(t, "ingest", payload.Name)
}

func TestNotifyToNobody(t *testing.T) {
	t.Parallel()
	status := &resthook.Stream{Status: resthook.StreamPublishing}
	for name, to := range map[string]resthook.Target{"nil": nil, "nil client": (*resthook.Client)(nil), "nil session": (*resthook.Session)(nil), "zero client": &resthook.Client{}, "zero session": &resthook.Session{}} {
		require.ErrorIs(t, resthook.StreamStatusEvent.Notify(t.Context(), to, status), resthook.ErrConfig, name)
		require.ErrorIs(t, resthook.StreamStatusEvent.NotifyJSON(t.Context(), to, []byte(`{}`)), resthook.ErrConfig, name)
	}
}

func TestNotifyJSON(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	client := newClient(t, b.URL())
	session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
	require.NoError(t, err)
	method, ok := resthook.FindMethod("StreamStatusEvent")
	require.True(t, ok)
	require.NoError(t, method.NotifyJSON(t.Context(), session, []byte(`{"status":"PUBLISHING","own":[1, 2],"width":"wide"}`)))
	require.ErrorIs(t, method.NotifyJSON(t.Context(), session, []byte(`[1]`)), resthook.ErrConfig)
	require.NoError(t, client.Close(t.Context()))
	got := b.Requests("StreamStatusEvent")
	require.Len(t, got, 1)
	assert.JSONEq(t, `{"sessionId":"s","status":"PUBLISHING","own":[1,2],"width":"wide"}`, string(got[0].Body))
	for _, e := range client.Stats().Events {
		assert.Contains(t, []resthook.EventResult{resthook.EventDelivered, resthook.EventRefused}, e.Result)
	}
}

// prioritized is a queue that records the priorities of events.
type prioritized struct {
	resthook.Queue

	mu   sync.Mutex
	seen []resthook.Priority
}

func (q *prioritized) Push(e resthook.Event, stored func(error)) []resthook.Drop {
	q.mu.Lock()
	q.seen = append(q.seen, e.Priority)
	q.mu.Unlock()
	return q.Queue.Push(e, stored)
}

func TestPriorityOfAnOwnHook(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	queue := &prioritized{Queue: resthook.NewQueue(resthook.QueueLimits{})}
	client := newClient(t, b.URL(), resthook.WithQueue(queue))
	for _, opts := range [][]resthook.HookOption{nil, {resthook.WithPriority(resthook.PriorityClosing)}, {resthook.WithPriority(resthook.PriorityProgress)}} {
		hook, err := resthook.NewHook[map[string]any]("roomEvent", resthook.KindEvent, opts...)
		require.NoError(t, err)
		require.NoError(t, hook.Notify(t.Context(), client, &map[string]any{"room": "r"}))
	}
	require.NoError(t, client.Close(t.Context()))
	assert.Equal(t, []resthook.Priority{resthook.PriorityStatus, resthook.PriorityClosing, resthook.PriorityProgress}, queue.seen)
}

// A status event needs a status, unless it is given as JSON.
func TestStatusEventsNeedAStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)})
		s := b.session(t, "s")
		send := func(method resthook.Method) (error, error) {
			switch h := method.(type) {
			case resthook.Hook[resthook.Connection]:
				return both(t, h, s)
			case resthook.Hook[resthook.Registration]:
				return both(t, h, s)
			case resthook.Hook[resthook.Call]:
				return both(t, h, s)
			case resthook.Hook[resthook.Message]:
				return both(t, h, s)
			case resthook.Hook[resthook.Subscription]:
				return both(t, h, s)
			case resthook.Hook[resthook.XCAP]:
				return both(t, h, s)
			case resthook.Hook[resthook.Stream]:
				return both(t, h, s)
			case resthook.Hook[resthook.Recording]:
				return both(t, h, s)
			case resthook.Hook[resthook.Data]:
				return both(t, h, s)
			case resthook.Hook[resthook.BugReport]:
				return both(t, h, s)
			case resthook.Hook[resthook.DebugSession]:
				return both(t, h, s)
			case resthook.Hook[resthook.ErrorReport]:
				return both(t, h, s)
			}
			require.Fail(t, method.Name())
			return nil, nil
		}
		n := 0
		for _, method := range resthook.Methods() {
			if !strings.HasSuffix(method.Name(), "StatusEvent") {
				continue
			}
			n++
			sent, notified := send(method)
			require.ErrorIs(t, sent, resthook.ErrConfig, method.Name())
			require.ErrorIs(t, notified, resthook.ErrConfig, method.Name())
			_, err := method.SendJSON(t.Context(), s, []byte(`{}`))
			require.NoError(t, err)
		}
		assert.Equal(t, 13, n)
		assert.Len(t, b.socket.Requests(), n, "what came as JSON")
		own, err := resthook.NewHook[map[string]any]("pollStatusEvent", resthook.KindEvent)
		require.NoError(t, err)
		require.NoError(t, own.Notify(t.Context(), s, &map[string]any{"a": 1}))
		odd, err := resthook.StreamStatusEvent.Decode([]byte(`{"status":7}`))
		require.NoError(t, err)
		require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), s, odd), "which somebody has sent")
		require.NoError(t, resthook.StreamKeepAliveEvent.Notify(t.Context(), s, &resthook.Stream{}), "it is no status event")
	})
}

func both[P any](t *testing.T, h resthook.Hook[P], s *resthook.Session) (sent, notified error) {
	t.Helper()
	_, sent = h.Send(t.Context(), s, new(P))
	return sent, h.Notify(t.Context(), s, new(P))
}

package otelhook_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/otelhook"
)

// A hook is a child of the caller's span, and has a child for each attempt. A denial is no error of
// a span, a failure is one.
func TestTreeOfAHook(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		script []hooktest.Behaviour
		want   string
	}{
		"second attempt": {[]hooktest.Behaviour{reset(), answer(200)}, `
viewer joins internal Unset
  publishStream internal Unset action=continue attempts=2 outcome=allowed
    POST /rest/publishStream client Error type=no_answer
    POST /rest/publishStream client Unset resend_count=1 status_code=200
`},
		"denied": {[]hooktest.Behaviour{answer(403)}, `
viewer joins internal Unset
  publishStream internal Unset action=continue attempts=1 outcome=denied
    POST /rest/publishStream client Unset status_code=403
`},
		"failed": {[]hooktest.Behaviour{answer(500)}, `
viewer joins internal Unset
  publishStream internal Error type=status action=continue attempts=1 outcome=failed
    POST /rest/publishStream client Error type=500 status_code=500
`},
		"no JSON": {[]hooktest.Behaviour{hooktest.Answer(200, `<html>`)}, `
viewer joins internal Unset
  publishStream internal Error type=body action=continue attempts=1 outcome=failed
    POST /rest/publishStream client Error type=body status_code=200
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKit(t, sdktrace.AlwaysSample())
			client := k.client(t, hooktest.NewSocket(t, row.script...).URL()+"/rest")
			ctx, span := k.under(t)
			require.NoError(t, publish(ctx, client))
			span.End()
			assert.Equal(t, strings.TrimPrefix(row.want, "\n"), k.tree())
		})
	}
}

// The attributes are those of the conventions for HTTP clients, and which hook it was.
func TestAttributes(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.AlwaysSample())
	socket := hooktest.NewSocket(t, answer(200))
	require.NoError(t, publish(t.Context(), k.client(t, socket.URL()+"/rest")))
	host, err := url.Parse(socket.URL())
	require.NoError(t, err)
	id := socket.Requests()[0].Header.Get(resthook.HeaderID)
	assert.Equal(t, map[string]string{
		"http.request.method": "POST", "url.full": socket.URL() + "/rest/publishStream", "server.address": host.Hostname(), "server.port": host.Port(),
		"http.response.status_code": "200", "resthook.connection.reused": "false",
		"resthook.hook": "publishStream", "resthook.app": "room", "resthook.session": "s", "resthook.id": id,
	}, attributes(k.named(t, "POST /rest/publishStream")))
	assert.Equal(t, map[string]string{
		"resthook.hook": "publishStream", "resthook.kind": "direct", "resthook.app": "room", "resthook.session": "s", "resthook.id": id,
		"resthook.outcome": "allowed", "resthook.action": "continue", "resthook.attempts": "1",
	}, attributes(k.named(t, "publishStream")))
}

// Each request has the trace of its own attempt.
func TestTraceOnTheWire(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.AlwaysSample())
	socket := hooktest.NewSocket(t, reset(), answer(200))
	client := k.client(t, socket.URL())
	require.NoError(t, publish(t.Context(), client))
	require.NoError(t, notify(t.Context(), client))
	require.NoError(t, client.Close(t.Context()))
	sent := map[string]int{}
	for _, s := range k.spans.Ended() {
		if s.SpanKind() == trace.SpanKindClient {
			sent["00-"+s.SpanContext().TraceID().String()+"-"+s.SpanContext().SpanID().String()+"-01"]++
		}
	}
	require.Len(t, sent, 3)
	for _, r := range socket.Requests() {
		assert.Equal(t, 1, sent[r.Header.Get("Traceparent")], r.Header)
	}
}

// An event is a trace of its own, with a link to the span that was in the context of Notify, from
// the notification to the end.
func TestTreeOfAnEvent(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		script []hooktest.Behaviour
		want   string
	}{
		"second attempt": {[]hooktest.Behaviour{reset(), answer(200)}, `
viewer joins internal Unset
StreamStatusEvent internal Unset link="viewer joins" action=continue attempts=2 result=delivered
  POST /StreamStatusEvent client Error type=no_answer
  POST /StreamStatusEvent client Unset resend_count=1 status_code=200
`},
		"denied": {[]hooktest.Behaviour{answer(403)}, `
viewer joins internal Unset
StreamStatusEvent internal Unset link="viewer joins" action=continue attempts=1 result=failed
  POST /StreamStatusEvent client Unset status_code=403
`},
		"failed": {[]hooktest.Behaviour{answer(500)}, `
viewer joins internal Unset
StreamStatusEvent internal Error link="viewer joins" type=status action=continue attempts=1 result=failed
  POST /StreamStatusEvent client Error type=500 status_code=500
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKit(t, sdktrace.AlwaysSample())
			client := k.client(t, hooktest.NewSocket(t, row.script...).URL())
			ctx, cause := k.under(t)
			require.NoError(t, notify(ctx, client))
			cause.End()
			require.NoError(t, client.Close(t.Context()))
			assert.Equal(t, strings.TrimPrefix(row.want, "\n"), k.tree())
			event := k.named(t, "StreamStatusEvent")
			assert.NotEqual(t, cause.SpanContext().TraceID(), event.SpanContext().TraceID())
			for _, s := range k.spans.Ended() {
				assert.False(t, s.Parent().SpanID() == event.SpanContext().SpanID() && s.StartTime().Before(event.StartTime()))
			}
		})
	}
}

// An event that is never tried has a span too, from its notification on.
func TestTreeOfAnEventWithoutAttempts(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.AlwaysSample())
	client := k.client(t, "http://127.0.0.1:1", resthook.WithQueueLimits(resthook.QueueLimits{SessionEvents: 1}), resthook.WithEventWorkers(1),
		resthook.WithDialContext(hooktest.NewNetwork().DialContext))
	ctx, cause := k.under(t)
	require.NoError(t, client.Close(t.Context()))
	require.ErrorIs(t, notify(ctx, client), resthook.ErrClosed)
	cause.End()
	require.Eventually(t, func() bool { return len(k.spans.Ended()) == 2 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, `viewer joins internal Unset
StreamStatusEvent internal Error link="viewer joins" type=closed action=continue attempts=0 result=refused
`, k.tree())
}

// A hook that is refused is a span with an error and no attempt.
func TestTreeOfARefusedHook(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.AlwaysSample())
	client := k.client(t, "http://127.0.0.1:1")
	_, err := resthook.PublishStream.Send(t.Context(), client, nil)
	require.ErrorIs(t, err, resthook.ErrConfig)
	assert.Equal(t, "publishStream internal Error type=config action=break attempts=0 outcome=refused\n", k.tree())
}

// Where no connection is free in time, there is no request: the attempt's span ends all the same.
func TestNoConnectionIsFree(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.AlwaysSample())
	cfg := resthook.DefaultConfig()
	cfg.MaxConnections, cfg.RequestTimeout = 1, 200*time.Millisecond
	socket := hooktest.NewSocket(t, hooktest.AfterRequest(hooktest.Stall))
	client, err := resthook.NewClient(cfg, resthook.WithApp(resthook.App{URL: socket.URL()}), resthook.WithObserver(k.Observer()))
	require.NoError(t, err)
	stalled := make(chan error, 1)
	go func() { stalled <- publish(context.Background(), client) }()
	require.NoError(t, socket.Wait(t.Context(), 1))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.NoError(t, publish(ctx, client), "under LOG")
	require.NoError(t, <-stalled)
	require.NoError(t, client.Close(t.Context()))
	assert.Len(t, k.spans.Ended(), len(k.spans.Started()))
	assert.Contains(t, k.tree(), "publishStream internal Error type=canceled action=continue attempts=0 outcome=failed\n  POST /publishStream client Error type=canceled\n")
}

// What is not sampled is not recorded, and goes on as a trace that is not sampled.
func TestUnsampled(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.NeverSample())
	socket := hooktest.NewSocket(t, answer(200))
	client := k.client(t, socket.URL())
	require.NoError(t, publish(t.Context(), client))
	require.NoError(t, notify(t.Context(), client))
	require.NoError(t, client.Close(t.Context()))
	assert.Empty(t, k.spans.Started())
	for _, r := range socket.Requests() {
		assert.True(t, strings.HasSuffix(r.Header.Get("Traceparent"), "-00"), r.Header)
	}
}

// With spans turned off, the caller's trace still goes on at the backend.
func TestWithoutSpans(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.AlwaysSample())
	without, err := otelhook.New(otelhook.WithTracerProvider(noop.NewTracerProvider()), otelhook.WithPropagator(traceContext()))
	require.NoError(t, err)
	socket := hooktest.NewSocket(t, answer(200))
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: socket.URL()}), resthook.WithObserver(without.Observer()))
	require.NoError(t, err)
	ctx, span := k.under(t)
	require.NoError(t, publish(ctx, client))
	require.NoError(t, notify(ctx, client))
	require.NoError(t, client.Close(t.Context()))
	require.Len(t, socket.Requests(), 2)
	for _, r := range socket.Requests() {
		assert.Contains(t, r.Header.Get("Traceparent"), span.SpanContext().SpanID().String())
	}
}

// A hook that is sent while another one is traced, in its context, ends its own spans only, also
// where it is not sampled itself.
func TestAHookInsideOfAHook(t *testing.T) {
	t.Parallel()
	k := newKit(t, oddHooks{})
	socket := hooktest.NewSocket(t, answer(200), answer(500))
	var client *resthook.Client
	inner := resthook.Observer{Attempt: func(ctx context.Context, a resthook.Attempt) {
		if a.Hook == "publishStream" {
			_, err := resthook.PlayStream.Send(ctx, client, &resthook.Stream{AppKey: "room", SessionID: "s"})
			assert.NoError(t, err)
			assert.NoError(t, notify(ctx, client))
		}
	}}
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: socket.URL()}), resthook.WithObserver(inner),
		resthook.WithObserver(k.Observer()), resthook.WithLogger(slog.New(slog.DiscardHandler)))
	require.NoError(t, err)
	require.NoError(t, publish(t.Context(), client))
	require.NoError(t, client.Close(t.Context()))
	assert.Equal(t, "publishStream internal Unset action=continue attempts=1 outcome=allowed\n  POST /publishStream client Unset status_code=200\n", k.tree())
}

// oddHooks samples publishStream and its attempts alone.
type oddHooks struct{}

func (oddHooks) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if strings.HasSuffix(p.Name, "publishStream") {
		return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample}
	}
	return sdktrace.SamplingResult{Decision: sdktrace.Drop}
}

func (oddHooks) Description() string { return "odd" }

// Of many events under way at once, the spans of the first end early, and none is lost.
func TestEventsUnderWayHaveABound(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.AlwaysSample())
	o := k.Observer()
	const events = 12_000
	for i := range events {
		o.StartAttempt(t.Context(), resthook.AttemptStart{Hook: "StreamStatusEvent", ID: "b." + string(rune(i+0x10000)), URL: "http://h/StreamStatusEvent", Number: 1, Event: true, Header: http.Header{}})
	}
	var ended int
	for _, s := range k.spans.Ended() {
		if s.Name() == "StreamStatusEvent" {
			ended++
		}
	}
	assert.Equal(t, 2_000, ended)
	o.Event(t.Context(), resthook.EventOutcome{Hook: "StreamStatusEvent", ID: "b." + string(rune(events-1+0x10000)), Result: resthook.EventDelivered})
	assert.Equal(t, "delivered", attributes(k.spans.Ended()[len(k.spans.Ended())-1])["resthook.result"])
}

// Where an attempt had no connection, no Attempt comes, and the next one has the same number. Its
// span has an error, of a hook and of an event.
func TestAttemptsWithoutARequest(t *testing.T) {
	t.Parallel()
	for _, event := range []bool{false, true} {
		k := newKit(t, sdktrace.AlwaysSample())
		o := k.Observer()
		begin := func(ctx context.Context) context.Context {
			return o.StartAttempt(ctx, resthook.AttemptStart{Hook: "StreamStatusEvent", ID: "1", URL: "http://h/x", Number: 1, Event: event, Header: http.Header{}})
		}
		ctx := t.Context()
		if !event {
			ctx = o.Start(ctx, resthook.Start{Hook: "StreamStatusEvent", ID: "1"})
		}
		begin(ctx)
		o.Attempt(begin(ctx), resthook.Attempt{Hook: "StreamStatusEvent", ID: "1", URL: "http://h/x", Number: 1, Status: 200})
		if event {
			o.Event(ctx, resthook.EventOutcome{Hook: "StreamStatusEvent", ID: "1", Result: resthook.EventDelivered, Attempts: 1})
		} else {
			o.End(ctx, resthook.Outcome{Hook: "StreamStatusEvent", ID: "1", Sent: true, Attempts: 1})
		}
		_, attempts, _ := strings.Cut(k.tree(), "\n")
		assert.Equal(t, "  POST /x client Error type=timeout\n  POST /x client Unset status_code=200\n", attempts)
	}
}

// The dispatcher is late: the spans have the times at which things happened.
func TestTimesOfAnEvent(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.AlwaysSample())
	o := k.Observer()
	notified := time.Now().Add(-time.Hour)
	ctx := o.StartAttempt(t.Context(), resthook.AttemptStart{Hook: "StreamStatusEvent", ID: "1", URL: "http://h/x", Number: 1, Event: true, Queued: time.Hour, Header: http.Header{}})
	o.Attempt(ctx, resthook.Attempt{Hook: "StreamStatusEvent", ID: "1", Number: 1, Status: 200, Duration: 2 * time.Hour})
	o.Event(t.Context(), resthook.EventOutcome{Hook: "StreamStatusEvent", ID: "1", Result: resthook.EventDelivered, Queued: 3 * time.Hour})
	event, attempt := k.named(t, "StreamStatusEvent"), k.named(t, "POST /x")
	assert.WithinDuration(t, notified, event.StartTime(), time.Minute)
	assert.Equal(t, 3*time.Hour, event.EndTime().Sub(event.StartTime()))
	assert.GreaterOrEqual(t, attempt.EndTime().Sub(attempt.StartTime()), 2*time.Hour)
	assert.False(t, attempt.EndTime().After(event.EndTime().Add(time.Minute)))
	o.Event(t.Context(), resthook.EventOutcome{Hook: "DataSendEvent", ID: "2", Result: resthook.EventShed, Queued: time.Hour})
	assert.WithinDuration(t, notified, k.named(t, "DataSendEvent").StartTime(), time.Minute)
}

// Under load and faults, each span ends, each has its parent, and each event has one.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.AlwaysSample())
	var script []hooktest.Behaviour
	for range 30 {
		script = append(script, answer(200), reset(), answer(200), answer(403), answer(200), answer(500), hooktest.AtAccept(hooktest.RST))
	}
	client := k.client(t, hooktest.NewSocket(t, append(script, answer(200))...).URL())
	var all sync.WaitGroup
	const sessions, events = 50, 10
	for i := range sessions {
		all.Go(func() {
			stream := &resthook.Stream{AppKey: "room", SessionID: strconv.Itoa(i), Name: "cam", Status: resthook.StreamPublishing}
			for range events {
				_, err := resthook.PublishStream.Send(t.Context(), client, stream)
				assert.NoError(t, err)
				assert.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), client, stream))
			}
		})
	}
	all.Wait()
	require.NoError(t, client.Close(t.Context()))
	require.Len(t, k.spans.Ended(), len(k.spans.Started()))
	parents, names := map[trace.SpanID]bool{}, map[string]int{}
	for _, s := range k.spans.Ended() {
		parents[s.SpanContext().SpanID()] = true
		names[s.Name()]++
	}
	for _, s := range k.spans.Ended() {
		assert.Equal(t, s.SpanKind() == trace.SpanKindClient, s.Parent().IsValid(), s.Name())
		assert.True(t, !s.Parent().IsValid() || parents[s.Parent().SpanID()], s.Name())
	}
	assert.Equal(t, sessions*events, names["StreamStatusEvent"])
	assert.Equal(t, sessions*events, names["publishStream"])
	assert.Greater(t, names["POST /StreamStatusEvent"], sessions*events)
}

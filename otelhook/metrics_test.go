package otelhook_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/otelhook"
)

// Hooks, attempts and events are counted by hook, app and outcome.
func TestMetrics(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.NeverSample())
	client := k.client(t, hooktest.NewSocket(t, answer(200), answer(403), answer(500), reset(), answer(200), reset(), answer(200), answer(777)).URL())
	for range 4 {
		require.NoError(t, publish(t.Context(), client))
	}
	require.NoError(t, notify(t.Context(), client))
	require.NoError(t, client.Close(t.Context()))
	require.ErrorIs(t, publish(t.Context(), client), resthook.ErrClosed)
	got := present(k.metrics(t))
	maps.DeleteFunc(got, func(series string, _ float64) bool {
		return strings.HasPrefix(series, "resthook.backend.") || strings.HasPrefix(series, "resthook.connections")
	})
	assert.Equal(t, map[string]float64{
		"http.client.request.duration{http.request.method=POST,http.response.status_code=200,resthook.app=room,resthook.hook=publishStream,server.address=127.0.0.1}":                2,
		"http.client.request.duration{http.request.method=POST,http.response.status_code=403,resthook.app=room,resthook.hook=publishStream,server.address=127.0.0.1}":                1,
		"http.client.request.duration{error.type=500,http.request.method=POST,http.response.status_code=500,resthook.app=room,resthook.hook=publishStream,server.address=127.0.0.1}": 1,
		"http.client.request.duration{error.type=no_answer,http.request.method=POST,resthook.app=room,resthook.hook=publishStream,server.address=127.0.0.1}":                         1,
		"http.client.request.duration{error.type=no_answer,http.request.method=POST,resthook.app=room,resthook.hook=StreamStatusEvent,server.address=127.0.0.1}":                     1,
		"http.client.request.duration{http.request.method=POST,http.response.status_code=200,resthook.app=room,resthook.hook=StreamStatusEvent,server.address=127.0.0.1}":            1,
		"resthook.hook.duration{resthook.action=continue,resthook.app=room,resthook.hook=publishStream,resthook.outcome=allowed}":                                                    2,
		"resthook.hook.duration{resthook.action=continue,resthook.app=room,resthook.hook=publishStream,resthook.outcome=denied}":                                                     1,
		"resthook.hook.duration{error.type=status,resthook.action=continue,resthook.app=room,resthook.hook=publishStream,resthook.outcome=failed}":                                   1,
		"resthook.hook.duration{error.type=closed,resthook.action=break,resthook.app=room,resthook.hook=publishStream,resthook.outcome=refused}":                                     1,
		"resthook.hook.attempts{resthook.app=room,resthook.hook=publishStream}":                                                                                                      5,
		"resthook.event.duration{resthook.app=room,resthook.hook=StreamStatusEvent,resthook.result=delivered}":                                                                       1,
		"resthook.event.queue.duration{resthook.app=room,resthook.hook=StreamStatusEvent}":                                                                                           1,
		"resthook.event.attempts{resthook.app=room,resthook.hook=StreamStatusEvent}":                                                                                                 2,
		"resthook.events{resthook.hook=StreamStatusEvent,resthook.result=delivered}":                                                                                                 1,
	}, got)
}

// The values of labels have a bound, whatever hooks and apps there are.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.NeverSample())
	o := k.Observer()
	for i := range 10_000 {
		name, id := fmt.Sprint("evil", i), fmt.Sprint("id", i)
		o.Attempt(t.Context(), resthook.Attempt{Hook: name, App: name, Session: id, ID: id, URL: "http://h/" + name, Status: i})
		o.End(t.Context(), resthook.Outcome{Hook: name, App: name, Session: id, ID: id, Sent: true})
		o.Event(t.Context(), resthook.EventOutcome{Hook: name, App: name, Session: id, ID: id, Result: resthook.EventDelivered})
	}
	o.End(t.Context(), resthook.Outcome{Hook: "connect", App: "evil1", Sent: true})
	values := map[string]map[string]bool{}
	for series := range k.metrics(t) {
		_, labels, _ := strings.Cut(strings.TrimSuffix(series, "}"), "{")
		for label := range strings.SplitSeq(labels, ",") {
			key, value, _ := strings.Cut(label, "=")
			if values[key] == nil {
				values[key] = map[string]bool{}
			}
			values[key][value] = true
		}
	}
	assert.Len(t, values["resthook.hook"], 256+1+1, "connect, the first 256 and other")
	assert.Contains(t, values["resthook.hook"], "connect")
	assert.Contains(t, values["resthook.hook"], "other")
	assert.Len(t, values["resthook.app"], 64+1)
	assert.Less(t, len(values["http.response.status_code"]), 70)
	assert.NotContains(t, fmt.Sprint(values), "id1")
}

// Nothing that is secret is in a span or a metric.
func TestNoSecrets(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.AlwaysSample())
	socket := hooktest.NewSocket(t, answer(200), hooktest.Answer(403, `{"message":"s3cret"}`), hooktest.Redirect(302, "http://h/?token=s3cret"))
	url := strings.Replace(socket.URL(), "http://", "http://user:s3cret@", 1)
	client := k.client(t, url+"/rest", resthook.WithHeader("X-Key", "s3cret"))
	ctx := t.Context()
	for range 3 {
		_, err := resthook.PlayStream.Send(ctx, client, &resthook.Stream{AppKey: "room", SessionID: "s", Name: "cam", Custom: map[string]any{"token": "s3cret"}})
		require.NoError(t, err)
	}
	require.NoError(t, resthook.StreamStatusEvent.Notify(ctx, client, &resthook.Stream{
		AppKey: "room", SessionID: "s", Name: "rtsp://u:s3cret@h/cam?token=s3cret", Status: resthook.StreamPublishing, Custom: map[string]any{"token": "s3cret"},
	}))
	require.NoError(t, client.Close(ctx))
	require.Len(t, socket.Requests(), 4)
	for _, s := range k.spans.Ended() {
		all := fmt.Sprint(s.Name(), attributes(s), s.Status(), s.Events(), s.Links())
		assert.NotContains(t, all, "s3cret")
		assert.NotContains(t, all, "user", "who the media server is to the backend")
	}
	assert.NotContains(t, fmt.Sprint(k.metrics(t)), "s3cret")
}

// Clients that are watched add up, closed ones too.
func TestWatchTwoClients(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.NeverSample())
	for range 2 {
		client := k.client(t, hooktest.NewSocket(t, answer(200)).URL())
		require.NoError(t, k.Watch(client), "again")
		require.NoError(t, notify(t.Context(), client))
		require.NoError(t, client.Close(t.Context()))
	}
	got := k.metrics(t)
	assert.InDelta(t, 2, got["resthook.events{resthook.hook=StreamStatusEvent,resthook.result=delivered}"], 0, slices.Sorted(maps.Keys(got)))
	assert.InDelta(t, 0, got["resthook.queue.events{}"], 0)
	require.Error(t, k.Watch(nil))
}

// A queue that does not get rid of its events is seen.
func TestQueueFigures(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.NeverSample())
	socket := hooktest.NewSocket(t, hooktest.AfterRequest(hooktest.Stall))
	client := k.client(t, socket.URL())
	for range 3 {
		require.NoError(t, notify(t.Context(), client))
	}
	require.NoError(t, socket.Wait(t.Context(), 1))
	got := k.metrics(t)
	assert.InDelta(t, 3, got["resthook.queue.events{}"], 0)
	assert.Greater(t, got["resthook.queue.size{}"], 1000.0)
	assert.Positive(t, got["resthook.queue.oldest{}"])
	assert.Equal(t, map[string]float64{"resthook.connections{http.connection.state=active}": 1, "resthook.connections{http.connection.state=idle}": 0}, of(got, "resthook.connections"))
	assert.InDelta(t, 1, got["resthook.connections.opened{}"], 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_ = client.Close(ctx)
}

// A backend that is down is seen, beside one that is well, and so is whose it is.
func TestBackendFigures(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.AlwaysSample())
	down, up := "http://127.0.0.1:1", hooktest.NewSocket(t, answer(200)).URL()
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{Key: "room", URLs: []string{down, up}}),
		resthook.WithObserver(k.Observer()), resthook.WithLogger(slog.New(slog.DiscardHandler)))
	require.NoError(t, err)
	require.NoError(t, k.Watch(client))
	for i := range 100 { // none of these takes the place of an app's key
		k.Observer().End(t.Context(), resthook.Outcome{Hook: "connect", App: fmt.Sprint("evil", i), Sent: true})
	}
	require.NoError(t, publish(t.Context(), client))
	require.NoError(t, client.Close(t.Context()))
	got := k.metrics(t)
	assert.Equal(t, map[string]float64{
		"resthook.backend.up{resthook.app=room,resthook.backend=" + down + "}": 0,
		"resthook.backend.up{resthook.app=room,resthook.backend=" + up + "}":   1,
	}, of(got, "resthook.backend.up"))
	assert.Contains(t, got, "resthook.hook.attempts{resthook.app=room,resthook.hook=publishStream}")
	assert.Equal(t, `publishStream internal Unset action=continue attempts=2 outcome=allowed
  POST /publishStream client Error type=unreachable
  POST /publishStream client Unset resend_count=1 status_code=200
`, k.tree())
}

// What a fallback allows is no success: it is counted, and its span has an error.
func TestFallbackFigures(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.AlwaysSample())
	client := k.client(t, "http://127.0.0.1:1", resthook.WithFallback(resthook.PublishStream, resthook.Fallback{Everybody: true}))
	require.NoError(t, publish(t.Context(), client))
	got := k.metrics(t)
	assert.Equal(t, map[string]float64{"resthook.fallbacks{resthook.hook=publishStream}": 1}, of(got, "resthook.fallbacks"))
	assert.Equal(t, map[string]float64{
		"resthook.hook.duration{error.type=unreachable,resthook.action=continue,resthook.app=room,resthook.hook=publishStream,resthook.outcome=fallback}": 1,
	}, of(got, "resthook.hook.duration"))
	assert.Contains(t, k.tree(), "publishStream internal Error type=unreachable action=continue attempts=4 outcome=fallback\n")
}

// of are the series of one metric.
func of(all map[string]float64, name string) map[string]float64 {
	some := maps.Clone(all)
	maps.DeleteFunc(some, func(series string, _ float64) bool { return !strings.HasPrefix(series, name+"{") })
	return some
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]otelhook.Option{
		"nil": nil, "tracers": otelhook.WithTracerProvider(nil), "meters": otelhook.WithMeterProvider(nil), "propagator": otelhook.WithPropagator(nil),
	} {
		_, err := otelhook.New(opt)
		require.Error(t, err, name)
	}
	telemetry, err := otelhook.New()
	require.NoError(t, err)
	socket := hooktest.NewSocket(t, answer(200))
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: socket.URL()}),
		resthook.WithObserver(telemetry.Observer()), resthook.WithLogger(slog.New(slog.DiscardHandler)))
	require.NoError(t, err)
	require.NoError(t, publish(t.Context(), client), "with OpenTelemetry's global providers, which nobody has set")
	require.NoError(t, client.Close(t.Context()))
	assert.Empty(t, socket.Requests()[0].Header.Get("Traceparent"))
}

// present are the series that are not 0.
func present(all map[string]float64) map[string]float64 {
	maps.DeleteFunc(all, func(_ string, value float64) bool { return value == 0 })
	return all
}

// An exemplar leads from a histogram to the trace of the hook or event that was measured.
func TestExemplars(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.AlwaysSample())
	client := k.client(t, hooktest.NewSocket(t, answer(200)).URL())
	ctx, span := k.under(t)
	require.NoError(t, publish(ctx, client))
	require.NoError(t, notify(ctx, client))
	span.End()
	require.NoError(t, client.Close(t.Context()))
	hook, event := k.named(t, "publishStream").SpanContext().TraceID(), k.named(t, "StreamStatusEvent").SpanContext().TraceID()
	var data metricdata.ResourceMetrics
	require.NoError(t, k.reader.Collect(t.Context(), &data))
	for _, m := range data.ScopeMetrics[0].Metrics {
		h, ok := m.Data.(metricdata.Histogram[float64])
		if !ok {
			continue
		}
		for _, p := range h.DataPoints {
			name, _ := p.Attributes.Value("resthook.hook")
			want := map[string]trace.TraceID{"publishStream": hook, "StreamStatusEvent": event}[name.AsString()]
			require.NotEmpty(t, p.Exemplars, m.Name)
			assert.Equal(t, want[:], p.Exemplars[0].TraceID, m.Name)
		}
	}
}

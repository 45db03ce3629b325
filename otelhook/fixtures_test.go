package otelhook_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/otelhook"
)

// kit is a Telemetry, and what it has made.
type kit struct {
	*otelhook.Telemetry

	spans  *tracetest.SpanRecorder
	tracer trace.Tracer // of the media server
	reader *sdkmetric.ManualReader
}

func newKit(t *testing.T, sampler sdktrace.Sampler) *kit {
	t.Helper()
	k := &kit{spans: tracetest.NewSpanRecorder(), reader: sdkmetric.NewManualReader()}
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(k.spans), sdktrace.WithSampler(sampler))
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(k.reader))
	k.tracer = tracers.Tracer("media server")
	var err error
	k.Telemetry, err = otelhook.New(otelhook.WithTracerProvider(tracers), otelhook.WithMeterProvider(meters), otelhook.WithPropagator(propagation.TraceContext{}))
	require.NoError(t, err)
	return k
}

// client is a client of the kit, which is closed with the test.
func (k *kit) client(t *testing.T, url string, opts ...resthook.Option) *resthook.Client {
	t.Helper()
	client, err := resthook.NewClient(resthook.DefaultConfig(), append([]resthook.Option{
		resthook.WithApp(resthook.App{URL: url}), resthook.WithObserver(k.Observer()), resthook.WithBackoff(time.Millisecond, time.Millisecond),
		resthook.WithLogger(slog.New(slog.DiscardHandler)),
	}, opts...)...)
	require.NoError(t, err)
	require.NoError(t, k.Watch(client))
	t.Cleanup(func() { assert.NoError(t, client.Close(context.Background())) })
	return client
}

// under is a context with a span of the media server, and a function that ends it.
func (k *kit) under(t *testing.T) (context.Context, trace.Span) {
	t.Helper()
	return k.tracer.Start(t.Context(), "viewer joins")
}

// tree is what the spans say, one on a line, below their parents, in the order of their start.
func (k *kit) tree() string {
	spans := k.spans.Ended()
	slices.SortStableFunc(spans, func(a, b sdktrace.ReadOnlySpan) int { return a.StartTime().Compare(b.StartTime()) })
	var b strings.Builder
	known := map[trace.SpanID]bool{}
	for _, s := range spans {
		known[s.SpanContext().SpanID()] = true
	}
	for _, s := range spans {
		if !known[s.Parent().SpanID()] {
			write(&b, spans, s, 0)
		}
	}
	return b.String()
}

func write(b *strings.Builder, all []sdktrace.ReadOnlySpan, s sdktrace.ReadOnlySpan, depth int) {
	fmt.Fprintf(b, "%s%s %s %s", strings.Repeat("  ", depth), s.Name(), s.SpanKind(), s.Status().Code)
	for _, link := range s.Links() {
		for _, other := range all {
			if other.SpanContext().SpanID() == link.SpanContext.SpanID() {
				fmt.Fprintf(b, " link=%q", other.Name())
			}
		}
	}
	shown := slices.Clone(s.Attributes())
	slices.SortFunc(shown, func(a, b attribute.KeyValue) int { return cmp.Compare(a.Key, b.Key) })
	for _, a := range shown {
		switch a.Key {
		case "resthook.outcome", "resthook.result", "resthook.action", "resthook.attempts", "error.type", "http.response.status_code", "http.request.resend_count":
			fmt.Fprintf(b, " %s=%s", a.Key[strings.LastIndex(string(a.Key), ".")+1:], a.Value.String())
		}
	}
	b.WriteString("\n")
	for _, child := range all {
		if child.Parent().SpanID() == s.SpanContext().SpanID() && s.SpanContext().IsValid() {
			write(b, all, child, depth+1)
		}
	}
}

func (k *kit) named(t *testing.T, name string) sdktrace.ReadOnlySpan {
	t.Helper()
	for _, s := range k.spans.Ended() {
		if s.Name() == name {
			return s
		}
	}
	require.Fail(t, "no span", "%s in\n%s", name, k.tree())
	return nil
}

// attributes are those of a span as text.
func attributes(s sdktrace.ReadOnlySpan) map[string]string {
	all := map[string]string{}
	for _, a := range s.Attributes() {
		all[string(a.Key)] = a.Value.String()
	}
	return all
}

// metrics are all of the kit, each series as its name, labels and count or sum.
func (k *kit) metrics(t *testing.T) map[string]float64 {
	t.Helper()
	var data metricdata.ResourceMetrics
	require.NoError(t, k.reader.Collect(t.Context(), &data))
	all := map[string]float64{}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			for _, p := range points(m) {
				all[m.Name+"{"+p.labels+"}"] = p.value
			}
		}
	}
	return all
}

type point struct {
	labels string
	value  float64
}

func points(m metricdata.Metrics) (all []point) {
	switch data := m.Data.(type) {
	case metricdata.Histogram[float64]:
		for _, p := range data.DataPoints {
			all = append(all, point{labels(p.Attributes), float64(p.Count)})
		}
	case metricdata.Histogram[int64]:
		for _, p := range data.DataPoints {
			all = append(all, point{labels(p.Attributes), float64(p.Sum)})
		}
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			all = append(all, point{labels(p.Attributes), float64(p.Value)})
		}
	case metricdata.Gauge[float64]:
		for _, p := range data.DataPoints {
			all = append(all, point{labels(p.Attributes), p.Value})
		}
	case metricdata.Gauge[int64]:
		for _, p := range data.DataPoints {
			all = append(all, point{labels(p.Attributes), float64(p.Value)})
		}
	}
	return all
}

func labels(set attribute.Set) string {
	var all []string
	for _, a := range set.ToSlice() {
		if a.Key != "server.port" {
			all = append(all, string(a.Key)+"="+a.Value.String())
		}
	}
	return strings.Join(all, ",")
}

func publish(ctx context.Context, to resthook.Target) error {
	_, err := resthook.PublishStream.Send(ctx, to, &resthook.Stream{AppKey: "room", SessionID: "s", Name: "cam"})
	return err
}

func notify(ctx context.Context, to resthook.Target) error {
	return resthook.StreamStatusEvent.Notify(ctx, to, &resthook.Stream{AppKey: "room", SessionID: "s", Name: "cam", Status: resthook.StreamPublishing})
}

func reset() hooktest.Behaviour { return hooktest.AfterRequest(hooktest.RST) }

func answer(status int) hooktest.Behaviour { return hooktest.Answer(status, `{}`) }

func traceContext() propagation.TextMapPropagator { return propagation.TraceContext{} }

package otelhook_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/otelhook"
)

// cheapBackend answers each request with {}, and costs as little as a backend can.
func cheapBackend(b *testing.B) string {
	b.Helper()
	listener, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	require.NoError(b, err)
	b.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerAll(conn)
		}
	}()
	return "http://" + listener.Addr().String()
}

func answerAll(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	from := bufio.NewReader(conn)
	for {
		request, err := http.ReadRequest(from)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, request.Body); err != nil {
			return
		}
		if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"); err != nil {
			return
		}
	}
}

// dropped is an exporter for whom a span costs nothing.
type dropped struct{}

func (dropped) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return nil }
func (dropped) Shutdown(context.Context) error                             { return nil }

func sdkWith(sampler sdktrace.Sampler) func(*testing.B) []otelhook.Option {
	return func(b *testing.B) []otelhook.Option {
		b.Helper()
		tracers := sdktrace.NewTracerProvider(sdktrace.WithBatcher(dropped{}), sdktrace.WithSampler(sampler))
		b.Cleanup(func() { _ = tracers.Shutdown(context.Background()) })
		return []otelhook.Option{
			otelhook.WithTracerProvider(tracers), otelhook.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))),
			otelhook.WithPropagator(traceContext()),
		}
	}
}

// BenchmarkHook is one hook with one attempt, without this package and with it.
func BenchmarkHook(b *testing.B) { benchmark(b, publish) }

// BenchmarkEvent is one event with one attempt, of which some hundred are under way at once.
func BenchmarkEvent(b *testing.B) {
	under := make(chan struct{}, 500)
	over := resthook.Observer{Event: func(context.Context, resthook.EventOutcome) { <-under }}
	benchmark(b, func(ctx context.Context, to resthook.Target) error {
		under <- struct{}{}
		return notify(ctx, to)
	}, resthook.WithObserver(over))
}

func benchmark(b *testing.B, send func(context.Context, resthook.Target) error, more ...resthook.Option) {
	b.Helper()
	for _, row := range []struct {
		name string
		with func(*testing.B) []otelhook.Option
	}{
		{"without", nil},
		{"no-op", func(*testing.B) []otelhook.Option {
			return []otelhook.Option{otelhook.WithTracerProvider(noop.NewTracerProvider()), otelhook.WithMeterProvider(metricnoop.NewMeterProvider()), otelhook.WithPropagator(traceContext())}
		}},
		{"SDK, no trace sampled", sdkWith(sdktrace.NeverSample())},
		{"SDK, each trace sampled", sdkWith(sdktrace.AlwaysSample())},
	} {
		b.Run(row.name, func(b *testing.B) {
			opts := append([]resthook.Option{resthook.WithApp(resthook.App{URL: cheapBackend(b)}), resthook.WithLogger(slog.New(slog.DiscardHandler))}, more...)
			if row.with != nil {
				telemetry, err := otelhook.New(row.with(b)...)
				require.NoError(b, err)
				opts = append(opts, resthook.WithObserver(telemetry.Observer()))
			}
			client, err := resthook.NewClient(resthook.DefaultConfig(), opts...)
			require.NoError(b, err)
			b.ReportAllocs()
			before := processorTime()
			for b.Loop() {
				if err := send(b.Context(), client); err != nil {
					b.Fatal(err)
				}
			}
			require.NoError(b, client.Close(context.WithoutCancel(b.Context())))
			b.ReportMetric(float64(processorTime()-before)/float64(b.N)/1000, "cpu-µs/op")
		})
	}
}

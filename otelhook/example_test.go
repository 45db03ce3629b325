package otelhook_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
	"github.com/wcskit/resthook/otelhook"
)

// A hook that a media server sends, and the backend that answers it, in one trace.
func Example() {
	spans := tracetest.NewSpanRecorder() // an exporter in a real program
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	opts := []otelhook.Option{otelhook.WithTracerProvider(tracers), otelhook.WithPropagator(propagation.TraceContext{})}

	secret := resthook.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	url, stop, err := exampleBackend(secret, opts)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stop()
	if err := exampleMediaServer(url, secret, opts); err != nil {
		fmt.Println(err)
	}
	for _, s := range spans.Ended() {
		fmt.Println(s.SpanKind(), s.Name(), s.SpanContext().TraceID() == spans.Ended()[0].SpanContext().TraceID())
	}
	// Output:
	// server POST publishStream true
	// client POST /rest/publishStream true
	// internal publishStream true
}

func exampleMediaServer(url string, secret resthook.Secret, opts []otelhook.Option) (err error) {
	cfg, app := resthook.DefaultConfig(), resthook.App{URL: url + "/rest", SigningSecrets: []resthook.Secret{secret}}
	telemetry, err := otelhook.New(opts...) // without options, OpenTelemetry's global providers and propagator
	if err != nil {
		return err
	}
	client, err := resthook.NewClient(cfg, resthook.WithApp(app), resthook.WithObserver(telemetry.Observer()))
	if err != nil {
		return err
	}
	err = telemetry.Watch(client) // the queue, the backends, and what else is read and not reported
	if err != nil {
		return err
	}
	ctx := context.Background() // with the span of what asks for the stream
	if _, err := resthook.PublishStream.Send(ctx, client, &resthook.Stream{Name: "cam"}); err != nil {
		return err
	}
	return client.Shutdown(ctx)
}

func exampleBackend(secret resthook.Secret, opts []otelhook.Option) (url string, stop func(), err error) {
	telemetry, err := otelhook.New(opts...)
	if err != nil {
		return "", nil, err
	}
	mux := backend.NewMux()
	backend.Handle(mux, resthook.PublishStream, func(ctx context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		trace.SpanFromContext(ctx).AddEvent("looked up")
		return s, nil
	})
	handler, err := backend.Wrap(telemetry.Handler(mux), backend.WithSignature(secret))
	if err != nil {
		return "", nil, err
	}
	server := httptest.NewServer(handler)
	return server.URL, server.Close, nil
}

// The code of the README is code that compiles.
func TestREADME(t *testing.T) {
	t.Parallel()
	var sources strings.Builder
	for _, file := range []string{"example_test.go", "../examples/tracing/side.go"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		sources.WriteString(unindented(string(text)))
	}
	page, err := os.ReadFile("README.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		assert.Contains(t, sources.String(), unindented(block[1]))
	}
}

// unindented takes the blanks at the beginning of each line away.
func unindented(text string) string {
	return regexp.MustCompile(`(?m)^[ \t]+`).ReplaceAllString(text, "")
}

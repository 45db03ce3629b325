package otelhook_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// From the media server through Send and its attempts to the handler of a backend in Go, whose own
// spans are children of the hook's.
func TestTraceOverTheBackend(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.AlwaysSample())
	mux := backend.NewMux()
	backend.Handle(mux, resthook.PublishStream, func(ctx context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		_, span := k.tracer.Start(ctx, "look up")
		span.End()
		if s.Name == "bad" {
			return nil, backend.Deny("no")
		}
		return s, nil
	})
	backend.Handle(mux, resthook.StreamStatusEvent, func(ctx context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		trace.SpanFromContext(ctx).AddEvent("billed")
		return s, nil
	})
	handler, err := backend.Wrap(k.Handler(mux), backend.WithBasicAuth("user", resthook.NewSecret("secret")))
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client := k.client(t, strings.Replace(server.URL, "//", "//user:secret@", 1)+"/rest")
	ctx, span := k.under(t)
	require.NoError(t, publish(ctx, client))
	_, err = resthook.PublishStream.Send(ctx, client, &resthook.Stream{AppKey: "room", SessionID: "s", Name: "bad"})
	require.NoError(t, err)
	span.End()
	require.NoError(t, notify(ctx, client))
	require.NoError(t, client.Close(t.Context()))
	assert.Equal(t, `viewer joins internal Unset
  publishStream internal Unset action=continue attempts=1 outcome=allowed
    POST /rest/publishStream client Unset status_code=200
      POST publishStream server Unset status_code=200
        look up internal Unset
  publishStream internal Unset action=continue attempts=1 outcome=denied
    POST /rest/publishStream client Unset status_code=403
      POST publishStream server Unset status_code=403
        look up internal Unset
StreamStatusEvent internal Unset link="viewer joins" action=continue attempts=1 result=delivered
  POST /rest/StreamStatusEvent client Unset status_code=200
    POST StreamStatusEvent server Unset status_code=200
`, k.tree())
	served := attributes(k.named(t, "POST publishStream"))
	assert.Equal(t, "/rest/publishStream", served["url.path"])
	assert.Equal(t, attributes(k.named(t, "POST /rest/publishStream"))["resthook.id"], served["resthook.id"])
}

// What anybody may send is bounded, and only a hook of the protocol names a span.
func TestHandlerOfStrangers(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		method, path string
		status       int
		want         string
	}{
		"a hook":       {http.MethodPost, "/rest/connect", 200, "POST connect server Unset status_code=200\n"},
		"denied":       {http.MethodPost, "/rest/connect", 403, "POST connect server Unset status_code=403\n"},
		"broken":       {http.MethodPost, "/rest/connect", 503, "POST connect server Error type=503 status_code=503\n"},
		"nothing sent": {http.MethodPost, "/rest/connect", 0, "POST connect server Unset status_code=200\n"},
		"any path":     {http.MethodPost, "/" + strings.Repeat("evil", 100), 404, "POST server Unset status_code=404\n"},
		"any method":   {"EVIL", "/rest/connect", 405, "HTTP server Unset status_code=405\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKit(t, sdktrace.AlwaysSample())
			handler := k.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if row.status != 0 {
					w.WriteHeader(row.status)
				}
			}))
			request := httptest.NewRequestWithContext(t.Context(), row.method, row.path, strings.NewReader(`{}`))
			request.Header.Set("Traceparent", "00-evil-evil-01")
			request.Header.Set(resthook.HeaderID, strings.Repeat("x", 1000))
			handler.ServeHTTP(httptest.NewRecorder(), request)
			assert.Equal(t, row.want, k.tree())
			for key, value := range attributes(k.spans.Ended()[0]) {
				assert.LessOrEqual(t, len(value), 128, key)
			}
		})
	}
}

// A panic goes on up, and the span says so.
func TestHandlerPanics(t *testing.T) {
	t.Parallel()
	k := newKit(t, sdktrace.AlwaysSample())
	handler := k.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("oh no") }))
	assert.PanicsWithValue(t, "oh no", func() {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/connect", strings.NewReader(`{}`)))
	})
	assert.Equal(t, "POST connect server Error type=panic\n", k.tree())
}

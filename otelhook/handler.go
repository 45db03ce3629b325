package otelhook

import (
	"net/http"
	"path"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/wcskit/resthook"
)

// Handler is for a backend in Go: it continues the media server's trace in the context that the
// handlers of next get. Each hook has a span of the kind server, which ends with the answer; one
// with a status of 500 or more is an error, a denial is not.
//
// Inside of backend.Wrap it takes a trace from senders that are authenticated only, and has no
// span for a repeat that Wrap answers itself:
//
//	handler, err := backend.Wrap(telemetry.Handler(mux), backend.WithSignature(secret))
//
// Around it, whoever reaches the address can choose the trace's id. A panic of next goes
// on up, after the span has ended.
func (t *Telemetry) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := t.propagator.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, span := t.tracer.Start(ctx, t.received(r), trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(describe(r)...))
		status := &statusWriter{ResponseWriter: w}
		defer func() {
			status.end(span)
			span.End()
		}()
		next.ServeHTTP(status, r.WithContext(ctx))
		status.returned = true
	})
}

// received is the name of the span: with the hook's name only where that is one of the protocol,
// since anybody can send any path.
func (t *Telemetry) received(r *http.Request) string {
	if r.Method != http.MethodPost {
		return "HTTP"
	}
	if hook := path.Base(r.URL.Path); t.hooks.knows(hook) {
		return r.Method + " " + hook
	}
	return r.Method
}

func describe(r *http.Request) []attribute.KeyValue {
	method, scheme := semconv.HTTPRequestMethodOther, "http"
	if r.Method == http.MethodPost {
		method = semconv.HTTPRequestMethodPost
	}
	if r.TLS != nil {
		scheme = "https"
	}
	return []attribute.KeyValue{
		method, semconv.URLPath(cut(r.URL.Path)), semconv.URLScheme(scheme),
		keyHook.String(cut(path.Base(r.URL.Path))), keyID.String(cut(r.Header.Get(resthook.HeaderID))),
	}
}

// cut bounds what anybody may have sent.
func cut(text string) string {
	const longest = 128
	if len(text) > longest {
		text = text[:longest]
	}
	return strings.ToValidUTF8(text, "")
}

// statusWriter notes the status of an answer.
type statusWriter struct {
	http.ResponseWriter

	status   int
	returned bool
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 || w.status < http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status < http.StatusOK {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b) //nolint:wrapcheck // the caller's own error
}

// Unwrap is for [http.ResponseController].
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) end(span trace.Span) {
	switch {
	case !w.returned:
		span.SetAttributes(semconv.ErrorTypeKey.String("panic"))
		span.SetStatus(codes.Error, "the handler did not return")
		return
	case w.status == 0:
		w.status = http.StatusOK
	}
	span.SetAttributes(semconv.HTTPResponseStatusCode(w.status))
	if w.status >= http.StatusInternalServerError {
		span.SetAttributes(semconv.ErrorTypeKey.String(strconv.Itoa(w.status)))
		span.SetStatus(codes.Error, "")
	}
}

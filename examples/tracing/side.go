package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/wcskit/resthook/otelhook"
)

// side is one of the two programs that take part: a media server or a backend. Here both are in one process,
// and share the file that their spans go to, as they would share a collector.
type side struct {
	telemetry *otelhook.Telemetry
	tracer    trace.Tracer
	metrics   http.Handler
	shutdown  []func(context.Context) error
}

func newSide(name string, spans io.Writer) (*side, error) {
	written, err := stdouttrace.New(stdouttrace.WithWriter(spans))
	if err != nil {
		return nil, err
	}
	is := resource.NewSchemaless(attribute.String("service.name", name))
	tracers := sdk.NewTracerProvider(sdk.WithSyncer(written), sdk.WithResource(is)) // WithBatcher in a real program
	registry := prometheus.NewRegistry()
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo())
	if err != nil {
		return nil, err
	}
	meters := metric.NewMeterProvider(metric.WithReader(exporter), metric.WithResource(is))
	handler := promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true}) // for /metrics, with exemplars
	telemetry, err := otelhook.New(otelhook.WithTracerProvider(tracers), otelhook.WithMeterProvider(meters),
		otelhook.WithPropagator(propagation.TraceContext{}))
	if err != nil {
		return nil, err
	}
	return &side{
		telemetry: telemetry,
		tracer:    tracers.Tracer("example"),
		metrics:   handler,
		shutdown:  []func(context.Context) error{tracers.Shutdown, meters.Shutdown},
	}, nil
}

// scrape is what Prometheus gets.
func (s *side) scrape() ([]byte, error) {
	answer := httptest.NewRecorder()
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "/metrics", http.NoBody)
	if err != nil {
		return nil, err
	}
	s.metrics.ServeHTTP(answer, request)
	if answer.Code != http.StatusOK {
		return nil, errors.New(answer.Body.String())
	}
	return answer.Body.Bytes(), nil
}

// close sends what the providers still have.
func (s *side) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, stop := range s.shutdown {
		_ = stop(ctx)
	}
}

// shared lets two exporters write to one file, a span at a time.
type shared struct {
	mu sync.Mutex
	to io.Writer
}

func (s *shared) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to.Write(b)
}

package otelhook

import (
	"net/http"
	"net/url"
	"strconv"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// server is where a request goes, as the conventions name it.
type server struct {
	address string
	port    int
}

// endpoint is the URL of a request, taken apart.
type endpoint struct {
	host server
	name string                  // of its spans
	opts []trace.SpanStartOption // of its spans: method, URL, server
}

func (e *endpoint) server() server { return e.host }

// manyEndpoints is how many are kept: a hook's name is part of the URL, and may be one of many.
const manyEndpoints = 1024

// endpoints keeps URLs that were taken apart.
type endpoints struct {
	mu  sync.RWMutex
	all map[string]*endpoint
}

func newEndpoints() *endpoints { return &endpoints{all: map[string]*endpoint{}} }

func (s *endpoints) of(raw string) *endpoint {
	s.mu.RLock()
	e := s.all[raw]
	s.mu.RUnlock()
	if e != nil {
		return e
	}
	e = newEndpoint(raw)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) < manyEndpoints {
		s.all[raw] = e
	}
	return e
}

func newEndpoint(raw string) *endpoint {
	e := &endpoint{name: http.MethodPost}
	attrs := []attribute.KeyValue{semconv.HTTPRequestMethodPost}
	if u, err := url.Parse(raw); err == nil && u.Host != "" {
		e.host, e.name = server{u.Hostname(), portOf(u)}, e.name+" "+u.Path
		attrs = append(attrs, semconv.URLFull(raw), semconv.ServerAddress(e.host.address), semconv.ServerPort(e.host.port))
	}
	e.opts = []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attrs...)}
	return e
}

func portOf(u *url.URL) int {
	if port, err := strconv.Atoi(u.Port()); err == nil {
		return port
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}

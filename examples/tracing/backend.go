package main

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// serveBackend starts a backend that looks something up for each stream, and bills each event. It
// resets the connection of the first publishStream, as a backend does that is restarted.
func serveBackend(ctx context.Context, s *side) (url string, stop func(), err error) {
	mux := backend.NewMux()
	backend.Handle(mux, resthook.PublishStream, func(ctx context.Context, stream *resthook.Stream) (*resthook.Stream, error) {
		s.work(ctx, "SELECT stream")
		return stream, nil
	})
	backend.Handle(mux, resthook.StreamStatusEvent, func(ctx context.Context, stream *resthook.Stream) (*resthook.Stream, error) {
		s.work(ctx, "INSERT bill")
		return stream, nil
	})
	handler, err := backend.Wrap(s.telemetry.Handler(mux))
	if err != nil {
		return "", nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = backend.Serve(ctx, listener, backend.NewServer(resetFirst(handler)), time.Second)
	}()
	return "http://" + listener.Addr().String() + "/rest", func() { cancel(); <-over }, nil
}

// work is a span of the backend's own.
func (s *side) work(ctx context.Context, what string) {
	_, span := s.tracer.Start(ctx, what)
	defer span.End()
	time.Sleep(2 * time.Millisecond)
}

// resetFirst resets the connection of the first publishStream.
func resetFirst(next http.Handler) http.Handler {
	var once sync.Once
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first := false
		if strings.HasSuffix(r.URL.Path, "/publishStream") {
			once.Do(func() { first = true })
		}
		if !first {
			next.ServeHTTP(w, r)
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	})
}

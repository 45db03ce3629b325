package backend

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Grace is how long [ListenAndServe] waits for hooks in flight.
const Grace = 10 * time.Second

// NewServer returns a server with limits for hooks: 10 seconds for a request's head, 30
// for the whole request, 90 for handler and answer together, which is longer than a media
// server waits; 64 KiB of headers; and 5 minutes for an idle connection, longer than a
// media server keeps it, so that this side does not close first. The caller may change all
// of them, and set TLSConfig and ErrorLog.
func NewServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      90 * time.Second,
		IdleTimeout:       5 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}

// ListenAndServe serves hooks at a TCP address such as ":8080" until ctx ends,
// as [Serve] does with [NewServer] and [Grace].
func ListenAndServe(ctx context.Context, addr string, handler http.Handler) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("serve hooks: %w", err)
	}
	return Serve(ctx, listener, NewServer(handler), Grace)
}

// Serve serves hooks until ctx ends, over TLS if the server has a TLSConfig. Then it
// accepts no new ones, waits up to grace for hooks in flight, and returns nil. If some take
// longer, their contexts are canceled and their connections closed, and the error matches
// [context.DeadlineExceeded]. The contexts of hooks have the values of ctx and do not end
// with it, unless the server has a BaseContext of its own. Serve closes the listener and
// the server. It leaves no goroutine except those of handlers that ignore their context.
func Serve(ctx context.Context, listener net.Listener, server *http.Server, grace time.Duration) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	base = context.WithValue(base, servingKey{}, base)
	if server.BaseContext == nil {
		server.BaseContext = func(net.Listener) context.Context { return base }
	}
	over := make(chan struct{})
	var fault error
	go func() {
		defer close(over)
		fault = serve(listener, server)
	}()
	select {
	case <-over:
		_ = server.Close()
		return fmt.Errorf("serve hooks: %w", fault)
	case <-ctx.Done():
	}
	err := shutdown(ctx, server, grace)
	<-over
	return err
}

// servingKey is the context key for the context that ends when Serve gives up waiting.
type servingKey struct{}

func serve(listener net.Listener, server *http.Server) error {
	defer listener.Close()
	if server.TLSConfig != nil {
		return server.ServeTLS(listener, "", "")
	}
	return server.Serve(listener)
}

func shutdown(ctx context.Context, server *http.Server, grace time.Duration) error {
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := server.Shutdown(last)
	if err == nil {
		return nil
	}
	_ = server.Close() // the time is over
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("serve hooks: some were still under way %v after the end: %w", grace, err)
	}
	return fmt.Errorf("serve hooks: shutdown: %w", err)
}

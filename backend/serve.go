package backend

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Grace is how long [ListenAndServe] waits for hooks that are under way.
const Grace = 10 * time.Second

// NewServer returns a server with limits fit for hooks: 10 seconds for a
// request's head, 30 for the whole, 90 for handler and answer together, longer
// than a media server waits; 64 KiB of headers; and 5 minutes of rest for a
// connection, longer than a media server leaves it unused, so that it is not
// this side that closes first. The caller may change all of it, and add
// TLSConfig and ErrorLog.
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

// Serve serves hooks until ctx ends, over TLS where the server has a TLSConfig.
// Then it takes no new ones, waits for those under way for as long as grace, and
// returns nil. If some take longer, their contexts are canceled and their
// connections closed, and the error matches [context.DeadlineExceeded]. The
// contexts of hooks have the values of ctx and do not end with it, unless the
// server has a BaseContext of its own. Serve closes the listener and the server,
// and leaves no goroutine but those of handlers that do not heed their context.
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

// servingKey is that of the context that ends when the server gives up.
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
	_ = server.Close() // they have had their time
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("serve hooks: some were still under way %v after the end: %w", grace, err)
	}
	return fmt.Errorf("serve hooks: shutdown: %w", err)
}

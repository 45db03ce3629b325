package inspector

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"time"
)

const (
	// readTime bounds how long a hook may take to come in.
	readTime = 30 * time.Second
	// writeTime bounds how long an answer may take to go out, delays aside.
	writeTime = 30 * time.Second
	// idleTime is longer than a media server leaves a connection unused, so
	// that it is not this side that closes first.
	idleTime = 5 * time.Minute
	// shutdownTime is how long hooks have to end after a signal.
	shutdownTime = 500 * time.Millisecond
)

// Serve serves until ctx ends; then what is in flight has a moment to end. What
// net/http complains about goes to the logger.
func Serve(ctx context.Context, listener net.Listener, handler *Inspector, logger *log.Logger) error {
	defer handler.Close()
	server := newServer(ctx, handler, logger)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(headListener{listener}) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if err := server.Shutdown(last); errors.Is(err, context.DeadlineExceeded) {
		_ = server.Close() // some client holds its connection: it has had its time
	}
	return nil
}

// newServer returns a server whose requests end with ctx.
func newServer(ctx context.Context, handler http.Handler, logger *log.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnContext:       withConn,
		ReadHeaderTimeout: readTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		ErrorLog:          logger,
	}
}

// noDeadlines lifts the server's limits from a hook that has to wait.
func noDeadlines(w http.ResponseWriter) {
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Time{})
	_ = conn.SetWriteDeadline(time.Time{})
}

// extendWrites gives an answer its time to go out, however long it was waited for.
func extendWrites(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTime))
}

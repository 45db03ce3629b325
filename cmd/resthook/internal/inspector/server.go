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
	// writeTime bounds how long writing an answer may take.
	writeTime = 30 * time.Second
	// idleTime is longer than a media server keeps an idle connection, so that this
	// side does not close first.
	idleTime = 5 * time.Minute
	// shutdownTime is how long hooks in flight have to end after a signal.
	shutdownTime = 500 * time.Millisecond
)

// Serve serves until ctx ends; then hooks in flight have a short time to end. Errors of
// net/http go to the logger.
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
		_ = server.Close() // the time is over: close the connections that are left
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

// noDeadlines removes the server's time limits from a hook that has to wait.
func noDeadlines(w http.ResponseWriter) {
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Time{})
	_ = conn.SetWriteDeadline(time.Time{})
}

// extendWrites gives an answer the full write time, however long it took to come.
func extendWrites(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTime))
}

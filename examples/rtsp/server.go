package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/bluenviron/gortsplib/v4"
	"github.com/bluenviron/gortsplib/v4/pkg/base"

	"github.com/wcskit/resthook"
)

const (
	decisionTime = 10 * time.Second // how long a client waits for a decision, at most
	goodbyeTime  = 5 * time.Second  // how long a closed connection waits for its last event
	silenceTime  = 10 * time.Second // how long a publisher may send nothing
)

// server is an RTSP server that asks its backend. It is the handler of
// gortsplib, which calls it for each request of a client; those of publishers
// are in publisher.go, those of players in player.go.
type server struct {
	hooks      *resthook.Client
	log        *slog.Logger
	nodeID     string
	rtsp       *gortsplib.Server
	broadcasts broadcasts

	// decision bounds what a client waits for. It ends with the server.
	decision func() (context.Context, context.CancelFunc)
	cancel   context.CancelFunc
}

// startServer serves RTSP at the address until stop is called.
func startServer(ctx context.Context, addr string, hooks *resthook.Client, log *slog.Logger) (*server, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &server{hooks: hooks, log: log, nodeID: newID() + "@" + hostOf(listener.Addr()), cancel: cancel}
	s.decision = func() (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, decisionTime) }
	s.rtsp = &gortsplib.Server{
		Handler:     s,
		RTSPAddress: listener.Addr().String(),
		Listen:      func(string, string) (net.Listener, error) { return listener, nil },
		ReadTimeout: silenceTime,
		// No UDP: media goes over the connection, and the end of the one is the
		// end of the other.
	}
	if err := s.rtsp.Start(); err != nil {
		cancel()
		return nil, errors.Join(err, listener.Close())
	}
	return s, nil
}

// wait waits until ctx ends, or until the server can take no more connections.
func (s *server) wait(ctx context.Context) error {
	defer context.AfterFunc(ctx, s.rtsp.Close)()
	if err := s.rtsp.Wait(); ctx.Err() == nil {
		return err
	}
	return nil
}

// stop closes all connections and waits until their last events are delivered,
// or wait in the queue of the client, which is to be closed after it.
func (s *server) stop() {
	s.cancel()
	s.rtsp.Close()
}

func (s *server) addr() string { return s.rtsp.RTSPAddress }

// OnConnOpen begins a peer.
func (s *server) OnConnOpen(ctx *gortsplib.ServerHandlerOnConnOpenCtx) {
	ctx.Conn.SetUserData(&peer{server: s, conn: ctx.Conn})
}

// OnConnClose ends it. Nobody waits for this goroutine.
func (s *server) OnConnClose(ctx *gortsplib.ServerHandlerOnConnCloseCtx) {
	peerOf(ctx.Conn).leave(ctx.Error)
}

// OnRequest sees each request first. A client that says goodbye has stopped by
// itself, whatever becomes of its connection a moment later.
func (s *server) OnRequest(conn *gortsplib.ServerConn, request *base.Request) {
	if request.Method == base.Teardown {
		peerOf(conn).stop()
	}
}

// What gortsplib would print.

// OnStreamWriteError is a player that is too slow; it is ended.
func (s *server) OnStreamWriteError(ctx *gortsplib.ServerHandlerOnStreamWriteErrorCtx) {
	s.log.Debug("player too slow", "error", ctx.Error)
}

// OnPacketsLost is a gap in what a publisher sends.
func (s *server) OnPacketsLost(ctx *gortsplib.ServerHandlerOnPacketsLostCtx) {
	s.log.Debug("packets lost", "count", ctx.Lost)
}

// OnDecodeError is a packet that can't be read; it is dropped.
func (s *server) OnDecodeError(ctx *gortsplib.ServerHandlerOnDecodeErrorCtx) {
	s.log.Debug("packet dropped", "error", ctx.Error)
}

var (
	errNotFound = errors.New("nobody publishes that stream")
	errInUse    = errors.New("another publisher has that name")
	errState    = errors.New("the connection has another stream, or none")
)

// answer is the RTSP answer to what came of a request. With an error, gortsplib
// closes the connection after it.
func answer(err error) *base.Response {
	status := base.StatusServiceUnavailable // the backend could not be asked
	switch {
	case err == nil:
		status = base.StatusOK
	case resthook.Denied(err):
		status = base.StatusForbidden
	case errors.Is(err, errNotFound):
		status = base.StatusNotFound
	case errors.Is(err, errInUse), errors.Is(err, errState):
		status = base.StatusMethodNotValidInThisState
	}
	return &base.Response{StatusCode: status}
}

// newID is 32 characters that nobody guesses.
func newID() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	return hex.EncodeToString(id)
}

func hostOf(addr net.Addr) string {
	host, _, _ := net.SplitHostPort(addr.String())
	return host
}

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

// server is an RTSP server that asks its backend. Its methods are the handlers that
// gortsplib calls for each request: those of publishers are in publisher.go, those of
// players in player.go.
type server struct {
	hooks      *resthook.Client
	log        *slog.Logger
	nodeID     string
	rtsp       *gortsplib.Server
	broadcasts broadcasts

	// decision returns a context that bounds the hooks of a request. It ends with the
	// server.
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
		// Without UDP, media use the connection and end with it.
	}
	if err := s.rtsp.Start(); err != nil {
		cancel()
		return nil, errors.Join(err, listener.Close())
	}
	return s, nil
}

// wait waits until ctx ends, or until the server fails.
func (s *server) wait(ctx context.Context) error {
	defer context.AfterFunc(ctx, s.rtsp.Close)()
	if err := s.rtsp.Wait(); ctx.Err() == nil {
		return err
	}
	return nil
}

// stop closes all connections. Then it waits until their last events are delivered or
// queued. The hooks client must be closed after this.
func (s *server) stop() {
	s.cancel()
	s.rtsp.Close()
}

func (s *server) addr() string { return s.rtsp.RTSPAddress }

// OnConnOpen creates the peer of a connection.
func (s *server) OnConnOpen(ctx *gortsplib.ServerHandlerOnConnOpenCtx) {
	ctx.Conn.SetUserData(&peer{server: s, conn: ctx.Conn})
}

// OnConnClose ends the peer. It runs on the connection's own goroutine, so it may block.
func (s *server) OnConnClose(ctx *gortsplib.ServerHandlerOnConnCloseCtx) {
	peerOf(ctx.Conn).leave(ctx.Error)
}

// OnRequest is called before the request is handled. After a TEARDOWN the stream counts
// as stopped by its client, although the connection may be lost a moment later.
func (s *server) OnRequest(conn *gortsplib.ServerConn, request *base.Request) {
	if request.Method == base.Teardown {
		peerOf(conn).stop()
	}
}

// The next methods log what gortsplib would otherwise print.

// OnStreamWriteError is called for a player that is too slow. Its stream is ended.
func (s *server) OnStreamWriteError(ctx *gortsplib.ServerHandlerOnStreamWriteErrorCtx) {
	s.log.Debug("player too slow", "error", ctx.Error)
}

// OnPacketsLost is called when packets of a publisher are missing.
func (s *server) OnPacketsLost(ctx *gortsplib.ServerHandlerOnPacketsLostCtx) {
	s.log.Debug("packets lost", "count", ctx.Lost)
}

// OnDecodeError is called for a packet that cannot be decoded. It is dropped.
func (s *server) OnDecodeError(ctx *gortsplib.ServerHandlerOnDecodeErrorCtx) {
	s.log.Debug("packet dropped", "error", ctx.Error)
}

var (
	errNotFound = errors.New("nobody publishes that stream")
	errInUse    = errors.New("another publisher has that name")
	errState    = errors.New("the connection has another stream, or none")
)

// answer is the RTSP response for the result of a request. If there is an error,
// gortsplib then closes the connection.
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

// newID is 32 random characters that cannot be guessed.
func newID() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	return hex.EncodeToString(id)
}

func hostOf(addr net.Addr) string {
	host, _, _ := net.SplitHostPort(addr.String())
	return host
}

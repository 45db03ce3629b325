package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// recorder is the application's backend. It lets everybody in, and writes down what it is told.
type recorder struct {
	account *account
	log     *slog.Logger
	mux     *backend.Mux
	address string
	server  *http.Server // nil: it is away
}

func startBackend(ctx context.Context, a *account, log io.Writer) (*recorder, error) {
	b := &recorder{account: a, log: slog.New(slog.NewTextHandler(log, nil)), mux: backend.NewMux(), address: loopback + ":0"}
	backend.Handle(b.mux, resthook.StreamStatusEvent, b.stream)
	backend.Handle(b.mux, resthook.ConnectionStatusEvent, b.connection)
	return b, b.comeBack(ctx)
}

func (b *recorder) url() string { return "http://" + b.address + "/rest" }

// leave ends the backend: requests that it has begun to answer get no answer, others no connection.
func (b *recorder) leave() {
	if b.server != nil {
		_ = b.server.Close()
	}
	b.server = nil
}

// comeBack starts the backend, at the address that it had.
func (b *recorder) comeBack(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", b.address)
	if err != nil {
		return fmt.Errorf("backend: %w", err)
	}
	b.address, b.server = listener.Addr().String(), backend.NewServer(b.mux)
	go func(s *http.Server) {
		if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			_ = s.Close() // the story sees that nothing arrives
		}
	}(b.server)
	return nil
}

func (b *recorder) stream(ctx context.Context, s *resthook.Stream) (*resthook.Stream, error) {
	b.hear(ctx, string(s.Status), s.MediaSessionID, s.Status == resthook.StreamUnpublished)
	return s, nil
}

func (b *recorder) connection(ctx context.Context, c *resthook.Connection) (*resthook.Connection, error) {
	b.hear(ctx, string(c.Status), c.SessionID, c.Status == resthook.ConnectionDisconnected)
	return c, nil
}

func (b *recorder) hear(ctx context.Context, status, of string, closing bool) {
	d := backend.DeliveryOf(ctx)
	b.log.Info("hook", slog.String("session", d.Session), slog.String("id", d.ID), slog.Uint64("sequence", d.Sequence),
		slog.String("status", status), slog.Bool("recovered", d.Recovered))
	b.account.hear(event{
		id: d.ID, session: d.Session, sequence: d.Sequence, recovered: d.Recovered, of: of, closing: closing, at: time.Now(),
	})
}

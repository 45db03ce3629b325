package durable_test

import (
	"context"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable"
)

// natsServer starts a server with JetStream on a port of its own.
func natsServer(t testing.TB) *server.Server {
	t.Helper()
	return startNATS(t, &server.Options{JetStream: true, StoreDir: t.TempDir(), Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true})
}

// natsServerAs starts a server where one was that has ended.
func natsServerAs(t testing.TB, ended *server.Server) *server.Server {
	t.Helper()
	at, err := url.Parse(ended.ClientURL())
	require.NoError(t, err)
	port, err := strconv.Atoi(at.Port())
	require.NoError(t, err)
	return startNATS(t, &server.Options{
		JetStream: true, StoreDir: strings.TrimSuffix(ended.StoreDir(), "/jetstream"), Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true,
	})
}

func startNATS(t testing.TB, o *server.Options) *server.Server {
	t.Helper()
	s, err := server.NewServer(o)
	require.NoError(t, err)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	require.True(t, s.ReadyForConnections(10*time.Second))
	return s
}

// node connects a media server's store.
func node(t testing.TB, url, name string, opts ...durable.Option) *durable.Store {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s, err := durable.Connect(ctx, url, append([]durable.Option{
		durable.WithNode(name), durable.WithReplicas(1), durable.WithLogger(slog.New(slog.NewTextHandler(t.Output(), nil))),
	}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = s.Close(ctx)
	})
	return s
}

// openIn opens a store in a directory.
func openIn(t testing.TB, dir string, opts ...durable.Option) *durable.Store {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s, err := durable.Open(ctx, dir, append([]durable.Option{durable.WithLogger(slog.New(slog.NewTextHandler(t.Output(), nil)))}, opts...)...)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = s.Close(ctx)
	})
	return s
}

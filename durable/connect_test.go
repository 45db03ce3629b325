package durable_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
	"github.com/wcskit/resthook/durable/internal/wire"
)

// One media server of a cluster must not take from the others the room that they have.
func TestBoundsOfAClusterAreTheFirstOnes(t *testing.T) {
	t.Parallel()
	url, log := natsServer(t).ClientURL(), &buffer{}
	node(t, url, "first")
	second := node(t, url, "second", durable.WithMaxStore(1<<20, 100), durable.WithReplicas(3), durable.WithLogger(slog.New(slog.NewTextHandler(log, nil))))
	for i := range 200 {
		require.NoError(t, push(second, "s", string(rune('a'+i))))
	}
	assert.Contains(t, log.String(), `msg="stream has other bounds" node=second stream=RH_EVENTS`)
	third := &buffer{}
	node(t, url, "third", durable.WithLogger(slog.New(slog.NewTextHandler(third, nil))))
	assert.NotContains(t, third.String(), "other bounds")
}

func TestForeignStreamIsNotTaken(t *testing.T) {
	t.Parallel()
	url := natsServer(t).ClientURL()
	conn, err := nats.Connect(url)
	require.NoError(t, err)
	defer conn.Close()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: wire.Dead, Subjects: []string{"orders.>"}})
	require.NoError(t, err)
	_, err = durable.Connect(t.Context(), url, durable.WithNode("node"), durable.WithReplicas(1))
	require.ErrorIs(t, err, resthook.ErrConfig)
	require.ErrorContains(t, err, "orders.>")
}

// A media server may start before NATS does, and an option can't have the store give up to reconnect.
func TestStoreNeverGivesUp(t *testing.T) {
	t.Parallel()
	first := natsServer(t)
	url := first.ClientURL()
	s := node(t, url, "node", durable.WithNATS(nats.MaxReconnects(1), nats.NoReconnect()))
	require.NoError(t, push(s, "s", "one"))
	first.Shutdown()
	first.WaitForShutdown()
	connected := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		late, err := durable.Connect(ctx, url, durable.WithNode("late"), durable.WithReplicas(1))
		if err == nil {
			err = late.Close(ctx)
		}
		connected <- err
	}()
	time.Sleep(time.Second) // several tries
	natsServerAs(t, first)
	require.NoError(t, <-connected)
	require.NoError(t, push(s, "s", "two"))
}

func TestStoreHasOneClient(t *testing.T) {
	t.Parallel()
	s := openIn(t, t.TempDir())
	app := resthook.WithApp(resthook.App{URL: "http://127.0.0.1:1"})
	first, err := resthook.NewClient(resthook.DefaultConfig(), append(s.Options(), app)...)
	require.NoError(t, err)
	_, err = resthook.NewClient(resthook.DefaultConfig(), append(s.Options(), app)...)
	require.ErrorIs(t, err, resthook.ErrConfig)
	require.ErrorContains(t, err, "a client already")
	require.NoError(t, first.Close(t.Context()))
	_, err = resthook.NewClient(resthook.DefaultConfig(), append(s.Options(), app)...)
	require.ErrorIs(t, err, resthook.ErrClosed)
}

package inspect

import (
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable/internal/wire"
	"github.com/wcskit/resthook/internal/leak"
)

func TestMain(m *testing.M) { leak.Exit(m) }

// natsServer starts a server with the streams, and connects to it.
func natsServer(t testing.TB) (url string, js jetstream.JetStream) {
	t.Helper()
	s, err := server.NewServer(&server.Options{JetStream: true, StoreDir: t.TempDir(), Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true})
	require.NoError(t, err)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	require.True(t, s.ReadyForConnections(10*time.Second))
	conn, err := nats.Connect(s.ClientURL())
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err = jetstream.New(conn)
	require.NoError(t, err)
	for _, config := range wire.Streams(wire.Bounds{Replicas: 1, Bytes: 256 << 20, Messages: 1 << 20, DeadBytes: 1 << 20, DeadAge: time.Hour, Duplicates: time.Minute}) {
		_, err := js.CreateStream(t.Context(), config)
		require.NoError(t, err)
	}
	return s.ClientURL(), js
}

func store(t testing.TB, url string) *Store {
	t.Helper()
	s, err := Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(t.Context())) })
	return s
}

// put stores messages, and waits until they are.
func put(t testing.TB, js jetstream.JetStream, n int, message func(i int) *nats.Msg) {
	t.Helper()
	for i := range n {
		_, err := js.PublishMsgAsync(message(i), jetstream.WithStallWait(time.Minute))
		require.NoError(t, err)
	}
	select {
	case <-js.PublishAsyncComplete():
	case <-time.After(30 * time.Second):
		require.Fail(t, "not stored")
	}
}

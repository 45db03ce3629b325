package embedded_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable/internal/embedded"
)

// stream is the one of the tests, as the durable store makes its own.
func stream() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:      "EVENTS",
		Subjects:  []string{"t.>"},
		Retention: jetstream.WorkQueuePolicy,
		Discard:   jetstream.DiscardNew,
		MaxBytes:  32 << 20,
	}
}

func options(dir string) embedded.Options {
	return embedded.Options{Dir: dir, MaxStore: 64 << 20}
}

// start starts a server that the end of the test closes.
func start(t *testing.T, o embedded.Options) *embedded.Server {
	t.Helper()
	s, err := embedded.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	return s
}

// open connects and makes the stream, as it is done after every start.
func open(t *testing.T, s *embedded.Server) jetstream.JetStream {
	t.Helper()
	nc, err := s.Connect()
	require.NoError(t, err)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.CreateOrUpdateStream(t.Context(), stream())
	require.NoError(t, err)
	return js
}

func put(t *testing.T, js jetstream.JetStream, from, to int) {
	t.Helper()
	for i := from; i <= to; i++ {
		_, err := js.Publish(t.Context(), "t.a", body(i))
		require.NoError(t, err)
	}
}

func body(i int) []byte { return fmt.Appendf(nil, "message number %06d", i) }

// held returns how many messages the stream says that it has.
func held(t *testing.T, js jetstream.JetStream) int {
	t.Helper()
	st, err := js.Stream(t.Context(), "EVENTS")
	require.NoError(t, err)
	return int(st.CachedInfo().State.Msgs)
}

// readAll returns the bodies that can be read, in their order.
func readAll(t *testing.T, js jetstream.JetStream) []string {
	t.Helper()
	st, err := js.Stream(t.Context(), "EVENTS")
	require.NoError(t, err)
	var all []string
	state := st.CachedInfo().State
	for seq := state.FirstSeq; seq <= state.LastSeq; seq++ {
		if m, err := st.GetMsg(t.Context(), seq); err == nil {
			all = append(all, string(m.Data))
		}
	}
	return all
}

// bodies returns those of from to to.
func bodies(from, to int) []string {
	var all []string
	for i := from; i <= to; i++ {
		all = append(all, string(body(i)))
	}
	return all
}

func shut(t *testing.T, s *embedded.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	require.NoError(t, s.Close(ctx))
}

func await(t *testing.T, changed <-chan error) error {
	t.Helper()
	select {
	case err := <-changed:
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("the health did not change")
		return nil
	}
}

package embedded_test

import (
	"context"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable/internal/embedded"
)

func TestCloseTwice(t *testing.T) {
	t.Parallel()
	s := start(t, options(t.TempDir()))
	nc, err := s.Connect()
	require.NoError(t, err)
	require.NoError(t, s.Close(context.Background()))
	require.NoError(t, s.Close(context.Background()))
	assert.True(t, nc.IsClosed(), "no connection of its own stays")
	_, err = s.Connect()
	assert.ErrorIs(t, err, embedded.ErrClosed)
	_, err = s.InProcessConn()
	assert.ErrorIs(t, err, embedded.ErrClosed)
}

func TestCloseInAStormLosesNothingAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, options(dir))
	js := open(t, s)
	var acknowledged [4][]string
	var storm sync.WaitGroup
	for i := range acknowledged {
		storm.Go(func() { acknowledged[i] = putUntilClosed(js, i*100_000) })
	}
	time.Sleep(200 * time.Millisecond)
	shut(t, s)
	storm.Wait()

	s = start(t, options(dir))
	assert.Empty(t, s.Damage())
	there := readAll(t, open(t, s))
	slices.Sort(there)
	for _, sent := range acknowledged {
		require.NotEmpty(t, sent)
		for _, text := range sent {
			_, found := slices.BinarySearch(there, text)
			require.True(t, found, text)
		}
	}
}

// putUntilClosed returns what was acknowledged.
func putUntilClosed(js jetstream.JetStream, from int) (sent []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for i := from; ; i++ {
		if _, err := js.Publish(ctx, "t.a", body(i)); err != nil {
			return sent
		}
		sent = append(sent, string(body(i)))
	}
}

func TestContextsThatHaveEnded(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	_, err := embedded.Start(ended, options(dir))
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, dir)

	var s *embedded.Server
	require.Eventually(t, func() bool {
		s, err = embedded.Start(t.Context(), options(dir))
		return err == nil
	}, 5*time.Second, 20*time.Millisecond, "the directory becomes free")
	require.ErrorIs(t, s.Close(ended), context.Canceled)
	require.NoError(t, s.Close(context.Background()), "which waits for what the first began")
	start(t, options(filepath.Clean(dir)))
}

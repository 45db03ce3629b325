package cluster_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
	"github.com/wcskit/resthook/hooktest"
)

// connect connects a media server's store.
func connect(t testing.TB, urls, name string, opts ...durable.Option) *durable.Store {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	s, err := durable.Connect(ctx, urls, append(opts, durable.WithNode(name), durable.WithLogger(slog.New(slog.NewTextHandler(t.Output(), nil))))...)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = s.Close(ctx)
	})
	return s
}

// Each case has an account of its own: nodes of one cluster take what others have left.
func TestQueue(t *testing.T) {
	t.Parallel()
	const most = 30
	c, used := start(t, most), 0
	hooktest.TestQueue(t, func() resthook.Queue {
		require.Less(t, used, most)
		urls := c.urls(fmt.Sprintf("resthook%d", used))
		used++
		return connect(t, urls, "node").Queue()
	})
}

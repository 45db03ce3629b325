package durable_test

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
	"github.com/wcskit/resthook/hooktest"
)

// What an event and an open session take in the store: the operators' page has these figures.
func TestBytesInTheStore(t *testing.T) {
	t.Parallel()
	store, backend := openIn(t, t.TempDir()), hooktest.NewBackend(t)
	backend.On("StreamStatusEvent").Status(503, "") // it is asked again for a day
	c := mediaServer(t, backend, store)
	const sessions = 20
	measured := func(more uint64) durable.Stats {
		var stats durable.Stats
		require.Eventually(t, func() bool { stats = store.Stats(); return stats.StoreEvents == more }, 5*time.Second, 10*time.Millisecond)
		return stats
	}
	var open []*resthook.Session
	for i := range sessions {
		s, err := c.Connect(t.Context(), &resthook.Connection{AppKey: "defaultApp", SessionID: fmt.Sprint("/192.0.2.1:50000/203.0.113.7:8443-", i)})
		require.NoError(t, err)
		open = append(open, s)
	}
	before := measured(sessions)
	for _, s := range open {
		require.NoError(t, resthook.StreamStatusEvent.Record(t.Context(), s, &resthook.Stream{
			MediaSessionID: "c30a5d1e-3f6b-11ef-8b5c-0242ac120002", Name: "stream1", Published: true, Status: resthook.StreamPublishing, Width: 1280, Height: 720,
		}))
	}
	after := measured(3 * sessions)
	assert.InDelta(t, 800, before.StoreBytes/sessions, 300, "an open session")
	assert.InDelta(t, 1150, (after.StoreBytes-before.StoreBytes)/(2*sessions), 300, "an event, and an open stream")
	t.Log(before.StoreBytes/sessions, (after.StoreBytes-before.StoreBytes)/(2*sessions))
	backend.On("StreamStatusEvent").Mirror()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	require.NoError(t, c.Shutdown(ctx), "else the server still writes when its directory is removed")
}

// A second process, or a second store of this one, on a directory.
func TestDirectoryIsOneStores(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := openIn(t, dir)
	_, err := durable.Open(t.Context(), dir)
	require.ErrorIs(t, err, durable.ErrInUse)
	require.ErrorContains(t, err, dir)
	require.NoError(t, first.Close(t.Context()))
	require.NoError(t, first.Close(t.Context()))
	openIn(t, dir)
}

func TestOptionsThatCannotBeFollowed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := durable.Open(t.Context(), dir, nil, durable.WithNode(""), durable.WithLogger(nil), durable.WithMaxStore(1, 1),
		durable.WithDeadLetters(1, 1), durable.WithEncryption([]byte("short")), durable.WithReplicas(2), durable.WithOnLost(nil), durable.WithRecovery(-1))
	require.ErrorIs(t, err, resthook.ErrConfig)
	for _, part := range []string{"nil option", "node name", "nil logger", "at least 1 MiB and 100", "a minute", "16 bytes", "1, 3 or 5", "nil function", "negative"} {
		require.ErrorContains(t, err, part)
	}
	_, err = durable.Open(nil, dir) //nolint:staticcheck // a nil context
	require.ErrorIs(t, err, resthook.ErrConfig)
	soon, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = durable.Connect(soon, "nats://user:pass@127.0.0.1:1")
	require.ErrorContains(t, err, "store at nats 127.0.0.1:1: connect")
	require.NotContains(t, err.Error(), "pass")
	for urls, option := range map[string]durable.Option{"": nil, " ,": nil, "nats://h": durable.WithSyncAlways(), "nats://h,": durable.WithEncryption(make([]byte, 32)), "h": durable.WithLimits(resthook.QueueLimits{Events: -1})} {
		opts := []durable.Option{durable.WithNode("n")}
		if option != nil {
			opts = append(opts, option)
		}
		_, err := durable.Connect(t.Context(), urls, opts...)
		require.ErrorIs(t, err, resthook.ErrConfig, urls)
	}
	_, err = durable.Connect(t.Context(), "nats://h,nats://user:pa ss@h", durable.WithNode("n"))
	require.ErrorIs(t, err, resthook.ErrConfig)
	require.ErrorContains(t, err, "url 2")
	require.NotContains(t, err.Error(), "pa ss")
	for _, option := range []durable.Option{durable.WithReplicas(3), durable.WithNATS(nats.Name("n")), durable.WithMaxStore(math.MaxInt64, 1000)} {
		_, err := durable.Open(t.Context(), dir, option)
		require.ErrorIs(t, err, resthook.ErrConfig)
	}
}

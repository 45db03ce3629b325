package durable_test

import (
	"fmt"
	"testing"
	"time"

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
}

package cluster_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

const (
	sessions = 40
	statuses = 30 // of each
)

// name is the name of a session's stream in its nth event.
func name(n int) string { return fmt.Sprintf("%04d", n) }

// The leader of the stream steps down again and again while events are stored. The backend is away, so
// that they stay in the stream, then comes back.
func TestLeaderStepsDown(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes minutes under the race detector, on a busy machine")
	}
	c, backend := start(t, 0), hooktest.NewBackend(t)
	js := admin(t, c)
	store := connect(t, c.urls("resthook"), "node")
	client, err := resthook.NewClient(resthook.DefaultConfig(), append(store.Options(),
		resthook.WithApp(resthook.App{Key: "defaultApp", URL: backend.URL()}), resthook.WithLogger(slog.New(slog.DiscardHandler)))...)
	require.NoError(t, err)
	open := make([]*resthook.Session, sessions)
	for i := range open {
		open[i], err = client.Connect(t.Context(), &resthook.Connection{AppKey: "defaultApp", SessionID: fmt.Sprint("s", i)})
		require.NoError(t, err)
	}
	backend.Down()
	stop := make(chan struct{})
	var stepping, recording sync.WaitGroup
	steps := 0
	stepping.Go(func() { steps = stepDown(js, stop) })
	for _, s := range open {
		recording.Go(func() { recordAll(t, s) })
	}
	recording.Wait()
	close(stop)
	stepping.Wait()
	t.Log(steps, "times")
	assert.Greater(t, steps, 2)
	assert.Equal(t, inOrder(), stored(t, js))
	backend.Up()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, client.Shutdown(ctx))
	assert.Equal(t, inOrder(), heard(backend))
}

// admin is a connection beside the store's.
func admin(t *testing.T, c *cluster) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(c.urls("resthook"))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	return js
}

// stepDown has the leader step down until stop, and returns how often one has.
func stepDown(js jetstream.JetStream, stop <-chan struct{}) (steps int) {
	for {
		reply, err := js.Conn().Request("$JS.API.STREAM.LEADER.STEPDOWN.RH_EVENTS", nil, 5*time.Second)
		if err == nil && strings.Contains(string(reply.Data), `"success":true`) {
			steps++
		}
		select {
		case <-time.After(500 * time.Millisecond):
		case <-stop:
			return steps
		}
	}
}

// recordAll records the events of a session, some without waiting for each.
func recordAll(t *testing.T, s *resthook.Session) {
	t.Helper()
	for n := range statuses {
		stream := &resthook.Stream{MediaSessionID: "m-" + s.ID(), Name: name(n), Published: true, Status: resthook.StreamPublishing}
		if n%3 == 0 {
			assert.NoError(t, resthook.StreamStatusEvent.Record(t.Context(), s, stream))
			continue
		}
		assert.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), s, stream))
	}
	last := &resthook.Stream{MediaSessionID: "m-" + s.ID(), Name: name(statuses), Published: true, Status: resthook.StreamUnpublished}
	assert.NoError(t, resthook.StreamStatusEvent.Record(t.Context(), s, last))
}

// inOrder is what every session has to say.
func inOrder() map[string][]string {
	all := map[string][]string{}
	for i := range sessions {
		for n := range statuses + 1 {
			session := fmt.Sprint("s", i)
			all[session] = append(all[session], name(n))
		}
	}
	return all
}

// stored reads the events of the stream as they lie in it.
func stored(t *testing.T, js jetstream.JetStream) map[string][]string {
	t.Helper()
	stream, err := js.Stream(t.Context(), "RH_EVENTS")
	require.NoError(t, err)
	state := stream.CachedInfo().State
	all := map[string][]string{}
	for sequence := state.FirstSeq; sequence <= state.LastSeq; sequence++ {
		m, err := stream.GetMsg(t.Context(), sequence)
		if err != nil {
			require.ErrorIs(t, err, jetstream.ErrMsgNotFound)
			continue
		}
		if !strings.HasPrefix(m.Subject, "rh.ev.") {
			continue
		}
		var p struct{ SessionID, Name string }
		require.NoError(t, json.Unmarshal(m.Data, &p))
		all[p.SessionID] = append(all[p.SessionID], p.Name)
	}
	return all
}

// heard is what the backend got, without what it got more than once.
func heard(b *hooktest.Backend) map[string][]string {
	all, seen := map[string][]string{}, map[string]bool{}
	for _, r := range hooktest.Requests(b, resthook.StreamStatusEvent) {
		if seen[r.ID()] {
			continue
		}
		seen[r.ID()] = true
		all[r.Session()] = append(all[r.Session()], r.Payload.Name)
	}
	return all
}

package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable/internal/inspect"
)

func statusOf(t testing.TB, args ...string) (st inspect.Status) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(fine(t, append([]string{"status", "--json"}, args...)...)), &st))
	return st
}

func TestStatus(t *testing.T) {
	t.Parallel()
	st := statusOf(t, "--store", filled(t))
	assert.Equal(t, uint64(4), st.Events.Count)
	assert.True(t, st.Events.Whole())
	require.Len(t, st.Events.Apps, 2)
	other := st.Events.Apps[1]
	require.NotNil(t, other.Oldest)
	assert.Equal(t, inspect.App{App: "otherApp", Count: 2, Bytes: other.Bytes, Oldest: other.Oldest, Closing: 1, Status: 1}, other)
	assert.Equal(t, st.Events.Bytes, st.Events.Apps[0].Bytes+other.Bytes)
	assert.Equal(t, st.Events.Oldest, st.Events.Apps[0].Oldest)
	assert.Equal(t, inspect.Open{Sessions: 2, Streams: 1, Calls: 1}, st.Journal) // the stream of session-2 has ended
	require.Len(t, st.Nodes, 1)
	assert.Equal(t, inspect.Left{Events: 4, Open: st.Journal}, st.Nodes[0].Left)
	assert.Equal(t, inspect.Stopped, st.Nodes[0].State)
	assert.Empty(t, st.Estates)
	assert.Empty(t, st.Damage)
	assert.Equal(t, uint64(2), st.Dead.Count)
	assert.Equal(t, []inspect.DeadApp{{App: "defaultApp", Count: 1, Status: 1}, {App: "otherApp", Count: 1, Status: 1}}, st.Dead.Apps)
	require.Len(t, st.Streams, 3)
	assert.Equal(t, int64(512<<20), st.Streams[0].MostSize)
	assert.Equal(t, uint64(8), st.Streams[0].Messages)
}

func TestStatusOfAnEmptyStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, shut := openStore(t, dir)
	shut()
	st := statusOf(t, "--store", dir)
	assert.Zero(t, st.Events.Count)
	assert.Empty(t, st.Nodes)
	assert.Equal(t, `events   0 events, 0 B of payload
journal  0 sessions, 0 streams, 0 calls open
dead     0 letters, 0 B

STREAM     FULL   MESSAGES  OF       BYTES  OF         REPLICAS  LEADER
RH_EVENTS  0.0 %  0         1000000  0 B    512.0 MiB  1 of 1    resthook
RH_DEAD    0.0 %  0         -        0 B    256.0 MiB  1 of 1    resthook
KV_RH      -      0         -        0 B    -          1 of 1    resthook
`, fine(t, "status", "--store", dir))
	for _, list := range []string{"events", "dead"} {
		args := []string{list, "--store", dir}
		if list == "dead" {
			args = append([]string{"dead", "list"}, args[1:]...)
		}
		assert.Empty(t, fine(t, args...))
		assert.Empty(t, fine(t, append(args, "--json")...))
	}
}

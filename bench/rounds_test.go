package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/bench/internal/backend"
	"github.com/wcskit/resthook/bench/internal/peer"
)

func planFor(t *testing.T, args ...string) plan {
	t.Helper()
	p, err := parse(args, &bytes.Buffer{})
	require.NoError(t, err)
	return p
}

func TestRoundEndsWithAnErrorWhereAContestantFails(t *testing.T) {
	t.Parallel()
	p, server := planFor(t, small("quick")...), startBackend(t)
	require.NoError(t, server.Answer("403, text"))
	for _, e := range p.entries {
		if strings.HasPrefix(e.Name, "LiveKit") {
			continue // which does not look at the status
		}
		_, err := p.round(t.Context(), server, e, 2)
		assert.Error(t, err, e.Name)
	}
}

func TestRoundCountsTheConnectionsOpenedInIt(t *testing.T) {
	t.Parallel()
	p, server := planFor(t, small("quick", "-hooks=40")...), startBackend(t)
	entries, err := peer.Named(peer.Floor, peer.LiveKit)
	require.NoError(t, err)
	kept, err := p.round(t.Context(), server, entries[0], 2)
	require.NoError(t, err)
	thrown, err := p.round(t.Context(), server, entries[1], 2)
	require.NoError(t, err)
	assert.Zero(t, kept.connections)
	assert.InDelta(t, 10_000, thrown.connections, 1, "one for each event")
}

func TestConnectionsAreCountedFromTheFirst(t *testing.T) {
	t.Parallel()
	p, server := planFor(t, small("quick", "-connection-hooks=640")...), startBackend(t)
	entries, err := peer.Named(peer.Floor, "net/http defaults")
	require.NoError(t, err)
	require.NoError(t, server.Answer("403, text"))
	read, err := p.opened(t.Context(), server, entries[0])
	require.NoError(t, err)
	unread, err := p.opened(t.Context(), server, entries[1])
	require.NoError(t, err)
	assert.GreaterOrEqual(t, read, int64(2))
	assert.Less(t, read, int64(320), "connections are reused")
	assert.Greater(t, unread, int64(500), "an answer that is not read costs its connection")
}

func TestRoundsAreInterleaved(t *testing.T) {
	t.Parallel()
	p, server := planFor(t, small("quick", "-only=fasthttp", "-c=1,2", "-rounds=2")...), startBackend(t)
	all, err := p.rounds(t.Context(), server, &bytes.Buffer{})
	require.NoError(t, err)
	require.Len(t, all, 2)
	for i, workers := range []int{1, 2} {
		assert.Equal(t, workers, all[i].workers)
		assert.Len(t, all[i].samples[peer.Floor], p.least)
		assert.Len(t, all[i].samples["fasthttp"], p.least)
	}
	count, err := server.Count()
	require.NoError(t, err)
	const warm = 64
	assert.EqualValues(t, 2*2*2*(warm+8), count.Requests, "levels, contestants, rounds, hooks")
}

func TestMostNamesTheWorstAnswer(t *testing.T) {
	t.Parallel()
	u := used{answers: backend.Answers()[:2], counts: map[string]map[string]int64{
		backend.Answers()[0]: {"x": 5}, backend.Answers()[1]: {"x": 9},
	}}
	n, answer := u.most("x")
	assert.EqualValues(t, 9, n)
	assert.Equal(t, backend.Answers()[1], answer)
	_, answer = used{}.most("x")
	assert.Empty(t, answer)
}

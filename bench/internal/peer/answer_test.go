package peer

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/bench/internal/backend"
)

// serve is a backend in this process.
func serve(t *testing.T) (url string) {
	t.Helper()
	in, commands := io.Pipe()
	replies, out := io.Pipe()
	served := make(chan error, 1)
	go func() { served <- backend.Serve(in, out) }()
	address, err := bufio.NewReader(replies).ReadString('\n')
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, commands.Close())
		assert.NoError(t, <-served)
	})
	return "http://" + strings.TrimSpace(address)
}

// The rounds' answer has another value in every field that may be taken, so a
// contestant that leaves out what has not changed leaves out nothing.
func TestRoundsAnswerWithEveryFieldChanged(t *testing.T) {
	t.Parallel()
	entries, err := Named(Floor, Decoded)
	require.NoError(t, err)
	url := serve(t)
	for _, e := range entries {
		c, err := e.Open(Target{URL: url, Workers: 1})
		require.NoError(t, err)
		require.NoError(t, c.Send(t.Context(), 0))
		sent, answered := fields(t, payload(0)), fields(t, takenWhole(c))
		names, err := overwritable()
		require.NoError(t, err)
		require.NotEmpty(t, names)
		for _, name := range names {
			assert.NotEqual(t, string(sent[name]), string(answered[name]), "%s: %s", e.Name, name)
		}
		assert.Len(t, answered, len(sent))
		require.NoError(t, c.Close())
	}
}

func fields(t *testing.T, of any) map[string]json.RawMessage {
	t.Helper()
	text, err := json.Marshal(of)
	require.NoError(t, err)
	all := map[string]json.RawMessage{}
	require.NoError(t, json.Unmarshal(text, &all))
	return all
}

func takenWhole(c Contestant) any {
	if own, ok := c.(*hooks); ok {
		return own.taken[0]
	}
	if own, ok := c.(*netHTTP); ok {
		return own.taken[0]
	}
	return nil
}

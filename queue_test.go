package resthook_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// put has a queue hold an event, as one that was kept over a restart.
func put(t *testing.T, queue resthook.Queue, e resthook.Event) {
	t.Helper()
	require.Empty(t, queue.Push(e, func(err error) { require.NoError(t, err) }))
}

//go:build unix

package embedded_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable/internal/embedded"
)

// A server whose directory is gone would acknowledge what nobody finds again.
func TestDirectoryIsRemovedMeanwhile(t *testing.T) {
	t.Parallel()
	ill := make(chan error, 1)
	o := options(t.TempDir() + "/store")
	o.Changed = func(err error) { ill <- err }
	s, err := embedded.Start(t.Context(), o)
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(o.Dir))
	select {
	case err := <-ill:
		require.ErrorContains(t, err, "removed or replaced")
	case <-time.After(20 * time.Second):
		t.Fatal("it was not noticed")
	}
	_, err = s.InProcessConn()
	require.Error(t, err)
	other, err := embedded.Start(t.Context(), options(o.Dir))
	require.NoError(t, err, "another one may have the path")
	assert.NoError(t, other.Close(t.Context()))
	_ = s.Close(t.Context())
}

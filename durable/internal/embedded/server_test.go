package embedded_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable/internal/embedded"
)

func TestRestartKeepsTheMessages(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "here")
	s := start(t, options(dir))
	assert.True(t, s.New())
	put(t, open(t, s), 1, 100)
	require.NoError(t, s.SyncFiles())
	shut(t, s)

	s = start(t, options(dir))
	assert.False(t, s.New())
	assert.Empty(t, s.Damage())
	assert.Equal(t, bodies(1, 100), readAll(t, open(t, s)))
	info, err := os.Stat(dir)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

func TestOneServerForADirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, options(dir))
	_, err := embedded.Start(t.Context(), options(dir))
	require.ErrorIs(t, err, embedded.ErrInUse)
	assert.ErrorContains(t, err, dir)
	assert.ErrorContains(t, err, strconv.Itoa(os.Getpid()))
	assert.Equal(t, 0, held(t, open(t, s)), "the first goes on")

	shut(t, s)
	start(t, options(dir))
}

func TestOneProcessForADirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other := spawn(t, "hold", dir)
	_, err := embedded.Start(t.Context(), options(dir))
	require.ErrorIs(t, err, embedded.ErrInUse)
	assert.ErrorContains(t, err, strconv.Itoa(other.cmd.Process.Pid))

	other.kill(t)
	start(t, options(dir))
}

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

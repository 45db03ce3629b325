package embedded_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What was acknowledged is there after a SIGKILL, and a crash alone is no damage.
func TestAcknowledgedMessagesSurviveAKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, options(dir))
	put(t, open(t, s), 1, 10)
	shut(t, s) // which leaves an index, outdated by what follows
	other := spawn(t, "put", dir)
	for range 500 {
		require.True(t, other.lines.Scan())
	}
	acknowledged := other.kill(t)
	last, err := strconv.Atoi(acknowledged)
	require.NoError(t, err)
	require.GreaterOrEqual(t, last, 500)

	s = start(t, options(dir))
	assert.Empty(t, s.Damage())
	all := readAll(t, open(t, s))
	require.GreaterOrEqual(t, len(all), 10+last)
	assert.Equal(t, bodies(1, 10), all[:10])
	assert.Equal(t, bodies(1, last), all[10:10+last])
}

// After a crash the index may name a block whose messages were delivered since: none is lost.
// The crash is made of an orderly end: the index of before, and the file that names the holder.
func TestConsumedBlockIsNoDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, options(dir))
	put(t, open(t, s), 1, 100)
	shut(t, s)
	index := filepath.Join(streamDir(dir), "msgs", "index.db")
	stale, err := os.ReadFile(index)
	require.NoError(t, err)

	s = start(t, options(dir))
	js := open(t, s)
	st, err := js.Stream(t.Context(), "EVENTS")
	require.NoError(t, err)
	require.NoError(t, st.Purge(t.Context()))
	put(t, js, 101, 200)
	shut(t, s)
	require.NoError(t, os.WriteFile(index, stale, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "lock"), []byte("1\n"), 0o600))

	said := new(strings.Builder)
	o := options(dir)
	o.Logger = slog.New(slog.NewTextHandler(said, nil))
	s = start(t, o)
	assert.Empty(t, s.Damage())
	assert.Equal(t, bodies(101, 200), readAll(t, open(t, s)))
	shut(t, s)
	assert.Contains(t, said.String(), "could not locate msg block", "the case that is meant")
}

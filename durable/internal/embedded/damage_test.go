package embedded_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable/internal/embedded"
)

// Each kind of damage to a store of 1,000 messages: what the start says of it, and what is left
// once the stream is made again. The flipped bit is in message 501: it alone is lost as long as
// there is an index, and the start does not see it, since it reads no message.
func TestDamage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, dir string)
		says   []string // a part of each sentence
		left   []string
	}{
		{"none", func(*testing.T, string) {}, nil, bodies(1, 1000)},
		{"a byte of a block", flipBody, nil, append(bodies(1, 500), bodies(502, 1000)...)},
		{"a byte of a block, no index", both(flipBody, remove("msgs/index.db")), []string{"EVENTS has lost the messages in 27000 bytes"}, bodies(1, 500)},
		{"a byte of a block, half an index", both(flipBody, cut("msgs/index.db")), []string{"checksum did not match", "corrupt state file", "EVENTS has lost"}, bodies(1, 500)},
		{"a block gone", remove("msgs/1.blk"), []string{"EVENTS has lost 1000 messages of sequences 1 to 1000"}, nil},
		{"half an index", cut("msgs/index.db"), []string{"checksum did not match", "corrupt state file"}, bodies(1, 1000)},
		{"no configuration", remove("meta.inf"), []string{"Missing stream metafile", "EVENTS is on the disk but could not be opened"}, bodies(1, 1000)},
		{"half a configuration", cut("meta.inf"), []string{"checksums do not match", "EVENTS is on the disk but could not be opened"}, bodies(1, 1000)},
		{"no checksum of the configuration", remove("meta.sum"), []string{"Missing stream checksum", "EVENTS is on the disk but could not be opened"}, bodies(1, 1000)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := start(t, options(dir))
			put(t, open(t, s), 1, 1000)
			shut(t, s)
			c.damage(t, streamDir(dir))

			s = start(t, options(dir))
			said := s.Damage()
			require.Len(t, said, len(c.says), "%q", said)
			for i, part := range c.says {
				assert.Contains(t, said[i], part)
			}
			assert.False(t, s.New(), "it is not taken for empty")
			left := readAll(t, open(t, s))
			assert.True(t, slices.Equal(c.left, left), "%d messages are left, not %d", len(left), len(c.left))
		})
	}
}

func streamDir(dir string) string {
	return filepath.Join(dir, "jetstream", "$G", "streams", "EVENTS")
}

// flipBody flips a bit in the text of message 501.
func flipBody(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, "msgs", "1.blk")
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	at := bytes.Index(b, body(501))
	require.Positive(t, at)
	b[at] ^= 1
	require.NoError(t, os.WriteFile(path, b, 0o600))
}

func remove(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		require.NoError(t, os.Remove(filepath.Join(dir, filepath.FromSlash(name))))
	}
}

// cut leaves the first half.
func cut(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		path := filepath.Join(dir, filepath.FromSlash(name))
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.NoError(t, os.Truncate(path, info.Size()/2))
	}
}

func both(first, second func(*testing.T, string)) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		first(t, dir)
		second(t, dir)
	}
}

// A store that cannot be opened says why: the server's own reason, which it would only log. The
// lock is given back.
func TestStoreThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := filepath.Join(dir, "jetstream")
	require.NoError(t, os.Symlink(filepath.Join(dir, "nowhere"), store))
	_, err := embedded.Start(t.Context(), options(dir))
	require.ErrorContains(t, err, "could not create storage directory")
	assert.ErrorContains(t, err, dir)

	require.NoError(t, os.Remove(store))
	require.NoError(t, os.WriteFile(store, nil, 0o600))
	_, err = embedded.Start(t.Context(), options(dir))
	require.ErrorContains(t, err, store)

	require.NoError(t, os.Remove(store))
	start(t, options(dir))
}

func TestDirectoryThatCannotBeMade(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := embedded.Start(t.Context(), options(file))
	assert.ErrorContains(t, err, file)
	_, err = embedded.Start(t.Context(), options(""))
	assert.Error(t, err)
}

package embedded_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable/internal/embedded"
)

func TestKey(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		made, started string // the keys
		says          string
	}{
		{"another", "one", "two", "no stream can be decrypted"},
		{"none", "one", "", "no key was given"},
		{"for a store without", "", "two", "it is not encrypted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := start(t, withKey(dir, c.made))
			put(t, open(t, s), 1, 10)
			shut(t, s)

			_, err := embedded.Start(t.Context(), withKey(dir, c.started))
			require.ErrorIs(t, err, embedded.ErrKey)
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, dir)

			s = start(t, withKey(dir, c.made))
			assert.Equal(t, bodies(1, 10), readAll(t, open(t, s)), "the try did no harm")
		})
	}
}

func TestKeyHidesTheMessages(t *testing.T) {
	t.Parallel()
	for key, clear := range map[string]bool{"": true, "one": false} {
		dir := t.TempDir()
		s := start(t, withKey(dir, key))
		put(t, open(t, s), 1, 10)
		shut(t, s)
		assert.Equal(t, clear, onDisk(t, dir, body(1)), "key %q", key)
	}
}

func withKey(dir, key string) embedded.Options {
	o := options(dir)
	o.Key = []byte(key)
	return o
}

// onDisk says whether a file below dir has the text.
func onDisk(t *testing.T, dir string, text []byte) bool {
	t.Helper()
	found := false
	require.NoError(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		found = found || bytes.Contains(b, text)
		return err
	}))
	return found
}

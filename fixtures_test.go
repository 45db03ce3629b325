package resthook_test

import (
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sharedFile returns a file of test data that is not part of the repository. Without it
// the test is skipped.
func sharedFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(sharedFolder(t), name))
	require.NoError(t, err)
	return data
}

func sharedFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join("..", "shared", "fixtures")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no shared fixtures beside the repository: %v", err)
	}
	return dir
}

// sharedLines returns the lines of a shared file that a test prints beside its
// own, or none.
func sharedLines(name string) []string {
	data, err := os.ReadFile(filepath.Join("..", "shared", "fixtures", name))
	if err != nil {
		return nil
	}
	return strings.Split(string(data), "\n")
}

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata, or writes it with -update.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, got, 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))
}

func heap() int64 {
	runtime.GC()
	runtime.GC() // for what pools hold
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func contains(body []byte, part string) bool { return strings.Contains(string(body), part) }

// textOf is a string member of a JSON object, without escapes.
func textOf(body []byte, name string) string {
	_, rest, _ := strings.Cut(string(body), `"`+name+`":"`)
	text, _, _ := strings.Cut(rest, `"`)
	return text
}

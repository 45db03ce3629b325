package docs

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The first test can be saved as a file and passes; the other tests of its page use the
// server in it, which is the one here.
func TestTheFirstTest(t *testing.T) {
	t.Parallel()
	first := namedBlock(t, "testing.md", "media_test.go")
	_, below, found := strings.Cut(first.text, "\n)\n")
	require.True(t, found)
	assert.Contains(t, goSources(t), unindented(below))
	out, err := goTool(t, "testing.md", "test", "-v", "media_test.go")
	require.NoError(t, err, out)
	assert.Contains(t, out, "--- PASS: TestPublish")
}

// Without its argument the first program says how it is run.
func TestTheFirstProgramWithoutArguments(t *testing.T) {
	t.Parallel()
	bin := filepath.Join(t.TempDir(), "media.exe")
	out, err := goTool(t, "getting-started.md", "build", "-o", bin, "media/main.go")
	require.NoError(t, err, out)
	text, err := exec.CommandContext(t.Context(), bin).CombinedOutput()
	ended, ok := errors.AsType[*exec.ExitError](err)
	require.True(t, ok, "%v: %s", err, text)
	assert.Equal(t, 2, ended.ExitCode())
	assert.Equal(t, "usage: media URL\n", string(text))
}

// goTool runs the go command on a file of a page, in this module.
func goTool(t *testing.T, page string, args ...string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	saveBlocks(t, page, dir)
	args[len(args)-1] = filepath.Join(dir, filepath.FromSlash(args[len(args)-1]))
	ctx, cancel := context.WithTimeout(t.Context(), scriptTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "GOFLAGS=-trimpath")
	text, err := cmd.CombinedOutput()
	return string(text), err
}

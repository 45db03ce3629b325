package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/program"
)

// need skips a test where a program that it runs is missing.
func need(t *testing.T, name string) {
	t.Helper()
	program.Find(t, name)
}

// serve runs a shell command line in a folder until the test ends, and returns the URL
// that it prints.
func serve(t *testing.T, dir, command string, env ...string) (url string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program.Find(t, "sh"), "-c", "exec env "+command)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	return program.Start(t, cmd).URL(t)
}

// buildCommand builds the command of this repository into a folder.
func buildCommand(t *testing.T, dir string) {
	t.Helper()
	need(t, "go")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "resthook"), "../cmd/resthook")
	text, err := build.CombinedOutput()
	require.NoError(t, err, string(text))
}

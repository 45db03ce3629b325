package docs

import (
	"debug/buildinfo"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestImporter builds a program that imports the library, as a media server does, and compares
// what it gets with the table in CONTRIBUTING.md.
func TestImporter(t *testing.T) {
	t.Parallel()
	rows := table(t, "../CONTRIBUTING.md", "## Dependencies")
	require.Len(t, rows, 2)
	linked, listed := code(rows[0][1]), code(rows[1][1])

	dir := newImporter(t)
	goIn(t, dir, "build", "-o", "importer", ".")
	info, err := buildinfo.ReadFile(filepath.Join(dir, "importer"))
	require.NoError(t, err)
	var built []string
	for _, dep := range info.Deps {
		built = append(built, dep.Path)
	}
	assert.ElementsMatch(t, append([]string{module}, linked...), built, "in the binary")

	required := strings.Fields(goIn(t, dir, "list", "-m", "-f", "{{if not .Main}}{{.Path}}{{end}}", "all"))
	assert.ElementsMatch(t, append(append([]string{module}, linked...), listed...), required, "in the build list")

	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	require.NoError(t, err)
	for _, path := range listed {
		assert.NotContains(t, string(text), path, "go.mod")
	}
}

// newImporter makes the program. It needs no network: what it is built from has been downloaded
// for this test.
func newImporter(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte(`package main

import (
	"fmt"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

func main() {
	client, err := resthook.NewClient(resthook.DefaultConfig())
	fmt.Println(client, err, backend.Deny("no"))
}
`), 0o600))
	goIn(t, dir, "mod", "init", "example.com/importer")
	goIn(t, dir, "mod", "edit", "-require="+module+"@v0.0.0", "-replace="+module+"="+root)
	return dir
}

func goIn(t *testing.T, dir string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", args...)
	command.Dir = dir
	command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "GOPROXY=off", "GOSUMDB=off")
	output, err := command.Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Fatalf("go %s: %s", strings.Join(args, " "), failed.Stderr)
	}
	require.NoError(t, err)
	return string(output)
}

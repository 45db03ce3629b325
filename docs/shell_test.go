package docs

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/program"
)

// The shell commands of a page run, one block after the other in one shell, in
// a folder with the page's files. Where a block is followed by one of the kind
// output, that is what it prints.
func TestShellBlocks(t *testing.T) {
	t.Parallel()
	need(t, "sh")
	bin := t.TempDir()
	buildCommand(t, bin)
	cloneHere(t, bin)
	for _, page := range pages(t) {
		if shells, outputs := shellBlocks(t, page); len(shells) > 0 {
			t.Run(page, func(t *testing.T) {
				t.Parallel()
				runBlocks(t, bin, shells, outputs)
			})
		}
	}
}

// cloneHere puts a git into a folder of programs that clones this repository as it
// stands here, whatever is to be cloned.
func cloneHere(t *testing.T, bin string) {
	t.Helper()
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	script := "#!/bin/sh\nmkdir resthook && tar -C '" + root + "' --exclude=./.git --exclude=./.bin -cf - . | tar -C resthook -xf -\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, "git"), []byte(script), 0o700))
}

func runBlocks(t *testing.T, bin string, shells []block, outputs []*block) {
	t.Helper()
	dir, page := t.TempDir(), shells[0].page
	saveBlocks(t, page, dir)
	ports := portsFor(t, page)
	printed := strings.Split(runScript(t, dir, bin, ports.there.Replace(script(shells))), marker)
	for i, want := range outputs {
		if want != nil {
			assertPrinted(t, want.text, ports.back.Replace(printed[i+1]), shells[i])
		}
	}
}

// assertPrinted compares what a block prints with what the page shows, where "…" is
// whatever differs from run to run: an id, a time.
func assertPrinted(t *testing.T, want, got string, shell block) {
	t.Helper()
	wantLines, gotLines := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i, line := range wantLines {
		pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".+") + "$"
		if i < len(gotLines) && regexp.MustCompile(pattern).MatchString(gotLines[i]) {
			gotLines[i] = line
		}
	}
	assert.Equal(t, want, strings.Join(gotLines, "\n"), "what %v prints", shell)
}

// shellBlocks returns the shell blocks of a page, and beside each the block of
// what it prints, or nil.
func shellBlocks(t *testing.T, page string) (shells []block, outputs []*block) {
	t.Helper()
	all := blocks(t, page)
	for i, b := range all {
		if b.kind != "sh" {
			continue
		}
		var output *block
		if i+1 < len(all) && all[i+1].kind == "output" {
			output = &all[i+1]
		}
		shells, outputs = append(shells, b), append(outputs, output)
	}
	return shells, outputs
}

// scriptTime bounds the commands of a page on a busy machine that has built nothing yet.
const scriptTime = 6 * time.Minute

const marker = "=== next block\n"

// script joins the blocks. What one leaves running in the background is waited
// for, until it says that it listens, and ends with the script.
func script(shells []block) string {
	var s strings.Builder
	s.WriteString("set -eu\nservers=\ntrap 'kill $servers 2>/dev/null || true' EXIT\n")
	background := 0
	for _, b := range shells {
		fmt.Fprintf(&s, "printf '%s\\n'\n", strings.TrimSpace(marker))
		for line := range strings.Lines(b.text) {
			command, ok := strings.CutSuffix(strings.TrimSpace(line), " &")
			if !ok {
				s.WriteString(line)
				continue
			}
			background++
			fmt.Fprintf(&s, "%[1]s >out.%[2]d &\nservers=\"$servers $!\"\n", command, background)
			fmt.Fprintf(&s, "until [ -s out.%[1]d ]; do kill -0 $!; sleep 0.05; done\ncat out.%[1]d\n", background)
		}
	}
	return s.String()
}

func runScript(t *testing.T, dir, bin, text string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), scriptTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", text)
	cmd.WaitDelay = time.Second // for what a script that was killed leaves running
	// -trimpath, so that what is built in a new folder each time is built once
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOBIN="+bin, "GOFLAGS=-trimpath", "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	require.NoError(t, cmd.Run(), "%s\nprinted\n%s%s", text, &out, &log)
	return out.String()
}

// ports exchanges the ports of a page for free ones, and back.
type ports struct{ there, back *strings.Replacer }

// portsFor also starts what a page says is running at 8080: a backend of backends.md.
func portsFor(t *testing.T, page string) ports {
	t.Helper()
	free := map[string]string{"8080": program.FreePort(t), "8081": program.FreePort(t), "8082": program.FreePort(t), "8083": program.FreePort(t)}
	if page == "backends.md" || page == "command.md" {
		url := startBackend(t, "python3", "backend.py")
		free["8080"] = url[strings.LastIndexByte(url, ':')+1:]
	}
	there := []string{"resthook serve >", "resthook serve --addr 127.0.0.1:" + free["8081"] + " >"} // its default
	var back []string
	for port, free := range free {
		there = append(there, ":"+port, ":"+free, "PORT="+port, "PORT="+free)
		back = append(back, ":"+free, ":"+port)
	}
	return ports{strings.NewReplacer(there...), strings.NewReplacer(back...)}
}

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// asProgram is the environment variable that makes the test binary run the program.
const asProgram = "RESTHOOK_FIRST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	return string(text)
}

// The README shows the whole program.
func TestReadmeShowsIt(t *testing.T) {
	t.Parallel()
	program, err := os.ReadFile("main.go")
	require.NoError(t, err)
	_, code, found := strings.Cut(string(program), "package main\n")
	require.True(t, found)
	assert.Contains(t, readme(t), "```go\npackage main\n"+code+"```\n")
}

// The package documentation shows some lines of the program, in the same order.
func TestGodocShowsLinesOfIt(t *testing.T) {
	t.Parallel()
	program, err := os.ReadFile("main.go")
	require.NoError(t, err)
	godoc, err := os.ReadFile(filepath.Join("..", "..", "doc.go"))
	require.NoError(t, err)
	rest, shown := string(program), 0
	for line := range strings.Lines(string(godoc)) {
		code, found := strings.CutPrefix(line, "//\t")
		if code = strings.TrimSpace(code); !found || code == "" {
			rest = string(program)
			continue
		}
		at := strings.Index(rest, code)
		if assert.GreaterOrEqual(t, at, 0, code) {
			rest, shown = rest[at+len(code):], shown+1
		}
	}
	assert.Greater(t, shown, 20)
}

// program starts the program. stop ends it with SIGTERM, as an operator does.
func program(t *testing.T, url string, out io.Writer, log *bytes.Buffer, properties ...string) (stop func() error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], cmp.Or(strings.Join(properties, ""), "flashphoner.properties"), url)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	cmd.Stdout, cmd.Stderr = out, log
	require.NoError(t, cmd.Start())
	return func() error {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		return cmd.Wait()
	}
}

// After SIGTERM the backend still gets the closing events.
func TestFirstProgram(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	b.On("connect").Policy(map[resthook.Method]resthook.Rule{
		resthook.PublishStream: {RestOnError: resthook.OnErrorFail, RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"name"}},
	})
	hooktest.On(b, resthook.PublishStream).Change(func(s *resthook.Stream) { s.Name = "live/" + s.Name })
	var out, log bytes.Buffer
	stop := program(t, b.URL(), &out, &log)
	event := hooktest.Await(t, b, resthook.StreamStatusEvent)
	hooktest.AssertFields(t, map[string]any{"name": "live/cam", "status": "PUBLISHING"}, event.Payload)
	require.NoError(t, stop(), log.String())
	b.AssertSequence(t, "client 1", "connect", "publishStream", "StreamStatusEvent PUBLISHING",
		"StreamStatusEvent UNPUBLISHED", "ConnectionStatusEvent DISCONNECTED")
	b.AssertComplete(t)
	b.AssertOnce(t)
	assert.NotContains(t, log.String(), "ERROR")
	assert.Equal(t, "connected: client 1 is let in\npublishing \"live/cam\" until Ctrl-C\nstopping: client 1 leaves\n", out.String())
	assert.Contains(t, readme(t), "```text\n"+strings.ReplaceAll(out.String(), "live/cam", "cam")+"```\n", "what README says that it prints")
}

// A denial counts although the backend sends no policy.
func TestFirstProgramObeysADenial(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	b.On("publishStream").Deny(403, "a stranger")
	var out, log bytes.Buffer
	stop := program(t, b.URL(), &out, &log)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	require.NoError(t, b.Wait(ctx, 3))
	require.Error(t, stop())
	b.AssertSequence(t, "client 1", "connect", "publishStream", "ConnectionStatusEvent DISCONNECTED")
	assert.Equal(t, "connected: client 1 is let in\n", out.String())
	assert.Contains(t, log.String(), "403")
	assert.NotContains(t, log.String(), "secret")
}

// With hooks disabled the program works, and the log says that no backend is asked.
func TestFirstProgramWithHooksDisabled(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	properties := filepath.Join(t.TempDir(), "off.properties")
	require.NoError(t, os.WriteFile(properties, []byte("disable_rest_requests=true\n"), 0o600))
	printed, out := io.Pipe()
	var log bytes.Buffer
	stop := program(t, b.URL(), out, &log, properties)
	lines := bufio.NewScanner(printed)
	var text strings.Builder
	var ended error
	for lines.Scan() {
		text.WriteString(lines.Text() + "\n")
		if strings.HasPrefix(lines.Text(), "publishing") {
			go func() { ended = stop(); _ = out.Close() }()
		}
	}
	require.NoError(t, ended, log.String())
	assert.Empty(t, b.Requests())
	assert.Equal(t, "connected: client 1 is let in\npublishing \"cam\" until Ctrl-C\nstopping: client 1 leaves\n", text.String())
	assert.Contains(t, log.String(), "no backend is asked")
}

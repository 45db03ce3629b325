package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/flags"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording/recorded"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/leak"
)

// asCommand makes the test binary run as the command, for the tests that need a process
// of their own, such as those of signals.
const asCommand = "RESTHOOK_TEST_AS_COMMAND"

// erase is the escape sequence that erases a line of a terminal.
const erase = "\r\x1b[K"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	_ = os.Unsetenv(flags.SigningVariable) // it may be set on the developer's machine
	leak.Exit(m)
}

// ran is the result of a command.
type ran struct {
	code     int
	out, err string
}

// do runs the command in this process, with an empty stdin.
func do(t testing.TB, args ...string) ran {
	t.Helper()
	return doWith(t.Context(), t, "", args...)
}

func doWith(ctx context.Context, t testing.TB, stdin string, args ...string) ran {
	t.Helper()
	var out, err bytes.Buffer
	code := run(ctx, args, &terminal.Streams{In: strings.NewReader(stdin), Out: &out, Err: &err})
	return ran{code, out.String(), err.String()}
}

// isMisuse checks that the command reported wrong usage: nothing on stdout, one line on
// stderr.
func (r ran) isMisuse(t testing.TB) {
	t.Helper()
	assert.Equal(t, exitUsage, r.code)
	assert.Empty(t, r.out)
	r.isOneLine(t)
}

func (r ran) isOneLine(t testing.TB) {
	t.Helper()
	assert.Equal(t, 1, strings.Count(r.err, "\n"), "lines on stderr: %q", r.err)
	assert.True(t, strings.HasPrefix(r.err, "resthook: "), r.err)
	assert.True(t, strings.HasSuffix(r.err, "\n"), r.err)
}

// process is the command as a process of its own, not yet started.
func process(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	// Otherwise the race detector sleeps for a second at exit.
	cmd.Env = append(os.Environ(), asCommand+"=1", "GORACE=atexit_sleep_ms=0")
	return cmd
}

// interrupt sends SIGINT and checks that the process ends within a second.
func interrupt(t testing.TB, cmd *exec.Cmd) int {
	t.Helper()
	if runtime.GOOS == "windows" {
		_ = cmd.Process.Kill()
		t.Skip("no process can send SIGINT here")
	}
	begun := time.Now()
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	_ = cmd.Wait()
	assert.Less(t, time.Since(begun), time.Second)
	return cmd.ProcessState.ExitCode()
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestUnwritableStdoutIsAFailure(t *testing.T) {
	t.Parallel()
	for _, args := range []string{
		"methods", "methods --json", "--version", "--help", "serve --addr 127.0.0.1:0",
		"send call --set disable_rest_requests=true", "send call --json --set disable_rest_requests=true",
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			var stderr strings.Builder
			code := run(t.Context(), strings.Fields(args), &terminal.Streams{In: strings.NewReader(""), Out: full{}, Err: &stderr})
			assert.Equal(t, exitRefused, code)
			assert.Contains(t, stderr.String(), "cannot write the result: disk full")
		})
	}
}

// full is a writer to a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestInterruptedWhileReadingStdin(t *testing.T) {
	t.Parallel()
	r, w := io.Pipe()
	defer w.Close() // ends the reading goroutine
	ctx, cancel := context.WithCancel(t.Context())
	var out, stderr strings.Builder
	done := make(chan int)
	go func() {
		done <- run(ctx, []string{"send", "call", "--data", "-"}, &terminal.Streams{In: r, Out: &out, Err: &stderr})
	}()
	_, err := w.Write([]byte("{")) // returns when the command is reading
	require.NoError(t, err)
	cancel()
	assert.Equal(t, exitRefused, <-done)
	assert.Empty(t, out.String())
	assert.Equal(t, "resthook: interrupted\n", stderr.String())
}

func TestSignalEndsSendWithItsOutcome(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t, hooktest.AfterRequest(hooktest.Stall))
	cmd := process(t, "send", "publishStream", "--json", "--url", backend.URL(),
		"--policy", `{"publishStream":{"restOnError":"FAIL"}}`)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	require.NoError(t, cmd.Start())
	require.NoError(t, backend.Wait(t.Context(), 1))
	assert.Equal(t, exitRefused, interrupt(t, cmd))
	assert.Contains(t, out.String(), `"action":"break","sent":true,"attempts":1,"status":0,`)
	assert.Contains(t, out.String(), `"error_kind":"canceled"`)
	assert.Empty(t, stderr.String())
}

func TestSignalEndsBenchWithItsResult(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t, hooktest.Mirror(), hooktest.AfterRequest(hooktest.Stall))
	cmd := process(t, "bench", "--concurrency=1", "--duration=1h", "--hold=1h", "--json", "--url", backend.URL())
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	require.NoError(t, cmd.Start())
	require.NoError(t, backend.Wait(t.Context(), 2))
	assert.Equal(t, exitFine, interrupt(t, cmd))
	assert.Contains(t, out.String(), `"interrupted":true`)
	assert.Contains(t, out.String(), `"failed":0,"cut":2,"rate"`)
	assert.Empty(t, stderr.String())
}

func TestSignalEndsReplayWithItsSummary(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t, hooktest.AfterRequest(hooktest.Stall))
	file := write(t, "hooks.jsonl", recorded.Text(t, recorded.At(0, "call", "{}"), recorded.At(time.Hour, "call", "{}")))
	cmd := process(t, "replay", file, "--json", "--url", backend.URL())
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	require.NoError(t, cmd.Start())
	require.NoError(t, backend.Wait(t.Context(), 1))
	assert.Equal(t, exitRefused, interrupt(t, cmd))
	assert.Contains(t, out.String(), `{"hooks":0,"same":0,"different":0,"failed":0,"left_out":0,"interrupted":true,`)
	assert.Empty(t, stderr.String())
}

func TestSignalEndsRecord(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "hooks.jsonl")
	cmd := process(t, "record", file, "--addr", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line := make([]byte, 100)
	n, err := out.Read(line)
	require.NoError(t, err)
	do(t, "send", "call", "--url", strings.TrimSpace(string(line[:n])))
	assert.Equal(t, exitFine, interrupt(t, cmd))
	assert.Len(t, recorded.Read(t, readText(t, file)), 1)
}

func TestSignalEndsServe(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	cmd := process(t, "serve", "--addr", "127.0.0.1:0")
	cmd.Stdout = w
	require.NoError(t, cmd.Start())
	require.NoError(t, w.Close())
	line := make([]byte, 100)
	n, err := r.Read(line) // the URL is printed after the signal handler is set
	require.NoError(t, err)
	assert.Regexp(t, `^http://127\.0\.0\.1:\d+/apps/EchoApp\n$`, string(line[:n]))
	assert.Equal(t, exitFine, interrupt(t, cmd))
}

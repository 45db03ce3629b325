package main

import (
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording/recorded"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// startRecord runs record on a free port and waits until it listens.
func startRecord(t testing.TB, args ...string) *served {
	t.Helper()
	return startServing(t, "record", args...)
}

func readText(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

func TestRecordWritesALineForEachHook(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "hooks.jsonl")
	s := startRecord(t, file, "--rules", write(t, "rules.json", `{"publishStream":{"deny":"not you"}}`))
	do(t, "send", "call", "--url", s.url, `--data={"sessionId":"s","n":12345678901234567890}`)
	assert.Len(t, recorded.Read(t, readText(t, file)), 1, "it is there with the answer")
	do(t, "send", "publishStream", "--url", s.url)
	s.stop(t)
	hooks := recorded.Read(t, readText(t, file))
	require.Len(t, hooks, 2)
	assert.Equal(t, []any{"call", 200, `{"sessionId":"s","n":12345678901234567890}`},
		[]any{hooks[0].Method, hooks[0].Status, string(hooks[0].Answer)})
	assert.Equal(t, []any{"publishStream", 403, "not you\n"}, []any{hooks[1].Method, hooks[1].Status, string(hooks[1].Answer)})
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestRecordLeavesAFileAlone(t *testing.T) {
	t.Parallel()
	file := write(t, "hooks.jsonl", "mine")
	got := do(t, "record", file)
	got.isMisuse(t)
	assert.Contains(t, got.err, file+" is there already: --append or --force is wanted")
	assert.Equal(t, "mine", readText(t, file))
}

// record leaves out an incomplete last line. It keeps one that lacks only its line end.
func TestRecordAppends(t *testing.T) {
	t.Parallel()
	line := recorded.Text(t, recorded.Full())
	for before, want := range map[string]string{
		line: line + "{", line[:5]: "{", line[:30]: "{", line + "\n" + line[:50]: line + "\n{", "": "{",
		line + strings.TrimSuffix(line, "\n"): line + line + "{", strings.TrimSuffix(line, "\n") + "\r\n  ": strings.TrimSuffix(line, "\n") + "\r\n{",
	} {
		file := write(t, "hooks.jsonl", before)
		s := startRecord(t, file, "--append")
		do(t, "send", "call", "--url", s.url)
		s.stop(t)
		got := readText(t, file)
		assert.True(t, strings.HasPrefix(got, want), got)
		assert.Equal(t, strings.Count(want, "\n")+1, strings.Count(got, "\n"), got)
		cut := !strings.HasPrefix(want, before) && !strings.HasSuffix(before, "}")
		assert.Equal(t, cut, strings.Contains(s.log.String(), "warning: "+file+": the last line was cut short, and is left out"), before)
	}
}

func TestRecordAppendsToNothingElse(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"my notes\nkeep this", "one line", `{"connect":`, "{}\n", "[\n  1\n]", strings.Repeat("x", recording.MaxLine+1)} {
		file := write(t, "notes.txt", text)
		got := do(t, "record", file, "--append", "--addr", "127.0.0.1:0")
		got.isMisuse(t)
		assert.Contains(t, got.err, file+" is no recording")
		assert.True(t, text == readText(t, file)) //nolint:testifylint // a failure must not print 16 MiB
	}
}

// Text in JSON is always UTF-8, and a hook that was recorded in part would be replayed
// as if it were whole.
func TestRecordLeavesOutWhatItCannotHold(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "hooks.jsonl")
	s := startRecord(t, file)
	host := strings.TrimSuffix(strings.TrimPrefix(s.url, "http://"), "/apps/EchoApp")
	for _, tt := range []struct{ length, body string }{{"9", "{\"a\":\"\xff\"}"}, {"5", "{}"}, {"2", "{}"}} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", host)
		require.NoError(t, err)
		_, err = io.WriteString(conn, "POST /apps/EchoApp/connect HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: "+tt.length+"\r\n\r\n"+tt.body)
		require.NoError(t, err)
		half, ok := conn.(*net.TCPConn)
		require.True(t, ok)
		require.NoError(t, half.CloseWrite())
		_, err = io.Copy(io.Discard, conn)
		require.NoError(t, err)
		require.NoError(t, conn.Close())
	}
	s.stop(t)
	hooks := recorded.Read(t, readText(t, file))
	require.Len(t, hooks, 1)
	assert.JSONEq(t, `{}`, string(hooks[0].Request))
}

func TestRecordForces(t *testing.T) {
	t.Parallel()
	file := write(t, "hooks.jsonl", strings.Repeat("mine\n", 1000))
	s := startRecord(t, file, "--force")
	do(t, "send", "call", "--url", s.url)
	s.stop(t)
	assert.Len(t, recorded.Read(t, readText(t, file)), 1)
}

func TestRecordMakesAnOldFileItsOwnersAlone(t *testing.T) {
	t.Parallel()
	for _, existing := range []string{"--append", "--force"} {
		file := write(t, "hooks.jsonl", recorded.Text(t, recorded.Full()))
		require.NoError(t, os.Chmod(file, 0o644))
		startRecord(t, file, existing).stop(t)
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), existing)
	}
}

func TestRecordThatCannotServeLeavesNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	do(t, "record", filepath.Join(dir, "new"), "--addr", "8081").isMisuse(t)
	assert.NoFileExists(t, filepath.Join(dir, "new"))
	for _, wrong := range [][]string{{"--addr", "8081"}, {"--path", "/-/x"}, {"--rules", "no-such-file"}} {
		for _, existing := range []string{"--append", "--force"} {
			old := write(t, "old", "mine")
			do(t, append([]string{"record", old, existing}, wrong...)...).isMisuse(t)
			assert.Equal(t, "mine", readText(t, old), wrong)
		}
	}
}

func TestRecordToStdout(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	var out safeBuffer
	r, w := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"record", "-", "--addr", "127.0.0.1:0"}, &terminal.Streams{Out: &out, Err: w})
		_ = w.Close()
	}()
	line := make([]byte, 200)
	n, err := r.Read(line)
	require.NoError(t, err)
	go func() { _, _ = io.Copy(io.Discard, r) }() // discards the log
	do(t, "send", "call", "--url", strings.TrimSpace(string(line[:n])))
	cancel()
	assert.Equal(t, exitFine, <-done)
	assert.Len(t, recorded.Read(t, out.String()), 1)
}

// A full disk is no reason to refuse a client.
func TestRecordGoesOnWithoutItsFile(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full here")
	}
	s := startRecord(t, "/dev/full", "--append")
	for range 3 {
		assert.Equal(t, exitFine, do(t, "send", "call", "--url", s.url).code)
	}
	s.end()
	assert.Equal(t, exitRefused, <-s.done)
	s.done <- exitFine                                                     // for the cleanup of the test
	assert.Equal(t, 2, strings.Count(s.log.String(), "resthook: "), s.log) // the page's address, and this warning
	assert.Contains(t, s.log.String(), "resthook: cannot record any more: ")
	assert.Contains(t, s.log.String(), "; hooks are still answered\n")
}

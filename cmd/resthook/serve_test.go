package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// served is a backend that runs in this process.
type served struct {
	url  string
	end  context.CancelFunc
	done chan int
	log  *safeBuffer
}

// safeBuffer is a buffer that several goroutines can write to.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// startServe runs serve on a free port and waits until it listens.
func startServe(t testing.TB, args ...string) *served {
	t.Helper()
	return startServing(t, "serve", args...)
}

func startServing(t testing.TB, command string, args ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context())) // until stop
	r, w := io.Pipe()
	s := &served{end: cancel, done: make(chan int, 1), log: &safeBuffer{}}
	args = append([]string{command, "--addr", "127.0.0.1:0"}, args...)
	go func() {
		s.done <- run(ctx, args, &terminal.Streams{In: strings.NewReader(""), Out: w, Err: s.log})
		_ = w.Close()
	}()
	line := make([]byte, 200)
	n, err := r.Read(line)
	require.NoError(t, err, s.log)
	s.url = strings.TrimSuffix(string(line[:n]), "\n")
	t.Cleanup(func() { s.stop(t) })
	return s
}

func (s *served) stop(t testing.TB) {
	t.Helper()
	s.end()
	code := <-s.done
	s.done <- code // for a second call of stop
	assert.Equal(t, exitFine, code)
}

func TestServeMirrors(t *testing.T) {
	t.Parallel()
	s := startServe(t)
	assert.Regexp(t, `^http://127\.0\.0\.1:[1-9]\d*/apps/EchoApp$`, s.url)
	got := do(t, "send", "publishStream", "--url", s.url, `--data={"sessionId":"/1.2.3.4:5","name":"hidden"}`)
	assert.Equal(t, ran{exitFine, `{"sessionId":"/1.2.3.4:5","name":"hidden"}` + "\n", ""}, got)
	s.stop(t)
	assert.Regexp(t, `^resthook: the page is at http://127\.0\.0\.1:\d+/\n\d\d:\d\d:\d\d publishStream 200 \d+\.\dms session=/1\.2\.3\.4:5\n$`, s.log.String())
}

func TestServePaths(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ path, end, method, elsewhere string }{
		{"apps//x/", "/apps/x", "/connect", "/../connect"},
		{"/", "", "/connect", "/a/connect"},
		{"/a b", "/a%20b", "/connect", "/connect/x"},
		{"/apps/EchoApp", "/apps/EchoApp", "/connect", "/"},
	} {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			s := startServe(t, "--path", tt.path)
			assert.True(t, strings.HasSuffix(s.url, tt.end), s.url)
			assert.Equal(t, http.StatusOK, ask(t, http.MethodPost, s.url+tt.method, "{}").status)
			assert.Equal(t, http.StatusNotFound, ask(t, http.MethodPost, s.url+tt.elsewhere, "{}").status)
		})
	}
}

func TestServeLogIsSafe(t *testing.T) {
	t.Parallel()
	s := startServe(t)
	assert.Equal(t, http.StatusOK, ask(t, http.MethodPost, s.url+"/evil%0a%1b[31m", "{}").status)
	do(t, "send", "call", "--url", s.url, `--data={"sessionId":"a\nb","custom":{"token":"s3cret"}}`)
	s.stop(t)
	assert.Equal(t, 3, strings.Count(s.log.String(), "\n"), s.log)
	assert.Contains(t, s.log.String(), `"evil\n\x1b[31m" 200`)
	assert.Contains(t, s.log.String(), `session="a\nb"`)
	assert.NotContains(t, s.log.String(), "s3cret")
}

func TestServeRules(t *testing.T) {
	t.Parallel()
	rules := write(t, "rules.json", `{
		"publishStream": {"deny": "no such user"},
		"playStream": {"overwrite": {"name": "other", "big": 12345678901234567890}, "delay": "1ms"},
		"connect": {"break": true, "delay": "1ms"},
		"hold": {},
		"*": {"deny": "unknown"}}`)
	s := startServe(t, "--rules", rules)
	for _, tt := range []struct {
		method, kind string
		status       int
		payload      string
	}{
		{"publishStream", "status", 403, `{"name":"a"}`},
		{"playStream", "", 200, `{"name":"other"}`},
		{"connect", "no_answer", 0, `{"name":"a"}`},
		{"hold", "", 200, `{"name":"a"}`},
		{"mine", "status", 403, `{"name":"a"}`},
	} {
		got := do(t, "send", tt.method, "--json", "--url", s.url, once, `--data={"name":"a"}`,
			`--policy={"playStream":{"restPolicy":"OVERWRITE","restOverwrite":"name"}}`)
		o := outcomeOf(t, got)
		assert.Equal(t, []any{tt.kind, tt.status}, []any{o.ErrorKind, o.Status}, tt.method)
		assert.JSONEq(t, tt.payload, string(o.Payload), tt.method)
	}
	s.stop(t)
	assert.Contains(t, s.log.String(), "connect dropped ")
	assert.Equal(t, 6, strings.Count(s.log.String(), "\n"))
}

func TestServeDenyGivesTheReason(t *testing.T) {
	t.Parallel()
	s := startServe(t, "--rules", write(t, "rules.json", `{"*":{"deny":"not you"}}`))
	got := ask(t, http.MethodPost, s.url+"/call", "{}")
	assert.Equal(t, http.StatusForbidden, got.status)
	assert.Equal(t, "not you\n", got.body)
}

// A delayed hook does not hold up the shutdown.
func TestServeEndsWithHooksOnTheirWay(t *testing.T) {
	t.Parallel()
	s := startServe(t, "--rules", write(t, "rules.json", `{"call":{"delay":"1h"}}`))
	done := make(chan ran)
	go func() { done <- do(t, "send", "call", "--json", "--url", s.url, once) }()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.url[len("http://"):strings.Index(s.url, "/apps")])
	require.NoError(t, err)
	defer conn.Close() // a client that connects and sends nothing
	s.end()
	<-done
	s.stop(t)
}

func TestServeAddressInUse(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	got := do(t, "serve", "--addr", listener.Addr().String())
	got.isMisuse(t)
	assert.Contains(t, got.err, listener.Addr().String())
	assert.Contains(t, got.err, "another address, or port 0 for a free one, may do")
}

func TestRulesFileIsNamed(t *testing.T) {
	t.Parallel()
	file := write(t, "rules.json", `{"a":{"x":1}}`)
	got := do(t, "serve", "--rules", file)
	got.isMisuse(t)
	assert.Contains(t, got.err, "--rules: "+file+": a.x: unknown key")
}

func TestSignalEndsServeWithAPageOpen(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	cmd := process(t, "serve", "--addr", "127.0.0.1:0", "--path", "/")
	cmd.Stdout = w
	require.NoError(t, cmd.Start())
	require.NoError(t, w.Close())
	line := make([]byte, 100)
	n, err := r.Read(line)
	require.NoError(t, err)
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimSpace(strings.TrimPrefix(string(line[:n]), "http://")))
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET /-/poll HTTP/1.1\r\nHost: localhost\r\n\r\n")
	require.NoError(t, err)
	_, err = conn.Read(line) // the page keeps a connection open
	require.NoError(t, err)
	assert.Equal(t, exitFine, interrupt(t, cmd))
}

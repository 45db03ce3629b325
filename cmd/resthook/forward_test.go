package main

import (
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/backend"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording/recorded"
)

func TestForward(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(backend.Echo())
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "hooks.jsonl")
	f := startServing(t, "forward", "--to", strings.TrimPrefix(server.URL, "http://")+"/rest/", "--record", file,
		"--rules", write(t, "rules.json", `{"playStream":{"overwrite":{"name":"b"}},"call":{"deny":"no"}}`))
	assert.Regexp(t, `^http://127\.0\.0\.1:[1-9]\d*/apps/EchoApp$`, f.url)
	policy := `--policy={"playStream":{"restPolicy":"OVERWRITE","restOverwrite":"name"}}`
	assert.Contains(t, do(t, "send", "playStream", "--url", f.url, policy, `--data={"name":"a"}`).out, `"name":"b"`)
	assert.Equal(t, 403, outcomeOf(t, do(t, "send", "call", "--json", "--url", f.url)).Status)
	assert.Contains(t, ask(t, http.MethodGet, f.root(t)+"/-/poll", "").body, `"command":"forward"`)
	f.stop(t)
	hooks := recorded.Read(t, readText(t, file))
	require.Len(t, hooks, 2)
	assert.Equal(t, []any{"playStream", 200, "call", 403}, []any{hooks[0].Method, hooks[0].Status, hooks[1].Method, hooks[1].Status})
	assert.Contains(t, f.log.String(), "playStream 200 ")
	assert.Contains(t, f.log.String(), "resthook: the page is at "+f.root(t)+"/\n")
}

func TestForwardToNobody(t *testing.T) {
	t.Parallel()
	f := startServing(t, "forward", "--to", "http://name:s3cret@127.0.0.1:1/rest")
	got := do(t, "send", "publishStream", "--url", f.url, once, `--policy={"publishStream":{"restOnError":"FAIL"}}`)
	assert.Equal(t, exitRefused, got.code)
	assert.Contains(t, got.err, "502")
	assert.Contains(t, got.err, "backend: 127.0.0.1:1: connection refused")
	f.stop(t)
	assert.Contains(t, f.log.String(), "publishStream 502 ")
	assert.Contains(t, f.log.String(), ": backend: 127.0.0.1:1: connection refused\n")
	assert.NotContains(t, f.log.String()+got.err, "s3cret")
}

func TestForwardOverTLS(t *testing.T) {
	t.Parallel()
	server := httptest.NewTLSServer(backend.Echo())
	t.Cleanup(server.Close)
	authority := write(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	f := startServing(t, "forward", "--to", server.URL, "--cacert", authority)
	assert.Equal(t, exitFine, do(t, "send", "connect", "--url", f.url).code)
	stranger := startServing(t, "forward", "--to", server.URL)
	got := ask(t, http.MethodPost, stranger.url+"/connect", "{}")
	assert.Equal(t, 502, got.status)
	assert.Contains(t, got.body, "backend: "+strings.TrimPrefix(server.URL, "https://")+": TLS: failed to verify certificate: ")
}

func TestForwardMisuse(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	free := listener.Addr().String()
	require.NoError(t, listener.Close())
	for _, tt := range []struct {
		args string
		want string
	}{
		{"", "missing flags: --to=URL"},
		{"--to ftp://h/x", "--to: "},
		{"--to http:/h", "--to: "},
		{"--to http://h/a?b", "--to: "},
		{"--to h --append", "--append and --force are for the file of --record"},
		{"--to h --sign x!", "--sign: "},
		{"--to h --header Webhook-Id:1", "--header"},
		{"--to http://localhost:" + free[strings.LastIndex(free, ":")+1:] + " --addr " + free, "this command listens at localhost:"},
		{"--to h --path /-/x", "--path"},
	} {
		got := do(t, append([]string{"forward"}, strings.Fields(tt.args)...)...)
		got.isMisuse(t)
		assert.Contains(t, got.err, tt.want)
	}
}

func TestQuietIsQuiet(t *testing.T) {
	t.Parallel()
	s := startServe(t, "--quiet")
	for _, path := range []string{s.url + "/call", s.root(t) + "/elsewhere"} {
		ask(t, http.MethodPost, path, "{}")
		ask(t, http.MethodPost, path, "{}", "Origin: http://evil.example")
	}
	ask(t, http.MethodGet, s.root(t)+"/favicon.ico", "")
	s.stop(t)
	assert.Equal(t, "resthook: the page is at "+s.root(t)+"/\n", s.log.String())
}

func TestServeWarnsOfRules(t *testing.T) {
	t.Parallel()
	s := startServe(t, "--rules", write(t, "rules.json", `{"publishSteam":{"deny":"x"}}`))
	ask(t, http.MethodPost, s.url+"/call", "{}")
	s.stop(t)
	assert.Contains(t, s.log.String(), "resthook: warning: --rules: publishSteam: no hook of the catalogue has this name; did you mean publishStream?\n")
}

package resthook_test

import (
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// realPayload is a hook's body, in a file named after the method.
type realPayload struct {
	file string
	hook resthook.Method
	data []byte
}

// ownPayloads stand for those of the shared fixtures where these are not at
// hand.
var ownPayloads = filepath.Join("testdata", "backends", "payloads")

func realPayloadsIn(t *testing.T, dir string) []realPayload {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var payloads []realPayload
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		p := realPayload{file: filepath.Base(file), data: data}
		p.hook = p.method(t)
		payloads = append(payloads, p)
	}
	return payloads
}

func (p realPayload) method(t *testing.T) resthook.Method {
	t.Helper()
	name, _, _ := strings.Cut(p.file, "-")
	if name == "restClientConfig" {
		name = "connect"
	}
	hook, ok := resthook.FindMethod(name)
	require.True(t, ok, p.file)
	return hook
}

// eachPayload runs a check with every payload, own and shared.
func eachPayload(t *testing.T, check func(t *testing.T, p realPayload)) {
	t.Helper()
	run := func(t *testing.T, dir string) {
		t.Helper()
		for _, p := range realPayloadsIn(t, dir) {
			t.Run(p.file, func(t *testing.T) {
				t.Parallel()
				check(t, p)
			})
		}
	}
	t.Run("own", func(t *testing.T) { run(t, ownPayloads) })
	t.Run("shared", func(t *testing.T) { run(t, filepath.Join(sharedFolder(t), "payloads")) })
}

// realPayloads sends every payload to the backend's echo: it goes out and comes
// back unchanged, connect taking what came back.
func realPayloads(t *testing.T, b realBackend, url string) {
	t.Helper()
	eachPayload(t, func(t *testing.T, p realPayload) {
		tape := realTapeFor(t)
		outcome, err := p.hook.SendJSON(t.Context(), realClient(t, url+"/echo", resthook.WithTransport(tape)), p.data)
		require.NoError(t, err)
		assert.Equal(t, 1, outcome.Attempts)
		assertSameJSON(t, p.data, tape.sent)
		assertSameJSON(t, p.data, outcome.Payload)
		if b.emptyArray && bytes.Equal(bytes.TrimSpace(p.data), []byte("{}")) {
			// Real hooks are never empty: they say at least who sends them.
			require.ErrorIs(t, outcome.Err, resthook.ErrBody)
			assert.Equal(t, "[]", string(tape.got))
			return
		}
		require.NoError(t, outcome.Err)
		assertSameJSON(t, p.data, tape.got)
	})
}

// Through backend.Echo the bytes themselves come back.
func TestRealPayloadsThroughEcho(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(backend.Echo())
	t.Cleanup(server.Close)
	eachPayload(t, func(t *testing.T, p realPayload) {
		tape := realTapeFor(t)
		outcome, err := p.hook.SendJSON(t.Context(), realClient(t, server.URL+"/apps/EchoApp", resthook.WithTransport(tape)), p.data)
		require.NoError(t, err)
		require.NoError(t, outcome.Err)
		assertSameJSON(t, p.data, tape.sent)
		assert.Equal(t, string(tape.sent), string(tape.got))
		assert.Equal(t, string(tape.sent), string(outcome.Payload))
	})
}

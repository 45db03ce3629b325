package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// toldByDemo is the output of the demo.
const toldByDemo = `
1. Two users connect
   alice > connection      {"login":"alice","token":"wonderland"}
   alice < getUserData     {"login":"alice","status":"ESTABLISHED"}
   bob   > connection      {"login":"bob","token":"builder"}
   bob   < getUserData     {"login":"bob","status":"ESTABLISHED"}

2. A wrong token is declined
   alice > connection      {"login":"alice","token":"guessed"}
   alice < fail            {"apiMethod":"ConnectionStatusEvent","info":"wrong login or token","status":"FAILED"}

3. Alice speaks: her message goes to all, herself too
   alice > sendData        {"operationId":"1","payload":{"body":"hello, all"}}
   alice < OnDataEvent     {"operationId":"1","payload":{"body":"hello, all","from":"alice"}}
   bob   < OnDataEvent     {"operationId":"1","payload":{"body":"hello, all","from":"alice"}}
   alice < DataStatusEvent {"operationId":"1","status":"ACCEPTED"}

4. Bob insults: the backend refuses, nobody hears it
   bob   > sendData        {"operationId":"2","payload":{"body":"you blockhead"}}
   bob   < DataStatusEvent {"info":"refused by the application","operationId":"2","status":"FAILED"}

5. Bob leaves: Alice hears only herself
   alice > sendData        {"operationId":"3","payload":{"body":"anybody?"}}
   alice < OnDataEvent     {"operationId":"3","payload":{"body":"anybody?","from":"alice"}}
   alice < DataStatusEvent {"operationId":"3","status":"ACCEPTED"}
`

func TestDemo(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-demo"}, &out, io.Discard))
	assert.Equal(t, toldByDemo, out.String())
}

// The README shows what the demo prints.
func TestREADME(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	assert.Contains(t, string(readme), toldByDemo)
}

// lines is a writer that sends each write to a channel.
type lines chan string

func (l lines) Write(p []byte) (int, error) { l <- string(p); return len(p), nil }

// After an interrupt the clients get a close frame, the closing events are delivered,
// and no goroutine is left.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	out, diag, over := make(lines), new(bytes.Buffer), make(chan error, 1)
	go func() { over <- run(ctx, []string{"-addr", "127.0.0.1:0"}, out, diag) }()
	url := strings.Fields(<-out)[2]
	alice, err := enter(t.Context(), url+"ws", "alice", "wonderland")
	require.NoError(t, err)
	_, err = alice.next(t.Context())
	require.NoError(t, err)

	interrupt()
	_, err = alice.next(t.Context())
	require.ErrorContains(t, err, "StatusGoingAway")
	require.NoError(t, <-over)
	assert.Contains(t, diag.String(), "login=alice status=DISCONNECTED")
	assert.NotContains(t, diag.String(), "wonderland")
	assert.NotContains(t, diag.String(), "level=ERROR")
}

func TestCannotStart(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()
	err = run(t.Context(), []string{"-addr", taken.Addr().String()}, io.Discard, io.Discard)
	require.ErrorContains(t, err, taken.Addr().String())
	require.Error(t, run(t.Context(), []string{"-no-such-flag"}, io.Discard, io.Discard))
}

// talk is a user of the whole system.
type talk struct {
	t *testing.T
	*user
}

func join(t *testing.T, s *system, login, token string) talk {
	t.Helper()
	u, err := enter(t.Context(), s.url()+"/ws", login, token)
	require.NoError(t, err)
	t.Cleanup(func() { _ = u.socket.CloseNow() })
	c := talk{t, u}
	require.Contains(t, c.hears(frameUserData), `"login":"`+login+`"`)
	return c
}

func (c talk) hears(message string) string {
	c.t.Helper()
	f, err := c.next(c.t.Context())
	require.NoError(c.t, err)
	require.Equal(c.t, message, f.Message)
	return string(f.object())
}

func (c talk) says(operation string, payload map[string]any) {
	c.t.Helper()
	require.NoError(c.t, c.send(c.t.Context(), frameSendData, utterance{operation, payload}))
}

func TestMessageToAll(t *testing.T) {
	t.Parallel()
	s := startForTest(t)
	alice, bob, again := join(t, s, "alice", "wonderland"), join(t, s, "bob", "builder"), join(t, s, "bob", "builder")
	// The client can set neither the sender of a message nor other fields of it.
	alice.says("7", map[string]any{"body": " <b>hi</b> \n", "from": "bob", "virus": "x"})
	for _, one := range []talk{alice, bob, again} {
		assert.JSONEq(t, `{"operationId":"7","payload":{"from":"alice","body":"<b>hi</b>"}}`, one.hears(frameOnData))
	}
	assert.Equal(t, `{"operationId":"7","status":"ACCEPTED"}`, alice.hears(frameDataStatus))
}

func TestNotToBeSaid(t *testing.T) {
	t.Parallel()
	s := startForTest(t)
	alice, bob := join(t, s, "alice", "wonderland"), join(t, s, "bob", "builder")
	for _, payload := range []map[string]any{
		{},
		{"body": 7},
		{"body": ""},
		{"body": " \t\n"},
		{"body": "What a BLOCKHEAD, this Bob"},
		{"body": "numskull"},
		{"body": strings.Repeat("ü", textLimit+1)},
	} {
		alice.says("1", payload)
		assert.Equal(t, `{"operationId":"1","status":"FAILED","info":"refused by the application"}`, alice.hears(frameDataStatus), payload)
	}
	alice.says("2", map[string]any{"body": strings.Repeat("ü", textLimit)})
	alice.hears(frameOnData)
	alice.says("3", map[string]any{"body": "blockheaded is another word"})
	assert.Contains(t, bob.hears(frameOnData), "ü", "bob has heard nothing else")
	assert.Contains(t, bob.hears(frameOnData), "blockheaded")
}

func TestWhoMayEnter(t *testing.T) {
	t.Parallel()
	s := startForTest(t)
	for _, who := range [][2]string{{"alice", "builder"}, {"alice", ""}, {"", ""}, {"eve", ""}, {"Alice", "wonderland"}} {
		u, err := enter(t.Context(), s.url()+"/ws", who[0], who[1])
		require.NoError(t, err)
		f, err := u.next(t.Context())
		require.NoError(t, err)
		assert.Equal(t, frameFail, f.Message, who)
		_ = u.socket.CloseNow()
	}
}

// The port for browsers serves neither the REST API nor the hooks.
func TestPorts(t *testing.T) {
	t.Parallel()
	s := startForTest(t)
	for _, path := range []string{"/rest-api/data/send", "/rest/connect"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url()+path, strings.NewReader(`{}`))
		require.NoError(t, err)
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := client.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode, path)
	}
}

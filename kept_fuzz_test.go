package resthook_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// FuzzKeptConnections sends hooks over a connection that is kept. What comes of
// each is what comes of it alone, over a connection of its own: it is judged by
// the bytes that were sent for it, whatever was sent for those before.
func FuzzKeptConnections(f *testing.F) {
	const yes = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"login\":\"a\"}"
	const no = "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n{}"
	for _, seed := range [][3]string{
		{yes, no, yes},
		{yes + yes, no, yes},
		{no + yes, no, no},
		{yes + "\r\n", no, yes},
		{"HTTP/1.1 100 Continue\r\n\r\n" + yes, no, yes},
		{"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + no, yes, no},
		{"HTTP/1.1 099 X\r\nContent-Length: 2\r\n\r\n" + yes, no, yes},
		{"HTTP/1.1 204 No Content\r\nContent-Length: 13\r\n\r\n{\"login\":\"a\"}", no, yes},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{\"login\":\"a\"}\r\n0\r\nTrailer: x\r\n\r\n", no, yes},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n2\r\n{}\r\n0\r\n\r\n", no, yes},
		{"HTTP/1.1 200 OK\r\n\r\n{}", no, yes},
		{"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", no, yes},
		{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", no, yes},
		{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", no, yes},
		{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ", no, yes},
		{"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", no, yes},
		{"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + yes, no, yes},
		{"HTTP/1.1 302 Found\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n", yes, no},
		{"", yes, no},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]), []byte(seed[2]))
	}
	f.Fuzz(func(t *testing.T, first, second, third []byte) {
		answers := [][]byte{first, second, third}
		for _, answer := range answers {
			if len(answer) > 16<<10 {
				t.Skip("longer answers are no other")
			}
		}
		socket := hooktest.NewSocket(t, dealt(answers))
		kept := keeping(t, socket)
		for i := range answers {
			want := told(t, keeping(t, socket), i)
			got := told(t, kept, i)
			if want.kind == "timeout" || got.kind == "timeout" {
				t.Skip("it waits for more")
			}
			require.Equal(t, want, got, "hook %d of %q", i, answers)
		}
	})
}

// dealt answers each hook with the bytes that are meant for it, and keeps the
// connection where those are a whole answer.
func dealt(answers [][]byte) hooktest.Behaviour {
	return hooktest.OnRequest(func(c *hooktest.Conn) {
		var hook struct{ SessionID string }
		var i int
		_ = json.Unmarshal(c.Request().Body, &hook)
		_, _ = fmt.Sscan(hook.SessionID, &i)
		if !c.Send(string(answers[i])) || !whole(answers[i]) {
			hooktest.FIN(c)
		}
	})
}

// whole reports whether net/http takes the bytes for an answer that says where it
// ends.
func whole(answer []byte) bool {
	reader := bufio.NewReader(bytes.NewReader(answer))
	for {
		response, err := http.ReadResponse(reader, &http.Request{Method: http.MethodPost})
		if err != nil {
			return false
		}
		_, err = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		if response.StatusCode >= 200 || response.StatusCode == http.StatusSwitchingProtocols {
			return err == nil && (response.ContentLength >= 0 || len(response.TransferEncoding) > 0) && !response.Close
		}
	}
}

// keeping is a client of one connection.
func keeping(t *testing.T, socket *hooktest.Socket) *resthook.Client {
	t.Helper()
	cfg := resthook.DefaultConfig()
	cfg.MaxConnections, cfg.RequestTimeout = 1, 2*time.Second
	client, err := resthook.NewClient(cfg, resthook.WithApp(resthook.App{URL: socket.URL()}),
		resthook.WithLogger(slog.New(slog.DiscardHandler)), resthook.WithBackoff(time.Nanosecond, time.Nanosecond))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close(context.Background())) })
	return client
}

// verdict is what came of a hook.
type verdict struct {
	kind    resthook.ErrorKind
	status  int
	payload string
}

func told(t *testing.T, client *resthook.Client, i int) verdict {
	t.Helper()
	outcome, err := resthook.Connect.SendJSON(context.Background(), client, fmt.Appendf(nil, `{"sessionId":"%d"}`, i))
	require.NoError(t, err)
	v := verdict{status: outcome.Status, payload: string(outcome.Payload)}
	if failed, ok := errors.AsType[*resthook.Error](outcome.Err); ok {
		v.kind = failed.Kind
	}
	return v
}

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
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/h1/situation"
)

// differing lists the situations with another result over net/http, and why.
func differing() map[string]string {
	return map[string]string{
		"closes in the status line": "net/http does not tell that the status line was cut, so the hook is not tried again",
	}
}

// In no situation is the result of a hook worse over the client's own transport than over
// net/http's, retries and the judgement of answers included.
func TestHooksNeverWorseThanOverNetHTTP(t *testing.T) {
	t.Parallel()
	for _, s := range situation.All() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			if reason, ok := differing()[s.Name]; ok {
				s.Other = reason
			}
			s.Compare(t, hooksOver(t, ownTransport), hooksOver(t, netHTTPTransport))
		})
	}
}

// hooks is a client that posts each body as a hook and takes the whole answer.
type hooks struct {
	client *resthook.Client
	hook   resthook.Hook[map[string]any]
	given  *http.Transport // nil over the client's own
}

func hooksOver(t *testing.T, via transport) func(situation.Settings) situation.Client {
	t.Helper()
	return func(s situation.Settings) situation.Client {
		cfg := resthook.DefaultConfig()
		cfg.MaxConnections, cfg.RequestTimeout = s.Limit, s.Timeout
		opts, given := via.make(s)
		opts = append(opts, resthook.WithApp(resthook.App{URL: s.URL}), resthook.WithLogger(slog.New(slog.DiscardHandler)))
		client, err := resthook.NewClient(cfg, opts...)
		require.NoError(t, err)
		hook, err := resthook.NewHook[map[string]any]("ask", resthook.KindConnect)
		require.NoError(t, err)
		return hooks{client: client, hook: hook, given: given}
	}
}

func (h hooks) Close() {
	_ = h.client.Close(context.Background())
	if h.given != nil {
		h.given.CloseIdleConnections()
	}
}

func (h hooks) Post(ctx context.Context, body string) situation.Answer {
	begun := time.Now()
	o, err := h.hook.SendJSON(ctx, h.client, []byte(body))
	if err == nil {
		err = o.Err
	}
	return situation.Answer{Sent: body, Status: o.Status, Body: string(o.Payload), Class: priorityOf(err), Err: err, Took: time.Since(begun)}
}

func priorityOf(err error) situation.Class {
	for _, c := range []struct {
		err   error
		class situation.Class
	}{
		{resthook.ErrTimeout, situation.TimedOut},
		{resthook.ErrCanceled, situation.TimedOut},
		{resthook.ErrUnreachable, situation.Unreachable},
		{resthook.ErrNoAnswer, situation.Lost},
		{resthook.ErrTLS, situation.Insecure},
		{resthook.ErrBody, situation.Malformed},
	} {
		if errors.Is(err, c.err) {
			return c.class
		}
	}
	return situation.Answered // a status is an answer
}

// taped is a connection whose other side sends a fixed text after the first write, and
// closes.
type taped struct {
	net.Conn // nil: nothing else is used

	says  io.Reader
	heard chan struct{} // closed by the first write, or by Close
	once  sync.Once
	mu    sync.Mutex
	tape  bytes.Buffer
}

func (c *taped) Read(p []byte) (int, error) {
	<-c.heard
	return c.says.Read(p)
}

func (c *taped) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.once.Do(func() { close(c.heard) })
	return c.tape.Write(p)
}

func (c *taped) Close() error {
	c.once.Do(func() { close(c.heard) })
	return nil
}

func (c *taped) SetDeadline(time.Time) error      { return nil }
func (c *taped) SetReadDeadline(time.Time) error  { return nil }
func (c *taped) SetWriteDeadline(time.Time) error { return nil }

// tapes makes a client of a taped connection, over the client's own transport or
// net/http's.
func tapes(t testing.TB, url, says string, plain bool, opts ...resthook.Option) (*resthook.Client, *taped, *string) {
	t.Helper()
	conn, address := &taped{says: strings.NewReader(says), heard: make(chan struct{})}, new(string)
	dial := func(_ context.Context, _, to string) (net.Conn, error) {
		*address = to
		return conn, nil
	}
	opts = append(opts, resthook.WithApp(resthook.App{URL: url}))
	if plain {
		opts = append(opts, resthook.WithTransport(&http.Transport{DialContext: dial, DisableCompression: true}))
	} else {
		opts = append(opts, resthook.WithDialContext(dial))
	}
	client, err := resthook.NewClient(retrying(0), opts...)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close(context.Background())) })
	return client, conn, address
}

// The request is the one that net/http writes, to the same address.
func TestRequestIsThatOfNetHTTP(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"http://backend.example", "http://backend.example:80/", "http://backend.example:8081/apps/EchoApp",
		"http://user:pass@[::1]:8081/a%20b/%2F/c%20d", "http://xn--bcher-kva.example/%C3%BC",
	} {
		var heads, addresses []string
		for _, plain := range []bool{false, true} {
			client, conn, address := tapes(t, url, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", plain,
				resthook.WithHeader("X-Own", "ä b"), resthook.WithUserAgent("me"), resthook.WithoutStamps())
			_, err := client.Connect(t.Context(), &resthook.Connection{Login: "l"})
			require.NoError(t, err)
			heads, addresses = append(heads, parsed(t, conn.tape.String())), append(addresses, *address)
		}
		assert.Equal(t, heads[1], heads[0], url)
		assert.Equal(t, addresses[1], addresses[0], url)
	}
}

// parsed is a request in a form that can be compared.
func parsed(t *testing.T, wire string) string {
	t.Helper()
	lines := strings.Split(wire[:strings.Index(wire, "\r\n\r\n")], "\r\n")
	slices.Sort(lines[1:])
	req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(wire)))
	require.NoError(t, err)
	body, err := io.ReadAll(req.Body)
	require.NoError(t, err)
	return fmt.Sprintf("%s %s %d %q %s", req.Host, req.RequestURI, req.ContentLength, lines, body)
}

// FuzzWire: whatever bytes a backend sends, the result of a hook is the same over both
// transports.
func FuzzWire(f *testing.F) {
	for _, wire := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"HTTP/1.0 200 OK\r\n\r\n{}", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 No\r\n\r\n", "HTTP/1.1 204 No\r\n\r\n", "", "HTT",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "HTTP/1.1 101 Switch\r\n\r\n{}",
		"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", "HTTP/1.1 200 OK\r\n : x\r\n\r\n{}", "HTTP/1.1 304 Not\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n{}",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-A: b\r\nContent-Length: 13\r\n\r\n{\"login\":\"a\"}",
	} {
		f.Add([]byte(wire))
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		var came []string
		for _, plain := range []bool{false, true} {
			client, _, _ := tapes(t, "http://backend.example", string(wire), plain)
			outcome, err := resthook.Connect.SendJSON(context.Background(), client, []byte(`{}`))
			require.NoError(t, err)
			status := outcome.Status
			if outcome.Err != nil && !errors.Is(outcome.Err, resthook.ErrStatus) {
				status = 0 // net/http does not say which status a broken answer had
			}
			came = append(came, fmt.Sprint(outcome.Err == nil, status, string(outcome.Payload)))
		}
		require.Equal(t, came[1], came[0])
	})
}

// FuzzKeptConnections sends hooks over a kept connection. The result of each is the same as
// over a connection of its own: it depends only on the bytes that were sent for it.
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
		kept := oneConnection(t, socket)
		for i := range answers {
			want := resultOf(t, oneConnection(t, socket), i)
			got := resultOf(t, kept, i)
			if want.kind == "timeout" || got.kind == "timeout" {
				t.Skip("it waits for more")
			}
			require.Equal(t, want, got, "hook %d of %q", i, answers)
		}
	})
}

// dealt answers each hook with its bytes, and keeps the connection where they are a whole
// answer.
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

// oneConnection is a client of one connection.
func oneConnection(t *testing.T, socket *hooktest.Socket) *resthook.Client {
	t.Helper()
	cfg := resthook.DefaultConfig()
	cfg.MaxConnections, cfg.RequestTimeout = 1, 2*time.Second
	client := makeClient(t, cfg, resthook.WithApp(resthook.App{URL: socket.URL()}),
		resthook.WithLogger(slog.New(slog.DiscardHandler)), resthook.WithBackoff(time.Nanosecond, time.Nanosecond))
	return client
}

// hookResult is the result of a hook.
type hookResult struct {
	kind    resthook.ErrorKind
	status  int
	payload string
}

func resultOf(t *testing.T, client *resthook.Client, i int) hookResult {
	t.Helper()
	outcome, err := resthook.Connect.SendJSON(context.Background(), client, fmt.Appendf(nil, `{"sessionId":"%d"}`, i))
	require.NoError(t, err)
	v := hookResult{status: outcome.Status, payload: string(outcome.Payload)}
	if failed, ok := errors.AsType[*resthook.Error](outcome.Err); ok {
		v.kind = failed.Kind
	}
	return v
}

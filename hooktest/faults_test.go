package hooktest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/hooktest"
)

// moments are all the moments at which a connection can end, with the bytes sent by
// then. The status line and everything after it is sent only after the request was read.
var moments = map[string]struct {
	make   func(hooktest.Ending) hooktest.Behaviour
	sent   string
	unread bool // the request is not read
	hidden bool // net/http reports the cut line as malformed
}{
	"at accept":      {make: hooktest.AtAccept, unread: true},
	"at first byte":  {make: hooktest.AtFirstByte, unread: true},
	"after request":  {make: hooktest.AfterRequest},
	"after continue": {make: hooktest.AfterContinue, sent: "HTTP/1.1 100 Continue\r\n\r\n"},
	"in status line": {make: hooktest.InStatusLine, sent: "HTTP/1.1 20", hidden: true},
	"in headers":     {make: hooktest.InHeaders, sent: typed + "Content-Le", hidden: true},
	"in body":        {make: hooktest.InBody, sent: typed + "Content-Length: 100\r\n\r\n{}"},
	"in chunk":       {make: hooktest.InChunk, sent: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{}"},
}

const typed = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

// Without net/http: a FIN is the end of the stream, an RST is ECONNRESET. Both come
// right after the bytes that were sent before.
func TestEndingsOnTheWire(t *testing.T) {
	t.Parallel()
	for name, moment := range moments {
		t.Run(name+"/FIN", func(t *testing.T) {
			t.Parallel()
			s := hooktest.NewSocket(t, moment.make(hooktest.FIN))
			got, err := exchange(t, s)
			require.NoError(t, err)
			assert.Equal(t, moment.sent, got)
			assertRead(t, s, moment.unread)
		})
		t.Run(name+"/RST", func(t *testing.T) {
			t.Parallel()
			s := hooktest.NewSocket(t, moment.make(hooktest.RST))
			got, err := exchange(t, s)
			assertReset(t, err)
			assert.Equal(t, moment.sent, got)
			assertRead(t, s, moment.unread)
		})
	}
}

// exchange sends a request on a bare connection and reads to the end.
func exchange(t *testing.T, s *hooktest.Socket) (string, error) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Addr())
	if err != nil { // an RST at accept can come as early as this
		return "", err
	}
	got, err := converse(conn)
	return got, errors.Join(err, s.WaitClosed(t.Context()))
}

func converse(conn net.Conn) (string, error) {
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, bareRequest); err != nil {
		return "", err
	}
	got, err := io.ReadAll(conn)
	return string(got), err
}

// assertReset also accepts the errors of a client that is still writing when the RST
// comes: a broken pipe, or net.ErrClosed under net/http, whose reading goroutine closes
// the connection.
func assertReset(t *testing.T, err error) {
	t.Helper()
	reset := errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed)
	assert.Truef(t, reset, "want a reset, got %v", err)
}

func assertRead(t *testing.T, s *hooktest.Socket, unread bool) {
	t.Helper()
	want := 1
	if unread {
		want = 0
	}
	assert.Len(t, s.Requests(), want)
	assert.Equal(t, 1, s.Accepted())
}

// Through net/http: every cut is an error that fits the ending.
func TestEndingsThroughClient(t *testing.T) {
	t.Parallel()
	for name, moment := range moments {
		t.Run(name+"/FIN", func(t *testing.T) {
			t.Parallel()
			s := hooktest.NewSocket(t, moment.make(hooktest.FIN))
			_, err := post(t, newClient(t), s.URL())
			require.Error(t, err)
			cut := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
			closed := strings.Contains(err.Error(), "server closed idle connection")
			assert.Truef(t, cut || closed || hides(moment.hidden, err), "%v", err)
		})
		t.Run(name+"/RST", func(t *testing.T) {
			t.Parallel()
			s := hooktest.NewSocket(t, moment.make(hooktest.RST))
			_, err := post(t, newClient(t), s.URL())
			if !hides(moment.hidden, err) {
				assertReset(t, err)
			}
		})
	}
}

func hides(hidden bool, err error) bool {
	return hidden && err != nil && strings.Contains(err.Error(), "malformed")
}

// A stall ends as soon as the client gives up.
func TestStallEndsWithClient(t *testing.T) {
	t.Parallel()
	for name, moment := range moments {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := hooktest.NewSocket(t, moment.make(hooktest.Stall))
			ctx, cancel := context.WithCancelCause(t.Context())
			enough := errors.New("enough")
			go func() { cancel(errors.Join(enough, s.WaitAccepted(ctx, 1))) }()
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL(), strings.NewReader("{}"))
			require.NoError(t, err)
			client := newClient(t)
			_, err = transmit(client, request)
			require.Error(t, err)
			client.CloseIdleConnections() // the dial may take longer than the request
			require.NoError(t, s.WaitClosed(t.Context()))
		})
	}
}

// A test may end while backends still stall: no goroutine is left.
func TestStallEndsWithTest(t *testing.T) {
	t.Parallel()
	for name, moment := range moments {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := hooktest.NewSocket(t, moment.make(hooktest.Stall))
			_, err := io.WriteString(dial(t, s), bareRequest)
			require.NoError(t, err)
			require.NoError(t, s.WaitAccepted(t.Context(), 1))
		})
	}
}

// The reset comes while the client is still sending.
func TestResetWhileSending(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t, hooktest.AtFirstByte(hooktest.RST))
	_, err := postBody(t, newClient(t), s.URL(), strings.NewReader(strings.Repeat("a", 32<<20)))
	assertReset(t, err)
	assert.Empty(t, s.Requests())
}

// The answer is valid and promises to keep the connection, but the connection is closed.
func TestAfterAnswer(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]hooktest.Ending{"FIN": hooktest.FIN, "RST": hooktest.RST} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := hooktest.NewSocket(t, hooktest.AfterAnswer(200, `{"a":1}`, end))
			client := newClient(t)
			for range 3 {
				got, err := post(t, client, s.URL())
				require.NoError(t, err)
				assert.JSONEq(t, `{"a":1}`, got.body)
				assert.False(t, got.Close)
				client.CloseIdleConnections() // otherwise the client may reuse the connection before it sees the end
			}
			assert.Equal(t, 3, s.Accepted())
		})
	}
}

// A stale connection: the second request on it is read but not answered.
func TestAtNextRequest(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]hooktest.Ending{"FIN": hooktest.FIN, "RST": hooktest.RST} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := hooktest.NewSocket(t, hooktest.AtNextRequest(200, `{}`, end), hooktest.Answer(200, `{"b":1}`))
			client := newClient(t)
			_, err := post(t, client, s.URL())
			require.NoError(t, err)
			_, err = post(t, client, s.URL())
			require.Error(t, err)
			got, err := post(t, client, s.URL())
			require.NoError(t, err)
			assert.JSONEq(t, `{"b":1}`, got.body)
			assert.Equal(t, [][2]int{{1, 1}, {1, 2}, {2, 1}}, places(s))
		})
	}
}

// places are the connection and turn of each request.
func places(s *hooktest.Socket) (all [][2]int) {
	for _, r := range s.Requests() {
		all = append(all, [2]int{r.Conn, r.Turn})
	}
	return all
}

func TestRefusedURL(t *testing.T) {
	t.Parallel()
	url := hooktest.RefusedURL(t)
	client := newClient(t)
	for range 10 {
		_, err := post(t, client, url)
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
	}
}

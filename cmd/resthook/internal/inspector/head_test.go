package inspector

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func (s *site) dial(t testing.TB) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Listener())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Except for hop-by-hop headers, the headers of a hook and of its answer are forwarded
// unchanged: the case of the names, the order, the spaces and the reason phrase, for
// each hook of a connection.
func TestForwardPassesHeadsAsTheyCame(t *testing.T) {
	t.Parallel()
	long := "x-long: " + strings.Repeat("l", 20_000)
	for _, tt := range []struct{ hook, gone, answer, back string }{
		{
			"x-foo: 1|hOsT: h|X-Foo:2|content-length: 2|webhook-ID:\t a.1 |Accept: b|" + long + "||{}",
			"x-foo: 1|hOsT: BACKEND|X-Foo:2|content-length: 2|webhook-ID:\t a.1 |Accept: b|" + long + "|",
			"HTTP/1.1 200 Well, fine|x-b:1|Date: never|X-a: 2|set-cookie: a|content-length: 2|SET-COOKIE: b|" + long + "||{}",
			"HTTP/1.1 200 Well, fine|x-b:1|Date: never|X-a: 2|set-cookie: a|content-length: 2|SET-COOKIE: b|" + long + "||{}",
		},
		{
			"b: 1|transfer-encoding: chunked|Host: h|a: 2||2|{}|0||",
			"b: 1|Content-Length: 2|Host: BACKEND|a: 2|",
			"HTTP/1.1 418 |x: 1|transfer-encoding: chunked|trailer: x-t|y: 2||2|{}|0|x-t: 1||",
			"HTTP/1.1 418 |x: 1|Content-Length: 2|y: 2||{}",
		},
		{
			"connection: keep-alive, X-Hop|Host: h|x-hop: 1|TE: trailers|keep-alive: 1|proxy-connection: 1|expect: 100-continue||",
			"Host: BACKEND|",
			"HTTP/1.1 204 Nothing|connection: x-hop|x-a: 1|X-HOP: 2|upgrade: h2||",
			"HTTP/1.1 204 Nothing|x-a: 1||",
		},
		{"Host: h|content-length: 0||", "Host: BACKEND|content-length: 0|", "HTTP/1.1 500 Oh no|x-a:||", "HTTP/1.1 500 Oh no|x-a:|Content-Length: 0||"},
	} {
		p := listen(t, always(crlf(tt.answer)+closes(tt.answer)))
		s := forward(t, p.url, "{}", Backend{}, Options{})
		conn := s.dial(t)
		for n := range 3 {
			first := fmt.Sprintf("x-N: %d\r\n", n)
			_, err := io.WriteString(conn, "POST /apps/x/call?A=%2f& HTTP/1.1\r\n"+first+crlf(tt.hook))
			require.NoError(t, err)
			back := make([]byte, len(crlf(tt.back)))
			_, err = io.ReadFull(conn, back)
			require.NoError(t, err)
			assert.Equal(t, crlf(tt.back), string(back))
			head, _ := p.last(t)
			assert.Equal(t, "POST /rest/call?A=%2f& HTTP/1.1\r\n"+first+crlf(strings.Replace(tt.gone, "BACKEND", p.host(), 1)), head)
		}
	}
}

// crlf replaces each bar in a text with a line end.
func crlf(text string) string { return strings.ReplaceAll(text, "|", "\r\n") }

// closes makes the backend close its connection after an answer that ends with an "x-a"
// header.
func closes(answer string) string {
	if strings.Contains(answer, "|x-a:||") {
		return "CUT"
	}
	return ""
}

// The Connection header that net/http would send is kept: a media server that speaks
// HTTP/1.0, or that closes the connection, gets it.
func TestForwardSaysWhatBecomesOfTheConnection(t *testing.T) {
	t.Parallel()
	p := listen(t, always("HTTP/1.1 200 Fine\r\nconnection: keep-alive\r\nx: 1\r\ncontent-length: 2\r\n\r\n{}"))
	s := forward(t, p.url, "{}", Backend{}, Options{})
	for _, tt := range []struct{ version, header, want string }{
		{"1.1", "connection: Close", "HTTP/1.1 200 Fine\r\nx: 1\r\ncontent-length: 2\r\nConnection: close\r\n\r\n{}"},
		{"1.0", "x: 1", "HTTP/1.0 200 Fine\r\nx: 1\r\ncontent-length: 2\r\nConnection: close\r\n\r\n{}"},
	} {
		conn := s.dial(t)
		_, _ = fmt.Fprintf(conn, "POST /apps/x/call HTTP/%s\r\nHost: h\r\n%s\r\nContent-Length: 2\r\n\r\n{}", tt.version, tt.header)
		text, err := io.ReadAll(conn)
		require.NoError(t, err)
		assert.Equal(t, strings.Replace(tt.want, "Connection: close\r\n", closing(tt.version), 1), string(text))
	}
}

// closing is the Connection header that net/http sends to an HTTP version.
func closing(version string) string {
	if version == "1.0" {
		return "" // HTTP/1.0 closes by default
	}
	return "Connection: close\r\n"
}

// Pipelining: a hook that is sent before the previous answer keeps its own headers, in
// canonical case, and gets none of the other hook's.
func TestForwardTakesPipelinedHooks(t *testing.T) {
	t.Parallel()
	p := listen(t, always(yes))
	s := forward(t, p.url, "{}", Backend{}, Options{})
	conn := s.dial(t)
	var all strings.Builder
	for n := range 5 {
		fmt.Fprintf(&all, "POST /apps/x/call HTTP/1.1\r\nhost: h\r\nx-n: %d\r\ncontent-length: 2\r\n\r\n{}", n)
	}
	_, err := io.WriteString(conn, all.String())
	require.NoError(t, err)
	r := bufio.NewReader(conn)
	for n := range 5 {
		resp, err := http.ReadResponse(r, nil)
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, resp.Body)
		require.NoError(t, resp.Body.Close())
		p.mu.Lock()
		head := strings.ToLower(p.heads[n])
		p.mu.Unlock()
		assert.Contains(t, head, fmt.Sprintf("x-n: %d\r\n", n))
		assert.Equal(t, 1, strings.Count(head, "x-n: "))
	}
	assert.Equal(t, 5, p.count())
}

// Text in a body that looks like a header is not taken for one, whatever precedes it.
func TestForwardTakesNoHeaderFromABody(t *testing.T) {
	t.Parallel()
	p := listen(t, always(yes))
	s := forward(t, p.url, "{}", Backend{}, Options{})
	for _, hook := range []string{
		"POST /apps/x/call HTTP/1.1\nHost: h\nContent-Length: 17\n\nX-Evil: 1\r\n\r\n\r\n{}",
		"POST /apps/x/call HTTP/1.1\r\nHost: h\r\nContent-Length: 17\n\nX-Evil: 1\r\n\r\n\r\n{}",
	} {
		conn := s.dial(t)
		_, _ = io.WriteString(conn, hook)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		head, body := p.last(t)
		assert.NotContains(t, head, "X-Evil")
		assert.Equal(t, "X-Evil: 1\r\n\r\n\r\n{}", body)
	}
}

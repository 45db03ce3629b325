package inspector

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// peer is a backend on a socket. It records the requests byte by byte and answers with a
// text.
type peer struct {
	url string

	mu    sync.Mutex
	heads []string
	came  []string // the bodies of the requests
	conns int
	ended chan bool // receives a value when a connection is closed
}

// listen starts a peer. It answers the n-th request with the result of answer. It closes
// the connection if the result is empty or ends with "CUT".
func listen(t testing.TB, answer func(n int) string) *peer {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &peer{url: "http://" + listener.Addr().String() + "/rest", ended: make(chan bool, 1000)}
	var all sync.WaitGroup
	t.Cleanup(func() {
		_ = listener.Close()
		all.Wait()
	})
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { p.serve(conn, answer) })
		}
	})
	return p
}

func (p *peer) serve(conn net.Conn, answer func(n int) string) {
	defer func() {
		_ = conn.Close()
		p.ended <- true
	}()
	p.mu.Lock()
	p.conns++
	p.mu.Unlock()
	r := bufio.NewReader(conn)
	for {
		head, body, err := readRequest(r)
		if err != nil {
			return
		}
		p.mu.Lock()
		p.heads, p.came = append(p.heads, head), append(p.came, body)
		text := answer(len(p.came))
		p.mu.Unlock()
		_, _ = io.WriteString(conn, strings.TrimSuffix(text, "CUT"))
		if text == "" || strings.HasSuffix(text, "CUT") {
			return
		}
	}
}

func readRequest(r *bufio.Reader) (head, body string, err error) {
	length := 0
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", "", err
		}
		if line == "\r\n" {
			break
		}
		head += line
		_, _ = fmt.Sscanf(strings.ToLower(line), "content-length: %d", &length)
	}
	text := make([]byte, length)
	_, err = io.ReadFull(r, text)
	return head, string(text), err
}

func (p *peer) last(t testing.TB) (head, body string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	require.NotEmpty(t, p.came)
	return p.heads[len(p.heads)-1], p.came[len(p.came)-1]
}

func (p *peer) host() string {
	return strings.TrimSuffix(strings.TrimPrefix(p.url, "http://"), "/rest")
}

func (p *peer) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.came)
}

// always gives every request the same answer.
func always(text string) func(int) string { return func(int) string { return text } }

const yes = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

// forward starts an inspector before a backend.
func forward(t testing.TB, to, rules string, more Backend, o Options) *site {
	t.Helper()
	var err error
	more.URL, err = url.Parse(to)
	require.NoError(t, err)
	o.Backend = &more
	s := open(t, rules, o)
	t.Cleanup(s.Close)
	return s
}

func TestForwardChangesNothing(t *testing.T) {
	t.Parallel()
	p := listen(t, always("HTTP/1.1 418 Teapot\r\nX-a: 1\r\nx-a: 2\r\nKeep-Alive: timeout=5\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nContent-Length: 7\r\n\r\n{\"a\" :1"))
	s := forward(t, p.url, "{}", Backend{}, Options{})
	const body = "{ \"b\":1.0,\n\"b\":\"\\u00e9\\/\" , \"a\":1e2}\r\n"
	got := s.hook(t, "publishStream?x=%2f&y", body,
		"Webhook-Id: a.1", "Webhook-Signature: v1,abc", "Authorization: WCS 12", "X-Odd: \t two  blanks", "X-Twice: 1", "X-Twice: 2",
		"Connection: close, X-Hop", "X-Hop: gone", "Te: trailers", "Content-Type: text/odd;  charset=x")
	assert.Equal(t, []any{418, `{"a" :1`, []string{"1", "2"}}, []any{got.code, got.body, got.header["X-A"]})
	for _, gone := range []string{"X-Hop", "Keep-Alive", "Content-Type", "Date"} {
		assert.NotContains(t, got.header, gone)
	}
	head, came := p.last(t)
	assert.Equal(t, body, came)
	assert.True(t, strings.HasPrefix(head, "POST /rest/publishStream?x=%2f&y HTTP/1.1\r\n"), head)
	for _, line := range []string{
		"Webhook-Id: a.1", "Webhook-Signature: v1,abc", "Authorization: WCS 12", "X-Odd: two  blanks", "X-Twice: 1\r\nX-Twice: 2",
		"Content-Type: text/odd;  charset=x", "Content-Length: " + fmt.Sprint(len(body)), "User-Agent: Go-http-client/1.1", // set by the test's client
	} {
		assert.Contains(t, head, line+"\r\n")
	}
	for _, gone := range []string{"X-Hop", "Te:", "Connection", "Accept-Encoding", "Transfer-Encoding"} {
		assert.NotContains(t, head, gone)
	}
	last := s.last(t)
	assert.Equal(t, []any{"failed", "backend: status 418", 418}, []any{last.Result, last.Fault, last.Code})
	assert.Positive(t, last.Asked)
}

func TestForwardAddsNoHeader(t *testing.T) {
	t.Parallel()
	p := listen(t, always(yes))
	s := forward(t, p.url, "{}", Backend{}, Options{})
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Listener())
	require.NoError(t, err)
	defer conn.Close()
	_, _ = io.WriteString(conn, "POST /apps/x/call HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n2\r\n{}\r\n0\r\n\r\n")
	text, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Equal(t, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", string(text))
	head, body := p.last(t)
	assert.Equal(t, "{}", body)
	assert.Equal(t, "POST /rest/call HTTP/1.1\r\nHost: "+p.host()+"\r\nContent-Length: 2\r\n", head)
}

// Listener is the host and port of the site.
func (s *site) Listener() string { return strings.TrimPrefix(s.root, "http://") }

func TestForwardSaysWhyThereIsNoAnswer(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", recording.MaxBody+1)
	for _, tt := range []struct{ answer, want string }{
		{"", "the connection was lost before the answer"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}CUT", "the answer was cut short after 2 bytes: the connection was lost"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nCUT", "the answer was cut short after 2 bytes: the connection was lost"},
		{"HTTP/1.1 200 OK\r\nContent-Length: " + fmt.Sprint(len(long)) + "\r\n\r\n" + long, "the answer is longer than 1048576 bytes"},
		{"s3cret\r\n\r\nCUT", "the answer is not in HTTP/1.1"},
		{"HTTP/1.1 099 X\r\nContent-Length: 2\r\n\r\n{}CUT", "the answer is not in HTTP/1.1"},
		{"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nCUT", "status 101 is not the end of an answer"},
		{"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x10\x00\x00CUT", "the answer is not in HTTP/1.1: the other side speaks HTTP/2"},
	} {
		p := listen(t, always(tt.answer))
		s := forward(t, p.url, "{}", Backend{}, Options{})
		got := s.hook(t, "call", "{}")
		assert.Equal(t, []any{502, "application/json"}, []any{got.code, got.header.Get("Content-Type")}, tt.answer[:min(len(tt.answer), 40)])
		assert.Contains(t, got.body, `{"error":"backend: `+p.host()+": "+tt.want)
		last := s.last(t)
		assert.Equal(t, []any{"failed", "backend", 1}, []any{last.Result, last.Blame, p.count()}, "nothing is repeated")
		assert.Contains(t, last.Fault, "backend: "+p.host()+": "+tt.want)
		assert.NotContains(t, last.Fault+got.body, "s3cret")
	}
	away := forward(t, "http://user:s3cret@127.0.0.1:1/rest", "{}", Backend{}, Options{})
	got := away.hook(t, "call", "{}")
	assert.Equal(t, answer{502, `{"error":"backend: 127.0.0.1:1: connection refused"}` + "\n", nil}, answer{got.code, got.body, nil})
	assert.Equal(t, "http://127.0.0.1:1/rest", page[news](t, away, http.MethodGet, "/-/poll", "").To)
	nowhere := forward(t, "http://no-such-host.invalid/rest", "{}", Backend{}, Options{})
	assert.Contains(t, nowhere.hook(t, "call", "{}").body, "backend: no-such-host.invalid:80: no address for no-such-host.invalid")
}

func TestForwardBoundsTheHook(t *testing.T) {
	t.Parallel()
	p := listen(t, always(yes))
	s := forward(t, p.url, "{}", Backend{}, Options{})
	fits := `{"a":"` + strings.Repeat("a", recording.MaxBody-8) + `"}`
	assert.Equal(t, 200, s.hook(t, "call", fits).code)
	_, came := p.last(t)
	assert.Len(t, came, recording.MaxBody)
	assert.Equal(t, 413, s.hook(t, "call", fits+" ").code)
	assert.Equal(t, "media server: status 413: the hook is longer than 1048576 bytes", s.last(t).Fault)
	assert.Equal(t, 1, p.count())
}

// A hook that the media server sent only in part is not forwarded.
func TestForwardSendsNoHalfHook(t *testing.T) {
	t.Parallel()
	p := listen(t, always(yes))
	s := forward(t, p.url, "{}", Backend{}, Options{})
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Listener())
	require.NoError(t, err)
	_, _ = io.WriteString(conn, "POST /apps/x/call HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{\"a\":")
	require.NoError(t, halfClosed(conn))
	_, _ = io.Copy(io.Discard, conn)
	_ = conn.Close()
	last := s.last(t)
	assert.Equal(t, []any{"failed", "media server: the body was cut short", 0}, []any{last.Result, last.Fault, p.count()})
}

// halfClosed closes the sending side of a connection.
func halfClosed(conn net.Conn) error {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return net.ErrClosed
	}
	return tcp.CloseWrite()
}

func TestForwardUsesItsConnectionsAgain(t *testing.T) {
	t.Parallel()
	p := listen(t, always(yes))
	s := forward(t, p.url, "{}", Backend{}, Options{})
	for range 20 {
		s.hook(t, "call", "{}")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	assert.Equal(t, []int{20, 1}, []int{len(p.came), p.conns})
}

// If the backend closes an idle connection, no hook fails. If it closes a connection
// during a hook, the hook is not sent again.
func TestForwardRepeatsNothing(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"X: 1", "Idempotency-Key: 1", "X-Idempotency-Key: 1"} {
		p := listen(t, func(n int) string {
			if n == 2 {
				return ""
			}
			return yes
		})
		s := forward(t, p.url, "{}", Backend{}, Options{})
		assert.Equal(t, 200, s.hook(t, "call", "{}").code)
		assert.Equal(t, 502, s.hook(t, "call", "{}", header).code, header)
		assert.Equal(t, 2, p.count(), header)
		assert.Equal(t, 200, s.hook(t, "call", "{}").code)
	}
	p := listen(t, func(n int) string {
		if n == 2 {
			return ""
		}
		return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
	})
	s := forward(t, p.url, "{}", Backend{}, Options{})
	for range 3 {
		s.ask(t, http.MethodHead, s.URL+"/call", "")
	}
	assert.Equal(t, 3, p.count())
	closing := listen(t, func(int) string { return yes + "CUT" })
	s = forward(t, closing.url, "{}", Backend{}, Options{})
	for range 50 {
		assert.Equal(t, 200, s.hook(t, "call", "{}").code)
		<-closing.ended
	}
}

func TestForwardTakesOddVerbs(t *testing.T) {
	t.Parallel()
	p := listen(t, always("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n"))
	s := forward(t, p.url, "{}", Backend{}, Options{})
	got := s.ask(t, http.MethodHead, s.URL+"/call", "")
	assert.Equal(t, []any{200, "12"}, []any{got.code, got.header.Get("Content-Length")})
	put := listen(t, always("HTTP/1.1 204 No Content\r\nX: 1\r\n\r\n"))
	s = forward(t, put.url, "{}", Backend{}, Options{})
	got = s.ask(t, http.MethodPut, s.URL+"/call", "{}")
	assert.Equal(t, []any{204, "1", ""}, []any{got.code, got.header.Get("X"), got.body})
	head, body := put.last(t)
	assert.Equal(t, []any{true, "{}"}, []any{strings.HasPrefix(head, "PUT /rest/call "), body})
	assert.Equal(t, "PUT", s.last(t).Verb)
	for _, odd := range []string{"/..", "/.", "/%2e%2e", "/a%2fb", "//call"} {
		s.ask(t, http.MethodPost, s.URL+odd, "{}")
	}
	assert.Equal(t, 1, put.count(), "nothing leads out of the base URL")
	s.ask(t, http.MethodPost, s.URL+"/caf%C3%A9%20x%3B", "{}")
	head, _ = put.last(t)
	assert.True(t, strings.HasPrefix(head, "POST /rest/caf%C3%A9%20x%3B "), head)
}

func TestForwardGivesBackCompressedAnswers(t *testing.T) {
	t.Parallel()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(w, `{"name":"b"}`)
	require.NoError(t, w.Close())
	p := listen(t, always("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nETag: x\r\nContent-Length: "+fmt.Sprint(zipped.Len())+"\r\n\r\n"+zipped.String()))
	s := forward(t, p.url, `{"hold":{"overwrite":{"name":"c"}}}`, Backend{}, Options{})
	got := s.hook(t, "call", `{"name":"a"}`)
	assert.Equal(t, []any{zipped.String(), "gzip"}, []any{got.body, got.header.Get("Content-Encoding")})
	assert.Equal(t, []any{"changed", []string{"name"}}, []any{s.last(t).Result, s.last(t).Changed})
	got = s.hook(t, "hold", `{"name":"a"}`)
	assert.Equal(t, []any{`{"name":"c"}`, "", ""}, []any{got.body, got.header.Get("Content-Encoding"), got.header.Get("Etag")})
}

func TestForwardUnderRules(t *testing.T) {
	t.Parallel()
	p := listen(t, always("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{ \"name\":\"b\" ,\"z\":1}"))
	s := forward(t, p.url, `{"a":{"deny":"x"},"b":{"break":true},"c":{"status":503},"d":{"delay":"20ms"},"e":{"overwrite":{"custom.x":1}}}`, Backend{}, Options{})
	for _, tt := range []struct {
		method string
		code   int
		asked  int
	}{{"a", 403, 0}, {"b", 0, 0}, {"c", 503, 0}, {"d", 200, 1}, {"e", 200, 2}} {
		assert.Equal(t, []int{tt.code, tt.asked}, []int{s.hook(t, tt.method, "{}").code, p.count()}, tt.method)
	}
	last := s.detailOf(t, "5")
	assert.Equal(t, []any{"e", []string{"custom", "name", "z"}}, []any{last.Rule, last.Changed})
	assert.GreaterOrEqual(t, s.rows(t)[3].Took-s.rows(t)[3].Asked, 20.0)
}

func TestForwardSignsAnew(t *testing.T) {
	t.Parallel()
	p := listen(t, always(yes))
	secret := resthook.NewSecret("whsec_" + "bXkgc2VjcmV0IG9mIDI0IGJ5dGVzIQ==")
	s := forward(t, "http://user:pa%40ss@"+strings.TrimPrefix(p.url, "http://"), "{}",
		Backend{Sign: []resthook.Secret{secret}, Header: http.Header{"X-Tenant": {"a"}, "X-Own": {"new"}}}, Options{Secrets: []resthook.Secret{secret}})
	s.hook(t, "call", "{}", "Webhook-Id: a.1", "Webhook-Timestamp: 1767323045", "Webhook-Signature: v1,AAAA", "X-Own: old")
	head, _ := p.last(t)
	signer, err := newSigner([]resthook.Secret{secret})
	require.NoError(t, err)
	for _, line := range []string{
		"Webhook-Id: a.1", "Webhook-Timestamp: 1767323045", "Webhook-Signature: " + signer.sign("a.1", "1767323045", []byte("{}")),
		"X-Tenant: a", "X-Own: new", "Authorization: Basic dXNlcjpwYUBzcw==",
	} {
		assert.Contains(t, head, line+"\r\n")
	}
	assert.Equal(t, "wrong", s.last(t).Signature, "what came did not fit")
	s.hook(t, "call", "{}", "Authorization: WCS 12")
	head, _ = p.last(t)
	assert.Contains(t, head, "Authorization: WCS 12\r\n", "a hook's own stays")
	assert.Regexp(t, `Webhook-Id: \w+\r\nWebhook-Timestamp: \d+\r\nWebhook-Signature: v1,[^\r]+\r\n`, head)
}

func TestForwardPassesEarlyAnswersOn(t *testing.T) {
	t.Parallel()
	p := listen(t, always("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"+yes))
	s := forward(t, p.url, "{}", Backend{}, Options{})
	for version, want := range map[string]string{"1.1": "103,102,200", "1.0": "200"} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Listener())
		require.NoError(t, err)
		_, _ = fmt.Fprintf(conn, "POST /apps/x/call HTTP/%s\r\nHost: h\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", version)
		text, err := io.ReadAll(conn)
		require.NoError(t, err)
		_ = conn.Close()
		var codes []string
		for line := range strings.SplitSeq(string(text), "\r\n") {
			if rest, ok := strings.CutPrefix(line, "HTTP/1.1 "); ok {
				codes = append(codes, rest[:3])
			} else if rest, ok := strings.CutPrefix(line, "HTTP/1.0 "); ok {
				codes = append(codes, rest[:3])
			}
		}
		assert.Equal(t, want, strings.Join(codes, ","), string(text))
		_, after, _ := strings.Cut(string(text), " 200 OK\r\n")
		assert.NotContains(t, after, "Link")
	}
}

// When a media server gives up, its request to the backend ends too.
func TestForwardEndsWithItsSender(t *testing.T) {
	t.Parallel()
	asked, left := make(chan bool, 1), make(chan bool, 1)
	backend := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		asked <- true
		<-r.Context().Done()
		left <- true
	}))
	defer backend.Close()
	s := forward(t, backend.URL, "{}", Backend{}, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/call", strings.NewReader("{}"))
	require.NoError(t, err)
	go func() {
		<-asked
		cancel()
	}()
	_, err = s.client.Do(req) //nolint:bodyclose // there is no response
	require.Error(t, err)
	<-left
	for len(s.rows(t)) == 0 { // until the inspector has ended the hook too
		continue
	}
	assert.Equal(t, []any{"dropped", "media server: the connection was closed before the answer came"}, []any{s.last(t).Result, s.last(t).Fault})
}

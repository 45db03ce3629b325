package inspector

import (
	"bytes"
	"context"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// headListener accepts connections on which heads are as they came.
type headListener struct{ net.Listener }

// Accept waits for a connection.
func (l headListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &headConn{Conn: c}, nil
}

// headConn is a connection of a media server. net/http knows but one spelling of a
// name, an order of its own, and a reason for each status: here the head of a request
// is kept as it came, and the head of an answer goes out as it is wanted.
type headConn struct {
	net.Conn

	mu    sync.Mutex
	came  []byte // since the last answer; no more than up to the end of a head, and the rest of that read
	whole bool   // the end is there
	next  []byte // goes out in the place of net/http's head; nil for that
}

type headConnKey struct{}

// withConn is the ConnContext of a server on a headListener.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, headConnKey{}, c)
}

// connOf is the connection of a request; nil for one that came over none.
func connOf(ctx context.Context) *headConn {
	c, _ := ctx.Value(headConnKey{}).(*headConn)
	return c
}

// Read keeps what may be of a head.
func (c *headConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.whole && len(c.came) < http.DefaultMaxHeaderBytes {
		seen := max(len(c.came)-len(headEnd)+1, 0)
		c.came = append(c.came, p[:n]...)
		c.whole = bytes.Contains(c.came[seen:], headEnd)
	}
	return n, err
}

var headEnd = []byte("\r\n\r\n")

// head is that of the request that is being answered. Where what came is not it, as
// behind another one that was not waited for, it is in net/http's spelling.
func (c *headConn) head(r *http.Request) head {
	if c != nil {
		c.mu.Lock()
		text, _, whole := bytes.Cut(c.came, headEnd)
		c.mu.Unlock()
		if first, h := readHead(text); whole && first == r.Method+" "+r.RequestURI+" "+r.Proto && h.is(r.Header) {
			return h
		}
	}
	return headOf(r.Header)
}

// is tells whether net/http has made these headers of the head. It takes some for itself.
func (h head) is(header http.Header) bool {
	own := []string{"Host", "Content-Length", "Transfer-Encoding", "Trailer"}
	return maps.EqualFunc(h.without(own...).header(), headOf(header).without(own...).header(), slices.Equal)
}

// answer has a head go out with the next answer, its last word on the connection aside.
func (c *headConn) answer(text []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next = text
}

// Write writes an answer. What comes from now on is of the next request.
func (c *headConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	next := c.next
	c.came, c.whole, c.next = nil, false, nil
	c.mu.Unlock()
	if next == nil {
		return c.Conn.Write(p)
	}
	theirs, body, _ := bytes.Cut(p, headEnd) // it is short, and so there as a whole
	if _, err := c.Conn.Write(slices.Concat(merged(next, theirs), body)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// merged is a head in the version of another and with what that says of the connection.
func merged(text, theirs []byte) []byte {
	first, h := readHead(theirs)
	version, _, _ := strings.Cut(first, " ")
	_, rest, _ := bytes.Cut(text, []byte(" "))
	whole := append([]byte(version+" "), rest...)
	if at := h.find("Connection"); at >= 0 {
		whole = append(whole, h[at].line+"\r\n"...)
	}
	return append(whole, "\r\n"...)
}

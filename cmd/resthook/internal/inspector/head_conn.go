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

// headListener accepts connections that keep the original heads of requests.
type headListener struct{ net.Listener }

// Accept waits for a connection.
func (l headListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &headConn{Conn: c}, nil
}

// headConn is a connection of a media server. net/http normalizes the spelling and the
// order of headers, and chooses the reason of a status. headConn keeps the head of a
// request as it came, and can replace the head that net/http writes.
type headConn struct {
	net.Conn

	mu       sync.Mutex
	received []byte // since the last answer, up to the end of a head and the rest of that read
	whole    bool   // received has the end of the head
	next     []byte // written in place of net/http's next head; nil keeps net/http's
}

type headConnKey struct{}

// withConn is the ConnContext of a server on a headListener.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, headConnKey{}, c)
}

// connOf is the connection of a request, or nil.
func connOf(ctx context.Context) *headConn {
	c, _ := ctx.Value(headConnKey{}).(*headConn)
	return c
}

// Read keeps a copy of what may belong to a head.
func (c *headConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.whole && len(c.received) < http.DefaultMaxHeaderBytes {
		seen := max(len(c.received)-len(headEnd)+1, 0)
		c.received = append(c.received, p[:n]...)
		c.whole = bytes.Contains(c.received[seen:], headEnd)
	}
	return n, err
}

var headEnd = []byte("\r\n\r\n")

// head is the head of the request that is being answered. If the kept bytes belong to
// another request, as with pipelining, it is in net/http's spelling.
func (c *headConn) head(r *http.Request) head {
	if c != nil {
		c.mu.Lock()
		text, _, whole := bytes.Cut(c.received, headEnd)
		c.mu.Unlock()
		if first, h := readHead(text); whole && first == r.Method+" "+r.RequestURI+" "+r.Proto && h.is(r.Header) {
			return h
		}
	}
	return headOf(r.Header)
}

// is reports whether net/http has parsed the head into these headers. It removes some
// from them.
func (h head) is(header http.Header) bool {
	own := []string{"Host", "Content-Length", "Transfer-Encoding", "Trailer"}
	return maps.EqualFunc(h.without(own...).header(), headOf(header).without(own...).header(), slices.Equal)
}

// answer replaces the head of the next answer. net/http's Connection header is kept.
func (c *headConn) answer(text []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next = text
}

// Write writes an answer. What is read from now on belongs to the next request.
func (c *headConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	next := c.next
	c.received, c.whole, c.next = nil, false, nil
	c.mu.Unlock()
	if next == nil {
		return c.Conn.Write(p)
	}
	theirs, body, _ := bytes.Cut(p, headEnd) // net/http's head is short and so in one write
	if _, err := c.Conn.Write(slices.Concat(merged(next, theirs), body)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// merged is the head text with the HTTP version and the Connection header of theirs.
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

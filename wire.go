package resthook

import (
	"bytes"
	"net"
	"strconv"
	"sync"
)

// wireConn is a connection that remembers what came over it for the request at
// hand. net/http reports a lost connection with the same error whether nothing,
// half a status line or half a header came; what may be sent again hangs on the
// difference (protocol.md section 0.2).
type wireConn struct {
	net.Conn

	mu     sync.Mutex
	line   []byte // the line so far, cut to what is looked at
	skip   bool   // between a 1xx status line and its blank line
	began  bool   // a whole status line, other than 1xx, is here
	status int    // its status, 0 where it is no HTTP
	broken bool   // a read or write has failed
}

// expect forgets the last answer: a request is about to be written.
func (c *wireConn) expect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.line, c.skip, c.began, c.status, c.broken = c.line[:0], false, false, 0, false
}

// answer reports whether a whole status line came, and which status.
func (c *wireConn) answer() (began bool, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.began, c.status
}

// lost reports whether the connection failed, rather than what it carried.
func (c *wireConn) lost() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.broken
}

func (c *wireConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.see(p[:n])
	c.broken = c.broken || err != nil
	return n, err
}

func (c *wireConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if err != nil {
		c.mu.Lock()
		c.broken = true
		c.mu.Unlock()
	}
	return n, err
}

// see reads on in the head of the answer, up to its status line.
func (c *wireConn) see(p []byte) {
	for !c.began && len(p) > 0 {
		line, rest, whole := bytes.Cut(p, []byte{'\n'})
		const looked = len("HTTP/1.1 200")
		c.line = append(c.line, line[:min(len(line), max(0, looked-len(c.line)))]...)
		if !whole {
			c.began = !c.skip && !canBegin(c.line)
			return
		}
		c.endLine()
		p = rest
	}
}

func (c *wireConn) endLine() {
	line := bytes.TrimSuffix(c.line, []byte{'\r'})
	c.line = c.line[:0]
	if c.skip {
		c.skip = len(line) > 0
		return
	}
	status := statusOf(line)
	c.skip = status >= 100 && status < 200 && status != 101
	if !c.skip {
		c.began, c.status = true, status
	}
}

// canBegin reports whether the bytes can be the beginning of a status line.
// Others need not be read to their end to know that they are no HTTP.
func canBegin(line []byte) bool {
	const version = "HTTP/"
	return string(line[:min(len(line), len(version))]) == version[:min(len(line), len(version))]
}

// statusOf reads the status out of the first bytes of a status line.
func statusOf(line []byte) int {
	version, status, ok := bytes.Cut(line, []byte{' '})
	if !ok || !bytes.HasPrefix(version, []byte("HTTP/")) || len(status) < 3 {
		return 0
	}
	n, err := strconv.Atoi(string(status[:3]))
	if err != nil || n < 100 {
		return 0
	}
	return n
}

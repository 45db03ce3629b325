package h1

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"time"
)

// state is what a connection is in when nobody has asked the other side for
// anything.
type state uint8

const (
	silent state = iota
	spoke        // something came, which would be taken for the next answer
	gone         // the other side has hung up
)

// asker tells the state of a connection without waiting. A socket is asked by a
// look at what it has received. Whatever stands before it (TLS, a connection of
// the caller's) may hold something back, and is read through first. Where no
// socket is found, a goroutine reads while the connection is idle.
type asker struct {
	socket  *socket  // nil: none is found
	bare    bool     // nothing stands before it
	records *records // under our TLS; nil: it is not ours
	guard   *guard   // while it is idle, where there is no socket
}

func newAsker(c net.Conn) asker {
	if secured, ok := c.(*tls.Conn); ok {
		if r, ok := secured.NetConn().(*records); ok {
			return asker{socket: r.find(), records: r}
		}
	}
	return asker{socket: socketOf(c), bare: isBare(c)}
}

// isBare reports whether the connection is a socket and nothing else.
func isBare(c net.Conn) bool {
	switch c.(type) {
	case *net.TCPConn, *net.UnixConn:
		return true
	}
	return false
}

// ask tells the state of a connection, and sets its deadline.
func (c *conn) ask(end time.Time) state {
	heard := c.unguard()
	switch {
	case c.SetDeadline(end) != nil:
		return gone
	case heard != silent:
		return heard
	case c.reader.Buffered() > 0:
		return spoke
	case c.bare:
		return c.socket.peek()
	case c.records != nil && c.records.socket != nil:
		return c.poll()
	case c.socket != nil:
		return c.readThrough(end)
	}
	return silent
}

// poll reads what there is through our TLS, which takes what is its own (new keys,
// tickets) and goes on.
func (c *conn) poll() state {
	c.records.poll = true
	heard := c.read()
	c.records.poll = false
	return heard
}

// readThrough reads what is held back, and then looks at the socket.
func (c *conn) readThrough(end time.Time) state {
	_ = c.SetReadDeadline(past)
	if heard := c.read(); heard != silent {
		return heard
	}
	if c.SetReadDeadline(end) != nil {
		return gone
	}
	return c.socket.peek()
}

// read reads for a byte, for which the connection does not wait.
func (c *conn) read() state {
	c.left = maxHead
	_, err := c.reader.Peek(1)
	switch {
	case err == nil, c.records != nil && c.records.within():
		return spoke
	case errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		return silent
	}
	return gone
}

// suspect reports whether a connection that is idle had better be asked. It may be
// called while the connection is in use again.
func (a *asker) suspect() bool {
	if a.socket != nil {
		return a.socket.look() != silent
	}
	return a.guard != nil && len(a.guard.heard) > 0
}

// guard is a goroutine that reads for a byte.
type guard struct {
	reads chan struct{} // closed when it is about to
	heard chan state
}

// rest makes a connection ready to be idle, if it is not.
func (c *conn) rest() {
	if c.socket != nil || c.guard != nil {
		return
	}
	_ = c.SetDeadline(time.Time{})
	g := &guard{reads: make(chan struct{}), heard: make(chan state, 1)}
	c.guard = g
	go func() {
		heard := gone
		defer func() {
			_ = recover() // a connection of the caller's, which is of no use any more
			g.heard <- heard
		}()
		close(g.reads)
		heard = c.read()
	}()
}

// unguard ends that, and returns what was heard.
func (c *conn) unguard() state {
	g := c.guard
	if g == nil {
		return silent
	}
	<-g.reads // else what has come might not even have been looked for
	if c.SetReadDeadline(past) != nil {
		return gone
	}
	c.guard = nil
	return <-g.heard
}

// records is the connection under our TLS. It knows whether a record has come in
// part, and can be read without waiting.
type records struct {
	net.Conn

	socket *socket // nil: none, or something stands before it
	poll   bool
	header [5]byte
	have   int // bytes of the header
	left   int // bytes of the record after it
}

func newRecords(c net.Conn) *records {
	r := &records{Conn: c}
	if isBare(c) {
		r.socket = socketOf(c)
	}
	return r
}

// find returns the socket, whatever stands before it.
func (r *records) find() *socket {
	if r.socket != nil {
		return r.socket
	}
	return socketOf(r.Conn)
}

func (r *records) Read(p []byte) (n int, err error) {
	if r.poll {
		n, err = r.socket.read(p)
	} else {
		n, err = r.Conn.Read(p)
	}
	r.follow(p[:n])
	return n, err
}

// follow keeps count of the bytes of a record.
func (r *records) follow(p []byte) {
	for len(p) > 0 {
		if r.left == 0 && r.have < len(r.header) {
			n := copy(r.header[r.have:], p)
			r.have, p = r.have+n, p[n:]
			if r.have < len(r.header) {
				return
			}
			r.left = int(r.header[3])<<8 | int(r.header[4])
		}
		n := min(r.left, len(p))
		r.left, p = r.left-n, p[n:]
		if r.left == 0 {
			r.have = 0
		}
	}
}

// within reports whether a record has come in part.
func (r *records) within() bool { return r.have > 0 }

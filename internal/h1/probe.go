package h1

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"time"
)

// state is the state of a connection between two exchanges.
type state uint8

const (
	quiet   state = iota
	hasData       // bytes have come: they would be taken for the next answer
	hungUp        // the other side has closed it
)

// prober finds the state of a connection without waiting. It looks at what the socket has
// received. Layers above the socket (TLS, a connection of the caller's) may buffer data and
// are read first. Without a socket, a goroutine reads while the connection is idle.
type prober struct {
	socket     *socket     // nil: none was found
	bare       bool        // the connection is the socket itself
	records    *records    // under our own TLS; nil: there is none
	idleReader *idleReader // while it is idle, where there is no socket
}

func newProber(c net.Conn) prober {
	if secured, ok := c.(*tls.Conn); ok {
		if r, ok := secured.NetConn().(*records); ok {
			return prober{socket: r.find(), records: r}
		}
	}
	return prober{socket: socketOf(c), bare: isBare(c)}
}

// isBare reports whether the connection is a socket without layers above it.
func isBare(c net.Conn) bool {
	switch c.(type) {
	case *net.TCPConn, *net.UnixConn:
		return true
	}
	return false
}

// probe returns the state of a connection and sets its deadline.
func (c *conn) probe(end time.Time) state {
	heard := c.stopIdleReader()
	switch {
	case c.SetDeadline(end) != nil:
		return hungUp
	case heard != quiet:
		return heard
	case c.reader.Buffered() > 0:
		return hasData
	case c.bare:
		return c.socket.peek()
	case c.records != nil && c.records.socket != nil:
		return c.poll()
	case c.socket != nil:
		return c.readThrough(end)
	}
	return quiet
}

// poll reads through our TLS without waiting. TLS handles its own records, such as new
// keys and tickets.
func (c *conn) poll() state {
	c.records.poll = true
	heard := c.read()
	c.records.poll = false
	return heard
}

// readThrough reads what the layers above the socket have buffered, then looks at the
// socket.
func (c *conn) readThrough(end time.Time) state {
	_ = c.SetReadDeadline(past)
	if heard := c.read(); heard != quiet {
		return heard
	}
	if c.SetReadDeadline(end) != nil {
		return hungUp
	}
	return c.socket.peek()
}

// read tries to read a byte. The deadline or poll of the connection lets it not wait.
func (c *conn) read() state {
	c.left = maxHead
	_, err := c.reader.Peek(1)
	switch {
	case err == nil, c.records != nil && c.records.partial():
		return hasData
	case errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		return quiet
	}
	return hungUp
}

// suspect reports whether an idle connection should be probed. It may be called while the
// connection is in use again.
func (a *prober) suspect() bool {
	if a.socket != nil {
		return a.socket.look() != quiet
	}
	return a.idleReader != nil && len(a.idleReader.result) > 0
}

// idleReader is a goroutine that tries to read a byte from an idle connection.
type idleReader struct {
	started chan struct{} // closed just before the read
	result  chan state
}

// makeIdle starts the idle reader of a connection that needs one.
func (c *conn) makeIdle() {
	if c.socket != nil || c.idleReader != nil {
		return
	}
	_ = c.SetDeadline(time.Time{})
	g := &idleReader{started: make(chan struct{}), result: make(chan state, 1)}
	c.idleReader = g
	go func() {
		heard := hungUp
		defer func() {
			_ = recover() // a connection of the caller's may panic: it counts as hung up
			g.result <- heard
		}()
		close(g.started)
		heard = c.read()
	}()
}

// stopIdleReader stops the idle reader and returns the state that it found.
func (c *conn) stopIdleReader() state {
	g := c.idleReader
	if g == nil {
		return quiet
	}
	<-g.started // a deadline set before the read would hide data that has come
	if c.SetReadDeadline(past) != nil {
		return hungUp
	}
	c.idleReader = nil
	return <-g.result
}

// records is the connection under our TLS. It tracks whether a TLS record has come in part,
// and can be read without waiting.
type records struct {
	net.Conn

	socket *socket // nil: none, or there are layers above it
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

// find returns the socket, also from under other layers.
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

// follow counts the bytes of the records.
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

// partial reports whether a record has come in part.
func (r *records) partial() bool { return r.have > 0 }

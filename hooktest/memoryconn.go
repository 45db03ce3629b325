package hooktest

import (
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// memoryConn is one end of a connection of a [Network]. A net.Pipe has deadlines, too, but
// no buffer, so a client could not send to a backend that does not read, and it does not
// distinguish FIN and RST.
type memoryConn struct {
	in, out       *flow
	local, remote net.Addr
	abortive      atomic.Bool
}

func memoryPipe(near, far net.Addr) (dialler, acceptor *memoryConn) {
	up, down := newFlow(), newFlow()
	dialler = &memoryConn{in: down, out: up, local: near, remote: far}
	acceptor = &memoryConn{in: up, out: down, local: far, remote: near}
	return dialler, acceptor
}

func (c *memoryConn) LocalAddr() net.Addr  { return c.local }
func (c *memoryConn) RemoteAddr() net.Addr { return c.remote }

func (c *memoryConn) Read(p []byte) (int, error) {
	n, err := c.in.read(p)
	return n, c.wrap("read", err)
}

func (c *memoryConn) Write(p []byte) (int, error) {
	n, err := c.out.write(p)
	return n, c.wrap("write", err)
}

// wrap makes errors look like those of a [net.TCPConn].
func (c *memoryConn) wrap(op string, err error) error {
	if err == nil || err == io.EOF { //nolint:errorlint // an io.Reader returns io.EOF unwrapped
		return err
	}
	return &net.OpError{Op: op, Net: c.local.Network(), Source: c.local, Addr: c.remote, Err: err}
}

// SetLinger means what it means for a [net.TCPConn]: with 0, Close resets.
func (c *memoryConn) SetLinger(sec int) error {
	c.abortive.Store(sec == 0)
	return nil
}

// CloseWrite sends a FIN: the other end reads to the end of what was written.
func (c *memoryConn) CloseWrite() error {
	c.out.finish(io.EOF, syscall.EPIPE)
	return nil
}

// Close resets the connection when a kernel would: after SetLinger(0), and if there are
// unread bytes.
func (c *memoryConn) Close() error {
	if c.abortive.Load() || c.in.pending() {
		c.reset()
		return nil
	}
	c.in.abandon(syscall.EPIPE)
	c.out.finish(io.EOF, net.ErrClosed)
	return nil
}

func (c *memoryConn) reset() {
	c.in.abandon(syscall.ECONNRESET)
	c.out.finish(syscall.ECONNRESET, net.ErrClosed)
}

// SetDeadline sets both deadlines; it never fails.
func (c *memoryConn) SetDeadline(t time.Time) error {
	c.in.expireRead(t)
	c.out.expireWrite(t)
	return nil
}

func (c *memoryConn) SetReadDeadline(t time.Time) error {
	c.in.expireRead(t)
	return nil
}

func (c *memoryConn) SetWriteDeadline(t time.Time) error {
	c.out.expireWrite(t)
	return nil
}

//go:build unix

package resthook

import (
	"net"
	"syscall"
)

// probe asks a socket, without waiting, whether there is anything to read. A nil
// probe does not know.
type probe struct {
	raw   syscall.RawConn
	still bool
	look  func(fd uintptr) bool // peek, bound once
	buf   [1]byte
}

// newProbe returns the probe of a connection; nil where it is no socket.
func newProbe(c net.Conn) *probe {
	if secured, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = secured.NetConn()
	}
	socket, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return nil
	}
	p := &probe{raw: raw}
	p.look = p.peek
	return p
}

// quiet reports whether nothing has come: no end of the stream, and no byte.
func (p *probe) quiet() bool {
	return p == nil || p.raw.Read(p.look) == nil && p.still
}

func (p *probe) peek(fd uintptr) bool {
	_, _, err := syscall.Recvfrom(int(fd), p.buf[:], syscall.MSG_PEEK)
	p.still = err == syscall.EAGAIN || err == syscall.EINTR
	return true
}

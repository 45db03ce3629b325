//go:build unix

package h1

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// socket reads from a socket without waiting. Deadlines do not matter.
type socket struct {
	raw   syscall.RawConn
	check func(fd uintptr) // receive, as a value made once
	flags int
	buf   []byte
	one   [1]byte
	n     int
	err   error
}

// socketOf finds the socket of a connection, also under other layers. It is nil if there is
// none.
func socketOf(c net.Conn) *socket {
	for range 8 {
		inner, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		c = inner.NetConn()
	}
	source, ok := c.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := source.SyscallConn()
	if err != nil {
		return nil
	}
	s := &socket{raw: raw}
	s.check = s.receive
	return s
}

// peek returns the state of the socket.
func (s *socket) peek() state {
	s.buf, s.flags = s.one[:], syscall.MSG_PEEK
	n, err := s.ask()
	switch {
	case n > 0:
		return hasData
	case err == os.ErrDeadlineExceeded: //nolint:errorlint // it is ours
		return quiet
	}
	return hungUp
}

// look is peek for use by another goroutine than the connection's.
func (s *socket) look() state {
	other := &socket{raw: s.raw}
	other.check = other.receive
	return other.peek()
}

// read reads what was received. If there is nothing, it fails like a read after its
// deadline.
func (s *socket) read(p []byte) (int, error) {
	s.buf, s.flags = p, 0
	n, err := s.ask()
	s.buf = nil
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}

func (s *socket) ask() (int, error) {
	if err := s.raw.Control(s.check); err != nil {
		return 0, err
	}
	if errors.Is(s.err, syscall.EAGAIN) {
		return 0, os.ErrDeadlineExceeded
	}
	return max(s.n, 0), s.err
}

func (s *socket) receive(fd uintptr) {
	for {
		s.n, _, s.err = syscall.Recvfrom(int(fd), s.buf, s.flags)
		if !errors.Is(s.err, syscall.EINTR) {
			return
		}
	}
}

package chaos

import (
	"fmt"
	"net"
	"syscall"
	"unsafe"
)

// hungUp reports whether the client's end of a socket is closed, even if there is still
// data to read.
func hungUp(c net.Conn) bool {
	s, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return true
	}
	gone := true
	_ = raw.Control(func(fd uintptr) { gone = pollHangup(fd) })
	return gone
}

func pollHangup(fd uintptr) bool {
	const rdhup, hup, fault = 0x2000, 0x10, 0x8
	one := struct {
		fd              int32
		events, revents int16
	}{fd: int32(fd), events: rdhup} //nolint:gosec // a descriptor
	var now syscall.Timespec
	_, _, _ = syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&one)), 1, uintptr(unsafe.Pointer(&now)), 0, 0, 0) //nolint:gosec // it outlives the call
	return one.revents&(rdhup|hup|fault) != 0
}

// host returns another loopback address for each backend: a port that one has closed is
// then not reused by another program.
func (l *fixtures) host() string {
	n := l.hosts.Add(1)
	return fmt.Sprintf("127.%d.%d.%d", 1+(n>>16)%250, (n>>8)%256, 1+n%250)
}

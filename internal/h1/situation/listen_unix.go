//go:build unix

package situation

import (
	"net"
	"syscall"
	"testing"
)

// listen is a listener on 127.0.0.1 with an accept queue of that length.
func listen(t testing.TB, queue int) net.Listener {
	t.Helper()
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := l.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	failed := raw.Control(func(fd uintptr) { err = syscall.Listen(int(fd), queue) }) // again: it changes the length
	if failed != nil || err != nil {
		t.Fatal(failed, err)
	}
	return l
}

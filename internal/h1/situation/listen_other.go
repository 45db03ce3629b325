//go:build !unix

package situation

import (
	"net"
	"testing"
)

// listen is a listener on 127.0.0.1, whose accept queue is the system's.
func listen(t testing.TB, _ int) net.Listener {
	t.Helper()
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

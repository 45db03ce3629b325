package hooktest

import (
	"context"
	"net"
	"testing"
)

// heldPort is a port that is in use and does not listen, so dials are refused. A port that
// was closed could be taken by another process or a parallel test. Instead the port is the
// local one of an open connection: nobody else gets it, and the kernel refuses dials.
type heldPort struct {
	listener net.Listener // the other end of the connection
	holder   net.Conn
}

// holdPort holds the port of local or, with nil, any free port.
func holdPort(local *net.TCPAddr) (*heldPort, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Control: shareable}
	if local != nil {
		dialer.LocalAddr = local
	}
	holder, err := dialer.DialContext(context.Background(), "tcp", listener.Addr().String())
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	return &heldPort{listener: listener, holder: holder}, nil
}

func (h *heldPort) addr() string { return h.holder.LocalAddr().String() }

// release resets the connection, so that the port is free at once.
func (h *heldPort) release() {
	if h != nil {
		reset(h.holder)
		_ = h.listener.Close()
	}
}

// RefusedURL returns a URL at which nothing listens until the end of the test. For a
// backend that is down for a while, see [Backend.Down].
func RefusedURL(t testing.TB) string {
	t.Helper()
	held, err := holdPort(nil)
	if err != nil {
		t.Fatalf("hooktest: %v", err)
	}
	t.Cleanup(held.release)
	return "http://" + held.addr()
}

package hooktest

import (
	"context"
	"net"
)

// heldPort is a port that is taken and does not listen. To listen on a free
// port, close it and use its number would leave a moment in which another
// process, or a parallel test, gets that port. Instead the port is that of the
// dialling end of an open connection: it is taken, so nobody is given it, and it
// does not listen, so the kernel refuses.
type heldPort struct {
	listener net.Listener // what the connection was made to
	holder   net.Conn
}

// holdPort holds the port of local, or with nil one of the kernel's choice.
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

// release resets the connection, which leaves nothing behind on the port.
func (h *heldPort) release() {
	if h != nil {
		reset(h.holder)
		_ = h.listener.Close()
	}
}

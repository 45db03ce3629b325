package inspector

import (
	"context"
	"errors"
	"net"
	"sync/atomic"

	"github.com/wcskit/resthook/internal/h1"
)

// errGone is of a connection that the backend has closed while it was idle. Nothing
// was written, and so net/http takes another.
var errGone = errors.New("the backend has closed the connection")

// checkedConn is a connection that is looked at before it is used again: net/http
// hears of one that was closed a moment too late.
type checkedConn struct {
	net.Conn

	answered atomic.Bool // something came since the last write
}

// dialChecked returns what opens such connections.
func dialChecked(dialer *net.Dialer) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &checkedConn{Conn: c}, nil
	}
}

// Read reads, and notes it.
func (c *checkedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.answered.Store(true)
	}
	return n, err
}

// Write writes, unless the backend has gone since its last answer.
func (c *checkedConn) Write(p []byte) (int, error) {
	if c.answered.Swap(false) && h1.Gone(c.Conn) {
		return 0, errGone
	}
	return c.Conn.Write(p)
}

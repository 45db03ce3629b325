package hooktest

import "io"

// Ending is how a connection comes to its end, or to a halt: [FIN], [RST],
// [Stall], [Close] or [Keep]. After an ending but Keep nothing more is played
// on the connection.
type Ending func(*Conn)

// FIN half-closes the connection, as the kernel does for a process that was
// killed: the client reads what was sent and then the end of the stream. Under
// TLS there is no close_notify, by which a careful client can tell that it was
// cut off; crypto/tls does not look for it between two records. What the client
// goes on sending is read and thrown away, because a socket that is closed with
// unread data sends an RST instead.
func FIN(c *Conn) {
	if c.over {
		return
	}
	c.over = true
	c.halfClose()
	c.drain()
}

// RST resets the connection. On Linux, and on a [Network], the client first
// reads what was sent before; elsewhere that may be lost.
func RST(c *Conn) {
	c.over = true
	reset(c.raw.Conn)
}

// Stall keeps silent until the client hangs up or the test ends. If the request
// has not been read by then, no more than 64 KiB of it are: a larger one cannot
// be sent to its end, and that its sender hangs up is not seen.
func Stall(c *Conn) {
	if c.over {
		return
	}
	c.over = true
	if c.read {
		c.drain()
		return
	}
	if n, err := io.CopyN(io.Discard, c.raw, window); n == window && err == nil {
		<-c.up.done
	}
}

// Close ends the connection in an orderly way, as a server does that has
// nothing more to say: under TLS with close_notify, then with a FIN.
func Close(c *Conn) {
	if c.over {
		return
	}
	if secured, ok := c.wire.(interface{ CloseWrite() error }); ok {
		_ = secured.CloseWrite() // the client may be gone already
	}
	FIN(c)
}

// Keep is the ending that is none: the connection waits for another request.
func Keep(*Conn) {}

func (c *Conn) halfClose() {
	if conn, ok := c.raw.Conn.(interface{ CloseWrite() error }); ok {
		_ = conn.CloseWrite() // the client may be gone already
		return
	}
	_ = c.raw.Close()
}

// drain returns when the client has closed its side too, or the test ends.
func (c *Conn) drain() {
	_, _ = io.Copy(io.Discard, c.raw)
}

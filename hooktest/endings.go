package hooktest

import "io"

// Ending is how a connection ends: [FIN], [RST], [Stall], [Close] or [Keep]. After an
// ending other than Keep nothing more is played on the connection.
type Ending func(*Conn)

// FIN half-closes the connection, as the kernel does for a process that was
// killed: the client reads what was sent and then the end of the stream. With TLS there is
// no close_notify, so a careful client notices that the stream was cut; crypto/tls does not
// check this between two records. What the client still sends is read and discarded,
// because a socket that is closed with unread data sends an RST instead.
func FIN(c *Conn) {
	if c.over {
		return
	}
	c.over = true
	c.halfClose()
	c.drain()
}

// RST resets the connection. On Linux, and on a [Network], the client first reads what was
// sent before; on other systems it may be lost.
func RST(c *Conn) {
	c.over = true
	reset(c.raw.Conn)
}

// Stall does nothing until the client closes the connection or the test ends. If the
// request has not been read, at most 64 KiB of it are read. The client of a larger one
// blocks while sending, and Stall does not notice when it closes the connection.
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

// Close ends the connection in an orderly way: with TLS it sends close_notify first, then
// a FIN.
func Close(c *Conn) {
	if c.over {
		return
	}
	if secured, ok := c.wire.(interface{ CloseWrite() error }); ok {
		_ = secured.CloseWrite() // the client may be gone already
	}
	FIN(c)
}

// Keep does not end the connection: it waits for another request.
func Keep(*Conn) {}

func (c *Conn) halfClose() {
	if conn, ok := c.raw.Conn.(interface{ CloseWrite() error }); ok {
		_ = conn.CloseWrite() // the client may be gone already
		return
	}
	_ = c.raw.Close()
}

// drain returns when the client has closed its side, too, or the test ends.
func (c *Conn) drain() {
	_, _ = io.Copy(io.Discard, c.raw)
}

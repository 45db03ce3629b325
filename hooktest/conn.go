package hooktest

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// Conn is the server's end of a connection, for a [Behaviour]. It belongs to the goroutine
// that plays the behaviour. When the client has gone or an ending was played, all its
// methods do nothing.
type Conn struct {
	up     *uptime
	raw    *peekedConn
	wire   net.Conn      // raw, or TLS over it
	reader *bufio.Reader // reads from wire
	over   bool

	number  int  // of the connection
	count   int  // requests read on it
	read    bool // the current request has been read
	last    bool // the client will not use the connection again
	given   *http.Request
	request Request
}

func newConn(up *uptime, raw net.Conn, number int) *Conn {
	c := &Conn{up: up, raw: &peekedConn{Conn: raw, reader: bufio.NewReader(raw)}, number: number}
	c.wire, c.reader = c.raw, c.raw.reader
	return c
}

// peekedConn is a connection whose first bytes can be peeked at before TLS reads them.
type peekedConn struct {
	net.Conn
	reader *bufio.Reader
}

func (p *peekedConn) Read(b []byte) (int, error) { return p.reader.Read(b) }

func (c *Conn) speak(wire net.Conn) {
	c.wire, c.reader = wire, bufio.NewReader(wire)
}

// handshake makes the TLS handshake. If it fails, the connection ends with a FIN after the
// alert, as with a real server.
func (c *Conn) handshake(config *tls.Config) {
	if c.over {
		return
	}
	secured := tls.Server(c.raw, config)
	if secured.HandshakeContext(context.Background()) != nil { // the server's Close ends it
		FIN(c)
		return
	}
	c.speak(secured)
}

// begun waits for the first byte of a request, unless the current one has been read.
func (c *Conn) begun() bool {
	if c.over || c.read {
		return !c.over
	}
	return c.alive(c.peek())
}

func (c *Conn) peek() error {
	_, err := c.reader.Peek(1)
	return err
}

// alive notes the end of the connection.
func (c *Conn) alive(err error) bool {
	if err != nil {
		c.over = true
	}
	return !c.over
}

// endRequest is called when the behaviour for a request has been played.
func (c *Conn) endRequest() {
	if c.last {
		Close(c)
	}
	c.read = false
}

// ReadRequest reads the current request, unless it has been read, and reports whether there
// is one. It sends "100 Continue" to a client that asks for it.
func (c *Conn) ReadRequest() bool {
	if c.over || c.read {
		return !c.over
	}
	request, err := http.ReadRequest(c.reader)
	if !c.alive(err) {
		return false
	}
	if strings.EqualFold(request.Header.Get("Expect"), "100-continue") {
		c.Send(interim)
	}
	body, err := io.ReadAll(request.Body)
	if !c.alive(err) {
		return false
	}
	c.remember(request, body)
	return true
}

func (c *Conn) remember(r *http.Request, body []byte) {
	c.count++
	c.read, c.last, c.given = true, r.Close, r
	c.request = c.up.server.record.add(newRequest(r, body, c.number, c.count))
}

// Format prints the connection's request as [Request] does, whatever the verb.
func (c *Conn) Format(f fmt.State, verb rune) { c.request.Format(f, verb) }

// Request is the request read last; before the first it is the zero Request.
func (c *Conn) Request() Request { return c.request }

// Send writes bytes as they are and reports whether the connection took them.
func (c *Conn) Send(wire string) bool {
	_, err := c.Write([]byte(wire))
	return err == nil
}

// Write makes a Conn an [io.Writer]. It always fails when the client is gone.
func (c *Conn) Write(p []byte) (int, error) {
	if c.over {
		return 0, net.ErrClosed
	}
	n, err := c.wire.Write(p)
	c.alive(err)
	return n, err
}

// Wait waits and reports whether the client is still there. It returns early if the client
// closes the connection or the test ends.
func (c *Conn) Wait(d time.Duration) bool {
	if c.over {
		return false
	}
	end := time.Now().Add(d)
	_ = c.wire.SetReadDeadline(end) // fails only on a closed connection, and then so does peek
	err := c.peek()
	_ = c.wire.SetReadDeadline(time.Time{})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	return c.alive(err) && c.sleep(time.Until(end))
}

// sleep waits without peeking: the client has sent more bytes already, so a peek would not
// show whether it is still there.
func (c *Conn) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-c.up.done:
		c.over = true
		return false
	}
}

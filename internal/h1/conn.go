package h1

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// conn is a kept connection. It carries one exchange at a time.
type conn struct {
	net.Conn

	pool       *pool
	background bool      // who uses it counts in the pool's share
	used       bool      // it has carried a request
	generation int       // of the transport, when its dial began
	oldest     time.Time // it is not kept beyond that
	since      time.Time // idle
	turn       uint64    // of the transport, when it was laid by

	reader  *bufio.Reader
	left    int64  // bytes that may still be read: of a head, not without end
	failed  error  // what reading failed with
	tape    []byte // what was read of a head that is told as it came
	taping  bool
	fixed   fixedBody
	body    answerBody
	stuck   bool // a write has failed
	aborted atomic.Bool

	asker
}

func newConn(opened net.Conn, p *pool) *conn {
	c := &conn{Conn: opened, pool: p, asker: newAsker(opened)}
	c.reader = bufio.NewReader(c)
	return c
}

// Read reads for the buffer, as much as may still come.
func (c *conn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		c.failed = errLongHead
		return 0, c.failed
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), c.left)])
	if c.taping {
		c.tape = append(c.tape, p[:n]...)
	}
	c.left -= int64(n)
	c.failed = err
	return n, err
}

// inline is how long a request may be that is surely written without the other
// side reading it, so that nobody need read its answer meanwhile.
const inline = 32 << 10

// carry does an exchange. It reports whether the connection can carry another.
func (c *conn) carry(x *exchange) (fit bool, err error) {
	c.used, c.left, c.failed = true, maxHead, nil
	if len(x.Bytes) > inline || c.socket == nil && !c.bare {
		return c.carryLong(x)
	}
	if _, failed := c.Write(x.Bytes); failed != nil {
		return false, c.listen(x, failed)
	}
	x.advance(Sent)
	return c.hear(x)
}

// listen reads what had come before a write failed: an answer to what was sent,
// or in TLS why the other side will have nothing to do with this one.
func (c *conn) listen(x *exchange, failed error) error {
	c.stuck = true
	c.hurry(x.End, drainTime)
	_, err := c.hear(x)
	if errors.Is(err, os.ErrDeadlineExceeded) || isTimeout(err) {
		return failed
	}
	return err
}

// writeGrace is how long a request may still be written once its answer is here.
const writeGrace = 50 * time.Millisecond

// carryLong writes a long request while its answer is read, for the other side may
// answer without reading all of it.
func (c *conn) carryLong(x *exchange) (fit bool, err error) {
	request, written := x.Bytes, make(chan error, 1)
	go func() { written <- c.writeApart(request) }()
	fit, err = c.hear(x)
	c.stuck = c.await(written, err == nil) != nil
	if !c.stuck {
		x.advance(Sent)
	}
	return fit && !c.stuck, err
}

// writeApart writes on a goroutine of its own, on which nobody else could catch a
// panic of a connection of the caller's.
func (c *conn) writeApart(p []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the connection panicked: %.80q", fmt.Sprint(r))
		}
	}()
	_, err = c.Write(p)
	return err
}

// await ends a write, with grace or at once.
func (c *conn) await(written <-chan error, grace bool) error {
	select {
	case err := <-written:
		return err
	default:
	}
	end := past
	if grace {
		end = time.Now().Add(writeGrace)
	}
	_ = c.SetWriteDeadline(end)
	if c.aborted.Load() { // meanwhile: the deadline is not to be moved
		c.abort()
	}
	return <-written
}

// past is a deadline that ends reads and writes at once.
var past = time.Unix(1, 0) //nolint:gochecknoglobals // a constant, in a type that has none

// hear reads the answer.
func (c *conn) hear(x *exchange) (fit bool, err error) {
	if _, err := c.reader.Peek(1); err != nil {
		return false, err // before anything came
	}
	x.Began = true
	if x.Heads != nil {
		defer func() { c.tape, c.taping = nil, false }()
	} else if head, ok := readPlainHead(c.reader); ok {
		x.hear(http.StatusOK, head.header())
		c.fixed = fixedBody{from: c.reader, left: head.length}
		c.body = answerBody{from: &c.fixed}
		return c.take(x, head.length, true)
	}
	resp, err := c.head(x) //nolint:bodyclose // see below
	if err != nil {
		return false, err
	}
	// The body is never closed: that would read on, and what was not read ends with
	// the connection.
	c.body = answerBody{from: resp.Body}
	x.hear(resp.StatusCode, resp.Header)
	keep := !resp.Close && resp.StatusCode != http.StatusSwitchingProtocols
	return c.take(x, resp.ContentLength, keep)
}

func (c *conn) take(x *exchange, length int64, keep bool) (fit bool, err error) {
	c.left = math.MaxInt64
	err = x.take(&c.body, length, func() { c.hurry(x.End, drainTime) })
	return keep && c.body.whole && c.reader.Buffered() == 0, err
}

// head reads the answer's head, those of interim answers aside.
func (c *conn) head(x *exchange) (*http.Response, error) {
	for {
		c.record(x)
		line, err := peekLine(c.reader)
		if err != nil {
			return nil, err
		}
		status := statusOf(line)
		if !isInterim(status) {
			x.advance(StatusLine)
			x.Status = status
		}
		if !canBegin(line) {
			return nil, noHTTP(c.reader)
		}
		resp, err := http.ReadResponse(c.reader, x.asked())
		switch {
		case err != nil && c.failed != nil:
			return nil, x.lost(c.failed)
		case err != nil:
			return nil, &malformed{err}
		case resp.StatusCode < http.StatusContinue:
			return nil, ErrMalformed
		}
		c.tell(x, resp.StatusCode)
		if !isInterim(resp.StatusCode) {
			return resp, nil
		}
	}
}

// record begins to keep what is read, for a head that is told as it came.
func (c *conn) record(x *exchange) {
	if x.Heads == nil {
		return
	}
	here, _ := c.reader.Peek(c.reader.Buffered()) // no more than is there
	c.tape, c.taping = append(c.tape[:0], here...), true
}

// tell tells a head that was read: what was kept, less what is still to be read.
func (c *conn) tell(x *exchange, status int) {
	if x.Heads != nil {
		c.taping = false
		x.Heads(status, c.tape[:len(c.tape)-c.reader.Buffered()])
	}
}

// lost names the loss of a connection after what was lost with it.
func (x *exchange) lost(err error) error {
	if x.Phase >= StatusLine && Lost(err) {
		return cutShort(err)
	}
	return err
}

// noHTTP says what came instead.
func noHTTP(r *bufio.Reader) error {
	b, _ := r.Peek(r.Buffered())
	if isHTTP2(b) {
		return errHTTP2
	}
	return ErrMalformed
}

// hurry gives what is still to be read d from now, if end is not before that.
func (c *conn) hurry(end time.Time, d time.Duration) {
	if soon := time.Now().Add(d); end.IsZero() || soon.Before(end) {
		_ = c.SetReadDeadline(soon)
	}
	if c.aborted.Load() { // meanwhile: the deadline is not to be moved
		c.abort()
	}
}

// abort ends what the connection is doing, for good.
func (c *conn) abort() {
	c.aborted.Store(true)
	_ = c.SetDeadline(past)
}

// close hangs up. Where the other side does not read, it is not told: TLS would
// wait for that.
func (c *conn) close() {
	if secured, ok := c.Conn.(*tls.Conn); ok && (c.stuck || c.aborted.Load()) {
		_ = secured.NetConn().Close()
		return
	}
	_ = c.Close()
}

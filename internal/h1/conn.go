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

// conn is a connection of a pool. It carries one exchange at a time.
type conn struct {
	net.Conn

	pool       *pool
	background bool        // a background request uses it
	used       bool        // it has carried a request
	config     *tls.Config // that it was made with
	generation int         // of the transport, when its dial began
	oldest     time.Time   // when it has to be closed; zero: never
	since      time.Time   // idle
	putNumber  uint64      // Transport.puts when it became idle

	reader      *bufio.Reader
	left        int64  // bytes that may still be read: bounds a head
	failed      error  // of the last read
	recorded    []byte // the bytes of a head for Request.Heads
	recording   bool
	fixed       fixedBody
	body        answerBody
	writeFailed bool
	aborted     atomic.Bool

	prober
}

func newConn(opened net.Conn, p *pool) *conn {
	c := &conn{Conn: opened, pool: p, prober: newProber(opened)}
	c.reader = bufio.NewReader(c)
	return c
}

// Read reads for the buffer, up to the bound.
func (c *conn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		c.failed = errLongHead
		return 0, c.failed
	}
	n, err := c.Conn.Read(p[:min(int64(len(p)), c.left)])
	if c.recording {
		c.recorded = append(c.recorded, p[:n]...)
	}
	c.left -= int64(n)
	c.failed = err
	return n, err
}

// inline is the longest request that fits into the buffers of a socket. Its answer need
// not be read while it is written.
const inline = 32 << 10

// carry does an exchange and reports whether the connection can carry another one.
func (c *conn) carry(x *exchange) (fit bool, err error) {
	c.used, c.left, c.failed = true, maxHead, nil
	if len(x.Bytes) > inline || c.socket == nil && !c.bare {
		return c.carryLong(x)
	}
	if _, failed := c.Write(x.Bytes); failed != nil {
		return false, c.readAfterFailedWrite(x, failed)
	}
	x.advance(Sent)
	return c.readAnswer(x)
}

// readAfterFailedWrite reads what came before a write failed: an answer, or in TLS an alert
// that says why the other side has refused the connection.
func (c *conn) readAfterFailedWrite(x *exchange, failed error) error {
	c.writeFailed = true
	c.shortenRead(x.End, drainTime)
	_, err := c.readAnswer(x)
	if errors.Is(err, os.ErrDeadlineExceeded) || isTimeout(err) {
		return failed
	}
	return err
}

// writeGrace is how long a request may still be written once its answer is read.
const writeGrace = 50 * time.Millisecond

// carryLong writes a long request while it reads the answer: the other side may answer
// without reading the whole request.
func (c *conn) carryLong(x *exchange) (fit bool, err error) {
	request, written := x.Bytes, make(chan error, 1)
	go func() { written <- c.writeApart(request) }()
	fit, err = c.readAnswer(x)
	c.writeFailed = c.await(written, err == nil) != nil
	if !c.writeFailed {
		x.advance(Sent)
	}
	return fit && !c.writeFailed, err
}

// writeApart writes on a goroutine of its own. There it has to recover from a panic of a
// connection of the caller's.
func (c *conn) writeApart(p []byte) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the connection panicked: %.80q", fmt.Sprint(r))
		}
	}()
	_, err = c.Write(p)
	return err
}

// await waits for the end of a write: for a moment if grace is set, else it ends it at once.
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
	if c.aborted.Load() { // abort came before the new deadline
		c.abort()
	}
	return <-written
}

// past is a deadline that ends reads and writes at once.
var past = time.Unix(1, 0) //nolint:gochecknoglobals // a constant, in a type that has none

// readAnswer reads the answer.
func (c *conn) readAnswer(x *exchange) (fit bool, err error) {
	if _, err := c.reader.Peek(1); err != nil {
		return false, err // no byte came
	}
	x.Began = true
	if x.Heads != nil {
		defer func() { c.recorded, c.recording = nil, false }()
	} else if head, ok := readPlainHead(c.reader); ok {
		x.setHead(http.StatusOK, head.header())
		c.fixed = fixedBody{from: c.reader, left: head.length}
		c.body = answerBody{from: &c.fixed}
		return c.take(x, head.length, true)
	}
	resp, err := c.head(x) //nolint:bodyclose // see below
	if err != nil {
		return false, err
	}
	// The body is never closed: Close would read the rest of it.
	c.body = answerBody{from: resp.Body}
	x.setHead(resp.StatusCode, resp.Header)
	keep := !resp.Close && resp.StatusCode != http.StatusSwitchingProtocols
	return c.take(x, resp.ContentLength, keep)
}

func (c *conn) take(x *exchange, length int64, keep bool) (fit bool, err error) {
	c.left = math.MaxInt64
	err = x.take(&c.body, length, func() { c.shortenRead(x.End, drainTime) })
	return keep && c.body.whole && c.reader.Buffered() == 0, err
}

// head reads the head of the answer. It skips interim answers.
func (c *conn) head(x *exchange) (*http.Response, error) {
	for {
		c.startRecording(x)
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
			return nil, notHTTP(c.reader)
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
		c.reportHead(x, resp.StatusCode)
		if !isInterim(resp.StatusCode) {
			return resp, nil
		}
	}
}

// startRecording records what is read of a head, for Request.Heads.
func (c *conn) startRecording(x *exchange) {
	if x.Heads == nil {
		return
	}
	here, _ := c.reader.Peek(c.reader.Buffered()) // does not read
	c.recorded, c.recording = append(c.recorded[:0], here...), true
}

// reportHead passes a head to Request.Heads: the recorded bytes without those after it.
func (c *conn) reportHead(x *exchange, status int) {
	if x.Heads != nil {
		c.recording = false
		x.Heads(status, c.recorded[:len(c.recorded)-c.reader.Buffered()])
	}
}

// lost is the error of a lost connection: once a status line has come, the answer was cut
// short.
func (x *exchange) lost(err error) error {
	if x.Phase >= StatusLine && Lost(err) {
		return cutShort(err)
	}
	return err
}

// notHTTP is the error for bytes that are not HTTP/1.
func notHTTP(r *bufio.Reader) error {
	b, _ := r.Peek(r.Buffered())
	if isHTTP2(b) {
		return errHTTP2
	}
	return ErrMalformed
}

// shortenRead sets the read deadline to d from now, unless end is earlier.
func (c *conn) shortenRead(end time.Time, d time.Duration) {
	if soon := time.Now().Add(d); end.IsZero() || soon.Before(end) {
		_ = c.SetReadDeadline(soon)
	}
	if c.aborted.Load() { // abort came before the new deadline
		c.abort()
	}
}

// abort ends all reads and writes, now and later.
func (c *conn) abort() {
	c.aborted.Store(true)
	_ = c.SetDeadline(past)
}

// close closes the connection. If the other side may not read, it sends no TLS alert,
// which could block.
func (c *conn) close() {
	if secured, ok := c.Conn.(*tls.Conn); ok && (c.writeFailed || c.aborted.Load()) {
		_ = secured.NetConn().Close()
		return
	}
	_ = c.Close()
}

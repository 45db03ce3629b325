package resthook

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// conn is a kept connection to a backend. It carries one hook at a time.
type conn struct {
	*wireConn

	to     endpoint
	reader *bufio.Reader
	left   int64         // how much of an answer's head may still come
	out    []byte        // the request as it goes out
	plain  http.Response // the answer, where its head is plain
	fixed  fixedBody     // and its body
	body   answerBody
	stuck  bool      // a write has failed
	since  time.Time // idle

	aborted atomic.Bool

	probe *probe     // tells whether the backend has hung up; nil where it can't be asked
	guard chan error // from a goroutine that waits for that, where it can't be asked
}

func newConn(opened net.Conn, to endpoint) *conn {
	c := &conn{wireConn: &wireConn{Conn: opened}, to: to, probe: newProbe(opened)}
	c.reader = bufio.NewReader(c)
	return c
}

// Read reads for the buffer, as much as the answer's head may have.
func (c *conn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errLongHead
	}
	n, err := c.wireConn.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, err
}

// errLongHead is an answer whose head does not end.
var errLongHead = fmt.Errorf("the answer's head has over %d bytes", maxHeaderBytes)

// post writes the request in c.out and reads the answer. It reports whether the
// connection can carry another hook.
func (c *conn) post(at *attempt, of *call) (fit bool, err error) {
	c.expect()
	c.left = maxHeaderBytes
	at.got, at.conn = true, c.wireConn
	if len(c.out) <= inline {
		if _, err := c.Write(c.out); err != nil {
			c.stuck = true
			return false, err
		}
		return c.hear(at, of)
	}
	sent := c.sendAside()
	fit, err = c.hear(at, of)
	c.stuck = !sent()
	return fit && !c.stuck, err
}

// inline is how long a request may be that is surely written without the
// backend reading it, so that nobody need read its answer meanwhile.
const inline = 32 << 10

// sendAside writes a long request while its answer is read, for a backend may
// answer without reading all of it. sent ends that, and reports whether all was
// written.
func (c *conn) sendAside() (sent func() bool) {
	written := make(chan error, 1)
	go func() {
		_, err := c.Conn.Write(c.out) // not the wireConn: a write that is cut here says nothing of the wire
		written <- err
	}()
	return func() bool {
		_ = c.SetWriteDeadline(past)
		return <-written == nil
	}
}

// past is a deadline that ends reads and writes at once.
var past = time.Unix(1, 0) //nolint:gochecknoglobals // a constant, in a type that has none

// hear reads the answer.
func (c *conn) hear(at *attempt, of *call) (fit bool, err error) {
	resp, err := c.head() //nolint:bodyclose // read closes it, which closes nothing: the connection is kept
	if err != nil {
		at.first.Store(c.left < maxHeaderBytes)
		return false, err
	}
	c.left = math.MaxInt64
	c.body = answerBody{from: resp.Body}
	resp.Body = &c.body
	err = at.read(resp, func(d time.Duration) { c.hurry(at.end, d) }, of)
	return c.body.whole && !resp.Close && c.silent(), err
}

// head reads the answer's head, those of interim answers aside.
func (c *conn) head() (*http.Response, error) {
	const interims = 5
	if _, err := c.reader.Peek(1); err != nil {
		return nil, err // before anything came
	}
	if head, ok := readPlainHead(c.reader); ok {
		c.fixed = fixedBody{from: c.reader, left: head.length}
		c.plain = head.response(&c.fixed)
		return &c.plain, nil
	}
	for range interims + 1 {
		resp, err := http.ReadResponse(c.reader, nil)
		switch {
		case err != nil:
			return nil, err
		case resp.StatusCode == http.StatusSwitchingProtocols:
			resp.Close = true
			return resp, nil
		case resp.StatusCode >= http.StatusOK:
			return resp, nil
		}
	}
	return nil, errors.New("too many interim answers")
}

// hurry gives the rest of an answer d from now, if end is not before that.
func (c *conn) hurry(end time.Time, d time.Duration) {
	if soon := time.Now().Add(d); end.IsZero() || soon.Before(end) {
		_ = c.SetReadDeadline(soon)
	}
	if c.aborted.Load() { // meanwhile: the deadline is not to be moved
		c.abort()
	}
}

// answerBody is the body of an answer. Closing it reads nothing, unlike closing
// that of [http.ReadResponse]: what was not read ends with the connection.
type answerBody struct {
	from  io.Reader
	whole bool // it was read to its end
}

func (b *answerBody) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	b.whole = b.whole || err == io.EOF
	return n, err
}

func (b *answerBody) Close() error { return nil }

// rest lays the connection by.
func (c *conn) rest() {
	c.since = time.Now()
	if cap(c.out) > inline {
		c.out = nil
	}
	if c.probe != nil {
		return
	}
	_ = c.SetDeadline(time.Time{})
	c.left = maxHeaderBytes
	c.guard = make(chan error, 1)
	go func() {
		_, err := c.reader.Peek(1)
		c.guard <- err
	}()
}

// alive reports, of a connection that was laid by, whether the backend has kept
// it too: it has neither hung up nor said anything unasked, which would be taken
// for the next answer. trusting does not ask for what was used a moment ago: it is
// for events, whose answers decide nothing and which go out again at once where
// the connection had died. alive sets the deadline of the hook to come.
func (c *conn) alive(end time.Time, trusting bool) bool {
	quiet := true
	if c.guard != nil {
		if c.SetReadDeadline(past) != nil {
			return false
		}
		quiet = errors.Is(<-c.guard, os.ErrDeadlineExceeded)
		c.guard = nil
	}
	if !quiet || c.SetDeadline(end) != nil {
		return false
	}
	return trusting && time.Since(c.since) < aMoment || c.probe.quiet()
}

// aMoment is so short that a connection is hardly ever closed in it, and asking
// would cost a busy one a system call for each hook.
const aMoment = time.Millisecond

// gone reports, of a connection that is laid by, whether something has happened on
// it. It does not wait.
func (c *conn) gone() bool {
	if c.guard != nil {
		return len(c.guard) > 0
	}
	return c.SetReadDeadline(time.Time{}) != nil || !c.probe.quiet()
}

// abort ends what the connection is doing, for good.
func (c *conn) abort() {
	c.aborted.Store(true)
	_ = c.SetDeadline(past)
}

// close hangs up. Where the backend does not read, it is not told: TLS would wait
// for that.
func (c *conn) close() {
	if secured, ok := c.Conn.(*tls.Conn); ok && (c.stuck || c.aborted.Load()) {
		_ = secured.NetConn().Close()
		return
	}
	_ = c.Close()
}

// silent reports, once an answer was read, whether nothing follows it here
// already. TLS has read ahead of what it gave, so it is asked for a byte, for which
// it must not wait.
func (c *conn) silent() bool {
	if c.reader.Buffered() > 0 {
		return false
	}
	if !c.to.secure {
		return true
	}
	_ = c.SetReadDeadline(past)
	_, err := c.reader.Peek(1)
	return errors.Is(err, os.ErrDeadlineExceeded)
}

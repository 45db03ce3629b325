package h1

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// Through does an exchange over another transport. It ignores To, Bytes, Heads, Verb,
// Background, Fresh and ConnectBy of r. The phase comes from a [httptrace.ClientTrace]. If the
// transport does not use it, a failed exchange counts as Sent, unless its error shows that
// there was no connection. The first byte of an answer counts as StatusLine.
func Through(ctx context.Context, over http.RoundTripper, req *http.Request, r *Request) Result {
	x := exchange{Request: r}
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	limit := newDeadline(r.End, cancel)
	defer limit.stop()
	var seen trace
	resp, err := over.RoundTrip(req.WithContext(httptrace.WithClientTrace(within, seen.hooks()))) //nolint:bodyclose // readThrough closes it
	ended := within.Err() != nil                                                                  // on this side
	seen.fill(&x, err, ended)
	switch {
	case err == nil && resp == nil:
		err = errNoResponse
	case err == nil:
		err = x.readThrough(resp, limit)
	case !ended:
		err = seen.typed(&x, err)
	}
	return x.end(ctx, err)
}

// errNoResponse is the error for a transport that returns neither an answer nor an error.
var errNoResponse = fmt.Errorf("%w: the transport returned no answer and no error", ErrMalformed)

// readThrough reads and closes the answer.
func (x *exchange) readThrough(resp *http.Response, limit *deadline) error {
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode < http.StatusContinue {
		x.advance(StatusLine)
		return ErrMalformed
	}
	x.setHead(resp.StatusCode, resp.Header)
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return nil // there is no body; a read of the stream might never end
	}
	return x.take(&answerBody{from: resp.Body}, resp.ContentLength, func() { limit.shorten(drainTime) })
}

// trace collects the calls of a transport's hooks. They come from any goroutine, also after
// the exchange.
type trace struct {
	called          atomic.Bool
	phase           atomic.Int32
	reused          atomic.Bool
	handshakeFailed atomic.Bool // the last TLS handshake failed
}

func (t *trace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:           func(string) { t.advance(Waiting) },
		DNSStart:          func(httptrace.DNSStartInfo) { t.advance(Connecting) },
		ConnectStart:      func(string, string) { t.advance(Connecting) },
		TLSHandshakeStart: func() { t.advance(Connecting) },
		TLSHandshakeDone:  func(_ tls.ConnectionState, err error) { t.handshakeFailed.Store(err != nil) },
		GotConn: func(info httptrace.GotConnInfo) {
			t.reused.Store(info.Reused)
			t.advance(Sending)
		},
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				t.advance(Sent)
			}
		},
		GotFirstResponseByte: func() { t.advance(StatusLine) },
	}
}

func (t *trace) advance(to Phase) {
	t.called.Store(true)
	for {
		at := t.phase.Load()
		if at >= int32(to) || t.phase.CompareAndSwap(at, int32(to)) {
			return
		}
	}
}

// fill sets the phase of the exchange. A failure before there was a connection counts as
// Connecting, also if no hook of the dial was called.
func (t *trace) fill(x *exchange, err error, ended bool) {
	x.Reused, x.Began = t.reused.Load(), x.Phase >= StatusLine
	x.advance(Phase(t.phase.Load())) //nolint:gosec // it was a Phase
	x.Began = err == nil || x.Phase >= StatusLine
	called := t.called.Load()
	switch {
	case isDial(err), called && err != nil && !ended:
		x.advance(Connecting)
	case !called:
		x.advance(Sent)
	}
}

// typed turns the error of a round trip into one of this package.
func (t *trace) typed(x *exchange, err error) error {
	switch {
	case err == nil || x.Heard():
		return err
	case x.Phase == Connecting && t.handshakeFailed.Load():
		return &ConnectError{Handshake: true, Err: err}
	case x.Phase == StatusLine && !Lost(err) && !isTimeout(err):
		return &malformed{err}
	}
	return x.lost(err)
}

func isTimeout(err error) bool {
	timed, ok := errors.AsType[net.Error](err)
	return ok && timed.Timeout()
}

// isDial reports whether the error shows that there was no connection.
func isDial(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return isDNS(err) || ok && op.Op == "dial"
}

// deadline ends an exchange that takes too long.
type deadline struct {
	end   time.Time
	timer *time.Timer
	fire  func()
}

// newDeadline starts a deadline. With a zero end, it never fires.
func newDeadline(end time.Time, fire func()) *deadline {
	c := &deadline{end: end, fire: fire}
	if !end.IsZero() {
		c.timer = time.AfterFunc(time.Until(end), fire)
	}
	return c
}

// shorten moves the deadline to d from now, unless it is earlier.
func (c *deadline) shorten(d time.Duration) {
	switch {
	case c.timer == nil:
		c.timer = time.AfterFunc(d, c.fire)
	case time.Until(c.end) > d:
		c.timer.Reset(d)
	}
}

func (c *deadline) stop() {
	if c.timer != nil {
		c.timer.Stop()
	}
}

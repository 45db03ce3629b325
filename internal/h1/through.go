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

// Through does the exchange over another transport; of r, To, Bytes, Heads, Verb,
// Background and Fresh do not count. The phase is what the transport tells a
// [httptrace.ClientTrace]. Of one that tells it nothing, an exchange that failed
// counts as Sent, unless its error shows that there was no connection. Whether a
// status line came in part is never told: the first byte of an answer counts as
// StatusLine.
func Through(ctx context.Context, over http.RoundTripper, req *http.Request, r *Request) Result {
	x := exchange{Request: r}
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	clock := newClock(r.End, cancel)
	defer clock.stop()
	var seen trace
	resp, err := over.RoundTrip(req.WithContext(httptrace.WithClientTrace(within, seen.hooks()))) //nolint:bodyclose // readThrough closes it
	ended := within.Err() != nil                                                                  // here, whatever the transport had heard
	seen.tell(&x, err, ended)
	switch {
	case err == nil && resp == nil:
		err = errNoResponse
	case err == nil:
		err = x.readThrough(resp, clock)
	case !ended:
		err = seen.name(&x, err)
	}
	return x.end(ctx, err)
}

// errNoResponse is a transport that returns neither an answer nor an error.
var errNoResponse = fmt.Errorf("%w: the transport returned no answer and no error", ErrMalformed)

// readThrough takes the answer in, and closes it.
func (x *exchange) readThrough(resp *http.Response, clock *clock) error {
	if resp.Body == nil {
		resp.Body = http.NoBody
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode < http.StatusContinue {
		x.advance(StatusLine)
		return ErrMalformed
	}
	x.hear(resp.StatusCode, resp.Header)
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return nil // what follows is no body: it heeds no context and need not end
	}
	return x.take(&answerBody{from: resp.Body}, resp.ContentLength, func() { clock.shorten(drainTime) })
}

// trace is what a transport tells of an exchange, on any goroutine and also when it
// is over.
type trace struct {
	told    atomic.Bool
	phase   atomic.Int32
	reused  atomic.Bool
	unshook atomic.Bool // the last TLS handshake failed
}

func (t *trace) hooks() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn:           func(string) { t.advance(Waiting) },
		DNSStart:          func(httptrace.DNSStartInfo) { t.advance(Connecting) },
		ConnectStart:      func(string, string) { t.advance(Connecting) },
		TLSHandshakeStart: func() { t.advance(Connecting) },
		TLSHandshakeDone:  func(_ tls.ConnectionState, err error) { t.unshook.Store(err != nil) },
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
	t.told.Store(true)
	for {
		at := t.phase.Load()
		if at >= int32(to) || t.phase.CompareAndSwap(at, int32(to)) {
			return
		}
	}
}

// tell notes in the exchange how far it got. What failed by itself without a
// connection failed in making one, also where the dial function told nothing.
func (t *trace) tell(x *exchange, err error, ended bool) {
	x.Reused, x.Began = t.reused.Load(), x.Phase >= StatusLine
	x.advance(Phase(t.phase.Load())) //nolint:gosec // it was a Phase
	x.Began = err == nil || x.Phase >= StatusLine
	told := t.told.Load()
	switch {
	case isDial(err), told && err != nil && !ended:
		x.advance(Connecting)
	case !told:
		x.advance(Sent)
	}
}

// name gives the error of a round trip the type that it has here.
func (t *trace) name(x *exchange, err error) error {
	switch {
	case err == nil || x.Heard():
		return err
	case x.Phase == Connecting && t.unshook.Load():
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

// isDial reports whether the error shows that there never was a connection.
func isDial(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return isDNS(err) || ok && op.Op == "dial"
}

// clock ends an exchange that takes too long.
type clock struct {
	end   time.Time
	timer *time.Timer
	fire  func()
}

// newClock starts a clock; a zero end never comes.
func newClock(end time.Time, fire func()) *clock {
	c := &clock{end: end, fire: fire}
	if !end.IsZero() {
		c.timer = time.AfterFunc(time.Until(end), fire)
	}
	return c
}

// shorten lets the clock fire after d, if it would not fire before.
func (c *clock) shorten(d time.Duration) {
	switch {
	case c.timer == nil:
		c.timer = time.AfterFunc(d, c.fire)
	case time.Until(c.end) > d:
		c.timer.Reset(d)
	}
}

func (c *clock) stop() {
	if c.timer != nil {
		c.timer.Stop()
	}
}

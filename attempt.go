package resthook

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// attempt is one request of a hook: what is known of it, from the wire, once it
// is over.
type attempt struct {
	dialing atomic.Bool // a connection was being made for it
	conn    *wireConn   // nil with a transport that is not ours
	got     bool        // it had a connection
	reused  bool        // which had carried another request
	first   atomic.Bool // a byte of the answer came
	expired atomic.Bool // its own time ran out

	head       bool   // the answer's head was read
	status     int    // of the answer, 0 where none came
	retryAfter string // the answer's header
	body       []byte // the answer's body
	failure    *failure
}

type attemptKey struct{}

func attemptOf(ctx context.Context) *attempt {
	at, _ := ctx.Value(attemptKey{}).(*attempt)
	return at
}

// errAttemptTime ends an attempt that takes longer than rest_request_timeout.
var errAttemptTime = errors.New("rest_request_timeout is over")

// run does the attempt through rt. When it returns, the answer's body is read
// and closed.
func (at *attempt) run(rt http.RoundTripper, req *http.Request, timeout time.Duration, limit int64) {
	caller := req.Context()
	ctx, cancel := context.WithCancelCause(caller)
	defer cancel(nil)
	clock := newClock(timeout, func() {
		at.expired.Store(true)
		cancel(errAttemptTime)
	})
	defer clock.stop()

	ctx = context.WithValue(ctx, attemptKey{}, at)
	resp, err := rt.RoundTrip(at.prepare(ctx, req)) //nolint:bodyclose // read closes it
	if err == nil {
		err = at.read(resp, clock, limit)
	}
	if err != nil {
		at.failure = at.classify(caller, err)
	}
}

// prepare copies the request for the wire. Without GetBody net/http can't send
// it a second time on its own account.
func (at *attempt) prepare(ctx context.Context, req *http.Request) *http.Request {
	out := req.WithContext(httptrace.WithClientTrace(ctx, at.trace()))
	out.GetBody = nil
	return out
}

func (at *attempt) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			at.got, at.reused = true, info.Reused
			if conn, ok := info.Conn.(*wireConn); ok {
				conn.expect()
				at.conn = conn
			}
		},
		GotFirstResponseByte: func() { at.first.Store(true) },
	}
}

// read takes the answer in. Of an answer that is no 200, the status alone
// counts: its body is read for the connection's sake, for a little while.
func (at *attempt) read(resp *http.Response, clock *clock, limit int64) error {
	defer func() { _ = resp.Body.Close() }()
	at.head, at.status = true, resp.StatusCode
	at.retryAfter = resp.Header.Get("Retry-After")
	if resp.StatusCode != http.StatusOK {
		clock.shorten(drainTime)
		at.body = drain(resp.Body, limit)
		return &statusError{code: resp.StatusCode}
	}
	var err error
	if at.body, err = readAnswer(resp, limit); err != nil {
		return err
	}
	if err := judge(resp, at.body); err != nil {
		return &bodyError{err}
	}
	return nil
}

const drainTime = 250 * time.Millisecond

// clock ends an attempt that takes too long.
type clock struct {
	timer *time.Timer
	end   time.Time
	fire  func()
}

// newClock starts a clock; a timeout of 0 never fires.
func newClock(timeout time.Duration, fire func()) *clock {
	c := &clock{fire: fire}
	if timeout > 0 {
		c.end = time.Now().Add(timeout)
		c.timer = time.AfterFunc(timeout, fire)
	}
	return c
}

// shorten lets the clock fire after d, if it would not fire before.
func (c *clock) shorten(d time.Duration) {
	if c.timer == nil {
		c.timer = time.AfterFunc(d, c.fire)
	} else if time.Until(c.end) > d {
		c.timer.Reset(d)
	}
}

func (c *clock) stop() {
	if c.timer != nil {
		c.timer.Stop()
	}
}

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
	dialing bool        // a connection was being made for it
	conn    *wireConn   // nil with a transport of the media server's, and where there was no connection
	got     bool        // it had a connection
	reused  bool        // which had carried another request
	first   atomic.Bool // a byte of the answer came
	expired atomic.Bool // its own time ran out
	end     time.Time   // of its own time; zero: no end

	trusting bool // it takes a connection that was used a moment ago as it is

	head       bool   // the answer's head was read
	status     int    // of the answer, 0 where none came
	retryAfter string // the answer's header
	body       []byte // the answer's body
	failure    *failure
}

// errAttemptTime ends an attempt that takes longer than rest_request_timeout.
var errAttemptTime = errors.New("rest_request_timeout is over")

// direct does the attempt over the client's own transport. When it returns, the
// answer's body is read.
func (at *attempt) direct(ctx context.Context, c *call) {
	if c.timeout > 0 {
		at.end = time.Now().Add(c.timeout)
	}
	if ctx.Err() != nil {
		at.failure = at.classify(ctx, ctx.Err())
		return
	}
	at.trusting = c.trusting
	conn, err := c.own.take(ctx, c.app.to, at)
	if err == nil {
		err = at.over(ctx, conn, c)
	}
	if err != nil {
		at.expired.Store(at.overdue())
		catchUp(ctx)
		at.failure = at.classify(ctx, err)
	}
}

// catchUp waits for a context whose deadline is over: a connection that had the
// same deadline may have been the first to notice.
func catchUp(ctx context.Context) {
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		<-ctx.Done()
	}
}

// over does the attempt over a connection, and gives it back.
func (at *attempt) over(ctx context.Context, conn *conn, c *call) (err error) {
	conn.out = c.appendRequest(conn.out[:0])
	fit, stop := false, c.flight.during(ctx, conn.abort)
	defer func() {
		if undisturbed := stop(); fit && undisturbed {
			c.own.put(conn)
		} else {
			c.own.drop(conn)
		}
	}()
	fit, err = conn.post(at, c)
	return err
}

// reuse reports whether a kept connection can serve the attempt.
func (at *attempt) reuse(c *conn) bool {
	at.reused = c.alive(at.end, at.trusting)
	return at.reused
}

// within bounds ctx by the attempt's own time.
func (at *attempt) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if at.end.IsZero() {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, at.end)
}

// overdue reports whether the attempt's own time is over.
func (at *attempt) overdue() bool { return !at.end.IsZero() && !time.Now().Before(at.end) }

// through does the attempt over a transport of the media server's. When it
// returns, the answer's body is read and closed.
func (at *attempt) through(caller context.Context, c *call) {
	ctx, cancel := context.WithCancelCause(caller)
	defer cancel(nil)
	clock := newClock(c.timeout, func() {
		at.expired.Store(true)
		cancel(errAttemptTime)
	})
	defer clock.stop()

	ctx = httptrace.WithClientTrace(ctx, at.trace())
	resp, err := c.given.RoundTrip(c.request(ctx)) //nolint:bodyclose // read closes it
	if err == nil {
		err = at.read(resp, clock.shorten, c)
	}
	if err != nil {
		at.failure = at.classify(caller, err)
	}
}

func (at *attempt) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn:              func(info httptrace.GotConnInfo) { at.got, at.reused = true, info.Reused },
		GotFirstResponseByte: func() { at.first.Store(true) },
	}
}

// read takes the answer in. Of an answer that is no 200, the status alone
// counts: its body is read for the connection's sake, for a little while.
func (at *attempt) read(resp *http.Response, shorten func(time.Duration), c *call) error {
	defer func() { _ = resp.Body.Close() }()
	at.head, at.status = true, resp.StatusCode
	at.retryAfter = resp.Header.Get("Retry-After")
	if resp.StatusCode != http.StatusOK {
		shorten(drainTime)
		at.body = drain(resp.Body, c.limit)
		return &statusError{code: resp.StatusCode}
	}
	var err error
	if at.body, err = readAnswer(c.answer, resp, c.limit); err != nil {
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

package resthook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/wcskit/resthook/internal/backoff"
)

const (
	defaultBackoff    = 50 * time.Millisecond
	defaultMaxBackoff = time.Second
)

// do sends the hook, again where the retry policy says so, and returns the answer: one
// JSON object.
//
// go-retryablehttp drives the attempts: it calls RoundTrip for each one, checkRetry after
// it, and waits before the next one, no longer than ctx allows.
func (c *call) do(ctx context.Context) ([]byte, *failure) {
	if ctx.Err() != nil {
		return nil, &failure{kind: faultCanceled, err: ended(ctx)}
	}
	attempts := retryablehttp.Client{ // for this call alone: its functions know which call they serve
		HTTPClient:   &http.Client{Transport: c, CheckRedirect: noRedirect},
		RetryMax:     c.retry.count,
		CheckRetry:   c.checkRetry,
		Backoff:      c.backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler, // else the last answer is lost
		Logger:       nil,                                   // it would log the whole URL
	}
	resp, err := attempts.Do(&retryablehttp.Request{Request: c.to.at.address.WithContext(ctx)})
	if resp != nil {
		_ = resp.Body.Close()
	}
	if c.last == nil {
		return nil, &failure{kind: faultConfig, err: err}
	}
	if f := c.result(ctx); f != nil {
		return nil, f
	}
	return c.last.answer, nil
}

// RoundTrip makes one attempt and returns the backend's answer. The request has only the
// address and the context: each attempt writes its own head, since a signature has a time.
func (c *call) RoundTrip(address *http.Request) (*http.Response, error) {
	c.attempt(address.Context())
	at := c.last
	if at.Err != nil {
		return nil, at.failure.err
	}
	body := &c.buffers.body
	body.Reset(at.answer)
	return &http.Response{StatusCode: at.Status, Header: at.Header, Body: body, ContentLength: int64(body.Len()), Request: address}, nil
}

// noRedirect has an answer with a redirect returned as it is.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// checkRetry decides after each attempt whether there is another one, and when. It reads
// the attempt itself: an answer and an error do not say how far it got.
func (c *call) checkRetry(ctx context.Context, _ *http.Response, _ error) (bool, error) {
	if c.last == nil || !c.again() {
		return false, nil
	}
	least, most := c.pause()
	c.wait = backoff.Between(least, most)
	if c.gaveUp = c.misfit(ctx, c.wait); c.gaveUp != nil {
		c.wait = least
		c.gaveUp = c.misfit(ctx, least)
	}
	return c.gaveUp == nil, nil
}

func (c *call) backoff(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return c.wait }

// again reports whether the last attempt failed and may be repeated. What cannot have reached
// one backend may always go to another.
func (c *call) again() bool {
	f := c.last.failure
	return f != nil && c.attempts <= c.retry.count && (c.retry.repeats(f, c.last.Status) || f.undelivered() && c.to.hasOther())
}

// pause returns how long to wait before the next attempt, as a range. Another backend, and one
// whose kept connection was lost, is asked at once.
func (c *call) pause() (least, most time.Duration) {
	stale := c.last.failure.stale() && c.attempts == 1
	if !stale && c.to.failed() {
		return 0, 0
	}
	if c.rounds++; stale {
		return 0, 0
	}
	return c.retry.wait(c.rounds, c.last)
}

// errNoTime says why a hook was not tried as often as it could have been.
var errNoTime = errors.New("no further attempt fits before the deadline")

// result is the failure of the call after its last attempt, nil where it succeeded.
func (c *call) result(ctx context.Context) *failure {
	f := c.last.failure
	switch {
	case f == nil:
		return nil
	case c.gaveUp != nil:
		return f.because(f.kind, fmt.Errorf("%w; %w", f.err, c.gaveUp))
	case ctx.Err() != nil && c.again(): // it ended in the wait
		return f.because(faultCanceled, fmt.Errorf("%w, after %w: %w", ended(ctx), f.kind.sentinel(), f.err))
	}
	return f
}

// retryPolicy says what is tried again, and when (docs/protocol.md, 0.2).
type retryPolicy struct {
	count    int           // how often at most: attempts less one
	min, max time.Duration // the wait before the first repeat, and the longest
	statuses []int         // that are tried again
	timeouts bool          // whether time-outs are
}

// repeats reports whether a failure of that kind may be tried again.
func (r retryPolicy) repeats(f *failure, status int) bool {
	if f.waited() {
		return false // all connections are in use: another attempt would wait for them too
	}
	switch f.kind {
	case faultUnreachable, faultNoAnswer:
		return true
	case faultTimeout:
		return r.timeouts
	case faultStatus:
		return slices.Contains(r.statuses, status)
	}
	return false
}

// wait returns how long to wait before a backend is asked for the n-th time again, from 1, as a
// range. It is an exponential backoff with jitter: the time is a random one in the upper half, so that the
// clients of a backend that comes back do not all come at once.
func (r retryPolicy) wait(n int, at *attempt) (least, most time.Duration) {
	most = backoff.After(n, r.min, r.max)
	least = most / 2
	if asked := min(retryAfter(at.Header.Get("Retry-After"), time.Now()), r.max); asked > least {
		return asked, max(asked, most)
	}
	return least, most
}

// retryAfter reads the header Retry-After: seconds or a date. Anything else, and a time in
// the past, is 0. It never overflows.
func retryAfter(header string, now time.Time) time.Duration {
	const most = 1<<31 - 1
	if seconds, err := strconv.ParseUint(header, 10, 64); err == nil {
		return time.Duration(min(seconds, most)) * time.Second
	}
	date, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return max(0, date.Sub(now))
}

// misfit is why no attempt can begin after that wait: the context's deadline, or the end of
// the hook, comes before; nil where it can.
func (c *call) misfit(ctx context.Context, wait time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return errNoTime
	}
	if !c.end.IsZero() && time.Until(c.end) <= wait {
		return errNoTotal
	}
	return nil
}

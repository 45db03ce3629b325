package resthook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/wcskit/resthook/internal/answer"
	"github.com/wcskit/resthook/internal/backoff"
	"github.com/wcskit/resthook/internal/h1"
	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/redact"
)

// call is one hook on its way to the backend: its request, and a trail of what
// came of each attempt. It is the RoundTripper below go-retryablehttp, so that
// every attempt passes through it, and the policy above.
type call struct {
	own        *h1.Transport
	given      http.RoundTripper // by the media server, instead of own
	app        *app
	hook       string
	body       []byte
	room       *buffers // for the request and the answer
	stamp      stamp
	timeout    time.Duration
	limit      int64
	background bool // it comes after every decision, where connections are few
	fresh      bool // it goes over a connection that has carried no other request
	retry      retryPolicy
	onAttempt  func(Attempt)

	attempts int  // that had a connection, or began to make one
	past     bool // one of them went past connecting
	last     *attempt
	next     time.Duration // the wait before the next attempt
	gaveUp   error         // why there was none, where that is not plain
}

// do posts the body, as often as the policy says, and returns the answer, one
// JSON object.
func (c *call) do(ctx context.Context) ([]byte, *failure) {
	if ctx.Err() != nil {
		return nil, &failure{kind: faultCanceled, err: ended(ctx)}
	}
	resp, err := c.loop().Do(&retryablehttp.Request{Request: c.app.blank.WithContext(ctx)})
	if resp != nil {
		_ = resp.Body.Close() // the real one is read and closed
	}
	return c.result(ctx, err)
}

// once is do with a single attempt, for an event: what repeats that is the queue.
func (c *call) once(ctx context.Context) *failure {
	if ctx.Err() != nil {
		return &failure{kind: faultCanceled, err: ended(ctx)}
	}
	c.attempt(ctx)
	return c.last.failure
}

// loop makes go-retryablehttp ready for this one call, so that its callbacks
// know which call they serve. Its logger is off: it would write a line per
// attempt, with the whole URL.
func (c *call) loop() *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: c, CheckRedirect: noRedirect},
		RetryMax:     c.retry.count,
		CheckRetry:   c.checkRetry,
		Backoff:      func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return c.next },
		ErrorHandler: func(resp *http.Response, err error, _ int) (*http.Response, error) { return resp, err },
	}
}

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// RoundTrip does one attempt for go-retryablehttp, which sees an answer without a
// body, or the error.
func (c *call) RoundTrip(req *http.Request) (*http.Response, error) {
	c.attempt(req.Context())
	if f := c.last.failure; f != nil && f.kind != faultStatus {
		return nil, f.err
	}
	return &http.Response{StatusCode: c.last.Status, Body: http.NoBody, Request: req}, nil
}

// checkRetry decides after each attempt whether there is another, and sets the
// wait before it. It never returns an error: the failure is in the trail.
func (c *call) checkRetry(ctx context.Context, _ *http.Response, _ error) (bool, error) {
	at := c.last
	if at == nil || at.failure == nil || c.attempts > c.retry.count || !c.retry.again(at.failure, at.Status) {
		return false, nil
	}
	least, most := c.retry.wait(c.attempts, at)
	switch wait := backoff.Between(least, most); {
	case fits(ctx, wait):
		c.next = wait
	case fits(ctx, least):
		c.next = least
	default:
		c.gaveUp = errNoTime
		return false, nil
	}
	return true, nil
}

// errNoTime says why a hook was not tried as often as it could have been.
var errNoTime = errors.New("no further attempt fits before the deadline")

// result reads the trail.
func (c *call) result(ctx context.Context, err error) ([]byte, *failure) {
	if c.last == nil {
		return nil, &failure{kind: faultConfig, err: err}
	}
	f := c.last.failure
	switch {
	case f == nil:
		return c.last.answer, nil
	case c.gaveUp != nil:
		return nil, f.because(f.kind, fmt.Errorf("%w; %w", f.err, c.gaveUp))
	case ctx.Err() != nil && c.waiting(f):
		return nil, f.because(faultCanceled, fmt.Errorf("%w, after %w: %w", ended(ctx), f.kind.sentinel(), f.err))
	}
	return nil, f
}

// waiting reports whether a further attempt was to come.
func (c *call) waiting(f *failure) bool {
	return c.attempts <= c.retry.count && c.retry.again(f, c.last.Status)
}

// ended says why a context ended, so that errors.Is matches both its error and
// its cause.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// attempt is one request of a hook, once it is over: how far it got, and what is
// made of that.
type attempt struct {
	h1.Result

	answer  []byte // the body, or the beginning of one that is no yes
	failure *failure
}

const (
	defaultAnswerLimit = 1 << 20 // bytes, after decompression
	maxAnswerLimit     = 1 << 30
	keptAnswer         = 4 << 10 // bytes of a refused answer that an error keeps
)

// errAttemptTime ends an attempt that takes longer than rest_request_timeout.
var errAttemptTime = errors.New("rest_request_timeout is over")

// attempt does one attempt. What came of it is in c.last.
func (c *call) attempt(ctx context.Context) {
	begun := time.Now()
	r := h1.Request{To: c.app.to, Answer: &c.room.answer, Limit: c.limit, Background: c.background, Fresh: c.fresh}
	if c.timeout > 0 {
		r.End = begun.Add(c.timeout)
	}
	at := &attempt{Result: c.exchange(ctx, &r)}
	at.judge(ctx, c.room.answer.Bytes(), c.limit)
	c.last = at
	if at.Phase == h1.Waiting {
		return // no request was begun
	}
	c.attempts++
	c.past = c.past || at.Phase > h1.Connecting
	c.observe(time.Since(begun))
}

// exchange sends the request over the transport that there is.
func (c *call) exchange(ctx context.Context, r *h1.Request) h1.Result {
	if c.given != nil {
		return h1.Through(ctx, c.given, c.request(), r)
	}
	c.room.out = c.appendRequest(c.room.out[:0])
	r.Bytes = c.room.out
	return c.own.Do(ctx, r)
}

// judge decides what the attempt has come to.
func (at *attempt) judge(caller context.Context, body []byte, limit int64) {
	if at.Heard() {
		at.answer = body
	}
	if at.Err != nil || at.Status != okStatus {
		at.failure = classify(caller, &at.Result)
		return
	}
	object, err := answer.Object(at.Header, body, limit)
	if at.answer = object; err != nil {
		at.failure = &failure{kind: faultBody, err: err, phase: at.Phase, reused: at.Reused}
	}
}

// location is where a redirect would lead.
func (at *attempt) location() string {
	const longest = 1 << 10
	if at.Status < http.StatusMultipleChoices || at.Status >= http.StatusBadRequest {
		return ""
	}
	location := at.Header.Get("Location")
	return location[:min(len(location), longest)]
}

// observe tells of an attempt that is over.
func (c *call) observe(took time.Duration) {
	if c.onAttempt == nil {
		return
	}
	seen := Attempt{Number: c.attempts, Duration: took, Status: c.last.Status, Reused: c.last.Reused}
	if f := c.last.failure; f != nil {
		seen.Err = fmt.Errorf("%w: %w", f.kind.sentinel(), redact.Error(f.err, longestCause))
	}
	c.onAttempt(seen)
}

// buffers are what one hook needs for its bytes on the road. A client lends them
// to one hook after the other. Nothing that outlives the hook may point into
// them.
type buffers struct {
	body   []byte            // the payload
	out    []byte            // the request as it goes out
	answer bytes.Buffer      // of the last attempt
	given  [][]byte          // the answer's values that the rule may take
	had    [][]byte          // the payload's in their places
	taken  []jsontext.Member // what the rule takes
}

// largeBuffer, in bytes, and manyFields are more than most hooks need: what grew
// beyond is not kept.
const (
	largeBuffer = 16 << 10
	manyFields  = 80
)

func (c *Client) lend() *buffers {
	if c == nil {
		return &buffers{}
	}
	if b, ok := c.buffers.Get().(*buffers); ok {
		return b
	}
	return &buffers{body: make([]byte, 0, 1024)} // most payloads, SDP aside
}

// giveBack ends what a hook has borrowed.
func (c *Client) giveBack(b *buffers) {
	if c == nil || c.opts == nil || b.large() {
		return
	}
	if c.opts.transport != nil {
		b.body = nil // a transport of the media server's may still be reading it
	}
	clear(b.given[:cap(b.given)])
	clear(b.had[:cap(b.had)])
	clear(b.taken[:cap(b.taken)])
	c.buffers.Put(b)
}

func (b *buffers) large() bool {
	return cap(b.body) > largeBuffer || cap(b.out) > 2*largeBuffer || b.answer.Cap() > largeBuffer || cap(b.given) > manyFields || cap(b.had) > manyFields || cap(b.taken) > manyFields
}

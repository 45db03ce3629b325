package resthook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/wcskit/resthook/internal/answer"
	"github.com/wcskit/resthook/internal/breaker"
	"github.com/wcskit/resthook/internal/h1"
	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/redact"
)

const (
	defaultAnswerLimit = 1 << 20 // bytes, after decompression
	maxAnswerLimit     = 1 << 30
	keptAnswer         = 4 << 10 // bytes of a refused answer that an error keeps
)

// call sends one hook to the backend. It has the request, and what is known of the
// attempts so far.
type call struct {
	client     *Client
	to         choice
	session    *Session // that stays with a backend; nil: none
	hook       string
	body       []byte
	buffers    *buffers // for the request and the answer
	stamp      stamp
	policy     *hookPolicy // of the method; nil: none
	timeout    time.Duration
	end        time.Time // of all attempts; zero: none
	limit      int64
	background bool // decisions are before it where connections are few
	fresh      bool // it wants a connection that has carried no other request
	retry      retryPolicy
	onStart    func(context.Context, AttemptStart) context.Context
	onAttempt  func(context.Context, Attempt)
	header     http.Header // of this attempt, from onStart

	attempts  int  // that had a connection, or began to make one
	rounds    int  // waits after which all backends were asked again
	connected bool // one of them got further than connecting
	answered  bool // one has failed otherwise than without an answer
	last      *attempt
	wait      time.Duration // before the next attempt
	gaveUp    error         // why there is none, where the failure does not say it
}

// attempt is one request of a hook, once it is over: how far it got, and the result.
type attempt struct {
	h1.Result

	answer  []byte // the JSON object, or the beginning of another body
	failure *failure
}

var (
	// errAttemptTime ends an attempt that takes longer than rest_request_timeout.
	errAttemptTime = errors.New("rest_request_timeout is over")
	// errConnectTime ends an attempt that has no connection while another backend is well.
	errConnectTime = errors.New("no connection in time, and another backend is well")
)

// once makes a single attempt, for an event: the queue repeats it.
func (c *call) once(ctx context.Context) *failure {
	if ctx.Err() != nil {
		return &failure{kind: faultCanceled, err: ended(ctx)}
	}
	c.attempt(ctx)
	return c.last.failure
}

// attempt makes one attempt. Its result is in c.last.
func (c *call) attempt(ctx context.Context) {
	c.next()
	verdict, begun := breaker.None, time.Now()
	defer func() { c.over(verdict, begun) }() // also where the media server's transport panics
	ctx = c.start(ctx)
	r := h1.Request{
		To: c.to.at.to, Answer: &c.buffers.answer, Limit: c.limit, Background: c.background, Fresh: c.fresh,
		End: c.deadline(begun), ConnectBy: c.connectBy(ctx, begun),
	}
	at := &attempt{Result: c.exchange(ctx, &r)}
	at.judge(ctx, c.buffers.answer.Bytes(), c.limit)
	c.blame(at)
	if at.failure != nil {
		at.failure.at = c.to.at
	}
	c.last = at
	c.answered = c.answered || at.failure != nil && !at.failure.unanswered(at)
	verdict = at.failure.verdict(at.Status, c.retry.statuses)
	c.client.refused(c.to.app, at.Status)
	if at.Phase == h1.Waiting {
		return // no request was begun
	}
	c.attempts++
	c.connected = c.connected || at.Phase > h1.Connecting
	c.report(ctx, time.Since(begun))
}

// over ends the attempt for its backend. The session stays with one that it has reached.
func (c *call) over(verdict breaker.Result, begun time.Time) {
	b := c.to.at
	opened, open := b.breaker.Done(c.to.permit, verdict, begun)
	if (opened || open > 0) && c.to.app.several() {
		c.client.backendChanged(c.to.app, b, c.failure(), opened, open)
	}
	if verdict == breaker.Success && c.session != nil && c.to.app.several() {
		c.session.backend.Store(b)
	}
}

// failure is that of the last attempt; nil where it succeeded, or there was none.
func (c *call) failure() *failure {
	if c.last == nil {
		return nil
	}
	return c.last.failure
}

// exchange sends the request over the library's transport, through a proxy, or over the
// transport that the media server gave.
func (c *call) exchange(ctx context.Context, r *h1.Request) h1.Result {
	if over := c.client.over(c.to.at); over != nil {
		return h1.Through(ctx, over, c.request(), r)
	}
	c.buffers.request = c.appendRequest(c.buffers.request[:0])
	r.Bytes = c.buffers.request
	return c.client.transport.Do(ctx, r)
}

// judge decides whether the attempt failed.
func (at *attempt) judge(caller context.Context, body []byte, limit int64) {
	if at.Heard() {
		at.answer = body
	}
	if at.Err != nil || at.Status != http.StatusOK {
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

// report reports the last attempt to the observer.
func (c *call) report(ctx context.Context, took time.Duration) {
	if c.onAttempt == nil {
		return
	}
	one := Attempt{URL: c.url(), Number: c.attempts, Duration: took, Status: c.last.Status, Reused: c.last.Reused}
	if f := c.last.failure; f != nil {
		one.Err = fmt.Errorf("%w: %w", f.kind.sentinel(), redact.Error(f.err, longestCause))
	}
	c.onAttempt(ctx, one)
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

// buffers hold the bytes of one hook. A client keeps them in a pool. Nothing that is
// used after the hook may point into them.
type buffers struct {
	payload []byte
	request []byte       // as it goes out, head and body
	answer  bytes.Buffer // of the last attempt
	body    answerBody   // the same, for go-retryablehttp

	given   [][]byte          // the answer's values in the places of the rule's paths
	had     [][]byte          // the payload's values in the same places
	changes []jsontext.Member // what the rule takes
}

// answerBody is an answer that was read whole, as the body of an [http.Response].
type answerBody struct{ bytes.Reader }

func (*answerBody) Close() error { return nil }

// largeBuffer, in bytes, and manyFields are more than most hooks need. Buffers that grew
// larger are not kept.
const (
	largeBuffer = 16 << 10
	manyFields  = 80
)

func (c *Client) getBuffers() *buffers {
	if c == nil {
		return &buffers{}
	}
	if b, ok := c.buffers.Get().(*buffers); ok {
		return b
	}
	return &buffers{payload: make([]byte, 0, 1024)} // most payloads but those with SDP
}

func (c *Client) putBuffers(b *buffers) {
	if c == nil || c.opts == nil || b.large() {
		return
	}
	if c.opts.transport != nil || c.proxy != nil {
		b.payload = nil // net/http, or the media server's transport, may still read it
	}
	b.body.Reset(nil)
	c.buffers.Put(b)
}

func (b *buffers) large() bool {
	return cap(b.payload) > largeBuffer || cap(b.request) > 2*largeBuffer || b.answer.Cap() > largeBuffer ||
		cap(b.given) > manyFields || cap(b.had) > manyFields || cap(b.changes) > manyFields
}

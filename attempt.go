package resthook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/wcskit/resthook/internal/h1"
	"github.com/wcskit/resthook/internal/redact"
)

// attempt is one request of a hook, once it is over: how far it got, and what is
// made of that.
type attempt struct {
	h1.Result

	answer  []byte // the body, or the beginning of one that is no yes
	failure *failure
}

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
	answer, err := readAnswer(at.Header, body, limit)
	if at.answer = answer; err != nil {
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

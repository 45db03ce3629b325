package h1

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	drainTime   = 250 * time.Millisecond // for the body of an answer that is no 200
	keptRefusal = 4 << 10                // bytes of it
	grownAnswer = 64 << 10               // bytes made room for before they are there
)

// exchange is a request and what has come of it so far.
type exchange struct {
	*Request
	Result

	turn uint64 // of the transport, when it took its connection
}

// advance moves the phase on.
func (x *exchange) advance(to Phase) { x.Phase = max(x.Phase, to) }

// late reports whether the exchange's own time is over.
func (x *exchange) late() bool { return !x.End.IsZero() && !time.Now().Before(x.End) }

// within bounds ctx by the exchange's own time.
func (x *exchange) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if x.End.IsZero() {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, x.End)
}

// over says whether the exchange has ended before it could go on.
func (x *exchange) over(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return ErrCanceled
	case x.late():
		return ErrTime
	}
	return nil
}

// end returns the result: of an error, what the backend said comes first, then
// what this side did, then what the connection did.
func (x *exchange) end(ctx context.Context, err error) Result {
	x.Err = err
	if err == nil || errors.Is(err, ErrMalformed) || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrClosed) {
		return x.Result
	}
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		select { // the connection, or the exchange's own time, was the first to notice
		case <-ctx.Done():
		case <-time.After(lateContext): // it has a deadline and does not heed it
		}
	}
	if ended := x.over(ctx); ended != nil {
		x.Err = ended
	}
	return x.Result
}

// lateContext is how long a context may take to notice its own deadline.
const lateContext = 100 * time.Millisecond

// asked is the request as far as its answer depends on it; nil for not at all.
func (x *exchange) asked() *http.Request {
	if x.Verb == "" {
		return nil
	}
	return &http.Request{Method: x.Verb}
}

// hear notes the head of an answer.
func (x *exchange) hear(status int, header http.Header) {
	x.advance(Head)
	x.Status, x.Header = status, header
}

// take reads the answer's body. hurry bounds the time for one that does not
// count.
func (x *exchange) take(body *answerBody, length int64, hurry func()) error {
	x.Answer.Reset()
	if x.Status != http.StatusOK && x.Heads == nil {
		hurry()
		x.drain(body)
		return nil
	}
	if length > 0 {
		x.Answer.Grow(int(min(length, x.Limit, grownAnswer)) + bytes.MinRead)
	}
	body.left = x.Limit + 1
	_, err := x.Answer.ReadFrom(body)
	x.read(body)
	switch {
	case err != nil:
		return cutShort(err)
	case int64(x.Answer.Len()) > x.Limit:
		x.Answer.Truncate(int(x.Limit))
		return fmt.Errorf("%w: over %d bytes", ErrTooLarge, x.Limit)
	}
	return nil
}

// drain reads a body of which only the beginning is kept, for the connection's
// sake.
func (x *exchange) drain(body *answerBody) {
	body.left = min(x.Limit, keptRefusal)
	if _, err := x.Answer.ReadFrom(body); err == nil {
		body.left = x.Limit
		_, _ = io.Copy(io.Discard, body)
	}
	x.read(body)
}

func (x *exchange) read(body *answerBody) {
	switch {
	case body.whole:
		x.advance(Done)
	case x.Answer.Len() > 0:
		x.advance(Body)
	}
}

// answerBody is the body of an answer, as far as it may be read.
type answerBody struct {
	from  io.Reader
	left  int64
	whole bool // it was read to its end
}

func (b *answerBody) Read(p []byte) (int, error) {
	if b.left <= 0 || b.whole {
		return 0, io.EOF
	}
	n, err := b.from.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	b.whole = err == io.EOF
	return n, err
}

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
	drainTime   = 250 * time.Millisecond // to read the body of an answer other than 200
	keptRefusal = 4 << 10                // bytes of it that are kept
	grownAnswer = 64 << 10               // bytes allocated in advance, at most
)

// exchange is a request and its result so far.
type exchange struct {
	*Request
	Result

	putsBefore uint64 // Transport.puts when it took its connection
}

// advance moves the phase forward, never back.
func (x *exchange) advance(to Phase) { x.Phase = max(x.Phase, to) }

// late reports whether Request.End has come.
func (x *exchange) late() bool { return !x.End.IsZero() && !time.Now().Before(x.End) }

// untilConnected bounds ctx by the time for a connection.
func (x *exchange) untilConnected(ctx context.Context) (context.Context, context.CancelFunc) {
	end := x.End
	if end.IsZero() || !x.ConnectBy.IsZero() && x.ConnectBy.Before(end) {
		end = x.ConnectBy
	}
	if end.IsZero() {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, end)
}

// over returns an error if the context or the time of the exchange has ended.
func (x *exchange) over(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return ErrCanceled
	case x.late():
		return ErrTime
	}
	return nil
}

// end returns the result. If there are several errors, one of the answer comes first, then
// the end of the context or of the time, then one of the connection.
func (x *exchange) end(ctx context.Context, err error) Result {
	x.Err = err
	if err == nil || errors.Is(err, ErrMalformed) || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrClosed) {
		return x.Result
	}
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		select { // the context may end a moment after the connection's deadline
		case <-ctx.Done():
		case <-time.After(lateContext): // its Done ignores its own deadline
		}
	}
	if ended := x.over(ctx); ended != nil {
		x.Err = ended
	}
	return x.Result
}

// lateContext is how long end waits for a context whose deadline has passed.
const lateContext = 100 * time.Millisecond

// asked is the part of the request that its answer depends on, for net/http.
func (x *exchange) asked() *http.Request {
	if x.Verb == "" {
		return nil
	}
	return &http.Request{Method: x.Verb}
}

// setHead records the head of an answer.
func (x *exchange) setHead(status int, header http.Header) {
	x.advance(Head)
	x.Status, x.Header = status, header
}

// take reads the answer's body. It calls hurry before it reads a body that does not count.
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
	x.advanceBy(body)
	switch {
	case err != nil:
		return cutShort(err)
	case int64(x.Answer.Len()) > x.Limit:
		x.Answer.Truncate(int(x.Limit))
		return fmt.Errorf("%w: over %d bytes", ErrTooLarge, x.Limit)
	}
	return nil
}

// drain reads a body to its end, so that the connection can be kept, and keeps the
// beginning.
func (x *exchange) drain(body *answerBody) {
	body.left = min(x.Limit, keptRefusal)
	if _, err := x.Answer.ReadFrom(body); err == nil {
		body.left = x.Limit
		_, _ = io.Copy(io.Discard, body)
	}
	x.advanceBy(body)
}

// advanceBy moves the phase on after a read of the body.
func (x *exchange) advanceBy(body *answerBody) {
	switch {
	case body.whole:
		x.advance(Done)
	case x.Answer.Len() > 0:
		x.advance(Body)
	}
}

// answerBody is the body of an answer, up to a bound.
type answerBody struct {
	from  io.Reader
	left  int64 // bytes that may still be read
	whole bool  // it was read to its end
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

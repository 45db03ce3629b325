package hooktest

import (
	"context"
	"fmt"
	"time"
)

// How long a wait may take. Time on a [Network] is mostly virtual and costs
// nothing, and what a test waits for there may be an hour of retries away.
const (
	limitOnSockets = 10 * time.Second
	limitInMemory  = 24 * time.Hour
)

// wait returns when reached, called under the record's lock, says so.
func (s *server) wait(ctx context.Context, what string, reached func() bool) error {
	ctx, cancel := s.limited(ctx)
	defer cancel()
	return s.record.wait(ctx, what, reached)
}

// limited takes a context with a deadline at its word.
func (s *server) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, own := ctx.Deadline(); own {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, s.limit, &lateError{s.limit})
}

// lateError says which limit it was.
type lateError struct{ limit time.Duration }

func (e *lateError) Error() string { return fmt.Sprintf("not within %v", e.limit) }

func (e *lateError) Unwrap() error { return context.DeadlineExceeded }

// counted is "1 request" or "2 requests".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

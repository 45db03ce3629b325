package hooktest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// record has what a backend received, and wakes those who wait for it.
type record struct {
	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at every change
	requests []Request
	attempts map[string]int // by Webhook-Id
	accepted int
	open     int
}

func newRecord() *record {
	return &record{changed: make(chan struct{}), attempts: map[string]int{}}
}

func (r *record) change(apply func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	apply()
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *record) opened() (number int) {
	r.change(func() {
		r.accepted++
		r.open++
		number = r.accepted
	})
	return number
}

func (r *record) closed() { r.change(func() { r.open-- }) }

// add records a request and returns it with its attempt.
func (r *record) add(request Request) Request {
	r.change(func() {
		request.Attempt = 1
		if id := request.ID(); id != "" {
			r.attempts[id]++
			request.Attempt = r.attempts[id]
		}
		r.requests = append(r.requests, request)
	})
	return request
}

// snapshot returns copies, so that a test may keep or sort them.
func (r *record) snapshot() []Request { return r.since(0) }

// since is a snapshot without the first n requests.
func (r *record) since(n int) []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.requests[n:])
}

func (r *record) count(what func() int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return what()
}

// wait returns when reached returns true. It calls reached under the lock.
func (r *record) wait(ctx context.Context, what string, reached func() bool) error {
	for {
		r.mu.Lock()
		done, changed := reached(), r.changed
		r.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return r.gaveUp(ctx, what)
		}
	}
}

// gaveUp is the error of a wait, with what came instead.
func (r *record) gaveUp(ctx context.Context, what string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Errorf("waited for %s: %w; %s accepted, %d open, %s",
		what, context.Cause(ctx), counted(r.accepted, "connection"), r.open, listed(r.requests))
}

// How long a wait may take. On a [Network] time is mostly virtual, and a test may wait for
// an hour of retries.
const (
	limitOnSockets = 10 * time.Second
	limitInMemory  = 24 * time.Hour
)

// wait returns when reached returns true. It calls reached under the record's lock.
func (s *server) wait(ctx context.Context, what string, reached func() bool) error {
	ctx, cancel := s.limited(ctx)
	defer cancel()
	return s.record.wait(ctx, what, reached)
}

// limited adds the limit to a context that has no deadline.
func (s *server) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, own := ctx.Deadline(); own {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, s.limit, &lateError{s.limit})
}

// lateError is the end of a wait by the limit.
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

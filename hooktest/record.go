package hooktest

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// record counts what reached a backend and wakes those who wait for it.
type record struct {
	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at every change
	requests []Request
	attempts map[string]int // of each Webhook-Id
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

// add returns the request as it was recorded.
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

// since is snapshot of what came after the first n.
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

// wait returns when reached, called under the lock, says so.
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

// gaveUp says what there was instead of what was waited for.
func (r *record) gaveUp(ctx context.Context, what string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Errorf("waited for %s: %w; %s accepted, %d open, %s",
		what, context.Cause(ctx), counted(r.accepted, "connection"), r.open, listed(r.requests))
}

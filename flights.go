package resthook

import (
	"context"
	"errors"
	"sync"
)

// flights are the hooks on their way, so that Close can wait for them and, in
// the end, cancel them.
type flights struct {
	mu      sync.Mutex
	closed  bool
	cancels map[*flight]struct{}
	empty   chan struct{} // closed when, after the end, none is left
}

// errClosing ends what Close does not wait for any longer.
var errClosing = errors.New("the client was closed")

type flight struct{ cancel context.CancelCauseFunc }

func (f *flights) init() {
	f.cancels = map[*flight]struct{}{}
	f.empty = make(chan struct{})
}

// begin lets a hook start, unless the end has come.
func (f *flights) begin(ctx context.Context) (context.Context, *flight, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, nil, false
	}
	ctx, cancel := context.WithCancelCause(ctx)
	one := &flight{cancel}
	f.cancels[one] = struct{}{}
	return ctx, one, true
}

func (f *flights) land(one *flight) {
	one.cancel(nil)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.cancels, one)
	if f.closed && len(f.cancels) == 0 {
		close(f.empty)
	}
}

func (f *flights) over() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

// end lets no hook start any more and waits for those on their way. It returns
// how many it had to cancel because ctx ended.
func (f *flights) end(ctx context.Context) int {
	again := f.close()
	select {
	case <-f.empty:
		return 0
	case <-ctx.Done():
	}
	if again {
		return 0
	}
	left := f.cancel()
	<-f.empty
	return left
}

// close reports whether an earlier call has closed already.
func (f *flights) close() (again bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	again, f.closed = f.closed, true
	if !again && len(f.cancels) == 0 {
		close(f.empty)
	}
	return again
}

func (f *flights) cancel() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	for one := range f.cancels {
		one.cancel(errClosing)
	}
	return len(f.cancels)
}

package resthook

import (
	"context"
	"errors"
	"sync"
)

// flights are the hooks on their way, so that Close can wait for them and, in
// the end, cancel them.
type flights struct {
	mu     sync.Mutex
	closed bool
	out    map[*flight]struct{}
	empty  chan struct{} // closed when, after the end, none is left
}

// errClosing ends what Close does not wait for any longer.
var errClosing = errors.New("the client was closed")

func (f *flights) init() {
	f.out = map[*flight]struct{}{}
	f.empty = make(chan struct{})
}

// begin lets a hook start, unless the end has come. Its context is the caller's,
// and ends with the client too.
func (f *flights) begin(ctx context.Context) (*flight, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, false
	}
	one := &flight{caller: ctx}
	f.out[one] = struct{}{}
	return one, true
}

func (f *flights) land(one *flight) {
	one.end(context.Canceled)
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.out, one)
	if f.closed && len(f.out) == 0 {
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
	if !again && len(f.out) == 0 {
		close(f.empty)
	}
	return again
}

// cancel ends all that are on their way, and returns how many.
func (f *flights) cancel() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	for one := range f.out {
		one.end(errClosing)
	}
	return len(f.out)
}

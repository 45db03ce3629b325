package pending

import (
	"context"
	"maps"
	"slices"
)

// InFlight holds the calls in flight, so that a shutdown can wait for them and cancel
// them.
type InFlight struct {
	counter Counter
	calls   map[*Context]struct{} // under the counter's lock
}

// Start starts a call with a context that ends with the caller's or by [InFlight.Cancel].
// After Close it returns false.
func (f *InFlight) Start(caller context.Context) (*Context, bool) {
	f.counter.mu.Lock()
	defer f.counter.mu.Unlock()
	if !f.counter.begin() {
		return nil, false
	}
	if f.calls == nil {
		f.calls = map[*Context]struct{}{}
	}
	call := &Context{caller: caller}
	f.calls[call] = struct{}{}
	return call, true
}

// Leave removes a call without ending its context. Nobody waits for the call then. A second
// Leave does nothing.
func (f *InFlight) Leave(call *Context) {
	f.counter.mu.Lock()
	defer f.counter.mu.Unlock()
	if _, ok := f.calls[call]; ok {
		delete(f.calls, call)
		f.counter.end()
	}
}

// Finish removes a call and ends its context.
func (f *InFlight) Finish(call *Context) {
	f.Leave(call)
	call.End(context.Canceled)
}

// Close lets no new call start. The channel is closed when no call is in flight.
func (f *InFlight) Close() (empty <-chan struct{}) { return f.counter.Close() }

// Closed reports whether Close or Drain was called.
func (f *InFlight) Closed() bool { return f.counter.Closed() }

// Count is how many calls are in flight.
func (f *InFlight) Count() int { return f.counter.Count() }

// Drain lets no new call start and waits for those in flight. When ctx ends, it cancels
// them with the cause, waits while they end one after the other, and returns how many it
// has canceled.
func (f *InFlight) Drain(ctx context.Context, cause error) (canceled int) {
	if Wait(ctx, f.Close()) {
		return 0
	}
	canceled = f.Cancel(cause)
	f.counter.WaitForCanceled()
	return canceled
}

// Cancel ends the contexts of all calls in flight with the cause, and returns their
// number.
func (f *InFlight) Cancel(cause error) int {
	f.counter.mu.Lock()
	calls := slices.Collect(maps.Keys(f.calls))
	f.counter.mu.Unlock()
	for _, call := range calls {
		call.End(cause)
	}
	return len(calls)
}

package resthook

import (
	"context"
	"sync"
	"time"
)

// flight is the context of one hook on its way. It ends with the caller's, or
// when the client is closed. Most hooks end before anybody waits for that, so
// what can be waited for is made when it is asked for.
type flight struct {
	caller context.Context //nolint:containedctx // it is a context itself

	mu     sync.Mutex
	cause  error           // why it has ended, where that was not the caller
	abort  func()          // ends what it is doing
	inner  context.Context //nolint:containedctx // made by Done
	cancel context.CancelCauseFunc
}

// end ends the flight, for a cause other than the caller's.
func (f *flight) end(cause error) {
	f.mu.Lock()
	if f.cause == nil && f.caller.Err() == nil {
		f.cause = cause // else it had ended before
	}
	abort, cancel := f.abort, f.cancel
	f.mu.Unlock()
	if cancel != nil {
		cancel(cause)
	}
	if abort != nil {
		abort()
	}
}

// AfterFunc is [context.AfterFunc] for this context, without making what can be
// waited for.
func (f *flight) AfterFunc(abort func()) (stop func() bool) {
	over := func() bool { return true }
	if source := f.source(); source.Done() != nil {
		over = context.AfterFunc(source, abort)
	}
	if !f.watch(abort) {
		abort()
	}
	return func() bool {
		quiet := f.watch(nil)
		return over() && quiet
	}
}

// source is what ends first of the flight's contexts: when it calls somebody, Err
// knows why.
func (f *flight) source() context.Context {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.inner != nil {
		return f.inner
	}
	return f.caller
}

// watch sets what is to be called at the end. It returns false where the end has
// come.
func (f *flight) watch(abort func()) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.abort = abort
	return f.cause == nil
}

// Deadline is the caller's.
func (f *flight) Deadline() (time.Time, bool) { return f.caller.Deadline() }

// Done makes what can be waited for.
func (f *flight) Done() <-chan struct{} { return f.whole().Done() }

// whole is the flight as a context of package context.
func (f *flight) whole() context.Context {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.inner == nil {
		f.inner, f.cancel = context.WithCancelCause(f.caller)
		if f.cause != nil {
			f.cancel(f.cause)
		}
	}
	return f.inner
}

// Err says whether the flight has ended.
func (f *flight) Err() error {
	f.mu.Lock()
	inner, cause := f.inner, f.cause
	f.mu.Unlock()
	switch {
	case inner != nil:
		return inner.Err()
	case cause != nil:
		return context.Canceled
	}
	return f.caller.Err() // whose end before ours leaves no cause
}

// Value is the caller's; the inner context answers package context, which asks
// for the cause in this way.
func (f *flight) Value(key any) any {
	f.mu.Lock()
	inner, cause := f.inner, f.cause
	f.mu.Unlock()
	switch {
	case inner != nil:
		return inner.Value(key)
	case cause != nil:
		return f.whole().Value(key)
	}
	return f.caller.Value(key)
}

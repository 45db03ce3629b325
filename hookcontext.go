package resthook

import (
	"context"
	"sync"
	"time"
)

// hookContext is the context of one hook that is in flight. It ends with the
// caller's, or when the client is closed. Most hooks end before anybody waits for
// that, so what can be waited for is made when it is asked for. A context is
// foreign code: none is called under the lock.
type hookContext struct {
	caller context.Context //nolint:containedctx // it is a context itself

	mu     sync.Mutex
	cause  error           // why it has ended, where that was not the caller
	abort  func()          // ends what it is doing
	inner  context.Context //nolint:containedctx // made by Done
	cancel context.CancelCauseFunc
}

// end ends the hook, for a cause other than the caller's.
func (h *hookContext) end(cause error) {
	before := h.caller.Err() != nil
	h.mu.Lock()
	if h.cause == nil && !before {
		h.cause = cause
	}
	abort, cancel := h.abort, h.cancel
	h.mu.Unlock()
	if cancel != nil {
		cancel(cause)
	}
	if abort != nil {
		abort()
	}
}

// AfterFunc is [context.AfterFunc] for this context, without making what can be
// waited for.
func (h *hookContext) AfterFunc(abort func()) (stop func() bool) {
	over := func() bool { return true }
	if source := h.source(); source.Done() != nil {
		over = context.AfterFunc(source, abort)
	}
	if !h.watch(abort) {
		abort()
	}
	return func() bool {
		quiet := h.watch(nil)
		return over() && quiet
	}
}

// source is what ends first of the hook's contexts: when it calls somebody, Err
// knows why.
func (h *hookContext) source() context.Context {
	if inner, _ := h.made(); inner != nil {
		return inner
	}
	return h.caller
}

// watch sets what is to be called at the end. It returns false where the end has
// come.
func (h *hookContext) watch(abort func()) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.abort = abort
	return h.cause == nil
}

// made is the inner context, if there is one yet, and why it was ended.
func (h *hookContext) made() (inner context.Context, cause error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.inner, h.cause
}

// Deadline is the caller's.
func (h *hookContext) Deadline() (time.Time, bool) { return h.caller.Deadline() }

// Done makes what can be waited for.
func (h *hookContext) Done() <-chan struct{} { return h.whole().Done() }

// whole is the hook's context as one of package context.
func (h *hookContext) whole() context.Context {
	if inner, _ := h.made(); inner != nil {
		return inner
	}
	own, cancel := context.WithCancelCause(h.caller)
	inner, cause := h.keep(own, cancel)
	if cause != nil || inner != own {
		cancel(cause)
	}
	return inner
}

// keep takes an inner context, unless another was faster.
func (h *hookContext) keep(own context.Context, cancel context.CancelCauseFunc) (inner context.Context, cause error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.inner == nil {
		h.inner, h.cancel = own, cancel
	}
	return h.inner, h.cause
}

// Err says whether the hook has ended.
func (h *hookContext) Err() error {
	inner, cause := h.made()
	switch {
	case inner != nil:
		return inner.Err()
	case cause != nil:
		return context.Canceled
	}
	return h.caller.Err() // whose end before ours leaves no cause
}

// Value is the caller's; the inner context answers package context, which asks
// for the cause in this way.
func (h *hookContext) Value(key any) any {
	inner, cause := h.made()
	switch {
	case inner != nil:
		return inner.Value(key)
	case cause != nil:
		return h.whole().Value(key)
	}
	return h.caller.Value(key)
}

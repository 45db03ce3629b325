package pending

import (
	"context"
	"sync"
	"time"
)

// Context is the context of a call in flight. It ends with the caller's context or by
// [Context.End]. Most calls return before anybody waits for the end of their context, so
// the channel of Done is only made on demand. The lock is never held while another context
// is called, which may be code of a user.
type Context struct {
	caller context.Context //nolint:containedctx // it is a context itself

	mu     sync.Mutex
	cause  error           // of End, if it came before the end of the caller's context
	abort  func()          // given to AfterFunc
	inner  context.Context //nolint:containedctx // made by Done
	cancel context.CancelCauseFunc
}

// End ends the context with a cause and calls the function given to AfterFunc. A context
// that has ended keeps its cause.
func (c *Context) End(cause error) {
	before := c.caller.Err() != nil
	c.mu.Lock()
	if c.cause == nil && !before {
		c.cause = cause
	}
	abort, cancel := c.abort, c.cancel
	c.mu.Unlock()
	if cancel != nil {
		cancel(cause)
	}
	if abort != nil {
		abort()
	}
}

// AfterFunc is [context.AfterFunc] for this context, without the channel of Done. There is
// one function at a time: a second call replaces the first one's. The function is called
// on the goroutine that ends the context, and possibly twice.
func (c *Context) AfterFunc(abort func()) (stop func() bool) {
	over := func() bool { return true }
	if source := c.source(); source.Done() != nil {
		over = context.AfterFunc(source, abort)
	}
	if !c.watch(abort) {
		abort()
	}
	return func() bool {
		quiet := c.watch(nil)
		return over() && quiet
	}
}

// source is the context to wait for: the inner one if it was made. Err is set when it
// ends.
func (c *Context) source() context.Context {
	if inner, _ := c.made(); inner != nil {
		return inner
	}
	return c.caller
}

// watch sets the function to call at the end. It returns false if End was called already.
func (c *Context) watch(abort func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abort = abort
	return c.cause == nil
}

// made returns the inner context, nil if it was not made yet, and the cause of End.
func (c *Context) made() (inner context.Context, cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inner, c.cause
}

// Deadline is the caller's.
func (c *Context) Deadline() (time.Time, bool) { return c.caller.Deadline() }

// Done returns a channel that is closed when the context ends.
func (c *Context) Done() <-chan struct{} { return c.whole().Done() }

// whole returns the inner context and makes it first if needed.
func (c *Context) whole() context.Context {
	if inner, _ := c.made(); inner != nil {
		return inner
	}
	own, cancel := context.WithCancelCause(c.caller)
	inner, cause := c.keep(own, cancel)
	if cause != nil || inner != own {
		cancel(cause)
	}
	return inner
}

// keep sets the inner context, unless another goroutine has done so.
func (c *Context) keep(own context.Context, cancel context.CancelCauseFunc) (inner context.Context, cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		c.inner, c.cancel = own, cancel
	}
	return c.inner, c.cause
}

// Err says whether the context has ended.
func (c *Context) Err() error {
	inner, cause := c.made()
	switch {
	case inner != nil:
		return inner.Err()
	case cause != nil:
		return context.Canceled
	}
	return c.caller.Err() // End keeps no cause if the caller's context ended before
}

// Value is the caller's. Once the context has ended, the inner context is asked: package
// context finds the cause of an end by a value.
func (c *Context) Value(key any) any {
	inner, cause := c.made()
	switch {
	case inner != nil:
		return inner.Value(key)
	case cause != nil:
		return c.whole().Value(key)
	}
	return c.caller.Value(key)
}

package pending

import (
	"context"
	"sync"
	"time"
)

// Context is the context of one call that is in flight. It ends with the caller's, or
// by [Context.End]. Most calls end before anybody waits for that, so the channel of
// Done is made when it is asked for. A context is foreign code: none is called under
// the lock.
type Context struct {
	caller context.Context //nolint:containedctx // it is a context itself

	mu     sync.Mutex
	cause  error           // why it has ended, where that was not the caller
	abort  func()          // what AfterFunc was given
	inner  context.Context //nolint:containedctx // made by Done
	cancel context.CancelCauseFunc
}

// End ends the context and what AfterFunc was given, for a cause other than the caller's. A context that has ended
// keeps its cause.
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

// AfterFunc is [context.AfterFunc] for this context, without making what can be
// waited for. There is one abort at a time, a second takes the place of the first. It
// is called on the goroutine of whoever ends the context, and may be called twice.
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

// source is what ends first of the two contexts: when it calls somebody, Err
// knows why.
func (c *Context) source() context.Context {
	if inner, _ := c.made(); inner != nil {
		return inner
	}
	return c.caller
}

// watch sets what is to be called at the end. It returns false where the end has
// come.
func (c *Context) watch(abort func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abort = abort
	return c.cause == nil
}

// made is the inner context, if there is one yet, and why it was ended.
func (c *Context) made() (inner context.Context, cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inner, c.cause
}

// Deadline is the caller's.
func (c *Context) Deadline() (time.Time, bool) { return c.caller.Deadline() }

// Done makes what can be waited for.
func (c *Context) Done() <-chan struct{} { return c.whole().Done() }

// whole is the context as one of package context.
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

// keep takes an inner context, unless another was faster.
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
	return c.caller.Err() // whose end before ours leaves no cause
}

// Value is the caller's; the inner context answers package context, which asks
// for the cause in this way.
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

package resthook

import (
	"context"
	"errors"
	"maps"
	"slices"
)

// inFlight are the hooks in flight, so that Close can wait for them and, in the
// end, cancel them.
type inFlight struct {
	pending

	hooks map[*hookContext]struct{}
}

// errClosing ends what Close does not wait for any longer.
var errClosing = errors.New("the client was closed")

func (f *inFlight) init() {
	f.pending.init()
	f.hooks = map[*hookContext]struct{}{}
}

// start lets a hook start, unless the end has come. Its context is the caller's,
// and ends with the client too.
func (f *inFlight) start(ctx context.Context) (*hookContext, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, false
	}
	one := &hookContext{caller: ctx}
	f.hooks[one] = struct{}{}
	f.count++
	return one, true
}

// done says that a hook is over, as far as Close is concerned: its context is the
// caller's to end.
func (f *inFlight) done(one *hookContext) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.hooks[one]; ok {
		delete(f.hooks, one)
		f.drop()
	}
}

// finish is done, and ends the hook's context.
func (f *inFlight) finish(one *hookContext) {
	f.done(one)
	one.end(context.Canceled)
}

// drain lets no hook start any more and waits for those in flight. It returns how
// many it had to cancel because ctx ended.
func (f *inFlight) drain(ctx context.Context) (canceled int) {
	over := f.close()
	if within(ctx, over) {
		return 0
	}
	canceled = f.cancel()
	f.settles(over)
	return canceled
}

// cancel ends all that are in flight, and returns how many.
func (f *inFlight) cancel() int {
	f.mu.Lock()
	all := slices.Collect(maps.Keys(f.hooks))
	f.mu.Unlock()
	for _, one := range all {
		one.end(errClosing)
	}
	return len(all)
}

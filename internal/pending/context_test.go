package pending_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/pending"
)

var errClosed = errors.New("closed")

// started starts a call and returns its context.
func started(caller context.Context, t *testing.T) *pending.Context {
	t.Helper()
	var calls pending.InFlight
	call, ok := calls.Start(caller)
	require.True(t, ok)
	return call
}

// A context keeps the cause of its end, whether somebody waited for the end or not.
func TestContextKeepsItsCause(t *testing.T) {
	t.Parallel()
	left := errors.New("the caller has left")
	for name, c := range map[string]struct {
		caller, owner error // who ended it, in this order
		cause         error
	}{
		"nobody":                   {},
		"the caller":               {caller: left, cause: left},
		"the owner":                {owner: errClosed, cause: errClosed},
		"the caller, then the end": {caller: left, owner: context.Canceled, cause: left},
	} {
		for _, waited := range []bool{false, true} {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			f := started(ctx, t)
			if waited {
				_ = f.Done()
			}
			if c.caller != nil {
				cancel(c.caller)
			}
			if c.owner != nil {
				f.End(c.owner)
			}
			if c.cause == nil {
				require.NoError(t, f.Err(), name)
				continue
			}
			require.ErrorIs(t, f.Err(), context.Canceled, name)
			for range 2 {
				f.End(errors.New("later"))
				require.ErrorIs(t, f.Err(), context.Canceled, name)
				assert.Equal(t, c.cause, context.Cause(f), "%s, waited for: %v", name, waited)
				<-f.Done()
			}
		}
	}
}

// The error stays DeadlineExceeded after a later End.
func TestContextKeepsTheCallersError(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	f := started(ctx, t)
	require.ErrorIs(t, f.Err(), context.DeadlineExceeded)
	f.End(errClosed)
	assert.ErrorIs(t, f.Err(), context.DeadlineExceeded)
}

// The function of AfterFunc is called at the end, or at once after it, unless it was stopped.
func TestContextAfterFunc(t *testing.T) {
	t.Parallel()
	f := started(context.Background(), t)
	calls := 0
	count := func() { calls++ }
	stop := f.AfterFunc(count)
	assert.True(t, stop())
	f.End(errClosed)
	assert.Zero(t, calls, "stopped")
	stop = f.AfterFunc(count)
	assert.Equal(t, 1, calls)
	assert.False(t, stop())
}

// backwards is a context that calls the functions of AfterFunc in the opposite order.
type backwards struct {
	context.Context //nolint:containedctx // it is a context itself

	funcs []func()
	done  chan struct{}
}

func (b *backwards) Done() <-chan struct{} { return b.done }

func (b *backwards) Err() error {
	select {
	case <-b.done:
		return context.Canceled
	default:
		return nil
	}
}

func (b *backwards) AfterFunc(f func()) (stop func() bool) {
	b.funcs = append(b.funcs, f)
	return func() bool { return true }
}

func (b *backwards) end() {
	close(b.done)
	for _, f := range slices.Backward(b.funcs) {
		f()
		synctest.Wait() // until all that f has started is done
	}
}

// When the function of AfterFunc is called, the context has its error already, also if
// Done was called before.
func TestContextHasItsErrorBeforeAfterFunc(t *testing.T) {
	t.Parallel()
	for _, waited := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			caller := &backwards{Context: t.Context(), done: make(chan struct{})}
			f := started(caller, t)
			if waited {
				_ = f.Done()
			}
			knew := make(chan error, 1)
			f.AfterFunc(sync.OnceFunc(func() { knew <- f.Err() }))
			caller.end()
			require.ErrorIs(t, <-knew, context.Canceled)
			f.End(context.Canceled)
		})
	}
}

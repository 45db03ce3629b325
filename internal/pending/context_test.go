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

// started is the context of a call in flight.
func started(caller context.Context, t *testing.T) *pending.Context {
	t.Helper()
	var calls pending.InFlight
	call, ok := calls.Start(caller)
	require.True(t, ok)
	return call
}

// A context says why it ended, and does not change its mind, whether somebody
// waited for its end or not.
func TestContextSaysWhyItEnded(t *testing.T) {
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
			<-f.Done()
			f.End(errors.New("later"))
			require.ErrorIs(t, f.Err(), context.Canceled, name)
			assert.Equal(t, c.cause, context.Cause(f), "%s, waited for: %v", name, waited)
		}
	}
}

// A caller whose time was over has not canceled, whatever comes after.
func TestContextKeepsTheCallersError(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	f := started(ctx, t)
	require.ErrorIs(t, f.Err(), context.DeadlineExceeded)
	f.End(errClosed)
	assert.ErrorIs(t, f.Err(), context.DeadlineExceeded)
}

// backwards is a context that tells of its end in the order opposite to that in
// which it was asked to.
type backwards struct {
	context.Context //nolint:containedctx // it is a context itself

	told []func()
	done chan struct{}
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

func (b *backwards) AfterFunc(tell func()) (stop func() bool) {
	b.told = append(b.told, tell)
	return func() bool { return true }
}

func (b *backwards) end() {
	close(b.done)
	for _, tell := range slices.Backward(b.told) {
		tell()
		synctest.Wait() // what was told has been done
	}
}

// When a call is aborted, its context knows why, also where somebody has waited for
// the context before.
func TestContextKnowsWhyBeforeItEndsAnything(t *testing.T) {
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

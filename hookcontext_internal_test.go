package resthook

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A hook's context says why it ended, and does not change its mind, whether somebody
// waited for its end or not.
func TestHookContextSaysWhyItEnded(t *testing.T) {
	t.Parallel()
	left := errors.New("the caller has left")
	for name, c := range map[string]struct {
		caller, client error // who ended it, in this order
		cause          error
	}{
		"nobody":                   {},
		"the caller":               {caller: left, cause: left},
		"the client":               {client: errClosing, cause: errClosing},
		"the caller, then landing": {caller: left, client: context.Canceled, cause: left},
	} {
		for _, waited := range []bool{false, true} {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			f := &hookContext{caller: ctx}
			if waited {
				_ = f.Done()
			}
			if c.caller != nil {
				cancel(c.caller)
			}
			if c.client != nil {
				f.end(c.client)
			}
			if c.cause == nil {
				require.NoError(t, f.Err(), name)
				continue
			}
			require.ErrorIs(t, f.Err(), context.Canceled, name)
			<-f.Done()
			f.end(errors.New("later"))
			require.ErrorIs(t, f.Err(), context.Canceled, name)
			assert.Equal(t, c.cause, context.Cause(f), "%s, waited for: %v", name, waited)
		}
	}
}

// A caller whose time was over has not canceled, whatever comes after.
func TestHookContextKeepsTheCallersError(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	f := &hookContext{caller: ctx}
	require.ErrorIs(t, f.Err(), context.DeadlineExceeded)
	f.end(errClosing)
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

// When a connection is ended, its flight knows why, also where somebody has waited
// for the flight before.
func TestHookContextKnowsWhyBeforeItEndsAnything(t *testing.T) {
	t.Parallel()
	for _, waited := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			caller := &backwards{Context: t.Context(), done: make(chan struct{})}
			f := &hookContext{caller: caller}
			if waited {
				_ = f.Done()
			}
			knew := make(chan error, 1)
			f.AfterFunc(sync.OnceFunc(func() { knew <- f.Err() }))
			caller.end()
			require.ErrorIs(t, <-knew, context.Canceled)
			f.end(context.Canceled)
		})
	}
}

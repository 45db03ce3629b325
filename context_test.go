package resthook_test

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// deadlineOnly is a context that has a deadline and never ends.
type deadlineOnly struct {
	context.Context //nolint:containedctx // it is one

	at time.Time
}

func (c deadlineOnly) Deadline() (time.Time, bool) { return c.at, true }

func TestContextThatHeedsNoDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)})
		begun := time.Now()
		_, err := b.client.Connect(deadlineOnly{context.WithoutCancel(t.Context()), begun.Add(time.Second)}, &resthook.Connection{})
		require.Error(t, err)
		assert.Less(t, time.Since(begun), time.Minute)
	})
}

// callingContext calls a function at the first call of Err.
type callingContext struct {
	context.Context //nolint:containedctx // it is one

	call   func()
	called atomic.Bool
}

func (c *callingContext) Err() error {
	if !c.called.Swap(true) {
		c.call()
	}
	return c.Context.Err()
}

// A context is foreign code: it may close the client that calls it.
func TestAContextThatCloses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Second, hooktest.Answer(200, `{}`))})
		s := b.session(t, "s")
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		ctx := &callingContext{Context: t.Context(), call: func() { _ = b.client.Close(ended) }}
		_, err := resthook.PublishStream.Send(ctx, s, &resthook.Stream{Name: "cam"})
		require.NoError(t, err, "under LOG")
		assert.True(t, ctx.called.Load())
		assert.Less(t, time.Since(b.begun), time.Second, "the hook has ended with the client")
	})
}

// A nil context is an error, and does nothing.
func TestNilContexts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)})
		s := b.session(t, "s")
		var none context.Context
		for name, call := range map[string]func() error{
			"connect":    func() error { _, err := b.client.Connect(none, &resthook.Connection{}); return err },
			"send":       func() error { _, err := resthook.PublishStream.Send(none, s, &resthook.Stream{}); return err },
			"json":       func() error { _, err := resthook.PublishStream.SendJSON(none, b.client, []byte(`{}`)); return err },
			"disconnect": func() error { return s.Disconnect(none) },
			"close":      func() error { return b.client.Close(none) },
			"shutdown":   func() error { return b.client.Shutdown(none) },
		} {
			require.ErrorIs(t, call(), resthook.ErrConfig, name)
		}
		assert.Len(t, b.client.Sessions(), 1)
		_, err := resthook.PublishStream.Send(t.Context(), s, &resthook.Stream{})
		require.NoError(t, err)
		require.NoError(t, b.client.Shutdown(t.Context()))
		var client *resthook.Client
		for _, c := range []*resthook.Client{client, {}} {
			require.ErrorIs(t, c.Close(t.Context()), resthook.ErrConfig)
			require.ErrorIs(t, c.Shutdown(t.Context()), resthook.ErrConfig)
			require.ErrorIs(t, c.Reload(resthook.DefaultConfig()), resthook.ErrConfig)
			_, err = c.Resume(&resthook.Connection{})
			require.ErrorIs(t, err, resthook.ErrConfig)
			assert.Empty(t, c.Sessions())
			assert.Equal(t, resthook.Stats{}, c.Stats())
		}
	})
}

// foreign is a context that calls back, and may panic.
type foreign struct {
	context.Context //nolint:containedctx // it is one

	call func()
}

func (f foreign) Err() error                  { f.call(); return f.Context.Err() }
func (f foreign) Done() <-chan struct{}       { f.call(); return f.Context.Done() }
func (f foreign) Value(key any) any           { f.call(); return f.Context.Value(key) }
func (f foreign) Deadline() (time.Time, bool) { f.call(); return f.Context.Deadline() }

// A caller's context is foreign code: it may call the library, and it may panic.
func TestContextsThatCallBack(t *testing.T) {
	t.Parallel()
	for _, after := range []int{0, 1, 2, 3, 5, 8, math.MaxInt} {
		synctest.Test(t, func(t *testing.T) {
			b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)})
			s := b.session(t, "s")
			var mu sync.Mutex
			calls, busy := 0, false
			ctx := foreign{t.Context(), func() {
				mu.Lock()
				calls++
				fatal := calls > after
				nested := busy
				busy = true
				mu.Unlock()
				if fatal {
					panic("a context without a mind")
				}
				if !nested {
					within(t, 0, func(ctx context.Context) error {
						_, err := resthook.PublishStream.Send(ctx, s, &resthook.Stream{})
						return err
					})
					b.client.Sessions()
					mu.Lock()
					busy = false
					mu.Unlock()
				}
			}}
			func() {
				defer func() { _ = recover() }()
				_, _ = resthook.PublishStream.Send(ctx, s, &resthook.Stream{})
			}()
			begun := time.Now()
			require.NoError(t, s.Disconnect(t.Context()))
			require.NoError(t, b.client.Close(t.Context()))
			assert.Zero(t, time.Since(begun), "nothing is left in flight (after %d calls)", after)
		})
	}
}

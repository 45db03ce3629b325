package pending_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/pending"
)

func Example() {
	var calls pending.InFlight
	call, _ := calls.Start(context.Background())
	go func() {
		<-call.Done()
		fmt.Println(context.Cause(call))
		calls.Finish(call)
	}()

	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	fmt.Println("canceled:", calls.Drain(ctx, errors.New("the end of the program")))
	_, ok := calls.Start(context.Background())
	fmt.Println("another may start:", ok)
	// Output:
	// the end of the program
	// canceled: 1
	// another may start: false
}

func open(c <-chan struct{}) bool {
	select {
	case <-c:
		return false
	default:
		return true
	}
}

// After Close only More counts; the channel is closed by the last End.
func TestCounterCloses(t *testing.T) {
	t.Parallel()
	var c pending.Counter
	require.True(t, c.Begin())
	require.False(t, c.Closed())
	empty := c.Close()
	require.Equal(t, empty, c.Close(), "the same for every call")
	assert.True(t, c.Closed())
	assert.False(t, c.Begin())
	c.More()
	assert.Equal(t, 2, c.Count())
	c.End()
	assert.True(t, open(empty))
	c.End()
	assert.False(t, open(empty))
	assert.False(t, open(c.Close()), "another Close")
}

func TestCounterOfNothing(t *testing.T) {
	t.Parallel()
	var c pending.Counter
	require.True(t, c.Begin())
	c.End()
	assert.False(t, open(c.Close()))
}

// WaitForCanceled waits while one after the other ends.
func TestCounterWaitsForCanceled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ends   []time.Duration // one after the other
		stuck  int             // that never end
		took   time.Duration
		remain int
	}{
		"none":            {},
		"all, slowly":     {ends: []time.Duration{90 * time.Millisecond, 90 * time.Millisecond, 90 * time.Millisecond}, took: 270 * time.Millisecond},
		"one is stuck":    {stuck: 1, took: 100 * time.Millisecond, remain: 1},
		"some, then none": {ends: []time.Duration{90 * time.Millisecond, 90 * time.Millisecond}, stuck: 2, took: 300 * time.Millisecond, remain: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var count pending.Counter
				for range len(c.ends) + c.stuck {
					require.True(t, count.Begin())
				}
				go func() {
					for _, wait := range c.ends {
						time.Sleep(wait)
						count.End()
					}
				}()
				begun := time.Now()
				count.WaitForCanceled()
				assert.Equal(t, c.took, time.Since(begun))
				assert.Equal(t, c.remain, count.Count())
			})
		})
	}
}

// Wait returns true if over is closed, even if its context has ended too.
func TestWait(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	over := make(chan struct{})
	assert.False(t, pending.Wait(ended, over))
	close(over)
	for range 100 {
		require.True(t, pending.Wait(ended, over))
	}
}

// A call is counted out once, however often Leave and Finish are called.
func TestInFlightCountsOnce(t *testing.T) {
	t.Parallel()
	var calls pending.InFlight
	one, _ := calls.Start(t.Context())
	two, _ := calls.Start(t.Context())
	require.NotNil(t, two)
	calls.Leave(one)
	require.NoError(t, one.Err(), "its context does not end")
	calls.Leave(one)
	calls.Finish(one)
	require.ErrorIs(t, one.Err(), context.Canceled)
	assert.Equal(t, 1, calls.Count())
	assert.True(t, open(calls.Close()))
	calls.Finish(two)
	assert.False(t, open(calls.Close()))
}

// Drain cancels calls when its context ends, and not before.
func TestInFlightDrains(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		takes    time.Duration // of a call
		canceled int
		cause    error
	}{
		"in time":  {takes: time.Second, cause: context.Canceled},
		"too long": {takes: time.Hour, canceled: 1, cause: errClosed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var calls pending.InFlight
				call, _ := calls.Start(t.Context())
				go func() {
					select {
					case <-call.Done():
					case <-time.After(c.takes):
					}
					calls.Finish(call)
				}()
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				assert.Equal(t, c.canceled, calls.Drain(ctx, errClosed))
				assert.True(t, calls.Closed())
				assert.Zero(t, calls.Count())
				assert.Equal(t, c.cause, context.Cause(call))
			})
		})
	}
}

// A call that ignores its context does not hold up Drain for long.
func TestInFlightDrainsWithACallThatIgnoresItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls pending.InFlight
		_, ok := calls.Start(t.Context())
		require.True(t, ok)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		begun := time.Now()
		assert.Equal(t, 1, calls.Drain(ctx, errClosed))
		assert.Less(t, time.Since(begun), time.Second)
		assert.Equal(t, 1, calls.Count())
	})
}

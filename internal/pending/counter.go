package pending

import (
	"context"
	"sync"
	"time"
)

// Counter counts what has begun and not ended. After [Counter.Close] nothing begins
// any more.
type Counter struct {
	mu     sync.Mutex
	closed bool
	count  int
	ended  uint64        // how many have ended
	empty  chan struct{} // made by Close; closed when none is left
}

// Begin counts one in. After Close it returns false, and counts nothing.
func (c *Counter) Begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.begin()
}

// begin is Begin for one who holds the lock.
func (c *Counter) begin() bool {
	if c.closed {
		return false
	}
	c.count++
	return true
}

// More counts one more in on behalf of one that has begun and not ended, after Close
// too.
func (c *Counter) More() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
}

// End counts one out.
func (c *Counter) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end()
}

// end is End for one who holds the lock.
func (c *Counter) end() {
	c.count--
	c.ended++
	if c.closed && c.count == 0 {
		close(c.empty)
	}
}

// Close lets nothing begin any more. The channel, the same for every call, is closed
// when none is left.
func (c *Counter) Close() (empty <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.empty
	}
	c.closed, c.empty = true, make(chan struct{})
	if c.count == 0 {
		close(c.empty)
	}
	return c.empty
}

// Closed reports whether Close was called.
func (c *Counter) Closed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// Count is how many have begun and not ended.
func (c *Counter) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count
}

// WaitForCanceled closes the counter and waits for what was canceled, as long as one
// after the other ends. It returns when none is left, or when for a while none has
// ended.
func (c *Counter) WaitForCanceled() {
	WaitWhile(c.Close(), func() uint64 {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.ended
	})
}

// patience is how long WaitWhile waits where nothing ends any more.
const patience = 100 * time.Millisecond

// WaitWhile waits until over is closed, as long as the number of what has ended grows.
// It reports whether over was closed.
func WaitWhile(over <-chan struct{}, ended func() uint64) bool {
	for before := ended(); ; {
		timer := time.NewTimer(patience)
		select {
		case <-over:
			timer.Stop()
			return true
		case <-timer.C:
		}
		now := ended()
		if now == before {
			return false
		}
		before = now
	}
}

// Wait waits until over is closed, at most until ctx ends. It reports whether over
// was closed, and prefers that where both are true.
func Wait(ctx context.Context, over <-chan struct{}) bool {
	select {
	case <-over:
		return true
	default:
	}
	select {
	case <-over:
		return true
	case <-ctx.Done():
		return false
	}
}

package pending

import (
	"context"
	"sync"
	"time"
)

// Counter counts what has begun and not ended. After [Counter.Close] nothing new begins.
type Counter struct {
	mu     sync.Mutex
	closed bool
	count  int
	ended  uint64        // how many have ended
	empty  chan struct{} // made by Close; closed when the count is 0
}

// Begin counts one more. After Close it counts nothing and returns false.
func (c *Counter) Begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.begin()
}

// begin is Begin with the lock held.
func (c *Counter) begin() bool {
	if c.closed {
		return false
	}
	c.count++
	return true
}

// More counts one more, also after Close, on behalf of one that has begun and not ended.
func (c *Counter) More() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
}

// End counts one less.
func (c *Counter) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end()
}

// end is End with the lock held.
func (c *Counter) end() {
	c.count--
	c.ended++
	if c.closed && c.count == 0 {
		close(c.empty)
	}
}

// Close lets nothing new begin. It always returns the same channel, which is closed when
// the count is 0.
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

// WaitForCanceled closes the counter and waits for work that was canceled. It returns when
// all has ended, or when nothing has ended for 100 ms.
func (c *Counter) WaitForCanceled() {
	WaitWhile(c.Close(), func() uint64 {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.ended
	})
}

// patience is how long WaitWhile waits for the number to grow.
const patience = 100 * time.Millisecond

// WaitWhile waits until over is closed, while the number that ended returns grows every
// 100 ms. It reports whether over was closed.
func WaitWhile(over <-chan struct{}, ended func() uint64) bool {
	for before := ended(); ; {
		select {
		case <-over:
			return true
		case <-time.After(patience):
		}
		now := ended()
		if now == before {
			return false
		}
		before = now
	}
}

// Wait waits until over is closed or ctx ends. It reports whether over was closed, also
// if ctx has ended too.
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

package dispatch

import (
	"sync"
	"time"
)

// Throttle reports how often something has happened, and the last instance of it, each
// thing at most once a second: the first time at once, what follows when the second is
// over. The reports are calls of a dispatcher. It keeps an entry for each key, so that
// their number has to be bounded. It is safe for concurrent use.
type Throttle[K comparable, V any] struct {
	dispatcher *Dispatcher
	report     func(key K, last V, count int)

	mu     sync.Mutex
	counts map[K]*count[V]
}

// count is what was counted and not reported.
type count[V any] struct {
	n     int
	last  V
	next  time.Time   // when it may be reported
	timer *time.Timer // reports it then, where nothing more happens
}

// NewThrottle makes a throttle that has the dispatcher call report.
func NewThrottle[K comparable, V any](d *Dispatcher, report func(key K, last V, count int)) *Throttle[K, V] {
	return &Throttle[K, V]{dispatcher: d, report: report, counts: map[K]*count[V]{}}
}

// Add counts one more, and reports what may be reported now. It never waits.
func (t *Throttle[K, V]) Add(key K, last V) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.counts[key]
	if c == nil {
		c = &count[V]{}
		t.counts[key] = c
	}
	c.n, c.last = c.n+1, last
	switch wait := time.Until(c.next); {
	case wait <= 0:
		t.take(key, c)
	case c.timer == nil:
		c.timer = time.AfterFunc(wait, func() { t.late(key, c) })
	}
}

// take reports what was counted, if anything was, and begins another second.
func (t *Throttle[K, V]) take(key K, c *count[V]) {
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
	n, last := c.n, c.last
	c.n, c.next = 0, time.Now().Add(interval)
	if n > 0 {
		t.dispatcher.Add(func() { t.report(key, last, n) })
	}
}

func (t *Throttle[K, V]) late(key K, c *count[V]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.take(key, c)
}

// Flush reports what was not reported yet.
func (t *Throttle[K, V]) Flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, c := range t.counts {
		t.take(key, c)
	}
}

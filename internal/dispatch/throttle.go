package dispatch

import (
	"sync"
	"time"
)

// Throttle reports how often something has happened, with its last instance, at most once
// a second for each key (rate limiting). The first time is reported at once, the following
// ones when the second is over. The reports are calls of a dispatcher. It never forgets a
// key, so the number of keys has to be bounded. It is safe for concurrent use.
type Throttle[K comparable, V any] struct {
	dispatcher *Dispatcher
	report     func(key K, last V, count int)

	mu     sync.Mutex
	counts map[K]*count[V]
}

// count is what was counted of a key since the last report.
type count[V any] struct {
	n     int
	last  V
	next  time.Time   // of the earliest report
	timer *time.Timer // makes that report; nil if none is due
}

// NewThrottle makes a throttle that has the dispatcher call report.
func NewThrottle[K comparable, V any](d *Dispatcher, report func(key K, last V, count int)) *Throttle[K, V] {
	return &Throttle[K, V]{dispatcher: d, report: report, counts: map[K]*count[V]{}}
}

// Add counts one more, and reports it at once if a report may be made. It never waits.
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

// take reports what was counted and starts the next second.
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

// Flush reports at once what was counted and not reported.
func (t *Throttle[K, V]) Flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, c := range t.counts {
		t.take(key, c)
	}
}

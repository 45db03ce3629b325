package dispatch

import (
	"sync"
	"time"
)

// Throttle reports how often something has happened, each thing at most once a second:
// the first time at once, what follows when the second is over. The reports are calls
// of a dispatcher. It keeps an entry for each key, so that their number has to be
// bounded. It is safe for concurrent use.
type Throttle[K comparable] struct {
	dispatcher *Dispatcher
	report     func(key K, count int)

	mu     sync.Mutex
	counts map[K]*count
}

// count is what was counted and not reported.
type count struct {
	n     int
	next  time.Time   // when it may be reported
	timer *time.Timer // reports it then, where nothing more happens
}

// NewThrottle makes a throttle that has the dispatcher call report.
func NewThrottle[K comparable](d *Dispatcher, report func(key K, count int)) *Throttle[K] {
	return &Throttle[K]{dispatcher: d, report: report, counts: map[K]*count{}}
}

// Add counts one more, and reports what may be reported now. It never waits.
func (t *Throttle[K]) Add(key K) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.counts[key]
	if c == nil {
		c = &count{}
		t.counts[key] = c
	}
	c.n++
	switch wait := time.Until(c.next); {
	case wait <= 0:
		t.take(key, c)
	case c.timer == nil:
		c.timer = time.AfterFunc(wait, func() { t.late(key, c) })
	}
}

// take reports what was counted, if anything was, and begins another second.
func (t *Throttle[K]) take(key K, c *count) {
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
	n := c.n
	c.n, c.next = 0, time.Now().Add(interval)
	if n > 0 {
		t.dispatcher.Add(func() { t.report(key, n) })
	}
}

func (t *Throttle[K]) late(key K, c *count) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.take(key, c)
}

// Flush reports what was not reported yet.
func (t *Throttle[K]) Flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, c := range t.counts {
		t.take(key, c)
	}
}

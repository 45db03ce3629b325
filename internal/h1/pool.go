package h1

import (
	"container/list"
	"math"
	"slices"
	"time"
)

// pool is the connection pool of one endpoint: the number of open connections, a stack of
// idle ones, and the waiters. A waiter takes what comes first: a connection that becomes
// free or a dial that succeeds, for whichever waiter it was begun. A connection that nobody
// waits for becomes idle. The transport's lock guards all of it.
type pool struct {
	to         Endpoint
	limit      int     // of open; 0: none
	idle       []*conn // the one used last is last
	open       int     // connections, including dials in progress
	dialing    int     // dials in progress
	slow       int     // of these, those that take long to connect
	background int     // connections used by background requests

	urgent, patient list.List // of *waiter; background requests are the patient ones
	shortUntil      time.Time // no dial until then: one has failed for lack of descriptors
}

// waiter is a request that waits for a connection.
type waiter struct {
	background bool
	fresh      bool          // needs a connection that carried no request
	connected  bool          // a dial was begun for it
	place      *list.Element // nil once it has got a delivery
	ready      chan delivery // with room for one
}

// delivery is what a waiter gets: a connection or the error of a dial.
type delivery struct {
	conn *conn
	err  error
}

// actions are to be done after the lock is given up: first the closes, then the dials.
type actions struct {
	close []*conn
	dials int
}

// share is how many connections background requests may use at once.
func (p *pool) share() int {
	switch p.limit {
	case 0:
		return math.MaxInt
	case 1:
		return 1
	}
	return p.limit - max(1, p.limit/4)
}

// eligible is how many waiters may get a connection: all but the background requests beyond
// their share.
func (p *pool) eligible() int {
	return p.urgent.Len() + max(0, min(p.patient.Len(), p.share()-p.background))
}

// isEligible reports whether the last waiter is eligible.
func (p *pool) isEligible(w *waiter) bool {
	return !w.background || p.background+p.patient.Len() <= p.share()
}

// eligibleWaiters yields the eligible waiters in order.
func (p *pool) eligibleWaiters(yield func(*waiter) bool) {
	n := p.eligible()
	for _, line := range [...]*list.List{&p.urgent, &p.patient} {
		for e := line.Front(); e != nil && n > 0; n-- {
			next := e.Next()
			if w, _ := e.Value.(*waiter); !yield(w) {
				return
			}
			e = next
		}
	}
}

// take returns an idle connection, or nil if the request has to wait.
func (p *pool) take(background, fresh bool) *conn {
	n := len(p.idle)
	if n == 0 || background && p.background >= p.share() || fresh && p.idle[n-1].used {
		return nil
	}
	return p.pop(background)
}

func (p *pool) pop(background bool) *conn {
	n := len(p.idle) - 1
	c := p.idle[n]
	p.idle[n] = nil
	p.idle = p.idle[:n]
	p.use(c, background)
	return c
}

// use records that a request uses a connection.
func (p *pool) use(c *conn, background bool) {
	c.background = background
	if background {
		p.background++
	}
}

// join adds a waiter: at the end, or in front of the others if it waits again because it
// got a connection that had been closed.
func (p *pool) join(background, fresh, again bool) *waiter {
	w := &waiter{background: background, fresh: fresh, ready: make(chan delivery, 1)}
	if again {
		w.place = p.listOf(w).PushFront(w)
	} else {
		w.place = p.listOf(w).PushBack(w)
	}
	return w
}

func (p *pool) listOf(w *waiter) *list.List {
	if w.background {
		return &p.patient
	}
	return &p.urgent
}

// leave removes a waiter. It returns false if the waiter has got a delivery.
func (p *pool) leave(w *waiter) bool {
	if w.place == nil {
		return false
	}
	p.listOf(w).Remove(w.place)
	w.place = nil
	return true
}

func (p *pool) deliver(w *waiter, d delivery) {
	p.leave(w)
	w.ready <- d
}

// failAll fails all waiters with ErrClosed.
func (p *pool) failAll() {
	for _, line := range [...]*list.List{&p.urgent, &p.patient} {
		for line.Len() > 0 {
			w, _ := line.Front().Value.(*waiter)
			p.deliver(w, delivery{err: ErrClosed})
		}
	}
}

// release records that a connection is no longer used.
func (p *pool) release(c *conn) {
	if c.background {
		c.background = false
		p.background--
	}
}

// serve gives idle connections to waiters and returns the dials to begin.
func (p *pool) serve() (do actions) {
	for n := len(p.idle); n > 0 && p.give(p.idle[n-1]); n-- {
		p.idle[n-1] = nil
		p.idle = p.idle[:n-1]
	}
	for p.expected() < p.eligible() && (p.mayDial() || p.evict(&do)) {
		p.open++
		p.dialing++
		do.dials++
	}
	p.markConnected(do.dials)
	return do
}

// give gives a connection to the first waiter that can use it. It returns false if there is
// none.
func (p *pool) give(c *conn) bool {
	w := p.firstFor(c)
	if w == nil {
		return false
	}
	p.use(c, w.background)
	p.deliver(w, delivery{conn: c})
	return true
}

// firstFor is the first waiter that can use the connection, or nil.
func (p *pool) firstFor(c *conn) *waiter {
	for w := range p.eligibleWaiters {
		if !w.fresh || !c.used {
			return w
		}
	}
	return nil
}

// expected is how many dials are expected to succeed soon. For each urgent waiter, a slow
// dial does not count, so that another is begun: its packets may be lost.
func (p *pool) expected() int { return p.dialing - min(p.slow, p.urgent.Len()) }

// mayDial reports whether another connection may be made. Without free descriptors, the open
// connections have to do for a while.
func (p *pool) mayDial() bool {
	return (p.limit == 0 || p.open < p.limit) && (p.open == 0 || !p.isShort())
}

func (p *pool) isShort() bool { return time.Now().Before(p.shortUntil) }

// shortTime is how long a pool begins no dial after one has failed for lack of descriptors,
// unless one of its connections is closed before.
const shortTime = time.Second

// evict closes an idle connection to make way for a new one: the waiters left need one.
func (p *pool) evict(do *actions) bool {
	if len(p.idle) == 0 || p.isShort() {
		return false
	}
	do.close = append(do.close, p.idle[0])
	p.idle = slices.Delete(p.idle, 0, 1)
	p.open--
	return true
}

// markConnected marks the waiters for whom n dials were begun.
func (p *pool) markConnected(n int) {
	for w := range p.eligibleWaiters {
		if n == 0 {
			return
		}
		if !w.connected {
			w.connected = true
			n--
		}
	}
}

// dialFailed ends a dial that failed. If there are now more waiters than dials, the first
// waiter for whom a dial was begun gets the error.
func (p *pool) dialFailed(err error) {
	p.open--
	short := isShort(err)
	if short {
		p.shortUntil = time.Now().Add(shortTime)
	}
	if short && p.open > 0 || p.eligible() <= p.expected() {
		return
	}
	for w := range p.eligibleWaiters {
		if w.connected {
			p.deliver(w, delivery{err: err})
			return
		}
	}
}

package h1

import (
	"container/list"
	"math"
	"slices"
	"time"
)

// pool is the connections to one endpoint: a count of those that are open, a stack
// of those that are idle, and who waits for one. Who waits takes what comes first,
// a connection that comes free or a dial that succeeds, whoever it was begun for;
// a dial that nobody waits for any more becomes idle. All of it is guarded by the
// transport's lock.
type pool struct {
	to         Endpoint
	limit      int     // of open; 0: none
	idle       []*conn // the one used last is last
	open       int     // connections, those being made included
	dialing    int     // those being made
	slow       int     // of these, those whose connect takes long
	background int     // those that background requests use

	first, second list.List // of *waiter: background requests are in the second
	short         time.Time // until then no dial is tried: one has failed for want of descriptors
}

// waiter is somebody who waits for a connection.
type waiter struct {
	background bool
	fresh      bool          // only for one that carried no request
	connected  bool          // a dial was begun for it
	place      *list.Element // nil once a delivery was made
	ready      chan delivery // of one
}

// delivery is what a waiter gets: a connection, or why its dial failed.
type delivery struct {
	conn *conn
	err  error
}

// chores are what is to be done without the lock: first close, then dial.
type chores struct {
	close []*conn
	dials int
}

// share is how many connections background requests can use at once.
func (p *pool) share() int {
	switch p.limit {
	case 0:
		return math.MaxInt
	case 1:
		return 1
	}
	return p.limit - max(1, p.limit/4)
}

// eligible is how many wait for a connection that they might use.
func (p *pool) eligible() int {
	return p.first.Len() + max(0, min(p.second.Len(), p.share()-p.background))
}

// serves reports whether one who came last is among them.
func (p *pool) serves(w *waiter) bool {
	return !w.background || p.background+p.second.Len() <= p.share()
}

// waiting yields them, in their order.
func (p *pool) waiting(yield func(*waiter) bool) {
	n := p.eligible()
	for _, line := range [...]*list.List{&p.first, &p.second} {
		for e := line.Front(); e != nil && n > 0; n-- {
			next := e.Next()
			if w, _ := e.Value.(*waiter); !yield(w) {
				return
			}
			e = next
		}
	}
}

// take returns an idle connection for a request that need not wait, or nil.
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

// use begins the use of a connection.
func (p *pool) use(c *conn, background bool) {
	c.background = background
	if background {
		p.background++
	}
}

// enter puts somebody in line; again is for who got a connection that was gone,
// and comes before the others.
func (p *pool) enter(background, fresh, again bool) *waiter {
	w := &waiter{background: background, fresh: fresh, ready: make(chan delivery, 1)}
	if again {
		w.place = p.line(w).PushFront(w)
	} else {
		w.place = p.line(w).PushBack(w)
	}
	return w
}

func (p *pool) line(w *waiter) *list.List {
	if w.background {
		return &p.second
	}
	return &p.first
}

// leave takes somebody out of the line. It returns false where a delivery was
// made.
func (p *pool) leave(w *waiter) bool {
	if w.place == nil {
		return false
	}
	p.line(w).Remove(w.place)
	w.place = nil
	return true
}

func (p *pool) deliver(w *waiter, d delivery) {
	p.leave(w)
	w.ready <- d
}

// dismiss sends away everybody who waits.
func (p *pool) dismiss() {
	for _, line := range [...]*list.List{&p.first, &p.second} {
		for line.Len() > 0 {
			w, _ := line.Front().Value.(*waiter)
			p.deliver(w, delivery{err: ErrClosed})
		}
	}
}

// release ends the use of a connection.
func (p *pool) release(c *conn) {
	if c.background {
		c.background = false
		p.background--
	}
}

// serve hands out what is idle, and says which dials there are to begin.
func (p *pool) serve() (do chores) {
	for n := len(p.idle); n > 0 && p.hand(p.idle[n-1]); n-- {
		p.idle[n-1] = nil
		p.idle = p.idle[:n-1]
	}
	for p.hopes() < p.eligible() && (p.room() || p.evict(&do)) {
		p.open++
		p.dialing++
		do.dials++
	}
	p.mark(do.dials)
	return do
}

// hand gives the connection to the first who can use it. It returns false where
// nobody can.
func (p *pool) hand(c *conn) bool {
	w := p.taker(c)
	if w == nil {
		return false
	}
	p.use(c, w.background)
	p.deliver(w, delivery{conn: c})
	return true
}

// taker is the first who can use the connection.
func (p *pool) taker(c *conn) *waiter {
	for w := range p.waiting {
		if !w.fresh || !c.used {
			return w
		}
	}
	return nil
}

// hopes is how many dials are counted on. Beside one whose connect takes long, since
// its packets may be lost, another is begun for each decision that waits; events can
// wait.
func (p *pool) hopes() int { return p.dialing - min(p.slow, p.first.Len()) }

// room reports whether another connection can be made. Where descriptors are
// short, those that there are have to do for a while.
func (p *pool) room() bool {
	return (p.limit == 0 || p.open < p.limit) && (p.open == 0 || !p.isShort())
}

func (p *pool) isShort() bool { return time.Now().Before(p.short) }

// shortTime is how long a pool does with what it has after a dial that failed for
// want of descriptors, unless one of its connections is closed before.
const shortTime = time.Second

// evict makes room for those who want a connection that carried no request: the
// idle ones are of no use to them.
func (p *pool) evict(do *chores) bool {
	if len(p.idle) == 0 || p.isShort() {
		return false
	}
	do.close = append(do.close, p.idle[0])
	p.idle = slices.Delete(p.idle, 0, 1)
	p.open--
	return true
}

// mark notes for whom n dials were begun.
func (p *pool) mark(n int) {
	for w := range p.waiting {
		if n == 0 {
			return
		}
		if !w.connected {
			w.connected = true
			n--
		}
	}
}

// fail tells of a dial that failed, where there are more who wait than dials: the
// first for whom one was begun.
func (p *pool) fail(err error) {
	p.open--
	short := isShort(err)
	if short {
		p.short = time.Now().Add(shortTime)
	}
	if short && p.open > 0 || p.eligible() <= p.hopes() {
		return
	}
	for w := range p.waiting {
		if w.connected {
			p.deliver(w, delivery{err: err})
			return
		}
	}
}

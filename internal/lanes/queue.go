package lanes

import (
	"container/heap"
	"context"
	"errors"
	"sync"
	"time"
)

// Priorities is how many priorities there are, from 0, which is shed first.
const Priorities = 3

// Item is something to queue.
type Item[V any] struct {
	Value    V
	Owner    string // has a share of the bounds
	Lane     string // is given out in order, one item at a time; a name among those of its owner
	Priority int    // from 0 to Priorities-1
	Size     int    // what it takes of the bounds
	// Replaces names what the item tells of, where only the newest counts: an
	// older item of the lane with the same text goes, if it was never given out.
	// Empty: none.
	Replaces string
}

// Limits bound a [Queue].
type Limits struct{ Items, Size, LaneItems, LaneSize int }

// Dropped is an item that lost its place to another.
type Dropped[V any] struct {
	Value    V
	Replaced bool // by a newer one that tells of the same; else there was no room
}

var (
	// ErrClosed is returned by a [Queue] that is closed.
	ErrClosed = errors.New("the queue is closed")
	// ErrFull is returned by [Queue.Push] for an item that found no room.
	ErrFull = errors.New("no room in the queue")
)

// Queue holds items in memory. It is made by [New], and safe for concurrent use.
type Queue[V any] struct {
	limits Limits

	mu      sync.Mutex
	closed  bool
	load    load
	newest  uint64 // the number of the newest item
	turns   uint64 // how often a lane got ready
	lanes   map[laneKey]*lane[V]
	owners  map[string]*owner[V]
	waiters []*waiter // to be used again
}

// New returns an empty queue.
func New[V any](limits Limits) *Queue[V] {
	return &Queue[V]{limits: limits, lanes: map[laneKey]*lane[V]{}, owners: map[string]*owner[V]{}}
}

// load is what items take of the limits.
type load struct{ items, size int }

func (l *load) add(items, size int) {
	l.items += items
	l.size += size
}

// over reports whether the load is beyond a limit of items or of their size.
func (l load) over(items, size int) bool { return l.items > items || l.size > size }

// part is the load as a part of the limits, the larger one of the two.
func (l load) part(items, size int) float64 {
	return max(float64(l.items)/float64(items), float64(l.size)/float64(size))
}

func (q *Queue[V]) owner(key string) *owner[V] {
	o, ok := q.owners[key]
	if !ok {
		o = newOwner[V]()
		q.owners[key] = o
	}
	return o
}

func (q *Queue[V]) lane(owner, name string) *lane[V] {
	key := laneKey{owner, name}
	l, ok := q.lanes[key]
	if !ok {
		l = &lane[V]{key: key, owner: q.owner(owner), waiting: newByPriority[V](ofLane), place: -1}
		q.lanes[key] = l
	}
	return l
}

// Push takes an item, and returns those that lost their place to it. It waits for
// nothing. An error, [ErrFull] or [ErrClosed], means that the item itself was not
// taken.
func (q *Queue[V]) Push(item Item[V]) ([]Dropped[V], error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return nil, ErrClosed
	case item.Size > min(q.limits.Size, q.limits.LaneSize):
		return nil, ErrFull // no room that others made would do
	}
	n, old := q.add(item)
	var dropped []Dropped[V]
	if old != nil {
		q.remove(old)
		dropped = append(dropped, Dropped[V]{old.item.Value, true})
	}
	return q.makeRoom(n, dropped)
}

// add puts an item in its lane, and returns the one that it replaces.
func (q *Queue[V]) add(item Item[V]) (n, old *entry[V]) {
	l := q.lane(item.Owner, item.Lane)
	old = l.newest[item.Replaces]
	idle := l.empty()
	q.newest++
	n = &entry[V]{item: item, lane: l, number: q.newest}
	n.item.Priority = max(0, min(item.Priority, Priorities-1))
	l.add(n)
	q.count(n, 1)
	if idle {
		q.addReady(l)
	}
	return n, old
}

func (q *Queue[V]) addReady(l *lane[V]) {
	q.turns++
	l.owner.addReady(l, q.turns)
}

func (q *Queue[V]) count(n *entry[V], by int) {
	q.load.add(by, by*n.item.Size)
	n.lane.owner.load.add(by, by*n.item.Size)
	n.lane.size += by * n.item.Size
}

// makeRoom sheds items until the limits hold. The newcomer may be among them.
func (q *Queue[V]) makeRoom(newcomer *entry[V], dropped []Dropped[V]) (_ []Dropped[V], err error) {
	shed := func(n *entry[V]) bool {
		switch n {
		case nil:
			return false
		case newcomer:
			err = ErrFull
		default:
			dropped = append(dropped, Dropped[V]{Value: n.item.Value})
		}
		q.remove(n)
		return true
	}
	l := newcomer.lane
	for l.waiting.count() > q.limits.LaneItems || l.size > q.limits.LaneSize {
		if !shed(l.waiting.least()) {
			break
		}
	}
	for q.load.over(q.limits.Items, q.limits.Size) {
		if !shed(q.mostOver()) {
			break
		}
	}
	return dropped, err
}

// mostOver is the item to shed: that of the owner which takes most of the limits,
// of those that have something to shed. Since all shares are equal, it is the one
// that is most over its own. Of two such owners, the item of the lower priority,
// then the older one.
func (q *Queue[V]) mostOver() (found *entry[V]) {
	most := 0.0
	for _, o := range q.owners {
		n, part := o.waiting.least(), o.load.part(q.limits.Items, q.limits.Size)
		if n != nil && (part > most || part == most && n.shedBefore(found)) {
			found, most = n, part
		}
	}
	return found
}

// remove takes an item that waits out.
func (q *Queue[V]) remove(n *entry[V]) {
	n.take()
	q.count(n, -1)
	q.tidy(n.lane)
}

// tidy forgets a lane that has nothing left.
func (q *Queue[V]) tidy(l *lane[V]) {
	if l.empty() && q.lanes[l.key] == l {
		l.owner.forget(l)
		delete(q.lanes, l.key)
	}
}

// Pull waits for an item of one of the owners and gives it out. Of several lanes
// that are ready it takes the one that has been so for longest. It returns
// [ErrClosed] once the queue is closed, and the context's error when that ends.
func (q *Queue[V]) Pull(ctx context.Context, owners []string) (*Taken[V], error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		if q.closed {
			return nil, ErrClosed
		}
		if n := q.next(owners); n != nil {
			n.given++
			return &Taken[V]{q, n, n.given}, nil
		}
		if err := q.wait(ctx, owners); err != nil {
			return nil, err
		}
	}
}

// next gives out the head of the lane that has been ready for longest, or nil.
func (q *Queue[V]) next(owners []string) *entry[V] {
	var first *lane[V]
	for _, key := range owners {
		if l := q.owner(key).first; l != nil && (first == nil || l.turn < first.turn) {
			first = l
		}
	}
	if first == nil {
		return nil
	}
	first.owner.removeReady(first)
	first.out = first.head()
	first.out.take()
	q.wakeOthers(owners)
	return first.out
}

// wakeOthers wakes those who wait for what is left. One who waits for several
// owners may have been woken for another than he took from.
func (q *Queue[V]) wakeOthers(owners []string) {
	for _, key := range owners {
		if o := q.owner(key); o.first != nil {
			o.wakeOne()
		}
	}
}

// wait waits, without the lock, until there may be something to pull.
func (q *Queue[V]) wait(ctx context.Context, owners []string) error {
	w := q.newWaiter()
	for _, key := range owners {
		o := q.owner(key)
		o.pulls = append(o.pulls, w)
	}
	q.mu.Unlock()
	var err error
	select {
	case <-w.wake:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	q.mu.Lock()
	for _, key := range owners {
		q.owner(key).leave(w)
	}
	if err != nil {
		q.wakeOthers(owners) // it may have been woken meanwhile
	}
	q.keep(w)
	return err
}

func (q *Queue[V]) newWaiter() *waiter {
	last := len(q.waiters) - 1
	if last < 0 {
		return newWaiter()
	}
	w := q.waiters[last]
	q.waiters = q.waiters[:last]
	return w
}

// keep keeps a waiter that stands in no list any more.
func (q *Queue[V]) keep(w *waiter) {
	select {
	case <-w.wake:
	default:
	}
	q.waiters = append(q.waiters, w)
}

// Taken is an item that was given out. Its lane waits until it is done or put
// back.
type Taken[V any] struct {
	queue *Queue[V]
	entry *entry[V]
	given uint64 // the how manieth time
}

// Value is the item's value.
func (t *Taken[V]) Value() V {
	t.queue.mu.Lock()
	defer t.queue.mu.Unlock()
	return t.entry.item.Value
}

// out is the lane, while the item is out of it; else nil. The lock is held.
func (t *Taken[V]) out() *lane[V] {
	if l := t.entry.lane; l.out == t.entry && t.given == t.entry.given {
		return l
	}
	return nil
}

// Done ends the item. Once it is done, put back or lost with the queue's end, this
// does nothing.
func (t *Taken[V]) Done() {
	q := t.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	l := t.out()
	if l == nil {
		return
	}
	q.count(l.out, -1)
	l.out = nil
	if l.head() != nil {
		q.addReady(l)
	}
	q.tidy(l)
}

// Requeue puts the item back at the head of its lane, with another value, to be
// given out again after the wait. The lane waits with it. Once the item is done,
// put back or lost with the queue's end, this does nothing.
func (t *Taken[V]) Requeue(wait time.Duration, value V) {
	q := t.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	l := t.out()
	if l == nil {
		return
	}
	l.out.item.Value = value
	l.out.restore()
	l.out = nil
	if wait <= 0 {
		q.addReady(l)
		return
	}
	l.due = time.Now().Add(wait)
	heap.Push(&l.owner.delayed, l)
	l.owner.setTimer(func() { q.wakeDue(l.owner) })
}

// wakeDue makes the lanes ready that are due.
func (q *Queue[V]) wakeDue(o *owner[V]) {
	q.mu.Lock()
	defer q.mu.Unlock()
	o.stopTimer() // one that was set while this one came
	for _, l := range o.dueNow() {
		q.addReady(l)
	}
	if !q.closed {
		o.setTimer(func() { q.wakeDue(o) })
	}
}

// Close ends every Pull. It returns what is left, and then lost: what waits and
// what is out, the items of each lane in their order. A further Close returns
// none.
func (q *Queue[V]) Close() (left []V) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, l := range q.lanes {
		left = q.empty(l, left)
	}
	for _, o := range q.owners {
		o.stopTimer()
		for _, w := range o.pulls {
			w.signal()
		}
	}
	return left
}

// empty takes out all that a lane has, in order.
func (q *Queue[V]) empty(l *lane[V], left []V) []V {
	if n := l.out; n != nil {
		left = append(left, n.item.Value)
		q.count(n, -1)
		l.out = nil
	}
	for n := l.head(); n != nil; n = l.head() {
		left = append(left, n.item.Value)
		q.remove(n)
	}
	q.tidy(l)
	return left
}

// Load is how many items wait or are out, and their size.
func (q *Queue[V]) Load() (items, size int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.load.items, q.load.size
}

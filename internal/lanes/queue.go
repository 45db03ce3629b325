package lanes

import (
	"errors"
	"sync"
)

// Priorities is how many priorities there are, from 0, which is shed first.
const Priorities = 3

// Item is something to queue.
type Item[V any] struct {
	Value    V
	Owner    string // has a share of the limits
	Lane     string // the name of its lane, unique within its owner
	Priority int    // from 0 to Priorities-1
	Size     int    // counts against the limits of size
	// Replaces, if not empty, replaces an older item of the lane with the same text that
	// was never given out: for items of which only the newest counts.
	Replaces string
}

// Limits bound a [Queue].
type Limits struct{ Items, Size, LaneItems, LaneSize int }

// Dropped is an item that was dropped because of a newer one.
type Dropped[V any] struct {
	Value    V
	Replaced bool // by an item with the same Replaces; false: there was no room
}

var (
	// ErrClosed is returned by a [Queue] that is closed.
	ErrClosed = errors.New("the queue is closed")
	// ErrFull is returned by [Queue.Push] for an item without room.
	ErrFull = errors.New("no room in the queue")
)

// Queue holds items in memory. It is made by [New], and safe for concurrent use.
type Queue[V any] struct {
	limits Limits

	mu      sync.Mutex
	closed  bool
	load    load
	all     list[V] // in the order of Push
	newest  uint64  // the number of the newest item
	readies uint64  // how often a lane became ready
	lanes   map[laneKey]*lane[V]
	owners  map[string]*owner[V]
	waiters []*waiter // unused, for reuse
}

// New returns an empty queue.
func New[V any](limits Limits) *Queue[V] {
	return &Queue[V]{limits: limits, lanes: map[laneKey]*lane[V]{}, owners: map[string]*owner[V]{}, all: list[V]{which: ofQueue}}
}

// load is the number of items and their size.
type load struct{ items, size int }

func (l *load) add(items, size int) {
	l.items += items
	l.size += size
}

// over reports whether the load exceeds a limit.
func (l load) over(items, size int) bool { return l.items > items || l.size > size }

// part is the part of the limits that the load uses, of the two the larger.
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

// Push queues an item and returns the items that were dropped for it. It never waits. An
// error, [ErrFull] or [ErrClosed], means that the item itself was not queued.
func (q *Queue[V]) Push(item Item[V]) ([]Dropped[V], error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return nil, ErrClosed
	case item.Size > min(q.limits.Size, q.limits.LaneSize):
		return nil, ErrFull // even an empty queue has no room for it
	}
	n, old := q.add(item)
	var dropped []Dropped[V]
	if old != nil {
		q.remove(old)
		dropped = append(dropped, Dropped[V]{old.item.Value, true})
	}
	return q.makeRoom(n, dropped)
}

// add puts an item into its lane, and returns the one that it replaces.
func (q *Queue[V]) add(item Item[V]) (n, old *entry[V]) {
	l := q.lane(item.Owner, item.Lane)
	old = l.newest[item.Replaces]
	idle := l.empty()
	q.newest++
	n = &entry[V]{item: item, lane: l, number: q.newest}
	n.item.Priority = max(0, min(item.Priority, Priorities-1))
	l.add(n)
	q.all.pushBack(n)
	q.count(n, 1)
	if idle {
		q.addReady(l)
	}
	return n, old
}

func (q *Queue[V]) addReady(l *lane[V]) {
	q.readies++
	l.owner.addReady(l, q.readies)
}

func (q *Queue[V]) count(n *entry[V], by int) {
	q.load.add(by, by*n.item.Size)
	n.lane.owner.load.add(by, by*n.item.Size)
	n.lane.size += by * n.item.Size
}

// makeRoom drops items until the limits are met. The newcomer may be one of them.
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

// mostOver is the item to shed: one of the owner that uses the largest part of the limits
// and has an item to shed. All shares are equal, so it is the owner that exceeds its share
// most. If two owners use the same part, it is the item of the lower priority, then the
// older one.
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

// remove removes an item that waits.
func (q *Queue[V]) remove(n *entry[V]) {
	n.take()
	q.over(n)
	q.tidy(n.lane)
}

// over removes an item from what the queue holds.
func (q *Queue[V]) over(n *entry[V]) {
	q.all.remove(n)
	q.count(n, -1)
}

// tidy removes a lane that is empty.
func (q *Queue[V]) tidy(l *lane[V]) {
	if l.empty() {
		l.owner.forget(l)
		delete(q.lanes, l.key)
	}
}

// Close ends every Pull. It returns the items that are left, waiting or given out, those of
// each lane in order. A second Close returns none.
func (q *Queue[V]) Close() (left []V) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, l := range q.lanes {
		left = q.empty(l, left)
	}
	for _, o := range q.owners {
		o.stopTimer()
		for _, w := range o.waiters {
			w.signal()
		}
	}
	return left
}

// empty removes all items of a lane and appends them to left.
func (q *Queue[V]) empty(l *lane[V], left []V) []V {
	if n := l.out; n != nil {
		left = append(left, n.item.Value)
		q.over(n)
		l.out = nil
	}
	for n := l.head(); n != nil; n = l.head() {
		left = append(left, n.item.Value)
		q.remove(n)
	}
	q.tidy(l)
	return left
}

// Load is how many items wait or are given out, and their size.
func (q *Queue[V]) Load() (items, size int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.load.items, q.load.size
}

// Oldest is the value of the item that was pushed first of those that wait or are given out;
// false if there is none.
func (q *Queue[V]) Oldest() (value V, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.all.first == nil {
		return value, false
	}
	return q.all.first.item.Value, true
}

package lanes

import (
	"cmp"
	"time"
)

type laneKey struct{ owner, name string }

// lane is what waits in order. It exists only while it has items.
type lane[V any] struct {
	key     laneKey
	owner   *owner[V]
	waiting byPriority[V]
	size    int
	newest  map[string]*entry[V] // by Item.Replaces
	out     *entry[V]            // given out
	ready   bool                 // in the owner's line of ready lanes
	before  *lane[V]             // there
	after   *lane[V]
	turn    uint64    // when it came there, as a number
	due     time.Time // when the head may be given out again, if it has to wait
	place   int       // in the owner's heap of lanes that wait; below 0: not there
}

// entry is an item in a queue.
type entry[V any] struct {
	item   Item[V]
	number uint64 // as they came
	given  uint64 // how often it was given out
	lane   *lane[V]
	links  [lists]links[V]
}

// shedBefore reports whether an item is shed before another of a like owner.
func (n *entry[V]) shedBefore(other *entry[V]) bool {
	return other == nil || cmp.Or(cmp.Compare(n.item.Priority, other.item.Priority), cmp.Compare(n.number, other.number)) < 0
}

// add puts an item that came at the end.
func (l *lane[V]) add(n *entry[V]) {
	l.waiting[n.item.Priority].pushBack(n)
	l.owner.waiting[n.item.Priority].pushBack(n)
	if n.item.Replaces == "" {
		return
	}
	if l.newest == nil {
		l.newest = map[string]*entry[V]{}
	}
	l.newest[n.item.Replaces] = n
}

// take takes an item out of the lists; it still counts.
func (n *entry[V]) take() {
	l := n.lane
	l.waiting[n.item.Priority].remove(n)
	l.owner.waiting[n.item.Priority].remove(n)
	if l.newest[n.item.Replaces] == n {
		delete(l.newest, n.item.Replaces)
	}
}

// restore puts an item that was given out back at the head.
func (n *entry[V]) restore() {
	n.lane.waiting[n.item.Priority].pushFront(n)
	n.lane.owner.waiting[n.item.Priority].pushFront(n)
}

// head is the item that came first, or nil.
func (l *lane[V]) head() *entry[V] { return l.waiting.oldest() }

// empty reports whether the lane has nothing left.
func (l *lane[V]) empty() bool { return l.head() == nil && l.out == nil }

package lanes

import (
	"cmp"
	"time"
)

type laneKey struct{ owner, name string }

// lane holds the items of one lane in order. It exists only while it has items.
type lane[V any] struct {
	key     laneKey
	owner   *owner[V]
	waiting byPriority[V]
	size    int
	newest  map[string]*entry[V] // by Item.Replaces
	out     *entry[V]            // the item that is given out, or nil
	ready   bool                 // in the owner's list of ready lanes
	before  *lane[V]             // in that list
	after   *lane[V]
	readyAt uint64    // the number of this change to ready, among all lanes
	due     time.Time // when a delayed head may be given out again
	place   int       // in the owner's heap of delayed lanes; -1: not there
}

// entry is an item in a queue.
type entry[V any] struct {
	item   Item[V]
	number uint64 // in the order of Push
	given  uint64 // how often it was given out
	lane   *lane[V]
	links  [lists]links[V]
}

// shedBefore reports whether an item is shed before another, if their owners use the same
// part of the limits.
func (n *entry[V]) shedBefore(other *entry[V]) bool {
	return other == nil || cmp.Or(cmp.Compare(n.item.Priority, other.item.Priority), cmp.Compare(n.number, other.number)) < 0
}

// add puts a new item at the end.
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

// take removes an item from the lists. It still counts in the load.
func (n *entry[V]) take() {
	l := n.lane
	l.waiting[n.item.Priority].remove(n)
	l.owner.waiting[n.item.Priority].remove(n)
	if l.newest[n.item.Replaces] == n {
		delete(l.newest, n.item.Replaces)
	}
}

// restore puts an item back at the head.
func (n *entry[V]) restore() {
	n.lane.waiting[n.item.Priority].pushFront(n)
	n.lane.owner.waiting[n.item.Priority].pushFront(n)
}

// head is the oldest item that waits, or nil.
func (l *lane[V]) head() *entry[V] { return l.waiting.oldest() }

// empty reports whether the lane has no item, waiting or given out.
func (l *lane[V]) empty() bool { return l.head() == nil && l.out == nil }

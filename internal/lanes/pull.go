package lanes

import (
	"container/heap"
	"context"
	"time"
)

// Pull waits for an item of one of the owners and gives it out. If several lanes are
// ready, it takes the one that became ready first. It returns [ErrClosed] once the queue
// is closed, and the cause of ctx when ctx ends.
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

// next gives out the head of the lane that became ready first, or nil.
func (q *Queue[V]) next(owners []string) *entry[V] {
	var first *lane[V]
	for _, key := range owners {
		if l := q.owner(key).first; l != nil && (first == nil || l.readyAt < first.readyAt) {
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

// wakeOthers wakes waiters for the lanes that are still ready. A waiter for several owners
// may have been woken for one owner and then have taken from another.
func (q *Queue[V]) wakeOthers(owners []string) {
	for _, key := range owners {
		if o := q.owner(key); o.first != nil {
			o.wakeOne()
		}
	}
}

// wait waits until an item may be ready. It gives up the lock meanwhile.
func (q *Queue[V]) wait(ctx context.Context, owners []string) error {
	w := q.newWaiter()
	for _, key := range owners {
		o := q.owner(key)
		o.waiters = append(o.waiters, w)
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
		q.wakeOthers(owners) // w may have been woken too
	}
	q.waiters = append(q.waiters, w) // if it was woken once more, its next wait ends at once
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

// Taken is an item that is given out. Its lane waits for Done or Requeue.
type Taken[V any] struct {
	queue *Queue[V]
	entry *entry[V]
	given uint64 // entry.given at that time
}

// Value is the item's value.
func (t *Taken[V]) Value() V {
	t.queue.mu.Lock()
	defer t.queue.mu.Unlock()
	return t.entry.item.Value
}

// out is the lane while the item is given out, else nil. The lock is held.
func (t *Taken[V]) out() *lane[V] {
	if l := t.entry.lane; l.out == t.entry && t.given == t.entry.given {
		return l
	}
	return nil
}

// Done removes the item. It does nothing after Done, Requeue or the queue's Close.
func (t *Taken[V]) Done() {
	q := t.queue
	q.mu.Lock()
	defer q.mu.Unlock()
	l := t.out()
	if l == nil {
		return
	}
	q.over(l.out)
	l.out = nil
	if l.head() != nil {
		q.addReady(l)
	}
	q.tidy(l)
}

// Requeue puts the item back at the head of its lane with another value. It is given out
// again after the wait, and so is its lane. Requeue does nothing after Done, Requeue or the
// queue's Close.
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

// wakeDue makes the lanes ready that are due now.
func (q *Queue[V]) wakeDue(o *owner[V]) {
	q.mu.Lock()
	defer q.mu.Unlock()
	o.stopTimer() // another may have been set since this one fired
	for _, l := range o.dueNow() {
		q.addReady(l)
	}
	o.setTimer(func() { q.wakeDue(o) })
}

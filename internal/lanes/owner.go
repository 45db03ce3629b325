package lanes

import (
	"container/heap"
	"slices"
	"time"
)

// owner holds the lanes of one owner.
type owner[V any] struct {
	load    load
	waiting byPriority[V] // the items that can be shed
	first   *lane[V]      // the list of ready lanes, whose head can be given out
	last    *lane[V]
	delayed delayed[V]  // the lanes whose head has to wait
	timer   *time.Timer // for the first of them
	timerAt time.Time
	waiters []*waiter // the longest wait first
}

func newOwner[V any]() *owner[V] { return &owner[V]{waiting: newByPriority[V](ofOwner)} }

// addReady appends a lane to the ready ones and wakes a waiter.
func (o *owner[V]) addReady(l *lane[V], number uint64) {
	l.ready, l.readyAt, l.before, l.after = true, number, o.last, nil
	if o.last == nil {
		o.first = l
	} else {
		o.last.after = l
	}
	o.last = l
	o.wakeOne()
}

func (o *owner[V]) removeReady(l *lane[V]) {
	if l.before == nil {
		o.first = l.after
	} else {
		l.before.after = l.after
	}
	if l.after == nil {
		o.last = l.before
	} else {
		l.after.before = l.before
	}
	l.ready, l.before, l.after = false, nil, nil
}

// waiter is a Pull that waits for an item.
type waiter struct{ wake chan struct{} }

func newWaiter() *waiter { return &waiter{make(chan struct{}, 1)} }

// wakeOne wakes the waiter that has waited longest.
func (o *owner[V]) wakeOne() {
	if len(o.waiters) > 0 {
		w := o.waiters[0]
		o.waiters = o.waiters[1:]
		w.signal()
	}
}

func (w *waiter) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (o *owner[V]) leave(w *waiter) {
	o.waiters = slices.DeleteFunc(o.waiters, func(other *waiter) bool { return other == w })
}

// setTimer calls wake when the first delayed lane is due.
func (o *owner[V]) setTimer(wake func()) {
	if len(o.delayed) == 0 {
		return
	}
	first := o.delayed[0].due
	if o.timer != nil && o.timerAt.Equal(first) {
		return
	}
	o.stopTimer()
	o.timerAt = first
	o.timer = time.AfterFunc(time.Until(first), wake)
}

func (o *owner[V]) stopTimer() {
	if o.timer != nil {
		o.timer.Stop()
		o.timer = nil
	}
}

// dueNow removes the lanes that are due from the delayed ones and returns them.
func (o *owner[V]) dueNow() (due []*lane[V]) {
	for now := time.Now(); len(o.delayed) > 0 && !o.delayed[0].due.After(now); {
		due = append(due, o.delayed[0])
		heap.Pop(&o.delayed)
	}
	return due
}

// forget removes a lane from the ready and the delayed ones.
func (o *owner[V]) forget(l *lane[V]) {
	if l.ready {
		o.removeReady(l)
	}
	if l.place >= 0 {
		heap.Remove(&o.delayed, l.place)
	}
}

// delayed is a heap of lanes, the first due first.
type delayed[V any] []*lane[V]

func (d delayed[V]) Len() int           { return len(d) }
func (d delayed[V]) Less(i, j int) bool { return d[i].due.Before(d[j].due) }
func (d delayed[V]) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].place, d[j].place = i, j
}

// Push is for container/heap.
func (d *delayed[V]) Push(x any) {
	l, _ := x.(*lane[V])
	l.place = len(*d)
	*d = append(*d, l)
}

// Pop is for container/heap.
func (d *delayed[V]) Pop() any {
	last := len(*d) - 1
	l := (*d)[last]
	(*d)[last] = nil
	*d = (*d)[:last]
	l.place = -1
	return l
}

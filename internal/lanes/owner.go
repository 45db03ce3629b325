package lanes

import (
	"container/heap"
	"slices"
	"time"
)

// owner is the lanes that share a part of the bounds.
type owner[V any] struct {
	load    load
	waiting byPriority[V] // what can be shed
	first   *lane[V]      // the line of the lanes whose head can be given out
	last    *lane[V]
	delayed delayed[V] // the lanes whose head has to wait
	timer   *time.Timer
	timerAt time.Time
	pulls   []*waiter // who waits for an item, the longest first
}

func newOwner[V any]() *owner[V] { return &owner[V]{waiting: newByPriority[V](ofOwner)} }

// addReady puts a lane at the end of the line, and wakes one who waits.
func (o *owner[V]) addReady(l *lane[V], turn uint64) {
	l.ready, l.turn, l.before, l.after = true, turn, o.last, nil
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

// waiter is a Pull that waits.
type waiter struct{ wake chan struct{} }

func newWaiter() *waiter { return &waiter{make(chan struct{}, 1)} }

// wakeOne wakes the Pull that has waited longest.
func (o *owner[V]) wakeOne() {
	if len(o.pulls) > 0 {
		w := o.pulls[0]
		o.pulls = o.pulls[1:]
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
	o.pulls = slices.DeleteFunc(o.pulls, func(other *waiter) bool { return other == w })
}

// setTimer has wake called when the lane that is due first is due.
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

// dueNow takes the lanes that are due out of those that wait.
func (o *owner[V]) dueNow() (due []*lane[V]) {
	for now := time.Now(); len(o.delayed) > 0 && !o.delayed[0].due.After(now); {
		due = append(due, o.delayed[0])
		heap.Pop(&o.delayed)
	}
	return due
}

// forget takes a lane out of the line and out of the heap.
func (o *owner[V]) forget(l *lane[V]) {
	if l.ready {
		o.removeReady(l)
	}
	if l.place >= 0 {
		heap.Remove(&o.delayed, l.place)
	}
}

// delayed are lanes by the time at which they are due: a heap.
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

package resthook

import "sync"

// order has the events of a session queued in the order of their numbers, one at a
// time and by one goroutine at a time, which holds no lock meanwhile: the queue may
// be the media server's own, and call back.
type order struct {
	mu      sync.Mutex
	pushing bool
	next    []*Event
}

// add numbers an event and puts it behind the others.
func (o *order) add(e *Event, number func() stamp) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e.stamped(number())
	o.next = append(o.next, e)
}

// pushNext pushes the first. It returns false where there is none, or where
// another goroutine pushes, which then goes on with it.
func (o *order) pushNext(push func(*Event)) bool {
	o.mu.Lock()
	if o.pushing || len(o.next) == 0 {
		o.mu.Unlock()
		return false
	}
	e := o.next[0]
	if o.next = o.next[1:]; len(o.next) == 0 {
		o.next = nil
	}
	o.pushing = true
	o.mu.Unlock()
	defer func() { // also where the queue panics
		o.mu.Lock()
		o.pushing = false
		o.mu.Unlock()
	}()
	push(e)
	return true
}

package resthook

import "sync"

// order has the events of a session queued in the order of their numbers, one at a
// time and by one goroutine at a time, which holds no lock meanwhile: the queue may
// be the media server's own, and call back.
type order struct {
	mu      sync.Mutex
	pushing bool
	next    []*notice
}

// push numbers an event and pushes it, and those that others number meanwhile.
// Where another goroutine pushes, that one goes on with it. After a queue that
// panicked, the next one to push goes on with what was left.
func (o *order) push(e *notice, number func() stamp, push func(*notice)) {
	over := false
	defer func() {
		if !over {
			o.stop()
		}
	}()
	for e = o.begin(e, number); e != nil; e = o.following() {
		push(e)
	}
	over = true
}

// begin numbers an event and puts it behind the others. It returns the first, to be
// pushed, unless another goroutine pushes.
func (o *order) begin(e *notice, number func() stamp) *notice {
	o.mu.Lock()
	defer o.mu.Unlock()
	e.stamped(number())
	if !o.pushing && len(o.next) == 0 {
		o.pushing = true
		return e
	}
	o.next = append(o.next, e)
	if o.pushing {
		return nil
	}
	o.pushing = true
	return o.takeFirst()
}

// following is the next to be pushed; nil ends the pushing.
func (o *order) following() *notice {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.next) == 0 {
		o.next, o.pushing = nil, false
		return nil
	}
	return o.takeFirst()
}

// takeFirst takes the first out. The lock is held.
func (o *order) takeFirst() *notice {
	e := o.next[0]
	o.next = o.next[1:]
	return e
}

func (o *order) stop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pushing = false
}

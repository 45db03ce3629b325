// Package serial hands values on in the order in which they were numbered, one at a time,
// while many goroutines come with them at once. Nobody waits for another, and no lock is
// held while a value is handed on: a goroutine that comes while another hands on leaves its
// value to that one.
package serial

import "sync"

// Line is an order of values. The zero Line is empty and ready. It is safe for concurrent
// use, also by the function that a value is handed to.
type Line[T any] struct {
	mu      sync.Mutex
	handing bool // a goroutine is handing on
	next    []T
}

// Add numbers a value and hands it on behind those that were numbered before, together
// with those that others add meanwhile. Where another goroutine is handing on, Add leaves
// the value to it and returns. number is called under a lock and must not block. When hand
// panics, the next Add goes on with what is left.
func (l *Line[T]) Add(value T, number func(T), hand func(T)) {
	finished := false
	defer func() {
		if !finished {
			l.stop()
		}
	}()
	for one, ok := l.begin(value, number); ok; one, ok = l.following() {
		hand(one)
	}
	finished = true
}

// begin numbers a value and puts it at the end. It returns the first one to hand on, unless
// another goroutine is handing on.
func (l *Line[T]) begin(value T, number func(T)) (first T, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	number(value)
	if l.handing {
		l.next = append(l.next, value)
		return first, false
	}
	l.handing = true
	if len(l.next) == 0 {
		return value, true
	}
	l.next = append(l.next, value)
	return l.takeFirst(), true
}

// following is the next value to hand on. Without one, the handing on ends.
func (l *Line[T]) following() (next T, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.next) == 0 {
		l.next, l.handing = nil, false
		return next, false
	}
	return l.takeFirst(), true
}

// takeFirst removes the first value. The lock is held.
func (l *Line[T]) takeFirst() T {
	first := l.next[0]
	l.next = l.next[1:]
	return first
}

func (l *Line[T]) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.handing = false
}

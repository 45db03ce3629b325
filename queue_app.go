package resthook

import (
	"container/heap"
	"container/list"
	"sync"
	"time"
)

// appQueue is the sessions of one app.
type appQueue struct {
	some    *sync.Cond
	load    load
	waiting [priorities]list.List // of *entry: what can be shed, oldest first
	ready   list.List             // of *sessionQueue: the head can go
	asleep  sleepers              // the head has to wait
	alarm   *time.Timer
	alarmAt time.Time
}

// least is the oldest waiting event of the priority that matters least, or nil.
func (a *appQueue) least() *entry { return leastOf(&a.waiting) }

// wake puts a session whose head can go in line.
func (a *appQueue) wake(s *sessionQueue) {
	s.line = a.ready.PushBack(s)
	a.some.Signal()
}

// next takes the first session out of the line.
func (a *appQueue) next() *sessionQueue {
	front := a.ready.Front()
	if front == nil {
		return nil
	}
	s, _ := a.ready.Remove(front).(*sessionQueue)
	s.line = nil
	return s
}

// rest has a session wait until it is due.
func (a *appQueue) rest(s *sessionQueue) { heap.Push(&a.asleep, s) }

// arm has ring called when the session that is due first is due.
func (a *appQueue) arm(ring func()) {
	if len(a.asleep) == 0 {
		return
	}
	first := a.asleep[0].due
	if a.alarm != nil && a.alarmAt.Equal(first) {
		return
	}
	if a.alarm != nil {
		a.alarm.Stop()
	}
	a.alarmAt = first
	a.alarm = time.AfterFunc(time.Until(first), ring)
}

// rouse wakes those that are due.
func (a *appQueue) rouse() {
	if a.alarm != nil {
		a.alarm.Stop() // one that was set while this one came
	}
	a.alarm = nil
	for now := time.Now(); len(a.asleep) > 0 && !a.asleep[0].due.After(now); {
		a.wake(a.asleep[0])
		heap.Pop(&a.asleep)
	}
}

// forget takes a session out of the line and out of the heap.
func (a *appQueue) forget(s *sessionQueue) {
	if s.line != nil {
		a.ready.Remove(s.line)
		s.line = nil
	}
	if s.place >= 0 {
		heap.Remove(&a.asleep, s.place)
	}
}

// close ends what waits for events.
func (a *appQueue) close() {
	if a.alarm != nil {
		a.alarm.Stop()
	}
	a.some.Broadcast()
}

// sleepers are sessions by the time at which they are due: a heap.
type sleepers []*sessionQueue

func (s sleepers) Len() int           { return len(s) }
func (s sleepers) Less(i, j int) bool { return s[i].due.Before(s[j].due) }
func (s sleepers) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].place, s[j].place = i, j
}

// Push is for container/heap.
func (s *sleepers) Push(x any) {
	session, _ := x.(*sessionQueue)
	session.place = len(*s)
	*s = append(*s, session)
}

// Pop is for container/heap.
func (s *sleepers) Pop() any {
	last := len(*s) - 1
	session := (*s)[last]
	(*s)[last] = nil
	*s = (*s)[:last]
	session.place = -1
	return session
}

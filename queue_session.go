package resthook

import (
	"cmp"
	"container/list"
	"time"
)

type sessionKey struct{ app, line string }

func keyOf(e *Event) sessionKey { return sessionKey{e.App, e.line()} }

// sessionQueue is the events of one session, in order.
type sessionQueue struct {
	key    sessionKey
	app    *appQueue
	queue  [priorities]list.List // of *entry, in the order of their numbers
	bytes  int
	newest map[string]*entry // by Event.Replaces
	out    *entry            // handed out
	line   *list.Element     // in the line of those that are ready
	due    time.Time         // when the head may go again, if it has to wait
	place  int               // in the heap of those that wait
}

// entry is an event in its session's queue and in the list of its priority.
type entry struct {
	event     *Event
	priority  Priority
	size      int
	number    uint64 // as they came
	session   *sessionQueue
	inSession *list.Element
	inApp     *list.Element
}

// before reports whether an event is shed before another of a like app.
func (n *entry) before(other *entry) bool {
	return other == nil || cmp.Or(cmp.Compare(n.priority, other.priority), cmp.Compare(n.number, other.number)) < 0
}

// note remembers an event that a newer one may replace.
func (s *sessionQueue) note(n *entry) {
	if n.event.Replaces == "" {
		return
	}
	if s.newest == nil {
		s.newest = map[string]*entry{}
	}
	s.newest[n.event.Replaces] = n
}

// take takes an event out of the lists; it still counts.
func (n *entry) take() {
	s := n.session
	s.queue[n.priority].Remove(n.inSession)
	s.app.waiting[n.priority].Remove(n.inApp)
	if s.newest[n.event.Replaces] == n {
		delete(s.newest, n.event.Replaces)
	}
}

// restore puts an event that was handed out back at the head.
func (n *entry) restore() {
	s := n.session
	n.inSession = s.queue[n.priority].PushFront(n)
	n.inApp = s.app.waiting[n.priority].PushFront(n)
}

// head is the event that came first, or nil.
func (s *sessionQueue) head() *entry {
	var head *entry
	for i := range s.queue {
		if n := frontOf(&s.queue[i]); n != nil && (head == nil || n.number < head.number) {
			head = n
		}
	}
	return head
}

// least is the oldest waiting event of the priority that matters least, or nil.
func (s *sessionQueue) least() *entry { return leastOf(&s.queue) }

// waits is how many events wait.
func (s *sessionQueue) waits() (n int) {
	for i := range s.queue {
		n += s.queue[i].Len()
	}
	return n
}

func leastOf(queue *[priorities]list.List) *entry {
	for i := range queue {
		if n := frontOf(&queue[i]); n != nil {
			return n
		}
	}
	return nil
}

// frontOf is the first entry of a list, or nil.
func frontOf(l *list.List) *entry {
	front := l.Front()
	if front == nil {
		return nil
	}
	n, _ := front.Value.(*entry)
	return n
}

package resthook

import (
	"sync"
	"time"
)

// memoryQueue is a Queue in memory: a queue for each app, and in it one for each
// session, which is there only while it has events.
type memoryQueue struct {
	limits QueueLimits

	mu       sync.Mutex
	closed   bool
	load     load
	last     uint64 // the number of the newest event
	sessions map[sessionKey]*sessionQueue
	apps     map[string]*appQueue
}

// NewQueue returns a queue in memory. When it is full, the app that is most over
// its share sheds: progress events before status events, closing events last of
// all; of one priority, the oldest goes first.
func NewQueue(limits QueueLimits) Queue {
	return &memoryQueue{limits: limits.filled(), sessions: map[sessionKey]*sessionQueue{}, apps: map[string]*appQueue{}}
}

// load is what events take of the limits.
type load struct{ events, bytes int }

func (l *load) add(events, bytes int) {
	l.events += events
	l.bytes += bytes
}

// over reports whether the load is beyond a limit of events or of bytes.
func (l load) over(events, bytes int) bool { return l.events > events || l.bytes > bytes }

// part is the load as a part of the limits, the larger one of the two.
func (l load) part(events, bytes int) float64 {
	return max(float64(l.events)/float64(events), float64(l.bytes)/float64(bytes))
}

func (q *memoryQueue) app(key string) *appQueue {
	a, ok := q.apps[key]
	if !ok {
		a = &appQueue{some: sync.NewCond(&q.mu)}
		q.apps[key] = a
	}
	return a
}

func (q *memoryQueue) session(e *Event) *sessionQueue {
	key := keyOf(e)
	s, ok := q.sessions[key]
	if !ok {
		s = &sessionQueue{key: key, app: q.app(e.App), place: -1}
		q.sessions[key] = s
	}
	return s
}

func (q *memoryQueue) Push(e *Event) []Drop {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return []Drop{{e, EventLeft}}
	case e.size() > min(q.limits.Bytes, q.limits.SessionBytes):
		return []Drop{{e, EventShed}} // no room that others made would do
	}
	s := q.session(e)
	old := s.newest[e.Replaces]
	q.append(s, e)
	var dropped []Drop
	if old != nil {
		q.remove(old)
		dropped = append(dropped, Drop{old.event, EventReplaced})
	}
	return q.fit(s, dropped)
}

func (q *memoryQueue) append(s *sessionQueue, e *Event) {
	idle := s.head() == nil && s.out == nil
	q.last++
	n := &entry{event: e, session: s, priority: min(e.Priority, PriorityClosing), size: e.size(), number: q.last}
	n.inSession = s.queue[n.priority].PushBack(n)
	n.inApp = s.app.waiting[n.priority].PushBack(n)
	q.count(n, 1)
	s.note(n)
	if idle {
		s.app.wake(s)
	}
}

func (q *memoryQueue) count(n *entry, by int) {
	q.load.add(by, by*n.size)
	n.session.app.load.add(by, by*n.size)
	n.session.bytes += by * n.size
}

// fit sheds events until the limits hold.
func (q *memoryQueue) fit(s *sessionQueue, dropped []Drop) []Drop {
	shed := func(n *entry) bool {
		if n != nil {
			q.remove(n)
			dropped = append(dropped, Drop{n.event, EventShed})
		}
		return n != nil
	}
	for s.waits() > q.limits.SessionEvents || s.bytes > q.limits.SessionBytes {
		if !shed(s.least()) {
			break
		}
	}
	for q.load.over(q.limits.Events, q.limits.Bytes) {
		if !shed(q.first()) {
			break
		}
	}
	return dropped
}

// first is the event to shed: that of the app which takes most of the limits, of
// those that have something to shed. Since all shares are equal, it is the one that
// is most over its own. Of two such apps, the event that matters less, then the
// older one.
func (q *memoryQueue) first() *entry {
	var first *entry
	most := 0.0
	for _, a := range q.apps {
		n, part := a.least(), a.load.part(q.limits.Events, q.limits.Bytes)
		if n != nil && (part > most || part == most && n.before(first)) {
			first, most = n, part
		}
	}
	return first
}

// remove takes a waiting event out.
func (q *memoryQueue) remove(n *entry) {
	n.take()
	q.count(n, -1)
	q.tidy(n.session)
}

// tidy forgets a session that has nothing left.
func (q *memoryQueue) tidy(s *sessionQueue) {
	if s.head() == nil && s.out == nil && q.sessions[s.key] == s {
		s.app.forget(s)
		delete(q.sessions, s.key)
	}
}

func (q *memoryQueue) Pull(app string) (*Event, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	a := q.app(app)
	for !q.closed {
		if s := a.next(); s != nil {
			s.out = s.head()
			s.out.take()
			return s.out.event, true
		}
		a.some.Wait()
	}
	return nil, false
}

// giver is the session of an event that Pull gave, or nil.
func (q *memoryQueue) giver(e *Event) *sessionQueue {
	if s := q.sessions[keyOf(e)]; s != nil && s.out != nil && s.out.event == e {
		return s
	}
	return nil
}

func (q *memoryQueue) Done(e *Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.giver(e)
	if s == nil {
		return
	}
	q.count(s.out, -1)
	s.out = nil
	if s.head() != nil {
		s.app.wake(s)
	}
	q.tidy(s)
}

func (q *memoryQueue) Requeue(e *Event, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.giver(e)
	if s == nil {
		return
	}
	s.out.restore()
	s.out = nil
	if wait <= 0 {
		s.app.wake(s)
		return
	}
	s.due = time.Now().Add(wait)
	s.app.rest(s)
	q.arm(s.app)
}

// arm sets the app's alarm for the session that is due first.
func (q *memoryQueue) arm(a *appQueue) {
	if !q.closed {
		a.arm(func() { q.ring(a) })
	}
}

// ring wakes the sessions that are due.
func (q *memoryQueue) ring(a *appQueue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	a.rouse()
	q.arm(a)
}

func (q *memoryQueue) Close() []*Event {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	var left []*Event
	for _, a := range q.apps {
		a.close()
		for n := a.least(); n != nil; n = a.least() {
			left = q.empty(n.session, left)
		}
	}
	return left
}

// empty takes out all that waits in a session, in order.
func (q *memoryQueue) empty(s *sessionQueue, left []*Event) []*Event {
	for n := s.head(); n != nil; n = s.head() {
		q.remove(n)
		left = append(left, n.event)
	}
	return left
}

func (q *memoryQueue) Len() (events, bytes int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.load.events, q.load.bytes
}

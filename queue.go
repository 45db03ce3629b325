package resthook

import (
	"container/heap"
	"container/list"
	"slices"
	"sync"
	"time"
)

// Queue holds events until they are delivered, and hands them out in order: of
// one session one event at a time, the next only when that one is over. It is
// safe for concurrent use.
type Queue interface {
	// Push takes an event. It does not wait for a network. It returns the
	// events that lost their place to it, which may be the event itself: after
	// Close it is, with the result Left.
	Push(e *Event) []Drop
	// Pull returns the next event of an app. It waits for one; false means that
	// the queue is closed.
	Pull(app string) (*Event, bool)
	// Done ends an event that Pull gave.
	Done(e *Event)
	// Again puts an event that Pull gave back at the head of its session, to be
	// given again after the wait. The session waits with it. After Close it is
	// one of those that are left.
	Again(e *Event, wait time.Duration)
	// Close ends every Pull and returns the events that are left, each session's
	// in order, those that Pull gave excepted. A further Close returns what was
	// put back since.
	Close() []*Event
	// Len returns how many events the queue holds, those that Pull gave
	// included, and their bytes.
	Len() (events, bytes int)
}

// Drop is an event that a queue let go, and why: Shed or Replaced.
type Drop struct {
	Event  *Event
	Result Result
}

// QueueLimits bound a queue in memory. A limit of 0 is the default.
type QueueLimits struct {
	Events        int // in all. Default: 100,000
	Bytes         int // in all, some 512 for each event beside its body. Default: 256 MiB
	SessionEvents int // of one session. Default: 2,000
	SessionBytes  int // of one session. Default: 8 MiB
}

func (l QueueLimits) filled() QueueLimits {
	fill := func(limit *int, standard int) {
		if *limit <= 0 {
			*limit = standard
		}
	}
	fill(&l.Events, 100_000)
	fill(&l.Bytes, 256<<20)
	fill(&l.SessionEvents, 2_000)
	fill(&l.SessionBytes, 8<<20)
	return l
}

// memoryQueue is a Queue in memory. A session takes part in it, as a lane, only
// while it has events.
type memoryQueue struct {
	limits QueueLimits

	mu      sync.Mutex
	closed  bool
	events  int
	bytes   int
	lanes   map[laneKey]*lane
	parts   map[string]*part
	waiting [classes]list.List // of *entry: what can be shed, oldest first
}

// NewQueue returns a queue in memory. When it is full, progress events are shed
// before status events and closing events last of all; of one class, the oldest
// goes first.
func NewQueue(limits QueueLimits) Queue {
	return &memoryQueue{limits: limits.filled(), lanes: map[laneKey]*lane{}, parts: map[string]*part{}}
}

// Of the lists here, each holds values of one type.
func entryOf(at *list.Element) *entry {
	n, _ := at.Value.(*entry)
	return n
}

type laneKey struct{ app, session string }

// lane is the events of one session, in order.
type lane struct {
	key    laneKey
	queue  list.List // of *entry
	bytes  int
	newest map[string]*entry // by Event.Replaces
	counts [classes]int      // in the queue
	out    *Event            // handed out
	line   *list.Element     // in the line of those that are ready
	due    time.Time         // when the head may go again, if it has to wait
	place  int               // in the heap of sleepers
}

// entry is an event in its lane and in the list of its class.
type entry struct {
	event  *Event
	lane   *lane
	inLane *list.Element
	inAll  *list.Element
}

// part is the lanes of one app.
type part struct {
	some    *sync.Cond
	ready   list.List // of *lane: the head can go
	asleep  sleepers  // the head has to wait
	alarm   *time.Timer
	alarmAt time.Time
}

func (q *memoryQueue) part(app string) *part {
	p, ok := q.parts[app]
	if !ok {
		p = &part{some: sync.NewCond(&q.mu)}
		q.parts[app] = p
	}
	return p
}

func (q *memoryQueue) Push(e *Event) []Drop {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return []Drop{{e, Left}}
	case e.size() > min(q.limits.Bytes, q.limits.SessionBytes):
		return []Drop{{e, Shed}} // no room that others made would do
	}
	key := laneKey{e.App, e.Session}
	l, ok := q.lanes[key]
	if !ok {
		l = &lane{key: key, place: -1}
		q.lanes[key] = l
	}
	old := l.newest[e.Replaces]
	q.append(l, e)
	var dropped []Drop
	if old != nil {
		q.remove(old)
		dropped = append(dropped, Drop{old.event, Replaced})
	}
	return q.fit(l, dropped)
}

func (q *memoryQueue) append(l *lane, e *Event) {
	idle := l.queue.Len() == 0 && l.out == nil
	n := &entry{event: e, lane: l}
	n.inLane = l.queue.PushBack(n)
	n.inAll = q.waiting[e.Class].PushBack(n)
	l.counts[e.Class]++
	q.count(l, e, 1)
	if e.Replaces != "" {
		if l.newest == nil {
			l.newest = map[string]*entry{}
		}
		l.newest[e.Replaces] = n
	}
	if idle {
		q.wake(l)
	}
}

func (q *memoryQueue) count(l *lane, e *Event, n int) {
	q.events += n
	q.bytes += n * e.size()
	l.bytes += n * e.size()
}

// fit sheds events until the bounds hold.
func (q *memoryQueue) fit(l *lane, dropped []Drop) []Drop {
	for l.queue.Len() > q.limits.SessionEvents || l.bytes > q.limits.SessionBytes {
		n := l.least()
		if n == nil {
			break
		}
		q.remove(n)
		dropped = append(dropped, Drop{n.event, Shed})
	}
	for q.events > q.limits.Events || q.bytes > q.limits.Bytes {
		n := q.least()
		if n == nil {
			break
		}
		q.remove(n)
		dropped = append(dropped, Drop{n.event, Shed})
	}
	return dropped
}

// least is the oldest waiting event of the class that matters least.
func (q *memoryQueue) least() *entry {
	for i := range q.waiting {
		if front := q.waiting[i].Front(); front != nil {
			return entryOf(front)
		}
	}
	return nil
}

func (l *lane) least() *entry {
	least := slices.IndexFunc(l.counts[:], func(n int) bool { return n > 0 })
	for at := l.queue.Front(); at != nil; at = at.Next() {
		if n := entryOf(at); int(n.event.Class) == least {
			return n
		}
	}
	return nil
}

// remove takes a waiting event out.
func (q *memoryQueue) remove(n *entry) {
	q.take(n)
	q.count(n.lane, n.event, -1)
	q.tidy(n.lane)
}

// take takes an event out of the lists; it still counts.
func (q *memoryQueue) take(n *entry) {
	n.lane.queue.Remove(n.inLane)
	q.waiting[n.event.Class].Remove(n.inAll)
	n.lane.counts[n.event.Class]--
	if n.lane.newest[n.event.Replaces] == n {
		delete(n.lane.newest, n.event.Replaces)
	}
}

// tidy forgets a lane that has nothing left.
func (q *memoryQueue) tidy(l *lane) {
	if l.queue.Len() == 0 && l.out == nil && q.lanes[l.key] == l {
		q.part(l.key.app).forget(l)
		delete(q.lanes, l.key)
	}
}

// wake puts a lane whose head can go in line.
func (q *memoryQueue) wake(l *lane) {
	p := q.part(l.key.app)
	l.line = p.ready.PushBack(l)
	p.some.Signal()
}

func (q *memoryQueue) Pull(app string) (*Event, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	p := q.part(app)
	for !q.closed {
		if l := p.next(); l != nil {
			n := entryOf(l.queue.Front())
			q.take(n)
			l.out = n.event
			return n.event, true
		}
		p.some.Wait()
	}
	return nil, false
}

func (p *part) next() *lane {
	front := p.ready.Front()
	if front == nil {
		return nil
	}
	l, _ := p.ready.Remove(front).(*lane)
	l.line = nil
	return l
}

func (q *memoryQueue) Done(e *Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l, ok := q.lanes[laneKey{e.App, e.Session}]
	if !ok || l.out != e {
		return
	}
	l.out = nil
	q.count(l, e, -1)
	if l.queue.Len() > 0 {
		q.wake(l)
	}
	q.tidy(l)
}

func (q *memoryQueue) Again(e *Event, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	l, ok := q.lanes[laneKey{e.App, e.Session}]
	if !ok || l.out != e {
		return
	}
	l.out = nil
	n := &entry{event: e, lane: l}
	n.inLane = l.queue.PushFront(n)
	n.inAll = q.waiting[e.Class].PushFront(n)
	l.counts[e.Class]++
	if wait <= 0 {
		q.wake(l)
		return
	}
	l.due = time.Now().Add(wait)
	p := q.part(l.key.app)
	heap.Push(&p.asleep, l)
	p.arm(q)
}

// arm sets the alarm of the sleeper that is due first.
func (p *part) arm(q *memoryQueue) {
	if len(p.asleep) == 0 || q.closed {
		return
	}
	first := p.asleep[0].due
	if p.alarm != nil && p.alarmAt.Equal(first) {
		return
	}
	if p.alarm != nil {
		p.alarm.Stop()
	}
	p.alarmAt = first
	p.alarm = time.AfterFunc(time.Until(first), func() { q.ring(p) })
}

// ring wakes the sleepers that are due.
func (q *memoryQueue) ring(p *part) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if p.alarm != nil {
		p.alarm.Stop() // one that was set while this one came
	}
	p.alarm = nil
	for now := time.Now(); len(p.asleep) > 0 && !p.asleep[0].due.After(now); {
		q.wake(p.asleep[0])
		heap.Pop(&p.asleep)
	}
	p.arm(q)
}

// forget takes a lane out of the line and out of the heap.
func (p *part) forget(l *lane) {
	if l.line != nil {
		p.ready.Remove(l.line)
		l.line = nil
	}
	if l.place >= 0 {
		heap.Remove(&p.asleep, l.place)
	}
}

func (q *memoryQueue) Close() []*Event {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, p := range q.parts {
		if p.alarm != nil {
			p.alarm.Stop()
		}
		p.some.Broadcast()
	}
	var left []*Event
	for i := range q.waiting {
		for at := q.waiting[i].Front(); at != nil; at = q.waiting[i].Front() {
			left = q.empty(entryOf(at).lane, left)
		}
	}
	return left
}

// empty takes out all that waits in a lane, in order.
func (q *memoryQueue) empty(l *lane, left []*Event) []*Event {
	for at := l.queue.Front(); at != nil; at = l.queue.Front() {
		n := entryOf(at)
		q.remove(n)
		left = append(left, n.event)
	}
	return left
}

func (q *memoryQueue) Len() (events, bytes int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.events, q.bytes
}

// sleepers are lanes by the time at which they are due: a heap.
type sleepers []*lane

func (s sleepers) Len() int           { return len(s) }
func (s sleepers) Less(i, j int) bool { return s[i].due.Before(s[j].due) }
func (s sleepers) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].place, s[j].place = i, j
}

// Push is for container/heap.
func (s *sleepers) Push(x any) {
	l, _ := x.(*lane)
	l.place = len(*s)
	*s = append(*s, l)
}

// Pop is for container/heap.
func (s *sleepers) Pop() any {
	last := len(*s) - 1
	l := (*s)[last]
	(*s)[last] = nil
	*s = (*s)[:last]
	l.place = -1
	return l
}

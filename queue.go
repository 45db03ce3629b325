package resthook

import "time"

// Queue holds events until they are delivered, and hands them out in order: of
// one session ([Event.Line]) one event at a time, the next only when that one is
// over. It is safe for concurrent use.
type Queue interface {
	// Push takes an event. It does not wait for a network. It returns the
	// events that lost their place to it, which may be the event itself: after
	// Close it is, with the result EventLeft.
	Push(e *Event) []Drop
	// Pull returns the next event of an app. It waits for one; false means that
	// the queue is closed.
	Pull(app string) (*Event, bool)
	// Done ends an event that Pull gave.
	Done(e *Event)
	// Requeue puts an event that Pull gave back at the head of its session, to be
	// given again after the wait. The session waits with it. After Close it is
	// one of those that are left.
	Requeue(e *Event, wait time.Duration)
	// Close ends every Pull and returns the events that are left, each session's
	// in order, those that Pull gave excepted. A further Close returns what was
	// put back since.
	Close() []*Event
	// Len returns how many events the queue holds, those that Pull gave
	// included, and their bytes.
	Len() (events, bytes int)
}

// Drop is an event that a queue let go, and why: EventShed or EventReplaced.
type Drop struct {
	Event  *Event
	Result EventResult
}

// QueueLimits bound a queue in memory. A limit of 0 is the default. Where several
// apps share the queue, none has less than its share (the limit divided by the
// number of apps) because of another: when the queue is full, the app that is most
// over its share makes room.
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

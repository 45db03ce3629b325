package resthook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wcskit/resthook/internal/lanes"
)

// Queue holds events until they are delivered, and gives them out in order: of one
// session ([Event.Line]) one event at a time, the next only when that one is over.
// A media server can bring its own with [WithQueue]; hooktest.TestQueue holds it
// against what is said here. A Queue is safe for concurrent use.
type Queue interface {
	// Push hands an event over and returns at once: it waits for no disk and no
	// network, since who notifies and all keep-alives wait for it. stored is called
	// once, before or after Push returns: with nil when the event is as safe as this
	// queue makes any, else with why it is not kept, which matches [ErrQueueFull]
	// where there was no room and [ErrClosed] after Close. Of one session, events are
	// stored and given out in the order of Push. Push returns the events that were
	// stored and lost their place to this one, as [EventShed] or [EventReplaced].
	Push(e Event, stored func(error)) []Drop
	// Pull waits for an event of one of the apps, of a session that has none out.
	// An error that matches [ErrClosed], or the end of ctx, is the end; any other
	// error passes: the client logs it, waits and calls again.
	Pull(ctx context.Context, apps []string) (Lease, error)
	// Close ends every Pull and takes no event any more. It returns what this
	// process has pushed or pulled and is not over, the events of each session in
	// their order: as [EventLeft] what is lost with the process, as [EventKept]
	// what the queue will give out again. A further Close returns none.
	Close(ctx context.Context) (left []Drop, err error)
	// Load is what the queue holds for this process. It waits for no disk and no
	// network.
	Load() Load
}

// Lease is an event that a [Queue] gave out. Its session waits until the event is
// done or put back. Once that is so, or the queue is closed, a further call does
// nothing.
type Lease interface {
	// Event is the event.
	Event() Event
	// Context ends when the lease is lost, such as when another process has taken
	// the event: the attempt is then aborted.
	Context() context.Context
	// Done ends the event, which is not given out again. An error means that it
	// may be.
	Done(ctx context.Context, result EventResult) error
	// Requeue puts the event back at the head of its session, to be given out
	// again after the wait. e is the event with its counts of attempts as they
	// are now.
	Requeue(ctx context.Context, wait time.Duration, e Event) error
}

// Drop is an event that a queue let go, and why.
type Drop struct {
	Event  Event
	Result EventResult
}

// Load is what a [Queue] holds for this process, what is out included.
type Load struct {
	Events int
	Bytes  int // as [QueueLimits] counts them
	// Unstored is how many of the events are still to be stored, so that they would be lost
	// with the process. A queue in memory stores at once, as safely as it does.
	Unstored int
	// Held says that nothing is given out for the moment, since the store does not answer.
	Held bool
	// Oldest is the time of the event that came first of these, so that a growing age shows a
	// backlog; zero where there is none, or where the queue does not know.
	Oldest time.Time
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

// NewQueue returns a queue in memory. When it is full, the app that is most over
// its share sheds: progress events before status events, closing events last of
// all; of one priority, the oldest goes first.
func NewQueue(limits QueueLimits) Queue {
	l := limits.filled()
	return memoryQueue{lanes.New[Event](lanes.Limits{Items: l.Events, Size: l.Bytes, LaneItems: l.SessionEvents, LaneSize: l.SessionBytes})}
}

// memoryQueue is a Queue in memory.
type memoryQueue struct{ lanes *lanes.Queue[Event] }

func (q memoryQueue) Push(e Event, stored func(error)) []Drop {
	dropped, err := q.lanes.Push(lanes.Item[Event]{
		Value: e, Owner: e.App, Lane: e.line(), Priority: int(e.Priority), Size: e.size(), Replaces: e.Replaces,
	})
	stored(queueError(err))
	var drops []Drop
	for _, d := range dropped {
		result := EventShed
		if d.Replaced {
			result = EventReplaced
		}
		drops = append(drops, Drop{d.Value, result})
	}
	return drops
}

var errQueueClosed = fmt.Errorf("queue %w", ErrClosed)

// queueError is an error in the words of the Queue interface.
func queueError(err error) error {
	switch {
	case errors.Is(err, lanes.ErrFull):
		return ErrQueueFull
	case errors.Is(err, lanes.ErrClosed):
		return errQueueClosed
	}
	return err
}

func (q memoryQueue) Pull(ctx context.Context, apps []string) (Lease, error) {
	taken, err := q.lanes.Pull(ctx, apps)
	if err != nil {
		return nil, queueError(err)
	}
	return memoryLease{taken}, nil
}

func (q memoryQueue) Close(context.Context) (left []Drop, err error) {
	for _, e := range q.lanes.Close() {
		left = append(left, Drop{e, EventLeft})
	}
	return left, nil
}

func (q memoryQueue) Load() Load {
	events, bytes := q.lanes.Load()
	oldest, _ := q.lanes.Oldest()
	return Load{Events: events, Bytes: bytes, Oldest: oldest.Time}
}

// memoryLease is an event that a queue in memory gave out.
type memoryLease struct{ taken *lanes.Taken[Event] }

func (l memoryLease) Event() Event { return l.taken.Value() }

// Context never ends: nobody else can take the event.
func (memoryLease) Context() context.Context { return context.Background() }

func (l memoryLease) Done(context.Context, EventResult) error {
	l.taken.Done()
	return nil
}

func (l memoryLease) Requeue(_ context.Context, wait time.Duration, e Event) error {
	l.taken.Requeue(wait, e)
	return nil
}

package hooktest

import (
	"context"
	"fmt"
	"time"

	"github.com/wcskit/resthook"
)

func queueRequeues(q *queueTest) {
	s := &queueLine{app: "a", session: "s"}
	head, next := s.next(), s.next()
	q.pushAll(head, next)
	for _, wait := range []time.Duration{0, -time.Second, 0} {
		lease := q.want(head.ID, "a")
		q.same(head, lease.Event())
		head = q.requeue(lease, wait)
	}
	q.asPushed(head)
	q.asPushed(next)
}

func queueRequeueWaits(q *queueTest) {
	s, ill, other := &queueLine{app: "a", session: "s"}, &queueLine{app: "a", session: "ill"}, &queueLine{app: "a", session: "other"}
	q.pushAll(ill.next(), ill.next())
	q.requeue(q.take("a"), time.Hour)
	q.none("its session is to wait for an hour", "a")
	for range 2 {
		e := other.next()
		q.pushAll(e, ill.next())
		q.done(q.want(e.ID, "a"))
	}

	head, next := s.next(), s.next()
	q.pushAll(head, next)
	for range 3 {
		const wait = 50 * time.Millisecond
		lease := q.want(head.ID, "a")
		begun := time.Now()
		q.requeue(lease, wait)
		q.requeue(q.want(head.ID, "a"), 0)
		if took := time.Since(begun); took < wait {
			q.Errorf("hooktest: an event that was to wait for %v came again after %v", wait, took)
		}
	}
	q.done(q.want(head.ID, "a"))
	q.done(q.want(next.ID, "a")) // the wait is over for good
}

func queueLeaseLives(q *queueTest) {
	s := &queueLine{app: "a", session: "s"}
	q.pushAll(s.next())
	for range 2 {
		lease := q.take("a")
		ctx := lease.Context()
		if ctx == nil {
			q.Fatalf("hooktest: a lease has no context")
		}
		select {
		case <-ctx.Done():
			q.Fatalf("hooktest: a lease ended by itself: %v", context.Cause(ctx))
		case <-time.After(moment):
		}
		q.requeue(lease, 0)
	}
}

// queueLeaseEnds uses leases that are over, also while their event is out with another
// lease.
func queueLeaseEnds(q *queueTest) {
	s := &queueLine{app: "a", session: "s"}
	first, second := s.next(), s.next()
	q.pushAll(first, second)
	old := q.want(first.ID, "a")
	q.requeue(old, 0)
	use := func(lease resthook.Lease) { // it may return errors
		_ = lease.Requeue(context.Background(), 0, lease.Event())
		_ = lease.Done(context.Background(), resthook.EventDelivered)
		_ = lease.Requeue(context.Background(), time.Hour, lease.Event())
	}
	use(old) // the event waits
	lease := q.want(first.ID, "a")
	use(old) // the event is out with another lease
	q.none("an event of the session is out", "a")
	q.done(lease)
	use(lease) // the event is over
	use(old)
	lease = q.want(second.ID, "a")
	use(old)
	q.none("an event of the session is out", "a")
	q.done(lease)
	q.loaded(0, 0, "all is done")
}

func queueCounts(q *queueTest) {
	const size = 10_000
	s := &queueLine{app: "a", session: "s"}
	q.loaded(0, 0, "at first")
	for range 3 {
		e := s.next()
		e.Body = make([]byte, size)
		q.pushAll(e)
	}
	q.loaded(3, 3*size, "three wait")
	lease := q.take("a")
	q.loaded(3, 3*size, "one is out")
	q.requeue(lease, 0)
	q.loaded(3, 3*size, "it waits again")
	for left := 2; left >= 0; left-- {
		q.done(q.take("a"))
		q.loaded(left, left*size, "one more is done")
	}
}

// loaded waits until Load reports so many events, their bytes, which are those of the bodies and
// up to 4 KiB more for each event, and the time of one of them, or none.
func (q *queueTest) loaded(events, bodies int, when string) {
	q.Helper()
	const beside = 4096
	fits := func() bool {
		load := q.queue.Load()
		return load.Events == events && load.Bytes >= bodies && load.Bytes <= bodies+events*beside &&
			(load.Oldest.IsZero() || q.ledger.hasOpen(load.Oldest))
	}
	q.eventually(fits, func() string {
		return fmt.Sprintf("%s: Load is %+v, with %d events and %d bytes of bodies, or Oldest is not of one of them", when, q.queue.Load(), events, bodies)
	})
}

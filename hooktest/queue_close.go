package hooktest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/wcskit/resthook"
)

func queueCloseEndsPull(q *queueTest) {
	var waiting []*pullOf
	for _, apps := range [][]string{{"a"}, {"a"}, {"b", "a"}} {
		waiting = append(waiting, q.pull(context.Background(), apps...))
	}
	time.Sleep(moment) // until the pulls wait
	q.closeWhole()
	for _, p := range append(waiting, q.pull(context.Background(), "a")) {
		if _, err := q.result(p, "the queue is closed"); !closedBy(err) {
			q.Errorf("hooktest: Pull of a closed queue: %v, want an error that matches ErrClosed", err)
		}
	}
}

func queueCloseReturnsTheRest(q *queueTest) {
	ill, out, waits := &queueLine{app: "a", session: "ill"}, &queueLine{app: "b", session: "out"}, &queueLine{app: "c", session: "waits"}
	over := (&queueLine{app: "c", session: "over"}).next()
	q.pushAll(over)
	q.done(q.want(over.ID, "c"))
	want := map[string][]string{}
	for _, p := range []resthook.Priority{resthook.PriorityStatus, resthook.PriorityProgress, resthook.PriorityClosing} {
		for _, l := range []*queueLine{ill, out, waits} {
			e := l.next()
			e.Priority = p
			q.pushAll(e)
			want[l.session] = append(want[l.session], e.ID)
		}
	}
	q.requeue(q.take("a"), time.Hour)
	lease := q.take("b")
	got := map[string][]string{}
	for _, d := range q.closeWhole() {
		got[d.Event.Session] = append(got[d.Event.Session], d.Event.ID)
	}
	for session, ids := range want {
		if !slices.Equal(ids, got[session]) {
			q.Errorf("hooktest: Close returned %q of session %q, want %q", got[session], session, ids)
		}
	}
	_ = lease.Requeue(context.Background(), 0, lease.Event()) // must do nothing: the queue is closed
	_ = lease.Done(context.Background(), resthook.EventDelivered)
	if _, err := q.result(q.pull(context.Background(), "a", "b", "c"), "the queue is closed"); !closedBy(err) {
		q.Errorf("hooktest: Pull of a closed queue: %v, want an error that matches ErrClosed", err)
	}
}

func queuePushAfterClose(q *queueTest) {
	s := &queueLine{app: "a", session: "s"}
	q.pushAll(s.next())
	q.closeWhole()
	late := s.next()
	q.pushAll(late)
	q.eventually(func() bool { return len(q.ledger.storedOf(late.ID)) > 0 }, func() string {
		return "stored was not called for an event that was pushed after Close"
	})
	if err := q.ledger.storedOf(late.ID)[0]; !closedBy(err) {
		q.Errorf("hooktest: stored was called with %s, want an error that matches ErrClosed", fmt.Sprint(err))
	}
}

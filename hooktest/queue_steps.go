package hooktest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wcskit/resthook"
)

// queueTest is a queue under test, with a method for each step of a case.
type queueTest struct {
	testing.TB

	queue  resthook.Queue
	limit  time.Duration // how long to wait for what must come
	ledger queueLedger
	closed sync.Once
	faults atomic.Int32
}

func newQueueTest(t testing.TB, queue resthook.Queue, limit time.Duration) *queueTest {
	t.Helper()
	return &queueTest{TB: t, queue: queue, limit: limit, ledger: queueLedger{entries: map[string]*queueEntry{}}}
}

// Errorf reports a fault, unless there were many: a queue that gives out the same events
// again and again would not stop.
func (q *queueTest) Errorf(format string, args ...any) {
	q.Helper()
	if q.faults.Add(1) <= most {
		q.TB.Errorf(format, args...)
	}
}

// moment is how long a case waits to see that something does not come.
const moment = 20 * time.Millisecond

// queueLine makes the events of a session, numbered from 1.
type queueLine struct {
	app, session string
	last         uint64
}

func (l *queueLine) next() resthook.Event {
	l.last++
	return resthook.Event{
		ID: fmt.Sprintf("%s/%s/%d", l.app, l.session, l.last), Sequence: l.last, Time: time.Now(), Hook: "StreamStatusEvent",
		Kind: resthook.KindEvent, App: l.app, AppKey: l.app, Session: l.session, Body: []byte("{}"), Priority: resthook.PriorityStatus,
	}
}

func (l *queueLine) about(replaces string) resthook.Event {
	e := l.next()
	e.Replaces = replaces
	return e
}

// push pushes an event, and returns the events that the queue dropped for it.
func (q *queueTest) push(e resthook.Event) []resthook.Drop {
	q.Helper()
	dropped := q.queue.Push(e, q.ledger.push(e))
	for _, d := range dropped {
		if err := q.ledger.over(d.Event.ID, d.Result); err != nil {
			q.Errorf("hooktest: Push of %q: %v", cut(e.ID, longName), err)
		}
	}
	return dropped
}

// pushAll pushes events. The queue must not drop any: it is not full.
func (q *queueTest) pushAll(events ...resthook.Event) {
	q.Helper()
	for _, e := range events {
		if dropped := q.push(e); len(dropped) > 0 {
			q.Errorf("hooktest: Push of %q: %q lost their place, of %d events in all", cut(e.ID, longName), dropsOf(dropped), len(q.ledger.entries))
		}
	}
}

func dropsOf(drops []resthook.Drop) []string {
	var all []string
	for _, d := range drops {
		all = append(all, cut(d.Event.ID, longName)+" "+string(d.Result))
	}
	return all
}

// pullOf is a call of Pull on a goroutine.
type pullOf struct {
	lease resthook.Lease
	err   error
	over  chan struct{}
}

// pull calls Pull on a goroutine.
func (q *queueTest) pull(ctx context.Context, apps ...string) *pullOf {
	p := &pullOf{over: make(chan struct{})}
	go func() {
		defer close(p.over)
		p.lease, p.err = q.queue.Pull(ctx, slices.Clone(apps))
	}()
	return p
}

// result waits until a Pull returns, which it must.
func (q *queueTest) result(p *pullOf, why string) (resthook.Lease, error) {
	q.Helper()
	q.within(p.over, "Pull has not returned: "+why)
	if p.err == nil && p.lease == nil {
		q.Fatalf("hooktest: Pull returned no lease and no error")
	}
	return p.lease, p.err
}

// within waits for over, and fails the test if it takes too long.
func (q *queueTest) within(over <-chan struct{}, fault string) {
	q.Helper()
	timer := time.NewTimer(q.limit)
	defer timer.Stop()
	select {
	case <-over:
	case <-timer.C:
		q.Fatalf("hooktest: after %v: %s", q.limit, fault)
	}
}

// eventually waits until is returns true, and fails the test if it takes too long.
func (q *queueTest) eventually(is func() bool, fault func() string) {
	q.Helper()
	for end := time.Now().Add(q.limit); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			q.Fatalf("hooktest: after %v: %s", q.limit, fault())
		}
	}
}

// take pulls an event, which must exist.
func (q *queueTest) take(apps ...string) resthook.Lease {
	q.Helper()
	lease, err := q.result(q.pull(context.Background(), apps...), fmt.Sprintf("there is an event of %q, or of one of them", apps))
	if err != nil {
		q.Fatalf("hooktest: Pull of %q: %v", apps, err)
	}
	return lease
}

// want pulls an event, which must be the one with this id.
func (q *queueTest) want(id string, apps ...string) resthook.Lease {
	q.Helper()
	lease := q.take(apps...)
	if got := lease.Event().ID; got != id {
		q.Fatalf("hooktest: Pull gave the event %q, want %q", cut(got, longName), cut(id, longName))
	}
	return lease
}

// none checks that there is nothing to pull.
func (q *queueTest) none(why string, apps ...string) {
	q.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), moment)
	defer cancel()
	lease, err := q.result(q.pull(ctx, apps...), "its context has ended")
	if err == nil {
		q.Fatalf("hooktest: Pull gave the event %q: %s", cut(lease.Event().ID, longName), why)
	}
}

// done ends an event as delivered.
func (q *queueTest) done(lease resthook.Lease) {
	q.Helper()
	id := lease.Event().ID
	if err := lease.Done(context.Background(), resthook.EventDelivered); err != nil {
		q.Errorf("hooktest: Done of %q: %v", cut(id, longName), err)
	}
	if err := q.ledger.over(id, resthook.EventDelivered); err != nil {
		q.Errorf("hooktest: %v", err)
	}
}

// requeue requeues an event after one more attempt.
func (q *queueTest) requeue(lease resthook.Lease, wait time.Duration) resthook.Event {
	q.Helper()
	e := lease.Event()
	e.Attempts++
	e.Unanswered++
	if err := lease.Requeue(context.Background(), wait, e); err != nil {
		q.Errorf("hooktest: Requeue of %q: %v", cut(e.ID, longName), err)
	}
	return e
}

// close closes the queue, and returns the events that were left.
func (q *queueTest) close() (left []resthook.Drop) {
	q.Helper()
	over := make(chan struct{})
	var err error
	go func() {
		defer close(over)
		left, err = q.queue.Close(context.Background())
	}()
	q.within(over, "Close has not returned")
	if err != nil {
		q.Errorf("hooktest: Close: %v", err)
	}
	return left
}

// closeWhole closes the queue, and notes the events that it returns.
func (q *queueTest) closeWhole() (left []resthook.Drop) {
	q.Helper()
	q.closed.Do(func() { left = q.close() })
	for _, d := range left {
		if d.Result != resthook.EventLeft && d.Result != resthook.EventKept {
			q.Errorf("hooktest: Close returned %q as %q, want %q or %q", cut(d.Event.ID, longName), d.Result, resthook.EventLeft, resthook.EventKept)
		}
		if err := q.ledger.over(d.Event.ID, d.Result); err != nil {
			q.Errorf("hooktest: Close: %v", err)
		}
	}
	return left
}

// complete closes the queue unless the case has, and checks that no event is missing.
func (q *queueTest) complete() {
	q.Helper()
	q.closeWhole()
	if again := q.close(); len(again) > 0 {
		q.Errorf("hooktest: a second Close returned %q", dropsOf(again[:min(most, len(again))]))
	}
	q.eventually(func() bool { return len(q.ledger.storedBadly()) == 0 }, func() string {
		odd := q.ledger.storedBadly()
		return fmt.Sprintf("stored was not called once for each event, but %d times for %q (%d such)", len(q.ledger.storedOf(odd[0])), cut(odd[0], longName), len(odd))
	})
	if open := q.ledger.open(); len(open) > 0 {
		q.Errorf("hooktest: %d events were lost without a word, such as %q: neither given out, nor returned by Push or Close", len(open), cut(open[0], longName))
	}
}

// end closes the queue of a case that failed early, so that no Pull is left.
func (q *queueTest) end() { q.closed.Do(func() { q.close() }) }

// closedBy reports whether an error means that the queue is closed.
func closedBy(err error) bool { return errors.Is(err, resthook.ErrClosed) }

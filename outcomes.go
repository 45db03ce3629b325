package resthook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wcskit/resthook/internal/redact"
)

// The life of an event in the client: it is accepted or refused, pushed, given to workers,
// and when it ends, it is counted first and reported then. Nothing here runs foreign code;
// the dispatcher does.

// accept counts an event that is to be pushed. held says that [notifier.hold] was called
// for it: then it is accepted while the client closes, too.
func (n *notifier) accept(held bool) error {
	if held {
		n.open.More()
	} else if !n.open.Begin() {
		return errClientClosed
	}
	n.counts.add()
	return nil
}

// hold makes Close wait for an event that may have to be accepted, until release.
func (n *notifier) hold() error {
	if !n.open.Begin() {
		return errClientClosed
	}
	return nil
}

func (n *notifier) release() { n.open.End() }

// refuse ends an event that is not accepted.
func (n *notifier) refuse(ctx context.Context, o EventOutcome) {
	n.counts.add()
	n.report(ctx, n.counts.end(o.Hook, o.Result), o)
}

// push puts an event that was accepted in the queue. The first event of an app starts its
// workers.
func (n *notifier) push(one *notification) {
	e := &one.Event
	d := &delivery{app: e.App, values: one.values, stored: one.stored, over: one.over, session: one.session, opens: one.opens, own: true, counted: true}
	n.mu.Lock()
	n.deliveries[e.ID] = d
	n.start(e.App)
	n.mu.Unlock()
	for _, drop := range n.queue.Push(*e, func(err error) { n.stored(e, d, err) }) {
		n.dropped(&drop.Event, drop.Result)
	}
}

// stored is called by the queue for an event that was pushed.
func (n *notifier) stored(e *Event, d *delivery, err error) {
	switch {
	case err != nil && n.isLeased(d, err): // it may be delivered yet
	case err != nil:
		result, fault := n.refusal(err)
		n.end(e, d, result, fault)
		if d.stored != nil { // it may have ended before, by a lease that was lost
			o := &Outcome{ID: e.ID, Hook: label(e.Hook), App: label(e.AppKey), Session: label(e.Session), Action: ActionContinue}
			d.stored(n.client.failed(o, nil, fault))
		}
	case d.stored != nil:
		d.stored(nil)
	}
}

// isLeased reports whether a worker has the event, and records why it was not stored.
func (n *notifier) isLeased(d *delivery, unstored error) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	d.unstored = unstored
	return d.leased
}

// refusal is how an event ends that the queue does not store.
func (n *notifier) refusal(err error) (EventResult, *failure) {
	switch {
	case errors.Is(err, ErrQueueFull):
		return EventShed, &failure{kind: faultCanceled, err: ErrQueueFull}
	case errors.Is(err, ErrClosed):
		return EventLeft, leftBehind(nil)
	}
	n.queueFailed("store", err)
	return EventUnstored, &failure{kind: faultStore, err: redact.Error(err, longestCause)}
}

// begin starts a job; false where another worker has the event. What the queue had kept
// is delivered while the client closes, too, since events of open sessions may wait behind
// it, but Close does not wait for it.
func (n *notifier) begin(j *job) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	d := n.deliveries[j.event.ID]
	switch {
	case d == nil:
		d = n.addKept(&j.event)
		d.counted = n.open.Begin()
	case d.leased:
		return false
	}
	d.leased = true
	j.delivery, j.progress = d, d.tried
	return true
}

// addKept counts an event that the queue had kept. The lock is held.
func (n *notifier) addKept(e *Event) *delivery {
	d := keptDelivery(e)
	n.deliveries[e.ID] = d
	n.counts.add()
	return d
}

// save keeps the progress of a job, and returns why the queue has not stored the event, if
// it has said so.
func (n *notifier) save(j *job) (unstored error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	j.delivery.tried = j.progress
	return j.delivery.unstored
}

// putBack puts an event back in the queue, to be given out again after a wait. An event
// that the queue had kept is then the queue's alone again, so that Close does not wait
// for it.
func (n *notifier) putBack(j *job, wait time.Duration) {
	e, d := &j.event, j.delivery
	e.Attempts, e.Unanswered = j.attempts, j.unanswered
	if err := n.save(j); err != nil {
		result, fault := n.refusal(err)
		n.finish(j, result, fault)
		return
	}
	n.unlease(d)
	if !d.own && n.remove(e, d, EventKept) {
		n.counts.takeBack()
		if d.counted {
			defer n.open.End()
		}
	}
	err := n.requeue(j.lease, wait, e)
	if d.own && (err != nil || j.lease.Context().Err() != nil) { // it may not come here again
		n.end(e, d, EventKept, nil)
	}
}

func (n *notifier) unlease(d *delivery) {
	n.mu.Lock()
	defer n.mu.Unlock()
	d.leased = false
}

func (n *notifier) requeue(lease Lease, wait time.Duration, e *Event) error {
	err := lease.Requeue(n.calling, wait, *e)
	if err != nil {
		n.queueFailed("requeue", err)
	}
	return err
}

// dropped ends an event that the queue has let go.
func (n *notifier) dropped(e *Event, result EventResult) {
	d, last := n.deliveryOf(e)
	switch result {
	case EventReplaced, EventKept: // no fault: a newer event says the same; it will be delivered
		if d.stored != nil {
			d.stored(nil)
		}
		n.end(e, d, result, nil)
	case EventShed:
		n.end(e, d, result, &failure{kind: faultCanceled, err: ErrQueueFull})
	case EventLeft:
		n.end(e, d, result, leftBehind(last))
	default:
		n.end(e, d, EventLeft, &failure{kind: faultStore, err: errUnexplained})
	}
}

// errUnexplained is the error of an event that a queue lets go with a result that the
// interface does not have.
var errUnexplained = errors.New("the queue let it go")

// deliveryOf is the delivery of an event that the queue has let go, and its last failure.
// One that is not found counts as kept by the queue: one that has ended looks the same.
func (n *notifier) deliveryOf(e *Event) (*delivery, *failure) {
	n.mu.Lock()
	defer n.mu.Unlock()
	d := n.deliveries[e.ID]
	if d == nil {
		d = n.addKept(e)
	}
	return d, d.tried.fault
}

// leftBehind is why an event was not delivered before the client was closed.
func leftBehind(last *failure) *failure {
	if last == nil {
		return &failure{kind: faultClosed, err: errClosing}
	}
	return &failure{kind: faultClosed, err: fmt.Errorf("%w, after %w", errClosing, last.err)}
}

// finish ends an event that a worker has. It is reported before the queue gives out the
// next one of its session.
func (n *notifier) finish(j *job, result EventResult, fault *failure) {
	_ = n.save(j) // it ends, stored or not
	o, first := n.conclude(&j.event, j.delivery, result, fault)
	if err := j.lease.Done(n.calling, result); err != nil {
		n.queueFailed("done", err)
	}
	if first {
		n.wakeWaiters(j.delivery, o)
	}
}

// end ends an event that no worker has, or has any more.
func (n *notifier) end(e *Event, d *delivery, result EventResult, fault *failure) {
	if o, first := n.conclude(e, d, result, fault); first {
		n.wakeWaiters(d, o)
	}
}

// conclude counts and reports the end of an event, the first time it is called for it.
func (n *notifier) conclude(e *Event, d *delivery, result EventResult, fault *failure) (o EventOutcome, first bool) {
	if !n.remove(e, d, result) {
		return o, false
	}
	p := n.progressOf(d)
	o = p.outcome(e, result)
	if result == EventFailed || result == EventExpired {
		o.Action = actionOn(e.Hook, e.Kind, e.OnError)
	}
	if fault != nil {
		err := n.client.failed(&Outcome{
			ID: o.ID, Hook: o.Hook, App: o.App, Session: o.Session, Action: o.Action, Attempts: o.Attempts, Status: o.Status,
		}, nil, fault)
		err.unsent = !p.connected && p.unanswered == 0
		o.Err = err
	}
	n.report(d.context(), n.counts.end(e.Hook, result), o)
	return o, true
}

// remove removes an event from those that have not ended; false where another has done it. One that is
// kept is the queue's, and what the queue says of it later counts.
func (n *notifier) remove(e *Event, d *delivery, result EventResult) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.deliveries[e.ID] != d {
		return false
	}
	d.leased = d.leased && result != EventKept
	delete(n.deliveries, e.ID)
	return true
}

func (n *notifier) progressOf(d *delivery) progress {
	n.mu.Lock()
	defer n.mu.Unlock()
	return d.tried
}

// wakeWaiters lets Record, Disconnect, a keep-alive and Close know that an event has ended,
// now that its place in the queue is free.
func (n *notifier) wakeWaiters(d *delivery, o EventOutcome) {
	// Where the event has opened something, Record waits for the queue, which stores that before it. One
	// whose lease was lost may be in the memory of the queue alone.
	if err := o.unstored(); d.stored != nil && (err != nil || !d.opens && o.Result != EventKept) {
		d.stored(err)
	}
	if d.over != nil {
		d.over(o)
	}
	if d.counted {
		n.open.End()
	}
}

// unstored is, for Record, why an event was lost before it was stored.
func (o EventOutcome) unstored() error {
	switch o.Result {
	case EventShed, EventLeft, EventUnstored, EventRefused:
		return o.Err
	case EventDelivered, EventFailed, EventExpired, EventReplaced, EventKept:
	}
	return nil
}

// report has an outcome logged and observed.
func (n *notifier) report(ctx context.Context, one ending, o EventOutcome) {
	d := n.client.dispatcher
	err, _ := errors.AsType[*Error](o.Err)
	switch {
	case lost(o.Result):
		n.losses.Add(one, struct{}{})
	case err != nil:
		d.Add(func() { n.client.logFailed(ctx, err) })
	}
	if observe := n.client.opts.observer.Event; observe != nil {
		d.Add(func() { observe(ctx, o) })
	}
}

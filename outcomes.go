package resthook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wcskit/resthook/internal/pending"
	"github.com/wcskit/resthook/internal/redact"
)

// What becomes of an event: it is accepted or refused, and once it is over, it is
// counted first and reported then. Nothing here runs foreign code; the dispatcher
// does.

// accept counts an event in, which is to be pushed. An event on behalf of one that
// [notifier.hold] has counted in is accepted while the client closes, too.
func (n *notifier) accept(held bool) error {
	if held {
		n.open.More()
	} else if !n.open.Begin() {
		return errClientClosed
	}
	n.books.add()
	return nil
}

// hold has Close wait for an event that may have to be accepted, until release.
func (n *notifier) hold() error {
	if !n.open.Begin() {
		return errClientClosed
	}
	return nil
}

func (n *notifier) release() { n.open.End() }

// push puts an event that was accepted in the queue, and starts the workers of its
// app with its first.
func (n *notifier) push(one *notice) {
	e := &one.Event
	d := &delivery{app: e.App, values: one.values, stored: one.stored, over: one.over, own: true, counted: true}
	n.mu.Lock()
	n.deliveries[e.ID] = d
	n.start(e.App)
	n.mu.Unlock()
	for _, drop := range n.queue.Push(*e, func(err error) { n.stored(e, d, err) }) {
		n.dropped(&drop.Event, drop.Result)
	}
}

// stored is what a queue has to say of an event that was pushed.
func (n *notifier) stored(e *Event, d *delivery, err error) {
	switch {
	case err != nil && n.isOut(d, err): // it may be delivered yet
	case err != nil:
		n.endUnstored(e, d, err)
	case d.stored != nil:
		d.stored(nil)
	}
}

// isOut reports whether an event is out, and notes why it was not stored.
func (n *notifier) isOut(d *delivery, err error) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	d.unstored = err
	return d.out
}

func (n *notifier) endUnstored(e *Event, d *delivery, err error) {
	result, fault := n.refusal(err)
	n.end(e, d, result, fault)
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

// dropped ends an event that the queue has let go.
func (n *notifier) dropped(e *Event, result EventResult) {
	d, last := n.known(e)
	switch result {
	case EventReplaced, EventKept: // no fault: a newer one says the same; it will be delivered
		n.end(e, d, result, nil)
	case EventShed:
		n.end(e, d, result, &failure{kind: faultCanceled, err: ErrQueueFull})
	case EventLeft:
		n.end(e, d, result, leftBehind(last))
	default:
		n.end(e, d, EventLeft, &failure{kind: faultStore, err: errUnexplained})
	}
}

// errUnexplained is what is said of an event that a queue lets go without a reason
// that the interface has.
var errUnexplained = errors.New("the queue let it go")

// known is the delivery of an event that the queue has let go, and what failed last.
// It may be one that the queue had kept, or one that is over: the two look alike.
func (n *notifier) known(e *Event) (*delivery, *failure) {
	n.mu.Lock()
	defer n.mu.Unlock()
	d := n.deliveries[e.ID]
	if d == nil {
		d = n.adopt(e)
	}
	return d, d.tried.fault
}

// adopt counts in an event that the queue has kept. The lock is held.
func (n *notifier) adopt(e *Event) *delivery {
	d := adopted(e)
	n.deliveries[e.ID] = d
	n.books.add()
	return d
}

// take has a worker deliver what the queue has given out; false for what is out
// already. What was kept is delivered while the client closes, too, since events of
// sessions that are open may stand behind it, but Close does not wait for it.
func (n *notifier) take(g *given) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	d := n.deliveries[g.event.ID]
	switch {
	case d == nil:
		d = n.adopt(&g.event)
		d.counted = n.open.Begin()
	case d.out:
		return false
	}
	d.out = true
	g.delivery, g.progress = d, d.tried
	return true
}

// note keeps what a worker has found out, and returns why the queue has not stored
// the event, if it has said so.
func (n *notifier) note(g *given) (unstored error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	g.delivery.tried = g.progress
	return g.delivery.unstored
}

// putBack has an event given out again after a wait. What the queue had kept is no
// longer ours then, so that Close does not wait for it.
func (n *notifier) putBack(g *given, wait time.Duration) {
	e, d := &g.event, g.delivery
	e.Attempts, e.Unanswered = g.attempts, g.unanswered
	if err := n.note(g); err != nil {
		result, fault := n.refusal(err)
		n.finish(g, result, fault)
		return
	}
	n.notOut(d)
	if !d.own && n.claim(e, d) {
		n.books.remove()
		if d.counted {
			defer n.open.End()
		}
	}
	if err := n.requeue(g.lease, wait, e); err != nil && d.own {
		n.end(e, d, EventKept, nil)
	}
}

func (n *notifier) notOut(d *delivery) {
	n.mu.Lock()
	defer n.mu.Unlock()
	d.out = false
}

func (n *notifier) requeue(lease Lease, wait time.Duration, e *Event) error {
	err := lease.Requeue(n.calling, wait, *e)
	if err != nil {
		n.queueFailed("requeue", err)
	}
	return err
}

// claim takes an event out of those that are not over. Only the first who ends an
// event has it.
func (n *notifier) claim(e *Event, d *delivery) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.deliveries[e.ID] != d {
		return false
	}
	delete(n.deliveries, e.ID)
	return true
}

// leftBehind is why an event was not delivered before the client was closed.
func leftBehind(last *failure) *failure {
	if last == nil {
		return &failure{kind: faultClosed, err: errClosing}
	}
	return &failure{kind: faultClosed, err: fmt.Errorf("%w, after %w", errClosing, last.err)}
}

// finish ends an event that the queue gave out. It is reported before the queue
// gives out the next one of its session.
func (n *notifier) finish(g *given, result EventResult, fault *failure) {
	_ = n.note(g) // it has come to an end all the same
	o, first := n.report(&g.event, g.delivery, result, fault)
	if err := g.lease.Done(n.calling, result); err != nil {
		n.queueFailed("done", err)
	}
	if first {
		n.over(g.delivery, o)
	}
}

// end ends an event that is not, or no longer, given out.
func (n *notifier) end(e *Event, d *delivery, result EventResult, fault *failure) {
	if o, first := n.report(e, d, result, fault); first {
		n.over(d, o)
	}
}

// report has the media server hear of what came of an event, once.
func (n *notifier) report(e *Event, d *delivery, result EventResult, fault *failure) (o EventOutcome, first bool) {
	if !n.claim(e, d) {
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
		err.unsent = !p.past && p.unanswered == 0
		o.Err = err
	}
	n.tell(d.context(), n.books.end(e.Hook, result), o)
	return o, true
}

func (n *notifier) progressOf(d *delivery) progress {
	n.mu.Lock()
	defer n.mu.Unlock()
	return d.tried
}

// over counts an event out, now that its place in the queue is free. Whoever waits
// for it in the library hears of it.
func (n *notifier) over(d *delivery, o EventOutcome) {
	if d.stored != nil {
		d.stored(o.unstored())
	}
	if d.over != nil {
		d.over(o)
	}
	if d.counted {
		n.open.End()
	}
}

// unstored is why an event that is over was lost before it was stored, for Record.
func (o EventOutcome) unstored() error {
	switch o.Result {
	case EventShed, EventLeft, EventUnstored, EventRefused:
		return o.Err
	case EventDelivered, EventFailed, EventExpired, EventReplaced, EventKept:
	}
	return nil
}

// refuse ends an event that is not accepted.
func (n *notifier) refuse(ctx context.Context, o EventOutcome) {
	n.books.add()
	n.tell(ctx, n.books.end(o.Hook, o.Result), o)
}

// tell has an outcome logged and observed.
func (n *notifier) tell(ctx context.Context, one ending, o EventOutcome) {
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

// close takes no more events and waits for those that are open, at most until ctx
// ends. Then it cancels what is in flight, and has the queue say what is left.
func (n *notifier) close(ctx context.Context) {
	over := n.open.Close()
	pending.Wait(ctx, over)
	n.inFlight.Close()
	n.inFlight.Cancel(errClosing)
	n.noPull()
	n.shut()
	if gone := n.running.Close(); !pending.Wait(ctx, gone) {
		n.running.WaitForCanceled()
	}
	n.noCall()
	n.running.WaitForCanceled() // those that were waiting for the queue
	n.closeQueue(ctx)
	n.open.WaitForCanceled()
	n.losses.Flush()
	n.faults.Flush()
}

// closeQueue ends what is left in the queue. One that does not return, although
// ctx has ended, is not waited for.
func (n *notifier) closeQueue(ctx context.Context) {
	var left []Drop
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		var err error
		if left, err = n.queue.Close(ctx); err != nil {
			n.queueFailed("close", err)
		}
	}()
	if !pending.Wait(ctx, closed) && !pending.WaitWhile(closed, func() uint64 { return 0 }) {
		return
	}
	for _, drop := range left {
		n.dropped(&drop.Event, drop.Result)
	}
}

func (n *notifier) shut() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.limiters {
		l.Close()
	}
}

package resthook

import (
	"context"
	"errors"
	"fmt"

	"github.com/wcskit/resthook/internal/pending"
)

// What becomes of an event: it is accepted or refused, and once it is over, it is
// counted first and reported then. Nothing here runs foreign code; the dispatcher
// does.

// accept counts an event in, which is to be pushed, and starts the workers of its
// app with its first. An event on behalf of one that [notifier.hold] has counted
// in is accepted while the client closes, too.
func (n *notifier) accept(app string, held bool) error {
	if held {
		n.open.More()
	} else if !n.open.Begin() {
		return errClientClosed
	}
	n.books.add()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.waiting[app]++
	n.start(app)
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

// push puts an event that was accepted in the queue.
func (n *notifier) push(e *Event) {
	for _, d := range n.queue.Push(e) {
		n.settle(d.Event, d.Result, dropped(d.Result))
	}
}

// dropped is why an event lost its place; a newer one that says the same is no
// fault.
func dropped(result EventResult) *failure {
	switch result {
	case EventShed:
		return &failure{kind: faultCanceled, err: errNoRoom}
	case EventLeft:
		return leftBehind(nil)
	case EventDelivered, EventFailed, EventExpired, EventReplaced, EventRefused:
	}
	return nil
}

// errNoRoom is why an event was shed.
var errNoRoom = errors.New("no room in the queue")

// leftBehind is why an event was not delivered before the client was closed.
func leftBehind(last *failure) *failure {
	if last == nil {
		return &failure{kind: faultClosed, err: errClosing}
	}
	return &failure{kind: faultClosed, err: fmt.Errorf("%w, after %w", errClosing, last.err)}
}

// finish ends an event that the queue gave. It is reported before the queue gives
// the next one of its session.
func (n *notifier) finish(e *Event, result EventResult, fault *failure) {
	o := n.reportOutcome(e, result, fault)
	n.queue.Done(e)
	n.over(e, o)
}

// settle ends an event that the queue has let go.
func (n *notifier) settle(e *Event, result EventResult, fault *failure) {
	n.over(e, n.reportOutcome(e, result, fault))
}

// reportOutcome has the media server hear of what came of an event.
func (n *notifier) reportOutcome(e *Event, result EventResult, fault *failure) EventOutcome {
	o := e.outcome(result)
	if result == EventFailed || result == EventExpired {
		o.Action = actionOn(e.Hook, e.Kind, e.OnError)
	}
	if fault != nil {
		err := n.client.fail(&Outcome{
			ID: o.ID, Hook: o.Hook, App: o.App, Session: o.Session, Action: o.Action, Attempts: o.Attempts, Status: o.Status,
		}, nil, fault)
		err.unsent = !e.past && e.Unanswered == 0
		o.Err = err
	}
	n.tell(e.context(), n.books.end(e.Hook, result), o)
	return o
}

// over counts an event out that was accepted, now that its place in the queue is free.
// Whoever waits for it in the library hears of it.
func (n *notifier) over(e *Event, o EventOutcome) {
	n.mu.Lock()
	if n.waiting[e.App]--; n.waiting[e.App] <= 0 {
		delete(n.waiting, e.App) // below 0: the queue has kept it over a restart
	}
	n.mu.Unlock()
	if e.settled != nil {
		e.settled(o)
	}
	n.open.End()
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
		n.losses.Add(one)
	case err != nil:
		d.Add(func() { n.client.logFailed(ctx, err) })
	}
	if observe := n.client.opts.observer.Event; observe != nil {
		d.Add(func() { observe(ctx, o) })
	}
}

// close takes no more events and waits for those that are open, at most until ctx
// ends. Then it leaves what waits, and cancels what is in flight.
func (n *notifier) close(ctx context.Context) {
	pending.Wait(ctx, n.open.Close())
	n.inFlight.Close()
	n.inFlight.Cancel(errClosing)
	n.leave()
	n.shut()
	if !pending.Wait(ctx, n.running.Close()) {
		n.running.WaitForCanceled()
	}
	n.leave() // what was put back while the queue was closed
	n.open.WaitForCanceled()
	n.losses.Flush()
}

// leave ends what waits in the queue.
func (n *notifier) leave() {
	for _, e := range n.queue.Close() {
		n.settle(e, EventLeft, leftBehind(e.fault))
	}
}

func (n *notifier) shut() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.limiters {
		l.close()
	}
}

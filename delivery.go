package resthook

import (
	"context"
	"time"

	"github.com/wcskit/resthook/internal/h1"
)

// notice is an event that is to be queued, and who waits for what becomes of it.
type notice struct {
	Event

	values context.Context    //nolint:containedctx // what Notify was given, without its end; nil for none
	stored func(error)        // called when it is stored, or over before: for Record
	over   func(EventOutcome) // called when it is over
	sent   bool               // it is to go out at all
}

// delivery is what a client knows of an event that is not over, beside what the
// queue keeps of it. What changes in it is under the notifier's lock.
type delivery struct {
	app      string
	values   context.Context //nolint:containedctx // as in a notice
	stored   func(error)
	over     func(EventOutcome)
	own      bool     // it was accepted here, and is not one that the queue kept
	counted  bool     // Close waits for it
	out      bool     // the queue has given it out
	unstored error    // why the queue has not stored it, where that came while it was out
	tried    progress // when it was out last
}

// progress is what came of the attempts to deliver an event so far.
type progress struct {
	attempts   int
	unanswered int
	past       bool      // an attempt went past connecting
	fresh      bool      // a kept connection was silent: from then on it wants new ones
	status     int       // of the last attempt
	fault      *failure  // of the last attempt
	end        time.Time // when the event is too old
}

// given is an event that the queue has given out, as the worker has it that is to
// deliver it.
type given struct {
	progress

	lease    Lease
	event    Event
	delivery *delivery
}

// adopted is the delivery of an event that the queue has kept for somebody else.
func adopted(e *Event) *delivery {
	return &delivery{app: e.App, tried: progress{attempts: e.Attempts, unanswered: e.Unanswered, past: e.Attempts > 0}}
}

// context has the values that Notify was given, and never ends.
func (d *delivery) context() context.Context {
	if d.values == nil {
		return context.Background()
	}
	return d.values
}

// expireAfter sets when the event is too old, once. A time that has not come yet
// is of a clock that was set back since, and is now from then on.
func (p *progress) expireAfter(e *Event, age time.Duration) {
	now := time.Now()
	if e.Time.After(now) {
		e.Time = now
	}
	if p.end.IsZero() {
		p.end = now.Add(age - e.age())
	}
}

// repeats reports whether an event is to be tried again after an attempt that
// failed: what Send tries again is, and one for want of a connection, and once a
// time-out without a byte on a connection that was kept, which may have been dead.
// What never reached the backend is tried for as long as the event's age allows; what the
// backend has taken and not answered, so many times as Send does it.
func (p *progress) repeats(policy retryPolicy, at *attempt) bool {
	f := at.failure
	first := f.unheard() && !p.fresh
	p.fresh = p.fresh || first
	if f.sentWhole() || f.kind == faultTimeout && f.phase > h1.Connecting {
		p.unanswered++
	}
	again := first || f.waited() || policy.repeats(f, at.Status)
	return policy.count > 0 && p.unanswered <= policy.count && again
}

func (p *progress) outcome(e *Event, result EventResult) EventOutcome {
	return EventOutcome{
		About: e.About, ID: e.ID, Sequence: e.Sequence, Hook: label(e.Hook), Kind: e.Kind, App: label(e.AppKey), Session: label(e.Session), Priority: e.Priority,
		Result: result, Action: ActionContinue, Queued: e.age(), Attempts: p.attempts, Status: p.status,
	}
}

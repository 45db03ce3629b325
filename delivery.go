package resthook

import (
	"context"
	"time"

	"github.com/wcskit/resthook/internal/h1"
)

// notification is an event that is to be queued, and who waits for it.
type notification struct {
	Event

	values  context.Context    //nolint:containedctx // what Notify was given, without its end; nil for none
	stored  func(error)        // for Record: called when it is stored, or has ended before
	over    func(EventOutcome) // called when it has ended
	session *Session           // nil for an event without one
	sent    bool               // it goes to the queue; false where the method is disabled
	opens   bool               // it opens an entry of the journal
	last    bool               // it is the closing event of its session
}

// delivery is what the client knows of an event that has not ended, beside what the queue
// keeps. What changes in it is guarded by the notifier's lock.
type delivery struct {
	app      string
	values   context.Context //nolint:containedctx // as in a notification
	stored   func(error)
	over     func(EventOutcome)
	session  *Session // nil for an event without one, and for one that the queue had kept
	opens    bool     // it opens an entry of the journal
	own      bool     // this client accepted it; false for one that the queue had kept
	counted  bool     // Close waits for it
	leased   bool     // the queue has given it to a worker
	unstored error    // why the queue has not stored it, where it said so while it was leased
	tried    progress // after the last attempt
}

// keptDelivery is the delivery of an event that the queue had kept.
func keptDelivery(e *Event) *delivery {
	return &delivery{app: e.App, tried: progress{attempts: e.Attempts, unanswered: e.Unanswered, connected: e.Attempts > 0}}
}

// context has the values that Notify was given, and never ends.
func (d *delivery) context() context.Context {
	if d.values == nil {
		return context.Background()
	}
	return d.values
}

// job is an event that the queue has given to a worker.
type job struct {
	progress

	lease    Lease
	event    Event
	delivery *delivery
	others   bool // another backend than the one that has failed is well
}

// progress is the result of the attempts to deliver an event so far.
type progress struct {
	attempts   int
	unanswered int
	connected  bool      // an attempt got further than connecting
	fresh      bool      // a kept connection was silent: from then on it wants new ones
	status     int       // of the last attempt
	fault      *failure  // of the last attempt
	backend    *backend  // that the next attempt does not go to if there is another; nil: none
	end        time.Time // when the event is too old
}

// setEnd sets once when the event is too old. A time in the future is of a clock that was
// set back since: then the age counts from now.
func (p *progress) setEnd(e *Event, maxAge time.Duration) {
	now := time.Now()
	if e.Time.After(now) {
		e.Time = now
	}
	if p.end.IsZero() {
		p.end = now.Add(maxAge - e.age())
	}
}

// repeats reports whether an event is tried again after an attempt that failed. It is where
// Send would try again, where no connection was free, and once after a time-out without a
// byte on a kept connection, which may have been dead. An event that never reached the
// backend is tried until it is too old. One that the backend may have taken without an
// answer is tried as often as Send would try.
func (p *progress) repeats(policy retryPolicy, c *call) bool {
	f := c.last.failure
	silent := f.unheard() && !p.fresh
	p.fresh = p.fresh || silent
	if f.sentWhole() || f.kind == faultTimeout && f.phase > h1.Connecting {
		p.unanswered++
	}
	again := silent || f.waited() || policy.repeats(f, c.last.Status) || f.undelivered() && c.to.hasWell()
	return policy.count > 0 && p.unanswered <= policy.count && again
}

// pause returns how long to wait before the next attempt, as a range. Another backend that is
// well, and one whose kept connection was lost, is asked at once.
func (p *progress) pause(c *call) (least, most time.Duration) {
	stale := c.last.failure.stale() && p.attempts == 1
	if p.backend = c.to.at; stale {
		p.backend = nil
	}
	if stale || c.to.hasWell() {
		return 0, 0
	}
	return c.retry.wait(p.attempts, c.last)
}

func (p *progress) outcome(e *Event, result EventResult) EventOutcome {
	return EventOutcome{
		About: e.About, ID: e.ID, Sequence: e.Sequence, Hook: label(e.Hook), Kind: e.Kind, App: label(e.AppKey), Session: label(e.Session), Priority: e.Priority,
		Recovered: e.Recovered, Result: result, Action: ActionContinue, Queued: e.age(), Attempts: p.attempts, Status: p.status,
	}
}

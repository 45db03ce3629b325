package otelhook

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/wcskit/resthook"
)

// manyEvents is how many events whose delivery has begun, and has not ended, have a span at once. The
// span of the oldest one ends before its event when there are more.
const manyEvents = 10_000

// eventSpan is the span of an event, from Notify to its end.
type eventSpan struct {
	id      string
	span    trace.Span
	made    time.Time    // when the event was notified
	attempt *attemptSpan // the last one
}

// eventSpans are those of events whose delivery has begun.
type eventSpans struct {
	mu   sync.Mutex
	all  map[string]*list.Element // of *eventSpan
	line list.List                // the oldest first
}

func newEventSpans() *eventSpans { return &eventSpans{all: map[string]*list.Element{}} }

func (e *eventSpans) get(id string) *eventSpan {
	e.mu.Lock()
	defer e.mu.Unlock()
	if place := e.all[id]; place != nil {
		return place.Value.(*eventSpan) //nolint:forcetypeassert,errcheck // put puts nothing else
	}
	return nil
}

// put keeps a span, and returns the one that has to make room for it.
func (e *eventSpans) put(one *eventSpan) (evicted *eventSpan) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.line.Len() >= manyEvents {
		evicted = e.remove(e.line.Front())
	}
	e.all[one.id] = e.line.PushBack(one)
	return evicted
}

// take returns a span and keeps it no longer.
func (e *eventSpans) take(id string) *eventSpan {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.remove(e.all[id])
}

// remove removes what is at a place, if it is one. The lock is held.
func (e *eventSpans) remove(place *list.Element) *eventSpan {
	if place == nil {
		return nil
	}
	one := e.line.Remove(place).(*eventSpan) //nolint:forcetypeassert,errcheck // put puts nothing else
	delete(e.all, one.id)
	return one
}

// began notes the last attempt of an event. One before it with the same number had no connection:
// no request was made, and no Attempt comes.
func (e *eventSpans) began(id string, own *attemptSpan) {
	e.mu.Lock()
	defer e.mu.Unlock()
	place := e.all[id]
	if place == nil {
		return
	}
	one := place.Value.(*eventSpan) //nolint:forcetypeassert,errcheck // put puts nothing else
	if last := one.attempt; last != nil && last.number == own.number {
		last.end(errNoConnection, "timeout", last.begun)
	}
	one.attempt = own
}

// errNoConnection is the error of an attempt's span where no Attempt came.
var errNoConnection = errors.New("no connection was free in time: no request was made")

// startEvent returns a context with the span of an event, which the first attempt begins.
func (t *Telemetry) startEvent(ctx context.Context, a *resthook.AttemptStart) context.Context {
	if one := t.events.get(a.ID); one != nil {
		return trace.ContextWithSpan(ctx, one.span)
	}
	now := time.Now()
	made := now.Add(-a.Queued)
	ctx, span := t.eventSpan(ctx, a.Hook, made)
	if !span.SpanContext().IsValid() {
		return ctx
	}
	span.SetAttributes(append(about(a.Hook, a.App, a.Session, a.ID), keyKind.String(a.Kind.String()))...)
	if old := t.events.put(&eventSpan{id: a.ID, span: span, made: made}); old != nil {
		old.attempt.end(errNoConnection, "timeout", now)
		old.span.End(trace.WithTimestamp(now))
	}
	return ctx
}

// eventSpan begins the span of an event. It is the root of a trace of its own, since it may
// begin and end long after that of its cause, which it has a link to.
func (t *Telemetry) eventSpan(ctx context.Context, hook string, made time.Time) (context.Context, trace.Span) {
	opts := []trace.SpanStartOption{trace.WithNewRoot(), trace.WithTimestamp(made)}
	if cause := trace.SpanContextFromContext(ctx); cause.IsValid() {
		opts = append(opts, trace.WithLinks(trace.Link{SpanContext: cause}))
	}
	return t.tracer.Start(ctx, t.hooks.label(hook), opts...)
}

// event ends the span of an event. One that was never tried has had none until now.
func (t *Telemetry) event(ctx context.Context, o resthook.EventOutcome) {
	one := t.events.take(o.ID)
	if one == nil {
		made := time.Now().Add(-o.Queued)
		_, span := t.eventSpan(ctx, o.Hook, made)
		one = &eventSpan{span: span, made: made}
	}
	t.countEvent(trace.ContextWithSpan(ctx, one.span), &o)
	over := one.made.Add(o.Queued)
	one.attempt.end(o.Err, kindOf(o.Err), over) // where no Attempt came
	if one.span.IsRecording() {
		one.describe(&o)
	}
	one.span.End(trace.WithTimestamp(over))
}

func (e *eventSpan) describe(o *resthook.EventOutcome) {
	e.span.SetAttributes(append(about(o.Hook, o.App, o.Session, o.ID), keyKind.String(o.Kind.String()),
		keyResult.String(string(o.Result)), keyAction.String(string(o.Action)), keyNumber.Int(o.Attempts))...)
	if lost(o) {
		fail(e.span, o.Err, kindOf(o.Err))
	}
}

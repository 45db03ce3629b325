package otelhook

import (
	"context"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/wcskit/resthook"
)

// hookSpan is the span of a hook that is sent. It is used on the goroutine of Send alone.
type hookSpan struct {
	span    trace.Span
	attempt *attemptSpan // the last one
}

type hookKey struct{}

// attemptSpan is the span of a request.
type attemptSpan struct {
	span   trace.Span
	begun  time.Time
	number int
	over   atomic.Bool
}

type attemptKey struct{}

// end ends the span, once.
func (a *attemptSpan) end(err error, fault string, at time.Time) {
	if a == nil || a.over.Swap(true) {
		return
	}
	if err != nil {
		fail(a.span, err, fault)
	}
	a.span.End(trace.WithTimestamp(at))
}

// carrying is a context with a span of this package under a key; with none where there is no
// span, so that nobody takes that of another hook, in which this one was sent, for its own.
func carrying[S any](ctx context.Context, key any, span *S) context.Context {
	if span == nil && ctx.Value(key) == nil {
		return ctx
	}
	return context.WithValue(ctx, key, span)
}

// about are the attributes that say which hook it is. The ids are on spans only.
func about(hook, app, session, id string) []attribute.KeyValue {
	all := make([]attribute.KeyValue, 0, 8)
	all = append(all, keyHook.String(hook), keyApp.String(app))
	if session != "" {
		all = append(all, keySession.String(session))
	}
	if id != "" {
		all = append(all, keyID.String(id))
	}
	return all
}

// start begins the span of a hook, a child of the one in ctx.
func (t *Telemetry) start(ctx context.Context, s resthook.Start) context.Context {
	attrs := append(about(s.Hook, s.App, s.Session, s.ID), keyKind.String(s.Kind.String()))
	ctx, span := t.tracer.Start(ctx, t.hooks.label(s.Hook), trace.WithAttributes(attrs...))
	var own *hookSpan
	if span.IsRecording() {
		own = &hookSpan{span: span}
	}
	return carrying(ctx, hookKey{}, own)
}

// startAttempt begins the span of a request, and puts the trace into its headers.
func (t *Telemetry) startAttempt(ctx context.Context, a resthook.AttemptStart) context.Context {
	begun := time.Now()
	if a.Event {
		t.countQueued(ctx, &a)
		ctx = t.startEvent(ctx, &a, begun)
	}
	ctx, own := t.startRequest(ctx, &a, begun)
	switch hook, _ := ctx.Value(hookKey{}).(*hookSpan); {
	case own == nil:
	case a.Event:
		t.events.began(a.ID, own)
	case hook != nil:
		hook.attempt = own
	}
	t.propagator.Inject(ctx, propagation.HeaderCarrier(a.Header))
	return ctx
}

func (t *Telemetry) startRequest(ctx context.Context, a *resthook.AttemptStart, begun time.Time) (context.Context, *attemptSpan) {
	to := t.endpoints.of(a.URL)
	name := "POST"
	if hook := t.hooks.label(a.Hook); hook == a.Hook {
		name += " " + to.path
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(begun), trace.WithAttributes(to.attrs...))
	if !span.IsRecording() {
		return carrying[attemptSpan](ctx, attemptKey{}, nil), nil
	}
	span.SetAttributes(about(a.Hook, a.App, a.Session, a.ID)...)
	if a.Number > 1 {
		span.SetAttributes(semconv.HTTPRequestResendCount(a.Number - 1))
	}
	own := &attemptSpan{span: span, begun: begun, number: a.Number}
	return carrying(ctx, attemptKey{}, own), own
}

// attempt ends the span of a request. For an event it is called later, by the client's dispatcher.
func (t *Telemetry) attempt(ctx context.Context, a resthook.Attempt) {
	t.countAttempt(ctx, &a)
	own, _ := ctx.Value(attemptKey{}).(*attemptSpan)
	if own == nil {
		return
	}
	own.span.SetAttributes(keyReused.Bool(a.Reused))
	if a.Status != 0 {
		own.span.SetAttributes(semconv.HTTPResponseStatusCode(a.Status))
	}
	var err error
	fault := attemptFault(&a)
	if fault != "" {
		err = a.Err
	}
	own.end(err, fault, own.begun.Add(a.Duration))
}

// end ends the span of a hook.
func (t *Telemetry) end(ctx context.Context, o resthook.Outcome) {
	t.countHook(ctx, &o)
	hook, _ := ctx.Value(hookKey{}).(*hookSpan)
	if hook == nil {
		return
	}
	now := time.Now()
	hook.attempt.end(o.Err, kindOf(o.Err), now) // where no request was made, and no Attempt came
	outcome := outcomeOf(&o)
	hook.span.SetAttributes(keyOutcome.String(outcome), keyAction.String(string(o.Action)), keyNumber.Int(o.Attempts))
	if outcome == failed || outcome == refused {
		fail(hook.span, o.Err, kindOf(o.Err))
	}
	hook.span.End(trace.WithTimestamp(now))
}

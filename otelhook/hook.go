package otelhook

import (
	"context"
	"net/http"
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
	ctx, span := t.tracer.Start(ctx, t.hooks.label(s.Hook))
	var own *hookSpan
	if span.IsRecording() {
		own = &hookSpan{span: span}
		span.SetAttributes(append(about(s.Hook, s.App, s.Session, s.ID), keyKind.String(s.Kind.String()))...)
	}
	return carrying(ctx, hookKey{}, own)
}

// startAttempt begins the span of a request, and puts the trace into its headers.
func (t *Telemetry) startAttempt(ctx context.Context, a resthook.AttemptStart) context.Context {
	if a.Event {
		ctx = t.startEvent(ctx, &a)
		t.countQueued(ctx, &a)
	}
	ctx, own := t.startRequest(ctx, &a)
	switch hook, _ := ctx.Value(hookKey{}).(*hookSpan); {
	case own == nil:
	case a.Event:
		t.events.began(a.ID, own)
	case hook != nil:
		hook.attempt.end(errNoConnection, "timeout", own.begun)
		hook.attempt = own
	}
	t.propagator.Inject(ctx, propagation.HeaderCarrier(a.Header))
	return ctx
}

func (t *Telemetry) startRequest(ctx context.Context, a *resthook.AttemptStart) (context.Context, *attemptSpan) {
	to := t.endpoints.of(a.URL)
	name := http.MethodPost
	if t.hooks.label(a.Hook) == a.Hook {
		name = to.name
	}
	ctx, span := t.tracer.Start(ctx, name, to.opts...)
	if !span.IsRecording() {
		return carrying[attemptSpan](ctx, attemptKey{}, nil), nil
	}
	attrs := about(a.Hook, a.App, a.Session, a.ID)
	if a.Number > 1 {
		attrs = append(attrs, semconv.HTTPRequestResendCount(a.Number-1))
	}
	span.SetAttributes(attrs...)
	own := &attemptSpan{span: span, begun: time.Now(), number: a.Number}
	return carrying(ctx, attemptKey{}, own), own
}

// attempt ends the span of a request. For an event it is called later, by the client's dispatcher.
func (t *Telemetry) attempt(ctx context.Context, a resthook.Attempt) {
	t.countAttempt(ctx, &a)
	own, _ := ctx.Value(attemptKey{}).(*attemptSpan)
	if own == nil {
		return
	}
	if a.Status == 0 {
		own.span.SetAttributes(keyReused.Bool(a.Reused))
	} else {
		own.span.SetAttributes(keyReused.Bool(a.Reused), semconv.HTTPResponseStatusCode(a.Status))
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
	if outcome != allowed && outcome != denied {
		fail(hook.span, o.Err, kindOf(o.Err))
	}
	hook.span.End(trace.WithTimestamp(now))
}

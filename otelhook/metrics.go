package otelhook

import (
	"context"
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/wcskit/resthook"
)

// Attributes of spans and metrics that the conventions do not have.
const (
	keyHook    = attribute.Key("resthook.hook")
	keyKind    = attribute.Key("resthook.kind")
	keyApp     = attribute.Key("resthook.app")
	keySession = attribute.Key("resthook.session")
	keyID      = attribute.Key("resthook.id")
	keyOutcome = attribute.Key("resthook.outcome")
	keyAction  = attribute.Key("resthook.action")
	keyResult  = attribute.Key("resthook.result")
	keyNumber  = attribute.Key("resthook.attempts")
	keyBackend = attribute.Key("resthook.backend")
	keyReused  = attribute.Key("resthook.connection.reused")
)

// instruments are those that are recorded when something happens. Those that are read are in
// watch.go.
type instruments struct {
	requests      metric.Float64Histogram
	hooks         metric.Float64Histogram
	hookAttempts  metric.Int64Histogram
	events        metric.Float64Histogram
	eventQueued   metric.Float64Histogram
	eventAttempts metric.Int64Histogram
	labels        labels
}

func newInstruments(m metric.Meter) (*instruments, error) {
	i := &instruments{}
	var faults [6]error
	i.requests, faults[0] = m.Float64Histogram("http.client.request.duration", metric.WithUnit("s"), fastBuckets(),
		metric.WithDescription("Duration of HTTP client requests."))
	i.hooks, faults[1] = m.Float64Histogram("resthook.hook.duration", metric.WithUnit("s"), fastBuckets(),
		metric.WithDescription("Duration of hooks that a media server has waited for, with all attempts."))
	i.hookAttempts, faults[2] = m.Int64Histogram("resthook.hook.attempts", metric.WithUnit("{attempt}"), attemptBuckets(),
		metric.WithDescription("Requests of a hook that a media server has waited for."))
	i.events, faults[3] = m.Float64Histogram("resthook.event.duration", metric.WithUnit("s"), slowBuckets(),
		metric.WithDescription("Time from the notification of an event to its end."))
	i.eventQueued, faults[4] = m.Float64Histogram("resthook.event.queue.duration", metric.WithUnit("s"), slowBuckets(),
		metric.WithDescription("Time from the notification of an event to its first attempt."))
	i.eventAttempts, faults[5] = m.Int64Histogram("resthook.event.attempts", metric.WithUnit("{attempt}"), attemptBuckets(),
		metric.WithDescription("Requests of an event."))
	return i, errors.Join(faults[:]...)
}

// fastBuckets are those that the conventions advise for http.client.request.duration.
func fastBuckets() metric.HistogramOption {
	return metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
}

// slowBuckets reach to the age at which an event ends, 10 minutes.
func slowBuckets() metric.HistogramOption {
	return metric.WithExplicitBucketBoundaries(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
}

func attemptBuckets() metric.HistogramOption {
	return metric.WithExplicitBucketBoundaries(0, 1, 2, 3, 4, 5, 10, 20, 50, 100)
}

// countAttempt records a request.
func (t *Telemetry) countAttempt(ctx context.Context, a *resthook.Attempt) {
	if t.meters.requests.Enabled(ctx) {
		l := label{hook: t.hooks.label(a.Hook), app: t.apps.label(a.App), to: t.endpoints.of(a.URL).server(), status: a.Status, fault: attemptFault(a)}
		t.meters.requests.Record(ctx, a.Duration.Seconds(), t.meters.labels.of(l)...)
	}
}

// countHook records a hook that is over.
func (t *Telemetry) countHook(ctx context.Context, o *resthook.Outcome) {
	l := label{hook: t.hooks.label(o.Hook), app: t.apps.label(o.App)}
	if t.meters.hookAttempts.Enabled(ctx) {
		t.meters.hookAttempts.Record(ctx, int64(o.Attempts), t.meters.labels.of(l)...)
	}
	if t.meters.hooks.Enabled(ctx) {
		l.outcome, l.action, l.fault = outcomeOf(o), string(o.Action), kindOf(o.Err)
		t.meters.hooks.Record(ctx, o.Duration.Seconds(), t.meters.labels.of(l)...)
	}
}

// countQueued records how long an event has waited for its first attempt.
func (t *Telemetry) countQueued(ctx context.Context, a *resthook.AttemptStart) {
	if a.Number == 1 && t.meters.eventQueued.Enabled(ctx) {
		l := label{hook: t.hooks.label(a.Hook), app: t.apps.label(a.App)}
		t.meters.eventQueued.Record(ctx, a.Queued.Seconds(), t.meters.labels.of(l)...)
	}
}

// countEvent records an event that is over.
func (t *Telemetry) countEvent(ctx context.Context, o *resthook.EventOutcome) {
	l := label{hook: t.hooks.label(o.Hook), app: t.apps.label(o.App)}
	if t.meters.eventAttempts.Enabled(ctx) {
		t.meters.eventAttempts.Record(ctx, int64(o.Attempts), t.meters.labels.of(l)...)
	}
	if t.meters.events.Enabled(ctx) {
		l.result, l.fault = string(o.Result), kindOf(o.Err)
		t.meters.events.Record(ctx, o.Queued.Seconds(), t.meters.labels.of(l)...)
	}
}

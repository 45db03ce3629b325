package otelhook

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/wcskit/resthook"
)

// ScopeName is the instrumentation scope of all spans and metrics of this package.
const ScopeName = "github.com/wcskit/resthook/otelhook"

// Telemetry makes spans and metrics of what a [resthook.Client] does. Make one with [New],
// give its Observer to the client, and then the client to Watch. It starts no goroutine, has
// nothing to close, and is safe for concurrent use. What it makes ends up where the providers
// send it: shut those down after the client.
type Telemetry struct {
	tracer     trace.Tracer
	propagator propagation.TextMapPropagator
	meters     *instruments
	hooks      *names
	apps       *names
	endpoints  *endpoints
	events     *eventSpans
	watched    *watched
}

// New makes the instruments. Without options it uses OpenTelemetry's global providers and
// propagator, as they are when it is called or are set later. Its error is that of an
// option or of an instrument that could not be made.
func New(opts ...Option) (*Telemetry, error) {
	o, err := newOptions(opts)
	if err != nil {
		return nil, err
	}
	meter := o.meters.Meter(ScopeName, metric.WithSchemaURL(semconv.SchemaURL))
	meters, err := newInstruments(meter)
	if err != nil {
		return nil, fmt.Errorf("otelhook: %w", err)
	}
	t := &Telemetry{
		tracer:     o.tracers.Tracer(ScopeName, trace.WithSchemaURL(semconv.SchemaURL)),
		propagator: o.propagator,
		meters:     meters,
		hooks:      newNames(catalogue(), manyHooks),
		apps:       newNames(nil, manyApps),
		endpoints:  newEndpoints(),
		events:     newEventSpans(),
		watched:    &watched{},
	}
	if err := t.observe(meter); err != nil {
		return nil, fmt.Errorf("otelhook: %w", err)
	}
	return t, nil
}

// catalogue are the names of the protocol's methods.
func catalogue() []string {
	methods := resthook.Methods()
	all := make([]string, 0, len(methods))
	for _, m := range methods {
		all = append(all, m.Name())
	}
	return all
}

// Observer is what [resthook.WithObserver] takes. The span of a hook is a child of the one in
// the context of Send, and the context that StartAttempt of an observer after this one gets has
// the attempt's span.
func (t *Telemetry) Observer() resthook.Observer {
	return resthook.Observer{
		Start:        t.start,
		StartAttempt: t.startAttempt,
		Attempt:      t.attempt,
		End:          t.end,
		Event:        t.event,
	}
}

// errNilClient refuses a client that NewClient has not made.
var errNilClient = errors.New("otelhook: watch: a nil client")

// Watch has the figures of the client's Stats read at each collection of metrics, from now on,
// also after the client is closed: it stays in memory as long as the meter provider. Where
// several clients are watched, their figures add up. The keys of the client's apps always keep
// their name in the label resthook.app. The only error is that of a nil client.
func (t *Telemetry) Watch(client *resthook.Client) error {
	if client == nil {
		return errNilClient
	}
	t.watched.add(client)
	t.knowApps(client.Stats().Backends)
	return nil
}

package otelhook

import (
	"errors"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Option sets where spans and metrics go, and how a trace goes over the wire. The order of
// options does not matter.
type Option func(*options) error

type options struct {
	tracers    trace.TracerProvider
	meters     metric.MeterProvider
	propagator propagation.TextMapPropagator
}

func newOptions(opts []Option) (*options, error) {
	o := &options{tracers: otel.GetTracerProvider(), meters: otel.GetMeterProvider(), propagator: otel.GetTextMapPropagator()}
	var faults []error
	for _, opt := range opts {
		if opt == nil {
			faults = append(faults, errors.New("otelhook: a nil option"))
		} else if err := opt(o); err != nil {
			faults = append(faults, err)
		}
	}
	return o, errors.Join(faults...)
}

// WithTracerProvider sets who makes the spans. Default: [otel.GetTracerProvider], which makes
// none until a program sets one. A provider of go.opentelemetry.io/otel/trace/noop turns
// spans off; a trace in the caller's context then still goes on at the backend.
func WithTracerProvider(provider trace.TracerProvider) Option {
	return func(o *options) error {
		if provider == nil {
			return errors.New("otelhook: a nil tracer provider")
		}
		o.tracers = provider
		return nil
	}
}

// WithMeterProvider sets who makes the metrics. Default: [otel.GetMeterProvider], which
// counts nothing until a program sets one.
func WithMeterProvider(provider metric.MeterProvider) Option {
	return func(o *options) error {
		if provider == nil {
			return errors.New("otelhook: a nil meter provider")
		}
		o.meters = provider
		return nil
	}
}

// WithPropagator sets the headers by which a trace goes over the wire, such as
// [propagation.TraceContext]: a client writes them, a handler reads them. Default:
// [otel.GetTextMapPropagator], which has no headers until a program sets one.
// [propagation.Baggage] sends what the caller's context has as baggage to the backend.
func WithPropagator(propagator propagation.TextMapPropagator) Option {
	return func(o *options) error {
		if propagator == nil {
			return errors.New("otelhook: a nil propagator")
		}
		o.propagator = propagator
		return nil
	}
}

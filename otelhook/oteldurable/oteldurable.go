// Package oteldurable makes OpenTelemetry metrics of the figures of a store of durable events: what
// is stored, dead letters, the lease, estates, depth and age. It is a module of its own, so that
// otelhook does not require NATS. The README of otelhook lists the metrics.
//
//	stop, err := oteldurable.Watch(store)
package oteldurable

import (
	"context"
	"errors"
	"fmt"
	"math"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"

	"github.com/wcskit/resthook/durable"
)

// ScopeName is the instrumentation scope of all metrics of this package.
const ScopeName = "github.com/wcskit/resthook/otelhook/oteldurable"

// Option sets where the metrics go.
type Option func(*options) error

type options struct{ meters metric.MeterProvider }

// WithMeterProvider sets who makes the metrics. Default: [otel.GetMeterProvider], which
// counts nothing until a program sets one.
func WithMeterProvider(provider metric.MeterProvider) Option {
	return func(o *options) error {
		if provider == nil {
			return errors.New("oteldurable: a nil meter provider")
		}
		o.meters = provider
		return nil
	}
}

// Watch has the figures of the store read at each collection, until stop is called. They have no
// labels: a process has one store, and its resource says which node it is. Reading them waits
// for nothing. The error is that of an option, or of an instrument that could not be made.
func Watch(store *durable.Store, opts ...Option) (stop func() error, err error) {
	if store == nil {
		return nil, errors.New("oteldurable: a nil store")
	}
	o := &options{meters: otel.GetMeterProvider()}
	for _, opt := range opts {
		if opt == nil {
			return nil, errors.New("oteldurable: a nil option")
		}
		if err := opt(o); err != nil {
			return nil, err
		}
	}
	stop, err = register(o.meters.Meter(ScopeName), store)
	if err != nil {
		return nil, fmt.Errorf("oteldurable: %w", err)
	}
	return stop, nil
}

// register makes the instruments, and has them read.
func register(m metric.Meter, store *durable.Store) (stop func() error, err error) {
	var all []metric.Observable
	var reads []func(metric.Observer, *durable.Stats)
	var faults []error
	for _, f := range counts() {
		instrument, err := f.instrument(m)
		all, faults = append(all, instrument), append(faults, err)
		reads = append(reads, func(o metric.Observer, s *durable.Stats) { o.ObserveInt64(instrument, f.read(s)) })
	}
	for _, f := range measures() {
		instrument, err := m.Float64ObservableGauge(f.name, metric.WithUnit(f.unit), metric.WithDescription(f.about))
		all, faults = append(all, instrument), append(faults, err)
		reads = append(reads, func(o metric.Observer, s *durable.Stats) { o.ObserveFloat64(instrument, f.read(s)) })
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	registration, err := m.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s := store.Stats()
		for _, read := range reads {
			read(o, &s)
		}
		return nil
	}, all...)
	if err != nil {
		return nil, err
	}
	return registration.Unregister, nil
}

// count is a figure that is a number of things.
type count struct {
	name, unit, about string
	total             bool // it only grows
	read              func(*durable.Stats) int64
}

func (c count) instrument(m metric.Meter) (metric.Int64Observable, error) {
	if c.total {
		return m.Int64ObservableCounter(c.name, metric.WithUnit(c.unit), metric.WithDescription(c.about))
	}
	return m.Int64ObservableUpDownCounter(c.name, metric.WithUnit(c.unit), metric.WithDescription(c.about))
}

func counts() []count {
	return append(inProcess(),
		count{"resthook.durable.stored", "{event}", "Events that this process has stored.", true, func(s *durable.Stats) int64 { return whole(s.Stored) }},
		count{"resthook.durable.opened", "{entry}", "Entries of the journal that this process has opened.", true, func(s *durable.Stats) int64 { return whole(s.Opened) }},
		count{"resthook.durable.dead_letters", "{event}", "Events that this process has given up.", true, func(s *durable.Stats) int64 { return whole(s.DeadLetters) }},
		count{"resthook.durable.claimed", "{estate}", "Estates that this process has claimed.", true, func(s *durable.Stats) int64 { return whole(s.Claimed) }},
		count{"resthook.durable.succeeded", "{time}", "How often this node was taken for dead while it lived.", true, func(s *durable.Stats) int64 { return whole(s.Succeeded) }},
		count{"resthook.durable.store.events", "{event}", "Events and entries of the journal in the store, of all nodes.", false, func(s *durable.Stats) int64 { return whole(s.StoreEvents) }},
		count{"resthook.durable.store.size", "By", "Their bytes.", false, func(s *durable.Stats) int64 { return whole(s.StoreBytes) }},
		count{"resthook.durable.dead.events", "{event}", "Dead letters in the store, of all nodes.", false, func(s *durable.Stats) int64 { return whole(s.DeadWaiting) }},
		count{"resthook.durable.dead.size", "By", "Their bytes.", false, func(s *durable.Stats) int64 { return whole(s.DeadBytes) }},
	)
}

// inProcess are the figures of this process now.
func inProcess() []count {
	return []count{
		{"resthook.durable.connected", "{connection}", "1 while NATS is there.", false, func(s *durable.Stats) int64 { return oneIf(s.Connected) }},
		{"resthook.durable.waiting", "{event}", "Events in the memory of this process, those of estates included.", false, func(s *durable.Stats) int64 { return int64(s.Waiting) }},
		{"resthook.durable.unstored", "{event}", "Events that are still to be stored.", false, func(s *durable.Stats) int64 { return int64(s.Unstored) }},
		{"resthook.durable.removing", "{event}", "Events that are over and still to be removed.", false, func(s *durable.Stats) int64 { return int64(s.Removing) }},
		{"resthook.durable.open", "{entry}", "Sessions, streams and calls of this process in the journal.", false, func(s *durable.Stats) int64 { return int64(s.Open) }},
		{"resthook.durable.estates", "{estate}", "Estates that this process works off.", false, func(s *durable.Stats) int64 { return int64(s.Estates) }},
	}
}

// measure is a figure that is a time or a ratio.
type measure struct {
	name, unit, about string
	read              func(*durable.Stats) float64
}

func measures() []measure {
	return []measure{
		{"resthook.durable.lease.age", "s", "Time since the lease of this node was confirmed.", func(s *durable.Stats) float64 { return s.Renewed.Seconds() }},
		{"resthook.durable.store.oldest", "s", "Age of the oldest event in the store; 0 without one.", func(s *durable.Stats) float64 { return s.StoreOldest.Seconds() }},
		{"resthook.durable.store.level", "1", "How full the store is, from 0 to 1.", func(s *durable.Stats) float64 { return s.StoreLevel }},
	}
}

// whole is a count as the instruments take it.
func whole(n uint64) int64 { return int64(min(n, math.MaxInt64)) }

func oneIf(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

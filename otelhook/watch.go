package otelhook

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/wcskit/resthook"
)

// watched are the clients whose figures are read.
type watched struct {
	mu      sync.Mutex
	clients []*resthook.Client
}

func (w *watched) add(client *resthook.Client) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Contains(w.clients, client) {
		w.clients = append(w.clients, client)
	}
}

func (w *watched) stats() []resthook.Stats {
	w.mu.Lock()
	clients := w.clients
	w.mu.Unlock()
	all := make([]resthook.Stats, len(clients))
	for i, client := range clients {
		all[i] = client.Stats()
	}
	return all
}

// figure is a number of [resthook.Stats] that has no labels. Those of several clients add up.
type figure struct {
	name, unit, about string
	total             bool // it only grows
	read              func(*resthook.Stats) uint64
}

func figures() []figure {
	return []figure{
		{"resthook.queue.events", "{event}", "Events that wait or are in flight.", false, func(s *resthook.Stats) uint64 { return natural(s.Queued) }},
		{"resthook.queue.size", "By", "Bytes of the events in the queue, as its bounds count them.", false, func(s *resthook.Stats) uint64 { return natural(s.QueuedBytes) }},
		{"resthook.queue.unstored", "{event}", "Events that the queue has still to store.", false, func(s *resthook.Stats) uint64 { return natural(s.Unstored) }},
		{"resthook.queue.held", "{queue}", "Queues that give out nothing, since their store does not answer.", false, func(s *resthook.Stats) uint64 { return oneIf(s.Held) }},
		{"resthook.connections.opened", "{connection}", "Connections that were made.", true, func(s *resthook.Stats) uint64 { return s.Connections.Opened }},
		{"resthook.connections.reused", "{request}", "Requests over a connection that had carried another one.", true, func(s *resthook.Stats) uint64 { return s.Connections.Reused }},
		{"resthook.callbacks.missed", "{call}", "Calls of observers and of the logger that were dropped or panicked.", true, func(s *resthook.Stats) uint64 { return s.Unreported }},
		{"resthook.admissions", "{answer}", "Answers about players that are remembered.", false, func(s *resthook.Stats) uint64 { return natural(s.Admissions.Remembered) }},
		{"resthook.admissions.dropped", "{answer}", "Answers about players that were dropped before their time.", true, func(s *resthook.Stats) uint64 { return s.Admissions.Dropped }},
	}
}

func natural(n int) uint64 { return uint64(max(0, n)) }

func oneIf(yes bool) uint64 {
	if yes {
		return 1
	}
	return 0
}

// reading is how figures are given to a collection.
type reading func(metric.Observer, []resthook.Stats)

// observe has the figures of the watched clients read at each collection.
func (t *Telemetry) observe(m metric.Meter) error {
	var readings []reading
	var instruments []metric.Observable
	var faults []error
	add := func(instrument metric.Observable, read reading, err error) {
		readings, instruments, faults = append(readings, read), append(instruments, instrument), append(faults, err)
	}
	for _, f := range figures() {
		add(f.instrument(m))
	}
	add(oldest(m))
	add(connections(m))
	add(eventCounts(m))
	add(backendsUp(m))
	add(fallbacks(m))
	if err := errors.Join(faults...); err != nil {
		return err
	}
	_, err := m.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		all := t.watched.stats()
		for i := range all {
			t.knowApps(all[i].Backends) // Reload may have changed them
		}
		for _, read := range readings {
			read(o, all)
		}
		return nil
	}, instruments...)
	return err
}

func (f figure) instrument(m metric.Meter) (metric.Observable, reading, error) {
	var instrument metric.Int64Observable
	var err error
	if f.total {
		instrument, err = m.Int64ObservableCounter(f.name, metric.WithUnit(f.unit), metric.WithDescription(f.about))
	} else {
		instrument, err = m.Int64ObservableUpDownCounter(f.name, metric.WithUnit(f.unit), metric.WithDescription(f.about))
	}
	return instrument, func(o metric.Observer, all []resthook.Stats) {
		var sum uint64
		for i := range all {
			sum += f.read(&all[i])
		}
		o.ObserveInt64(instrument, whole(sum))
	}, err
}

// whole is a count as the instruments take it.
func whole(n uint64) int64 { return int64(min(n, math.MaxInt64)) }

// oldest is the age of the event that has waited longest, of any client.
func oldest(m metric.Meter) (metric.Observable, reading, error) {
	instrument, err := m.Float64ObservableGauge("resthook.queue.oldest", metric.WithUnit("s"), metric.WithDescription("Time since the oldest event in the queue was notified; 0 without one."))
	return instrument, func(o metric.Observer, all []resthook.Stats) {
		var age time.Duration
		for _, s := range all {
			if !s.Oldest.IsZero() {
				age = max(age, time.Since(s.Oldest))
			}
		}
		o.ObserveFloat64(instrument, age.Seconds())
	}, err
}

// connections are those that are open, by what the conventions call their state.
func connections(m metric.Meter) (metric.Observable, reading, error) {
	instrument, err := m.Int64ObservableUpDownCounter("resthook.connections", metric.WithUnit("{connection}"), metric.WithDescription("Open connections to backends."))
	return instrument, func(o metric.Observer, all []resthook.Stats) {
		var open, idle uint64
		for _, s := range all {
			open, idle = open+natural(s.Connections.Open), idle+natural(s.Connections.Idle)
		}
		o.ObserveInt64(instrument, whole(idle), metric.WithAttributes(semconv.HTTPConnectionStateIdle))
		o.ObserveInt64(instrument, whole(open-min(idle, open)), metric.WithAttributes(semconv.HTTPConnectionStateActive))
	}, err
}

// eventCounts are the events that have ended, by hook and result.
func eventCounts(m metric.Meter) (metric.Observable, reading, error) {
	type ending struct {
		hook   string
		result resthook.EventResult
	}
	instrument, err := m.Int64ObservableCounter("resthook.events", metric.WithUnit("{event}"), metric.WithDescription("Events that have ended."))
	return instrument, func(o metric.Observer, all []resthook.Stats) {
		sums := map[ending]uint64{}
		for _, s := range all {
			for _, e := range s.Events {
				sums[ending{e.Hook, e.Result}] += e.Count
			}
		}
		for e, n := range sums {
			o.ObserveInt64(instrument, whole(n), metric.WithAttributeSet(attribute.NewSet(keyHook.String(e.hook), keyResult.String(string(e.result)))))
		}
	}, err
}

// knowApps gives the keys of configured apps a label of their own, whatever clients of the media
// server name.
func (t *Telemetry) knowApps(backends []resthook.BackendStats) {
	for _, b := range backends {
		t.apps.know(b.App)
	}
}

// backendsUp says of each backend whether it is up: for all of the clients that have it.
func backendsUp(m metric.Meter) (metric.Observable, reading, error) {
	type key struct{ app, url string }
	instrument, err := m.Int64ObservableGauge("resthook.backend.up", metric.WithDescription("1 for a backend that is well, 0 for one that is down."))
	return instrument, func(o metric.Observer, all []resthook.Stats) {
		down := map[key]bool{}
		for _, s := range all {
			for _, b := range s.Backends {
				down[key{b.App, b.URL}] = down[key{b.App, b.URL}] || b.Down
			}
		}
		for b, isDown := range down {
			o.ObserveInt64(instrument, whole(oneIf(!isDown)), metric.WithAttributeSet(attribute.NewSet(keyApp.String(b.app), keyBackend.String(b.url))))
		}
	}, err
}

// fallbacks are the hooks that were allowed although nobody answered.
func fallbacks(m metric.Meter) (metric.Observable, reading, error) {
	instrument, err := m.Int64ObservableCounter("resthook.fallbacks", metric.WithUnit("{hook}"), metric.WithDescription("Hooks that a fallback has allowed."))
	return instrument, func(o metric.Observer, all []resthook.Stats) {
		sums := map[string]uint64{}
		for _, s := range all {
			for _, f := range s.Fallbacks {
				sums[f.Hook] += f.Count
			}
		}
		for hook, n := range sums {
			o.ObserveInt64(instrument, whole(n), metric.WithAttributeSet(attribute.NewSet(keyHook.String(hook))))
		}
	}, err
}

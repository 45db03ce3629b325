package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/wcskit/resthook/bench/internal/backend"
	"github.com/wcskit/resthook/bench/internal/draw"
	"github.com/wcskit/resthook/bench/internal/measure"
)

// growInFlight measures 1, 10, 100 ... hooks in flight.
func (p plan) growInFlight(ctx context.Context, server *backend.Process, r *findings, errs io.Writer) error {
	var loads []load
	for _, n := range decades(p.allowed(errs)) {
		perSender := min(max(20_000/n, 2), 5)
		loads = append(loads, load{workers: n, delay: p.delay, perSender: perSender, label: draw.Short(float64(n))})
	}
	entries, err := growers()
	if err != nil {
		return err
	}
	title := fmt.Sprintf("Hooks in flight, the backend takes %v", p.delay)
	return growth{name: "in-flight", title: title, x: "hooks in flight", entries: entries, loads: loads}.run(ctx, server, r, errs)
}

// allowed is how many sockets there can be, up to what is asked for.
func (p plan) allowed(errs io.Writer) int {
	const others = 200
	limit := measure.Descriptors()
	if limit == 0 || p.inFlight+others <= limit {
		return p.inFlight
	}
	fmt.Fprintf(errs, "hooks in flight: %d at most, since a process may have %d files open\n", limit-others, limit)
	return max(limit-others, 1)
}

// growLatency measures a backend that takes longer and longer.
func (p plan) growLatency(ctx context.Context, server *backend.Process, r *findings, errs io.Writer) error {
	var loads []load
	for _, delay := range []time.Duration{0, time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond, time.Second, 5 * time.Second} {
		if delay > p.latency {
			break
		}
		perSender := 100
		if delay > 0 {
			perSender = int(min(max(2*time.Second/delay, 1), 100))
		}
		loads = append(loads, load{workers: 64, delay: delay, perSender: perSender, label: fmt.Sprint(delay)})
	}
	entries, err := growers()
	if err != nil {
		return err
	}
	title := "Latency of the backend, 64 hooks in flight"
	return growth{name: "latency", title: title, x: "latency", entries: entries[:3], loads: loads}.run(ctx, server, r, errs)
}

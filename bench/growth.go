package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"time"

	"github.com/wcskit/resthook/bench/internal/backend"
	"github.com/wcskit/resthook/bench/internal/draw"
	"github.com/wcskit/resthook/bench/internal/measure"
	"github.com/wcskit/resthook/bench/internal/peer"
)

// grow measures how cost grows, one thing at a time.
func (p plan) grow(ctx context.Context, server *backend.Process, r *findings, errs io.Writer) error {
	if err := errors.Join(server.Answer(p.answer), server.Delay(0)); err != nil {
		return err
	}
	return errors.Join(
		p.growSessions(ctx, server, r, errs),
		p.growFlight(ctx, server, r, errs),
		p.growLatency(ctx, server, r, errs),
	)
}

// growers are the contestants of growth, with short names for the charts.
func growers() ([]peer.Entry, error) {
	entries, err := peer.Named(peer.Decoded, peer.Decoded+", net/http", peer.Floor, "fasthttp", peer.LiveKitRes)
	for i, name := range []string{"resthook", "resthook over net/http", "net/http tuned", "fasthttp", "LiveKit"}[:len(entries)] {
		entries[i].Name = name
	}
	return entries, err
}

// load is a number of hooks under way at a backend that takes its time.
type load struct {
	lanes   int
	delay   time.Duration
	flights int // hooks by each lane while CPU is measured
	label   string
}

// cost is what a load costs.
type cost struct {
	memory     float64 // bytes, of all that is under way
	goroutines int
	cpu        time.Duration // for each hook
}

// under measures a contestant under a load.
func under(ctx context.Context, server *backend.Process, e peer.Entry, l load) (c cost, err error) {
	idle := runtime.NumGoroutine()
	before := measure.Memory()
	sender, err := e.Open(peer.Target{URL: server.URL, Lanes: l.lanes})
	if err != nil {
		return c, err
	}
	defer func() {
		err = errors.Join(err, sender.Close())
		settle(idle)
	}()
	if err := warm(ctx, server, sender, l); err != nil {
		return c, err
	}
	spent, err := measure.Round{Sender: sender, Lanes: l.lanes, Hooks: l.lanes * l.flights}.Run(ctx)
	if err != nil {
		return c, err
	}
	c.cpu = spent.CPU
	c.memory, c.goroutines, err = held(ctx, server, sender, l)
	c.memory, c.goroutines = max(c.memory-float64(before), 0), c.goroutines-idle-l.lanes-1
	return c, err
}

// warm opens a connection for each lane: no answer comes before all have asked.
func warm(ctx context.Context, server *backend.Process, sender measure.Sender, l load) error {
	if err := server.Delay(gathering(l)); err != nil {
		return err
	}
	_, err := measure.Round{Sender: sender, Lanes: l.lanes, Hooks: l.lanes}.Run(ctx)
	return errors.Join(err, server.Delay(l.delay))
}

// gathering is a latency in which all lanes have sent their hook.
func gathering(l load) time.Duration {
	return 50*time.Millisecond + time.Duration(l.lanes)*400*time.Microsecond
}

// held sends a hook by each lane and looks at the process while all of them
// wait for their answer.
func held(ctx context.Context, server *backend.Process, sender measure.Sender, l load) (memory float64, goroutines int, err error) {
	before, err := server.Count()
	if err != nil {
		return 0, 0, err
	}
	if err := server.Delay(max(l.delay, gathering(l))); err != nil {
		return 0, 0, err
	}
	over := make(chan error, 1)
	go func() {
		_, err := measure.Round{Sender: sender, Lanes: l.lanes, Hooks: l.lanes}.Run(ctx)
		over <- err
	}()
	for range 10_000 {
		now, fault := server.Count()
		if fault != nil || now.Requests-before.Requests >= int64(l.lanes) {
			err = fault
			break
		}
		time.Sleep(time.Millisecond)
	}
	goroutines, memory = runtime.NumGoroutine(), float64(measure.Memory())
	return memory, goroutines, errors.Join(err, <-over, server.Delay(0))
}

// growFlight measures 1, 10, 100 ... hooks in flight.
func (p plan) growFlight(ctx context.Context, server *backend.Process, r *findings, errs io.Writer) error {
	var loads []load
	for _, n := range decades(p.allowed(errs)) {
		flights := min(max(20_000/n, 2), 10)
		loads = append(loads, load{lanes: n, delay: p.delay, flights: flights, label: draw.Short(float64(n))})
	}
	return growth{
		name: "flight", title: fmt.Sprintf("Hooks in flight, the backend takes %v", p.delay), x: "hooks in flight", loads: loads,
	}.run(ctx, server, r, errs)
}

// allowed is how many sockets there can be, up to what is asked for.
func (p plan) allowed(errs io.Writer) int {
	const others = 200
	limit := measure.Descriptors()
	if limit == 0 || p.flight+others <= limit {
		return p.flight
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
		flights := 100
		if delay > 0 {
			flights = int(min(max(2*time.Second/delay, 1), 100))
		}
		loads = append(loads, load{lanes: 64, delay: delay, flights: flights, label: fmt.Sprint(delay)})
	}
	return growth{name: "latency", title: "Latency of the backend, 64 hooks in flight", x: "latency", loads: loads}.run(ctx, server, r, errs)
}

// growth is one thing that grows.
type growth struct {
	name, title, x string
	loads          []load
}

func (g growth) run(ctx context.Context, server *backend.Process, r *findings, errs io.Writer) error {
	entries, err := growers()
	if err != nil {
		return err
	}
	costs := make([][]cost, len(entries))
	for _, l := range g.loads {
		for i, e := range entries {
			c, err := under(ctx, server, e, l)
			if err != nil {
				return fmt.Errorf("%s, %d in flight, latency %v: %w", e.Name, l.lanes, l.delay, err)
			}
			costs[i] = append(costs[i], c)
		}
		fmt.Fprintf(errs, "%s: %s\n", g.name, l.label)
	}
	r.add(g.name, g.table(entries, costs))
	r.chart(g.name, g.chart(entries, costs))
	return nil
}

func (g growth) table(entries []peer.Entry, costs [][]cost) string {
	head := []string{g.x}
	for _, figure := range []string{"KiB per hook", "goroutines", "CPU, µs"} {
		for _, e := range entries {
			head = append(head, e.Name+": "+figure)
		}
	}
	var rows [][]string
	for at, l := range g.loads {
		row := []string{l.label}
		for _, f := range []func(cost) string{
			func(c cost) string { return fmt.Sprintf("%.1f", c.memory/1024/float64(l.lanes)) },
			func(c cost) string { return fmt.Sprint(c.goroutines) },
			func(c cost) string { return fmt.Sprintf("%.1f", micros(c.cpu)) },
		} {
			for i := range entries {
				row = append(row, f(costs[i][at]))
			}
		}
		rows = append(rows, row)
	}
	return draw.Table(head, rows)
}

func (g growth) chart(entries []peer.Entry, costs [][]cost) []byte {
	chart := draw.Lines{Title: g.title, XTitle: g.x, Panels: []draw.Panel{
		{Title: "memory, bytes", Log: true}, {Title: "goroutines beside the callers", Log: true}, {Title: "CPU per hook, µs"},
	}}
	for _, l := range g.loads {
		chart.X = append(chart.X, l.label)
	}
	for i, e := range entries {
		for at, f := range []func(cost) float64{
			func(c cost) float64 { return c.memory },
			func(c cost) float64 { return float64(c.goroutines) },
			func(c cost) float64 { return micros(c.cpu) },
		} {
			line := draw.Line{Name: e.Name, Values: make([]float64, len(g.loads))}
			for j := range g.loads {
				line.Values[j] = math.NaN()
				if j < len(costs[i]) {
					line.Values[j] = f(costs[i][j])
				}
			}
			chart.Panels[at].Lines = append(chart.Panels[at].Lines, line)
		}
	}
	return chart.SVG()
}

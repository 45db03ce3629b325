package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/wcskit/resthook/bench/internal/backend"
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
		p.growInFlight(ctx, server, r, errs),
		p.growLatency(ctx, server, r, errs),
	)
}

// growers are the contestants of growth, with short names for the charts.
func growers() ([]peer.Entry, error) {
	entries, err := peer.Named(peer.Decoded, peer.Floor, "fasthttp", peer.Decoded+", net/http", peer.LiveKitRes)
	for i, name := range []string{"resthook", "net/http tuned", "fasthttp", "resthook over net/http", liveKit}[:len(entries)] {
		entries[i].Name = name
	}
	return entries, err
}

// liveKit opens a connection for each event: what it can't do is left out.
const (
	liveKit     = "LiveKit"
	liveKitMost = 1000
)

// load is a number of hooks under way at a backend that takes its time.
type load struct {
	workers   int
	delay     time.Duration
	perSender int // hooks of each sender while CPU is measured
	label     string
}

// cost is what a load costs.
type cost struct {
	memory     float64 // bytes, of all that is under way
	goroutines float64 // beside those that wait for a hook
	cpu        float64 // microseconds for each hook
}

// unmeasured is what is left out.
func unmeasured() cost { return cost{math.NaN(), math.NaN(), math.NaN()} }

// under measures a contestant under a load.
func under(ctx context.Context, server *backend.Process, e peer.Entry, l load) (c cost, err error) {
	debug.FreeOSMemory() // what was before this is not its to give back
	idle := runtime.NumGoroutine()
	before := measure.Memory()
	sender, err := e.Open(peer.Target{URL: server.URL, Workers: l.workers})
	if err != nil {
		return c, err
	}
	defer func() {
		err = errors.Join(err, sender.Close())
		waitForGoroutines(idle)
	}()
	if err := warm(ctx, server, sender, l); err != nil {
		return c, err
	}
	spent, err := measure.Round{Sender: sender, Workers: l.workers, Hooks: l.workers * l.perSender}.Run(ctx)
	if err != nil {
		return c, err
	}
	c.cpu = micros(spent.CPU)
	memory, goroutines, err := held(ctx, server, sender, l)
	c.memory, c.goroutines = max(memory-float64(before), 0), float64(max(goroutines-idle-l.workers, 0))
	return c, err
}

// warm opens a connection for each worker: no answer comes before all have asked.
func warm(ctx context.Context, server *backend.Process, sender measure.Sender, l load) error {
	if err := server.Delay(gathering(l)); err != nil {
		return err
	}
	return errors.Join(gather(ctx, server, sender, l.workers), server.Delay(l.delay))
}

// gathering is a latency in which all workers can send their hook.
func gathering(l load) time.Duration {
	return 20*time.Millisecond + time.Duration(l.workers)*600*time.Microsecond
}

// gather sends a hook by each worker and waits for them. They go out a hundred at
// a time, when those before have arrived, since the queue of a listener is short.
func gather(ctx context.Context, server *backend.Process, sender measure.Sender, workers int) error {
	before, err := server.Count()
	if err != nil {
		return err
	}
	faults := make([]error, workers)
	var sending sync.WaitGroup
	for worker := 0; worker < workers && err == nil; worker++ {
		sending.Go(func() { faults[worker] = sender.Send(ctx, worker) })
		if worker%100 == 99 {
			err = arrived(server, before.Requests+int64(worker+1))
		}
	}
	sending.Wait()
	return errors.Join(measure.First(faults), err)
}

// arrived waits until the backend has had so many requests.
func arrived(server *backend.Process, requests int64) error {
	for range 10_000 {
		now, err := server.Count()
		if err != nil || now.Requests >= requests {
			return err
		}
		time.Sleep(time.Millisecond)
	}
	return errors.New("the hooks did not arrive within 10 seconds")
}

// held sends a hook by each worker and looks at the process while all of them
// wait for their answer.
func held(ctx context.Context, server *backend.Process, sender measure.Sender, l load) (memory float64, goroutines int, err error) {
	if err := server.Delay(max(l.delay, gathering(l))); err != nil {
		return 0, 0, err
	}
	faults := make([]error, l.workers)
	before, err := server.Count()
	if err != nil {
		return 0, 0, err
	}
	var sending sync.WaitGroup
	for worker := range l.workers {
		sending.Go(func() { faults[worker] = sender.Send(ctx, worker) })
	}
	err = arrived(server, before.Requests+int64(l.workers))
	goroutines, memory = runtime.NumGoroutine(), float64(measure.Memory())
	sending.Wait()
	return memory, goroutines, errors.Join(err, measure.First(faults), server.Delay(0))
}

// growth is one thing that grows.
type growth struct {
	name, title, x string
	entries        []peer.Entry
	loads          []load
}

func (g growth) run(ctx context.Context, server *backend.Process, r *findings, errs io.Writer) error {
	costs := make([][]cost, len(g.entries)) // by contestant and load
	for _, l := range g.loads {
		for i, e := range g.entries {
			c := unmeasured()
			if e.Name != liveKit || l.workers <= liveKitMost {
				var err error
				if c, err = under(ctx, server, e, l); err != nil {
					return fmt.Errorf("%s, %d in flight, latency %v: %w", e.Name, l.workers, l.delay, err)
				}
			}
			costs[i] = append(costs[i], c)
		}
		fmt.Fprintf(errs, "%s: %s\n", g.name, l.label)
	}
	r.add(g.name, g.tables(costs))
	r.chart(g.name, g.chart(costs))
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/wcskit/resthook/bench/internal/backend"
	"github.com/wcskit/resthook/bench/internal/measure"
	"github.com/wcskit/resthook/bench/internal/peer"
)

// sample is one round of one contestant.
type sample struct {
	measure.Sample

	connections float64 // opened in the round, for 10,000 hooks
}

// score is what the rounds of all contestants gave at one concurrency; a
// contestant's samples stand in the order of the rounds.
type score struct {
	workers int
	entries []peer.Entry
	samples map[string][]sample // by contestant
}

type scores []score

// rounds runs every contestant at every concurrency.
func (p plan) rounds(ctx context.Context, server *backend.Process, errs io.Writer) (scores, error) {
	if err := errors.Join(server.Answer(p.answer), server.Delay(0)); err != nil {
		return nil, err
	}
	var all scores
	for _, workers := range p.workers {
		s := score{workers: workers, entries: p.entries, samples: map[string][]sample{}}
		if err := p.interleave(ctx, server, &s, p.budget/time.Duration(len(p.workers))); err != nil {
			return nil, err
		}
		fmt.Fprintf(errs, "%d at once: %d rounds\n", workers, len(s.samples[peer.Floor]))
		all = append(all, s)
	}
	return all, nil
}

// interleave runs round after round, A B C ... B C ... A, so that what disturbs
// the machine disturbs all alike.
func (p plan) interleave(ctx context.Context, server *backend.Process, s *score, budget time.Duration) error {
	begun := time.Now()
	for round := 0; ; round++ {
		roundBegun := time.Now()
		for i := range s.entries {
			e := s.entries[(i+round)%len(s.entries)]
			one, err := p.round(ctx, server, e, s.workers)
			if err != nil {
				return fmt.Errorf("%s, %d at once: %w", e.Name, s.workers, err)
			}
			s.samples[e.Name] = append(s.samples[e.Name], one)
		}
		left := budget - time.Since(begun)
		if round+1 >= p.least && left < time.Since(roundBegun) {
			return nil
		}
	}
}

// round opens a contestant, warms it up and measures it.
func (p plan) round(ctx context.Context, server *backend.Process, e peer.Entry, workers int) (s sample, err error) {
	idle := runtime.NumGoroutine()
	c, err := e.Open(peer.Target{URL: server.URL, Workers: workers})
	if err != nil {
		return s, err
	}
	defer func() {
		err = errors.Join(err, c.Close())
		waitForGoroutines(idle)
	}()
	if _, err := (measure.Round{Sender: c, Workers: workers, Hooks: max(workers, 64)}).Run(ctx); err != nil {
		return s, err
	}
	before, err := server.Count()
	if err != nil {
		return s, err
	}
	if s.Sample, err = (measure.Round{Sender: c, Workers: workers, Hooks: p.hooks}).Run(ctx); err != nil {
		return s, err
	}
	after, err := server.Count()
	if err == nil && after.Requests-before.Requests != int64(p.hooks) {
		err = fmt.Errorf("%d hooks made %d requests", p.hooks, after.Requests-before.Requests)
	}
	s.Goroutines = max(s.Goroutines-idle, 0)
	s.connections = float64(after.Connections-before.Connections) * 10_000 / float64(p.hooks)
	return s, err
}

// waitForGoroutines waits until the goroutines of what was closed have ended, which those
// of net/http do in their own time.
func waitForGoroutines(idle int) {
	for range 20 {
		if runtime.NumGoroutine() <= idle {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

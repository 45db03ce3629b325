// Package measure runs hooks and says what they cost this process.
package measure

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Sender sends one hook and returns when it is over; see peer.Contestant.
type Sender interface {
	Send(ctx context.Context, worker int) error
}

// Sample is what a round cost, for each hook where nothing else is said.
type Sample struct {
	CPU        time.Duration
	Wall       time.Duration // of the round, divided by its hooks
	P50, P99   time.Duration // from the call to its return
	Allocs     float64
	Bytes      float64
	Goroutines int // of the process halfway, less the workers
}

// Round is a number of hooks by workers that each send one after the other.
type Round struct {
	Sender  Sender
	Workers int
	Hooks   int // in all
}

// Run sends the hooks. A worker ends at its first error.
func (r Round) Run(ctx context.Context) (Sample, error) {
	latencies := make([]time.Duration, r.Hooks)
	faults := make([]error, r.Workers)
	start := make(chan struct{})
	var sample Sample
	var sending sync.WaitGroup
	for worker := range r.Workers {
		mine := latencies[worker*r.Hooks/r.Workers : (worker+1)*r.Hooks/r.Workers]
		sending.Go(func() {
			<-start
			half := len(mine) / 2
			faults[worker] = r.send(ctx, worker, mine[:half])
			if worker == 0 {
				sample.Goroutines = runtime.NumGoroutine() - r.Workers
			}
			if faults[worker] == nil {
				faults[worker] = r.send(ctx, worker, mine[half:])
			}
		})
	}
	spent, err := spend(func() {
		close(start)
		sending.Wait()
	})
	sample.charge(spent, latencies)
	return sample, errors.Join(First(faults), err)
}

// First is the first error, and how many more there are.
func First(faults []error) error {
	failed := slices.DeleteFunc(slices.Clone(faults), func(err error) bool { return err == nil })
	switch len(failed) {
	case 0:
		return nil
	case 1:
		return failed[0]
	}
	return fmt.Errorf("%w (and %d workers more)", failed[0], len(failed)-1)
}

func (r Round) send(ctx context.Context, worker int, latencies []time.Duration) error {
	for i := range latencies {
		begun := time.Now()
		if err := r.Sender.Send(ctx, worker); err != nil {
			return err
		}
		latencies[i] = time.Since(begun)
	}
	return nil
}

func (s *Sample) charge(spent spending, latencies []time.Duration) {
	n := len(latencies)
	if n == 0 {
		return
	}
	s.CPU, s.Wall = spent.cpu/time.Duration(n), spent.wall/time.Duration(n)
	s.Allocs, s.Bytes = float64(spent.allocs)/float64(n), float64(spent.bytes)/float64(n)
	s.P50, s.P99 = Percentile(latencies, 50), Percentile(latencies, 99)
}

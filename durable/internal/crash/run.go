//go:build unix

package crash

import (
	"context"
	"fmt"
	"time"
)

// Options are of a run.
type Options struct {
	Rounds   int
	Sessions int           // that are open at once, on all media servers
	Rate     int           // events a second, on all media servers
	Seed     uint64        // of when something is done
	Away     time.Duration // how long the backend is away, in the story of that
	Dir      string        // for stores and logs; it must be empty
	Log      func(format string, args ...any)
}

// Run plays rounds of a story, then ends everything in order and judges. An error means that the run
// could not go on; the verdict is of what there was.
func Run(ctx context.Context, s *Story, o Options) (*Verdict, error) {
	w, err := newWorld(s, o)
	if err != nil {
		return nil, err
	}
	defer w.close()
	for round := 1; round <= o.Rounds && err == nil && ctx.Err() == nil; round++ {
		w.Log("round %d", round)
		err = s.round(w)
	}
	left, dead, ended := 0, 0, err
	if err == nil {
		left, dead, ended = w.end()
	}
	v := w.ledger.Verdict()
	v.Left, v.Dead, v.Crashed = left, dead, len(w.crashed)
	for _, fault := range w.crashed {
		v.Faults = append(v.Faults, fault.Error())
	}
	return v, ended
}

// end ends all media servers in order. Then one more delivers what is left, without sessions of its own.
func (w *world) end() (left, dead int, err error) {
	w.backend.calm.Store(true)
	if err := w.backend.Up(); err != nil {
		return 0, 0, err
	}
	for slot := range w.slots {
		w.finish(slot)
	}
	w.number++
	if err := w.play(0, &MediaServer{Name: fmt.Sprintf("m%d", w.number), Node: nodeOf(0), Replicas: max(1, len(w.nats))}); err != nil {
		return 0, 0, err
	}
	if err := w.slots[0].await("ready"); err != nil {
		return 0, 0, fmt.Errorf("the last media server: %w", err)
	}
	w.awaitEnd()
	ctx, cancel := context.WithTimeout(context.Background(), beginsWithin)
	defer cancel()
	w.emptied(ctx)
	w.finish(0)
	return w.count(ctx)
}

func (w *world) finish(slot int) {
	s := w.slots[slot]
	w.slots[slot] = nil
	if s == nil {
		return
	}
	if err := s.finish(endsWithin + 10*time.Second); err != nil {
		w.crashed = append(w.crashed, fmt.Errorf("%s did not end in order: %w", s.Name, err))
	}
}

// awaitEnd waits until everything has come that has to, or nothing comes any more.
func (w *world) awaitEnd() {
	const silent = 25 * time.Second
	for began, pause := time.Now(), time.Duration(0); ; time.Sleep(pause) {
		asked := time.Now()
		v := w.ledger.Verdict()
		pause = max(100*time.Millisecond, 10*time.Since(asked)) // the backend waits meanwhile
		last := w.ledger.Last()
		if last.Before(began) {
			last = began
		}
		if v.Missing+v.Unclosed == 0 || time.Since(last) > silent {
			return
		}
	}
}

// emptied waits until nothing is left in the store, where that can be seen from outside.
func (w *world) emptied(ctx context.Context) {
	const within = 20 * time.Second
	if len(w.nats) == 0 {
		time.Sleep(3 * time.Second) // a sweep and more
		return
	}
	for began := time.Now(); time.Since(began) < within; time.Sleep(100 * time.Millisecond) {
		if left, _, err := w.count(ctx); err == nil && left == 0 {
			return
		}
	}
}

package main

import (
	"context"
	"sync"
	"time"
)

// interruptTime is what the hooks on their way have to end after a signal.
const interruptTime = 400 * time.Millisecond

// schedule sends hooks again: in their order, with their gaps, those of a
// session one after the other, sessions side by side. A slow answer holds up its
// own session only.
type schedule struct {
	hooks       []recordedHook
	after       []time.Duration // of each hook: how long after the first it is due
	concurrency int             // sessions at work at once
	send        func(context.Context, recordedHook, time.Duration)

	mu    sync.Mutex
	lanes map[string]*lane
}

// lane is a session with hooks on their way.
type lane struct{ waiting []dueHook }

type dueHook struct {
	recordedHook

	at time.Time
}

// run sends every hook, until beginning ends. Those sent are bounded by hooks.
func (s *schedule) run(beginning, hooks context.Context) {
	s.lanes = map[string]*lane{}
	places := make(chan struct{}, s.concurrency)
	begun := time.Now()
	var lanes sync.WaitGroup
	defer lanes.Wait()
	for i, hook := range s.hooks {
		due := dueHook{hook, begun.Add(s.after[i])}
		if !sleepUntil(beginning, due.at) {
			return
		}
		if s.joins(due) {
			continue
		}
		if !enter(beginning, places) {
			return
		}
		s.open(due.sender)
		lanes.Go(func() {
			s.work(beginning, hooks, due)
			<-places
		})
	}
}

// sleepUntil returns false if ctx ends first.
func sleepUntil(ctx context.Context, due time.Time) bool {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// enter takes a place. It returns false if ctx ends first.
func enter(ctx context.Context, places chan<- struct{}) bool {
	select {
	case places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// plan says when each hook is due: at speed 0 at once, else so many times faster than
// they came in, and no gap longer than longest, where that is not 0.
func (s *schedule) plan(speed float64, longest time.Duration) {
	s.after = make([]time.Duration, len(s.hooks))
	if speed == 0 {
		return
	}
	for i := 1; i < len(s.hooks); i++ {
		const most = 1 << 62 / 2
		gap := time.Duration(min(float64(s.hooks[i].Time.Sub(s.hooks[i-1].Time))/speed, most))
		if longest > 0 {
			gap = min(gap, longest)
		}
		s.after[i] = min(s.after[i-1]+gap, most)
	}
}

// joins puts a hook behind those of its session that are on their way, if any
// are.
func (s *schedule) joins(due dueHook) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, busy := s.lanes[due.sender]
	if busy {
		l.waiting = append(l.waiting, due)
	}
	return busy
}

// open begins the lane of a session; hooks without one need none.
func (s *schedule) open(sender string) {
	if sender == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lanes[sender] = &lane{}
}

// work sends a hook, and then those that wait behind it.
func (s *schedule) work(beginning, hooks context.Context, due dueHook) {
	for more := true; more && beginning.Err() == nil; due, more = s.next(due.sender) {
		s.send(hooks, due.recordedHook, time.Since(due.at))
	}
}

// next takes the next hook of a session, or ends its lane.
func (s *schedule) next(sender string) (dueHook, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, ok := s.lanes[sender]
	if !ok || len(l.waiting) == 0 {
		delete(s.lanes, sender)
		return dueHook{}, false
	}
	due := l.waiting[0]
	l.waiting = l.waiting[1:]
	return due, true
}

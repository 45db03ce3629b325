package replay

import (
	"context"
	"sync"
	"time"

	"github.com/wcskit/resthook/cmd/resthook/internal/pace"
)

// schedule sends hooks in their order and with their gaps. The hooks of a session are sent
// one after the other, different sessions concurrently: a slow answer delays its own
// session only.
type schedule struct {
	hooks       []hook
	after       []time.Duration // for each hook, how long after the first it is due
	concurrency int             // sessions with a hook in flight at once
	send        func(context.Context, hook, time.Duration)

	mu      sync.Mutex
	waiting map[string][]dueHook // for each session with a hook in flight
}

type dueHook struct {
	hook

	at time.Time
}

// plan sets when each hook is due: at speed 0 at once, else that many times faster than
// recorded. No gap is longer than longest, unless that is 0.
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

// run sends every hook until beginning ends. The hooks that were sent end with hooks.
func (s *schedule) run(beginning, hooks context.Context) {
	s.waiting = map[string][]dueHook{}
	places := make(chan struct{}, s.concurrency)
	begun := time.Now()
	var sessions sync.WaitGroup
	defer sessions.Wait()
	for i, next := range s.hooks {
		due := dueHook{next, begun.Add(s.after[i])}
		if !pace.Until(beginning, due.at) {
			return
		}
		if s.queue(due) {
			continue
		}
		if !pace.Enter(beginning, places) {
			return
		}
		s.open(due.session)
		sessions.Go(func() {
			s.work(beginning, hooks, due)
			<-places
		})
	}
}

// queue queues a hook if its session has a hook in flight, and reports whether it has.
func (s *schedule) queue(due dueHook) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting, busy := s.waiting[due.session]
	if busy {
		s.waiting[due.session] = append(waiting, due)
	}
	return busy
}

// open notes that a session has a hook in flight, so that later ones wait. Hooks without
// a session do not wait.
func (s *schedule) open(session string) {
	if session == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting[session] = nil
}

// work sends a hook, and then the hooks of its session that wait.
func (s *schedule) work(beginning, hooks context.Context, due dueHook) {
	for more := true; more && beginning.Err() == nil; due, more = s.next(due.session) {
		s.send(hooks, due.hook, time.Since(due.at))
	}
}

// next takes the next waiting hook of a session. If there is none, the session has no
// hook in flight any more.
func (s *schedule) next(session string) (dueHook, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.waiting[session]
	if len(waiting) == 0 {
		delete(s.waiting, session)
		return dueHook{}, false
	}
	s.waiting[session] = waiting[1:]
	return waiting[0], true
}

// Package pump does tasks that are requests to JetStream: those with the same key one after the
// other, a bounded number at once, each again until it has been carried out.
package pump

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Task is a request that has to be carried out.
type Task struct {
	// Key puts tasks in order: of one key, one is under way at a time. "" is no key.
	Key string
	// Message makes the request, each time that it is tried. nil: it is no longer needed; then Skipped
	// is called, where there is one.
	Message func() *nats.Msg
	Skipped func()
	// Waits reports that the task can't be tried yet: it is asked again after a growing wait. nil: it never waits.
	Waits func() bool
	// Done is called with the reply, or why there is none, and says how to go on. It must not wait.
	Done func(reply *nats.Msg, err error) Verdict

	tries int
	round int
}

// Verdict is how to go on with a task.
type Verdict uint8

// The verdicts.
const (
	Over  Verdict = iota
	Next          // it has another request: try it at once
	Again         // try it again after a growing wait
)

// Sender sends a request and calls done once, from another goroutine.
type Sender interface {
	Send(m *nats.Msg, done func(*nats.Msg, error))
}

const (
	firstWait = 50 * time.Millisecond
	mostWait  = 2 * time.Second
)

// Pump does tasks, on a goroutine of its own. It is safe for concurrent use.
type Pump struct {
	sender  Sender
	most    int
	more    chan struct{} // something may be started
	stopped chan struct{}

	mu       sync.Mutex
	closed   bool
	tasks    int                // that are not over
	inFlight int                // or wait to be tried again
	ready    []*Task            // may be started, the first first
	behind   map[string][]*Task // by key: wait for the one that is ready or in flight
	waits    map[*Task]*time.Timer
	idle     chan struct{} // closed when there are no tasks; nil: nobody waits
	round    int           // of the tasks that are added now
	rounds   map[int]*round
}

// round is the tasks that were added between two calls of Barrier.
type round struct {
	tasks int
	over  chan struct{} // closed when none is left and none can come
	ended bool
}

// New makes a pump that has at most so many tasks under way at once.
func New(sender Sender, most int) *Pump {
	p := &Pump{
		sender: sender, most: most, more: make(chan struct{}, 1), stopped: make(chan struct{}),
		behind: map[string][]*Task{}, waits: map[*Task]*time.Timer{}, rounds: map[int]*round{0: newRound()},
	}
	go p.run()
	return p
}

// Add adds a task, and returns at once: it may be called under a lock that Message and Done take.
// After Close the task is dropped.
func (p *Pump) Add(t *Task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.tasks++
	t.round = p.round
	p.rounds[p.round].tasks++
	if waiting, busy := p.behind[t.Key]; busy && t.Key != "" {
		p.behind[t.Key] = append(waiting, t)
		return
	}
	if t.Key != "" {
		p.behind[t.Key] = nil
	}
	p.start(t)
}

// start has a task started. The lock is held.
func (p *Pump) start(t *Task) {
	p.ready = append(p.ready, t)
	p.wake()
}

func (p *Pump) wake() {
	select {
	case p.more <- struct{}{}:
	default:
	}
}

// run starts what may be started.
func (p *Pump) run() {
	defer close(p.stopped)
	for range p.more {
		for t := p.next(); t != nil; t = p.next() {
			p.try(t)
		}
	}
}

func (p *Pump) next() *Task {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.ready) == 0 || p.inFlight >= p.most {
		return nil
	}
	t := p.ready[0]
	p.ready[0] = nil
	if p.ready = p.ready[1:]; len(p.ready) == 0 {
		p.ready = nil
	}
	p.inFlight++
	return t
}

func (p *Pump) try(t *Task) {
	if t.Waits != nil && t.Waits() {
		if !p.later(t) {
			p.over(t)
		}
		return
	}
	m := t.Message()
	if m == nil {
		if t.Skipped != nil {
			t.Skipped()
		}
		p.over(t)
		return
	}
	p.sender.Send(m, func(reply *nats.Msg, err error) {
		switch t.Done(reply, err) {
		case Next:
			t.tries = 0
			p.try(t)
		case Again:
			if !p.later(t) {
				p.over(t)
			}
		case Over:
			p.over(t)
		}
	})
}

// over ends a task: the next one of its key may be started.
func (p *Pump) over(t *Task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight--
	p.tasks--
	if !p.closed {
		p.wake()
	}
	if t.Key != "" {
		if waiting := p.behind[t.Key]; len(waiting) > 0 {
			p.ready = append(p.ready, waiting[0]) // it has been woken
			waiting[0] = nil
			p.behind[t.Key] = waiting[1:]
		} else {
			delete(p.behind, t.Key)
		}
	}
	r := p.rounds[t.round]
	r.tasks--
	p.endRound(t.round, r)
	if p.tasks == 0 && p.idle != nil {
		close(p.idle)
		p.idle = nil
	}
}

func newRound() *round { return &round{over: make(chan struct{})} }

func (p *Pump) endRound(number int, r *round) {
	if r.ended && r.tasks == 0 {
		close(r.over)
		delete(p.rounds, number)
	}
}

// Barrier waits until the tasks that were added before are over, or ctx ends.
func (p *Pump) Barrier(ctx context.Context) error {
	for _, over := range p.nextRound() {
		select {
		case <-over:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// nextRound ends the round, and returns what those that are not over close.
func (p *Pump) nextRound() (open []chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.rounds[p.round]
	r.ended = true
	p.endRound(p.round, r)
	p.round++
	for _, r := range p.rounds {
		open = append(open, r.over)
	}
	p.rounds[p.round] = newRound()
	return open
}

// later has a task tried again after a growing wait. It returns false after Close.
func (p *Pump) later(t *Task) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	wait := min(mostWait, firstWait<<min(t.tries, 10))
	t.tries++
	wait = wait/2 + rand.N(wait/2)
	p.waits[t] = time.AfterFunc(wait, func() {
		p.mu.Lock()
		_, ours := p.waits[t]
		delete(p.waits, t)
		p.mu.Unlock()
		if ours {
			p.try(t)
		}
	})
	return true
}

// Hurry tries at once what waits to be tried again, such as when the connection is back.
func (p *Pump) Hurry() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for t, timer := range p.waits {
		t.tries = 0
		timer.Reset(0)
	}
}

// Tasks is how many tasks are not over.
func (p *Pump) Tasks() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tasks
}

// Drain waits until no task is left, or ctx ends.
func (p *Pump) Drain(ctx context.Context) error {
	p.mu.Lock()
	if p.tasks == 0 {
		p.mu.Unlock()
		return nil
	}
	if p.idle == nil {
		p.idle = make(chan struct{})
	}
	idle := p.idle
	p.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close starts no task any more. Those in flight still have their reply given to them.
func (p *Pump) Close() {
	p.end()
	<-p.stopped
}

func (p *Pump) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	close(p.more)
	for t, timer := range p.waits {
		timer.Stop()
		delete(p.waits, t)
	}
	if p.idle != nil {
		close(p.idle)
		p.idle = nil
	}
}

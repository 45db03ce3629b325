package resthook

import (
	"slices"
	"sync"
	"time"
)

// gate says how many events may be on their way to a backend at once, and
// when. Each success lets one more through, up to the number of workers; each
// failure halves the number, down to a few. When several sessions fail and none
// succeeds, the backend is taken to be down, and one event at a time asks after
// it, with growing pauses. So a backend that comes back is met by one event,
// then two, then four, and not by all at once.
type gate struct {
	workers  int
	min, max time.Duration // of a pause

	mu     sync.Mutex
	change *sync.Cond
	closed bool
	window int
	out    int
	row    int       // failures in a row
	ill    []laneKey // whose they were, up to down of them
	until  time.Time
	alarm  *time.Timer
}

func newGate(workers int, first, most time.Duration) *gate {
	g := &gate{workers: workers, window: workers, min: first, max: most}
	g.change = sync.NewCond(&g.mu)
	return g
}

// enter waits for leave to have an event on its way. False means that the gate
// is closed.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for !g.closed && (g.out >= g.window || g.paused()) {
		g.change.Wait()
	}
	if g.closed {
		return false
	}
	g.out++
	return true
}

// paused reports whether it is too early, and sees to it that somebody looks
// again.
func (g *gate) paused() bool {
	wait := time.Until(g.until)
	if wait <= 0 {
		return false
	}
	if g.alarm == nil {
		g.alarm = time.AfterFunc(wait, g.ring)
	}
	return true
}

func (g *gate) ring() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.alarm = nil
	g.change.Broadcast()
}

// succeed ends an event that the backend has answered, whatever it said.
func (g *gate) succeed() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.out--
	g.row, g.ill, g.until = 0, g.ill[:0], time.Time{}
	g.window = min(g.window+1, g.workers)
	g.change.Broadcast()
}

// down is how many sessions have to fail, none succeeding, before their backend
// is taken to be down, and not they to be ill.
const down = 3

// fail ends an event that did not reach the backend.
func (g *gate) fail(session laneKey) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.out--
	g.row++
	if len(g.ill) < down && !slices.Contains(g.ill, session) {
		g.ill = append(g.ill, session)
	}
	if len(g.ill) < down {
		// Each of the ill can hold one place: one more is left for the others.
		g.window = max(min(down, g.workers), g.window/2)
	} else {
		g.window = 1
		g.until = time.Now().Add(g.pause())
	}
	g.change.Broadcast()
}

func (g *gate) pause() time.Duration {
	most := g.min
	for i := down; i < g.row && most < g.max; i++ {
		most *= 2
	}
	most = min(most, g.max)
	return pick(most/2, most)
}

// report ends an event after an attempt. An answer is a success for the gate,
// whatever it says, unless it asks to come again; a kept connection that had
// died says nothing about the backend.
func (g *gate) report(session laneKey, fault *failure, again bool) {
	switch {
	case fault == nil, !again && (fault.kind == faultStatus || fault.kind == faultBody):
		g.succeed()
	case fault.stale, fault.kind == faultConfig, fault.kind == faultCanceled:
		g.leave()
	default:
		g.fail(session)
	}
}

// leave gives a place back unused.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.out--
	g.change.Broadcast()
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	if g.alarm != nil {
		g.alarm.Stop()
	}
	g.change.Broadcast()
}

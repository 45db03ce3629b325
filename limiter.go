package resthook

import (
	"sync"
	"time"
)

// limiter says how many attempts may be in flight to a backend at once, when, and
// of which keys (here: sessions). There are three bounds, one within the other:
//
//   - for all, the number of workers. Each attempt that reaches the backend lets
//     one more through, each that can't connect halves the number. After a few of
//     those in a row the backend is taken to be down: it is asked by one attempt
//     at a time, with growing pauses. So a backend that comes back is met by one
//     attempt, then two, then four, and not by all at once (a circuit breaker,
//     with a slow start);
//   - for keys that are not known to be well, three quarters of that. What holds
//     up strangers leaves places to those whose last attempt was answered;
//   - for keys that are ill, whose last attempt got no answer, a quarter. Their
//     number is halved when there is no answer again, down to one at a time with
//     growing pauses, and grows with each answer to whomever.
//
// An attempt first has a place (enter), then a key (admit), and gives both back
// (leave). What is not admitted has to come again.
type limiter struct {
	mu        sync.Mutex
	change    *sync.Cond
	closed    bool
	all, ill  window
	strangers share // the ill included
	known     recent
	begun     time.Time // of the time for which the backend has been down; zero: it is not
	alarm     *time.Timer
	later     [ranks]slots
}

// share is a part of the places.
type share struct{ most, out int }

func newLimiter(workers int, first, most time.Duration) *limiter {
	quarter := workers / 4
	l := &limiter{
		all: newWindow(workers, first, most), ill: newWindow(max(1, quarter), first, most),
		strangers: share{most: workers - quarter},
	}
	l.later[stranger] = slots{least: 20 * time.Millisecond, apart: 200 * time.Microsecond}
	l.later[ill] = slots{least: 500 * time.Millisecond, apart: time.Millisecond}
	l.change = sync.NewCond(&l.mu)
	return l
}

// rank is what is known of a key.
type rank uint8

const (
	well     rank = iota // its last attempt was answered
	stranger             // nothing
	ill                  // its last attempt was not answered

	ranks = iota
)

// signal is what an attempt says of its key and of the backend.
type signal uint8

const (
	signalNone        signal = iota // nothing
	signalAnswer                    // both are well
	signalBusy                      // the backend is there, and asks for fewer attempts
	signalSilence                   // the backend could be reached, and gave no answer
	signalUnreachable               // the backend could not be reached
)

// place is what an attempt holds.
type place struct {
	key  string
	rank rank
}

// enter waits for a place. False means that the limiter is closed.
func (l *limiter) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.closed && !l.free() {
		l.change.Wait()
	}
	if l.closed {
		return false
	}
	l.all.out++
	return true
}

// free reports whether there is a place, and sees to it that somebody looks again
// when a pause is over.
func (l *limiter) free() bool {
	wait := time.Until(l.all.until)
	if wait > 0 && l.alarm == nil {
		l.alarm = time.AfterFunc(wait, l.ring)
	}
	return wait <= 0 && l.all.out < l.all.size
}

func (l *limiter) ring() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.alarm = nil
	l.change.Broadcast()
}

// exit gives a place back that no key had.
func (l *limiter) exit() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.vacate()
}

func (l *limiter) vacate() {
	l.all.out--
	l.change.Broadcast()
}

// admit lets a key have a place that enter gave. Otherwise the place is given
// back, and the key is to come again after the wait.
func (l *limiter) admit(key string) (p place, wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p = place{key, l.known.rank(key)}
	switch {
	case l.all.out > l.all.size, time.Now().Before(l.all.until): // since it entered
		l.vacate()
		return p, 0, false
	case !l.takes(p.rank):
		l.vacate()
		return p, l.later[p.rank].next(), false
	}
	l.count(p.rank, 1)
	return p, 0, true
}

func (l *limiter) takes(r rank) bool {
	switch r {
	case ill:
		return l.strangers.out < l.strangers.most && l.ill.open() && !l.othersFirst()
	case stranger:
		return l.strangers.out < l.strangers.most
	}
	return true
}

// othersFirst: what asks after a backend that is down should not be ill itself, if
// another key comes in time.
func (l *limiter) othersFirst() bool {
	return l.all.shut() && time.Since(l.all.until) < time.Second
}

func (l *limiter) count(r rank, n int) {
	switch r {
	case ill:
		l.ill.out += n
		l.strangers.out += n
	case stranger:
		l.strangers.out += n
	}
}

// leave ends an attempt. It returns how long the backend has been down, where the
// attempt says that it is back, and whether it says that it is down from now on.
func (l *limiter) leave(p place, s signal) (back time.Duration, down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count(p.rank, -1)
	switch s {
	case signalAnswer:
		l.known.set(p.key, well)
		l.ill.grow()
	case signalSilence:
		l.known.set(p.key, ill)
		l.ill.shrink()
	}
	back, down = l.reach(s)
	l.vacate()
	return back, down
}

// reach notes whether the backend could be reached.
func (l *limiter) reach(s signal) (back time.Duration, down bool) {
	switch s {
	case signalNone:
		return 0, false
	case signalUnreachable:
		l.all.shrink()
		if down = l.begun.IsZero() && l.all.shut(); down {
			l.begun = time.Now()
		}
		return 0, down
	case signalBusy:
		l.all.grow()
		l.all.halve()
	default:
		l.all.grow()
	}
	if !l.begun.IsZero() {
		back, l.begun = max(1, time.Since(l.begun)), time.Time{}
	}
	return back, false
}

func (l *limiter) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.alarm != nil {
		l.alarm.Stop()
	}
	l.change.Broadcast()
}

// window is how many may be in flight at once.
type window struct {
	most, size, out int
	min, max        time.Duration // of a pause
	failures        int           // in a row
	pauses          int           // in a row
	until           time.Time     // the end of the last pause
}

// few is how many failures in a row shut a window, and how many it leaves in
// flight before that.
const few = 3

func newWindow(most int, first, longest time.Duration) window {
	return window{most: most, size: most, min: first, max: longest}
}

func (w *window) open() bool { return w.out < w.size && !time.Now().Before(w.until) }

// shut reports whether one at a time goes out, with pauses.
func (w *window) shut() bool { return w.failures >= few }

// grow notes a success.
func (w *window) grow() {
	w.size = min(w.size+1, w.most)
	w.failures, w.pauses, w.until = 0, 0, time.Time{}
}

func (w *window) halve() { w.size = max(min(few, w.most, w.size), w.size/2) }

// shrink notes a failure. Of those that began before a pause, no further pause
// comes.
func (w *window) shrink() {
	w.failures++
	if !w.shut() {
		w.halve()
		return
	}
	w.size = 1
	if time.Now().Before(w.until) {
		return
	}
	most := w.min
	for i := 0; i < w.pauses && most < w.max; i++ {
		most *= 2
	}
	w.pauses++
	most = min(most, w.max)
	w.until = time.Now().Add(pick(most/2, most))
}

// slots are the times at which those that were not admitted come again, one after
// the other: so many of them take turns, and don't come all at once.
type slots struct {
	least, apart time.Duration
	last         time.Time
}

// next returns the wait until the next slot.
func (s *slots) next() time.Duration {
	now := time.Now()
	at := now.Add(s.least)
	if after := s.last.Add(s.apart); after.After(at) {
		at = after
	}
	s.last = at
	return at.Sub(now)
}

// recent knows the ranks of the keys that were seen last, at least the last
// recentKeys of them.
type recent struct{ young, old map[string]rank }

// recentKeys bounds what is known, at twice as many.
const recentKeys = 8192

func (r *recent) rank(key string) rank {
	if found, ok := r.young[key]; ok {
		return found
	}
	if found, ok := r.old[key]; ok {
		return found
	}
	return stranger
}

func (r *recent) set(key string, to rank) {
	if found, ok := r.young[key]; ok && found == to {
		return
	}
	if r.young == nil || len(r.young) >= recentKeys {
		r.young, r.old = map[string]rank{}, r.young
	}
	r.young[key] = to
}

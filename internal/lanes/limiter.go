package lanes

import (
	"sync"
	"time"
)

// Limiter says how many attempts may be in flight at once, when, and for which
// lanes. There are three bounds, one within the other:
//
//   - for all, the number of workers. Each attempt that reaches the other side lets
//     one more through, each that can't connect halves the number. After a few of
//     those in a row the other side is taken to be down: it is asked by one attempt
//     at a time, with growing pauses. So one that comes back is met by one attempt,
//     then two, then four, and not by all at once (a circuit breaker, with a slow
//     start);
//   - for lanes that are not known to be well, three quarters of that. What holds
//     up unknown lanes leaves places to those whose last attempt was answered;
//   - for lanes that are ill, whose last attempt got no answer, a quarter. Their
//     number is halved when there is no answer again, down to one at a time with
//     growing pauses, and grows with each answer to whomever.
//
// An attempt first has a place ([Limiter.Enter]), then a lane ([Limiter.Admit]),
// and gives both back ([Limiter.Leave]). What is not admitted has to come again. A
// Limiter is made by [NewLimiter], and safe for concurrent use.
type Limiter struct {
	mu        sync.Mutex
	change    *sync.Cond
	closed    bool
	all, ill  window
	unknowns  share // the ill included
	known     recent
	downSince time.Time // zero: it is not down
	timer     *time.Timer
	later     [ranks]slots
}

// share is a part of the places.
type share struct{ most, out int }

// NewLimiter makes a limiter for so many workers. The pauses begin at first and
// double up to most.
func NewLimiter(workers int, first, most time.Duration) *Limiter {
	quarter := workers / 4
	l := &Limiter{
		all: newWindow(workers, first, most), ill: newWindow(max(1, quarter), first, most),
		unknowns: share{most: workers - quarter},
	}
	l.later[unknown] = slots{least: 20 * time.Millisecond, apart: 200 * time.Microsecond}
	l.later[ill] = slots{least: 500 * time.Millisecond, apart: time.Millisecond}
	l.change = sync.NewCond(&l.mu)
	return l
}

// rank is what is known of a lane.
type rank uint8

const (
	well    rank = iota // its last attempt was answered
	unknown             // nothing
	ill                 // its last attempt was not answered

	ranks = iota
)

// Signal is what an attempt says of its lane and of the other side.
type Signal uint8

// The signals.
const (
	SignalNone        Signal = iota // nothing
	SignalAnswer                    // both are well
	SignalBusy                      // the other side is there, and asks for fewer attempts
	SignalSilence                   // the other side could be reached, and gave no answer
	SignalUnreachable               // the other side could not be reached
)

// Place is what an attempt holds.
type Place struct {
	lane string
	rank rank
}

// Enter waits for a place. False means that the limiter is closed.
func (l *Limiter) Enter() bool {
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
func (l *Limiter) free() bool {
	wait := time.Until(l.all.until)
	if wait > 0 && l.timer == nil {
		l.timer = time.AfterFunc(wait, l.wake)
	}
	return wait <= 0 && l.all.out < l.all.size
}

func (l *Limiter) wake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = nil
	l.change.Broadcast()
}

// Exit gives a place back that no lane had.
func (l *Limiter) Exit() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.vacate()
}

func (l *Limiter) vacate() {
	l.all.out--
	l.change.Broadcast()
}

// Admit lets a lane have a place that Enter gave. Otherwise the place is given
// back, and the lane is to come again after the wait.
func (l *Limiter) Admit(lane string) (p Place, wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p = Place{lane, l.known.rank(lane)}
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

func (l *Limiter) takes(r rank) bool {
	switch r {
	case ill:
		return l.unknowns.out < l.unknowns.most && l.ill.open() && !l.othersFirst()
	case unknown:
		return l.unknowns.out < l.unknowns.most
	}
	return true
}

// othersFirst: the attempt that asks whether the other side is back should not be of
// a lane that is ill itself, if another lane comes in time.
func (l *Limiter) othersFirst() bool {
	return l.all.shut() && time.Since(l.all.until) < time.Second
}

func (l *Limiter) count(r rank, n int) {
	switch r {
	case ill:
		l.ill.out += n
		l.unknowns.out += n
	case unknown:
		l.unknowns.out += n
	}
}

// Leave ends an attempt. It returns how long the other side has been down, where
// the attempt says that it is back, and whether it says that it is down from now on.
func (l *Limiter) Leave(p Place, s Signal) (back time.Duration, down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count(p.rank, -1)
	switch s {
	case SignalAnswer:
		l.known.set(p.lane, well)
		l.ill.grow()
	case SignalSilence:
		l.known.set(p.lane, ill)
		l.ill.shrink()
	}
	back, down = l.reach(s)
	l.vacate()
	return back, down
}

// reach notes whether the other side could be reached.
func (l *Limiter) reach(s Signal) (back time.Duration, down bool) {
	switch s {
	case SignalNone:
		return 0, false
	case SignalUnreachable:
		l.all.shrink()
		if down = l.downSince.IsZero() && l.all.shut(); down {
			l.downSince = time.Now()
		}
		return 0, down
	case SignalBusy:
		l.all.grow()
		l.all.halve()
	default:
		l.all.grow()
	}
	if !l.downSince.IsZero() {
		back, l.downSince = max(1, time.Since(l.downSince)), time.Time{}
	}
	return back, false
}

// Close ends every Enter, for good.
func (l *Limiter) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.timer != nil {
		l.timer.Stop()
	}
	l.change.Broadcast()
}

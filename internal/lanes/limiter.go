package lanes

import (
	"sync"
	"time"
)

// Limiter limits how many attempts to reach a backend are in flight at once, when they
// begin, and for which lanes. There are three bounds, each within the one before:
//
//   - for all lanes, the number of workers. Each attempt that reaches the backend raises
//     the bound by one, each that cannot connect halves it. After a few of those in a row
//     the backend counts as down: then there is one attempt at a time, with growing pauses
//     (a circuit breaker). A backend that comes back gets one attempt, then two, then four,
//     and not all at once (slow start);
//   - for lanes that are not known to be healthy, three quarters of that. So unknown lanes
//     leave places to healthy ones, whose last attempt was answered;
//   - for failing lanes, whose last attempt was not answered, a quarter. The bound is
//     halved with each further failure, down to one attempt at a time with growing pauses,
//     and grows with each answer to any lane.
//
// An attempt first gets a place ([Limiter.Enter]), then the place is admitted for a lane
// ([Limiter.Admit]), and the attempt gives it back at its end ([Limiter.Leave]). A lane
// that is not admitted has to try again later. A Limiter is made by [NewLimiter], and safe
// for concurrent use.
type Limiter struct {
	mu        sync.Mutex
	change    *sync.Cond
	closed    bool
	all       window
	failing   window
	doubtful  share // of the lanes that are unknown or failing
	recent    recent
	downSince time.Time // zero: the backend is not down
	timer     *time.Timer
	later     [ranks]slots
}

// share is a part of the places.
type share struct{ most, out int }

// NewLimiter makes a limiter for a number of workers. The pauses begin at first and double
// up to most.
func NewLimiter(workers int, first, most time.Duration) *Limiter {
	quarter := workers / 4
	l := &Limiter{
		all: newWindow(workers, first, most), failing: newWindow(max(1, quarter), first, most),
		doubtful: share{most: workers - quarter},
	}
	l.later[unknown] = slots{least: 20 * time.Millisecond, apart: 200 * time.Microsecond}
	l.later[failing] = slots{least: 500 * time.Millisecond, apart: time.Millisecond}
	l.change = sync.NewCond(&l.mu)
	return l
}

// rank is what is known of a lane.
type rank uint8

const (
	healthy rank = iota // its last attempt was answered
	unknown             // nothing
	failing             // its last attempt was not answered

	ranks = iota
)

// Signal is what the outcome of an attempt says of its lane and of the backend.
type Signal uint8

// The signals.
const (
	SignalNone        Signal = iota // nothing
	SignalAnswer                    // both are healthy
	SignalBusy                      // the backend was reached and asks for fewer attempts
	SignalSilence                   // the backend was reached and gave no answer
	SignalUnreachable               // the backend could not be reached
)

// Place is the right of one attempt to be in flight.
type Place struct {
	lane string
	rank rank
}

// Enter waits for a place. It returns false if the limiter is closed.
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

// free reports whether there is a place. During a pause it sets a timer that wakes the
// waiters.
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

// Exit gives back a place of Enter that was not admitted for a lane.
func (l *Limiter) Exit() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.vacate()
}

func (l *Limiter) vacate() {
	l.all.out--
	l.change.Broadcast()
}

// Admit admits a lane to a place of Enter. If it returns false, the place is given back,
// and the lane may try again after the wait.
func (l *Limiter) Admit(lane string) (p Place, wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p = Place{lane, l.recent.rank(lane)}
	switch {
	case l.all.out > l.all.size, time.Now().Before(l.all.until): // the limit fell since Enter
		l.vacate()
		return p, 0, false
	case !l.admits(p.rank):
		l.vacate()
		return p, l.later[p.rank].next(), false
	}
	l.count(p.rank, 1)
	return p, 0, true
}

func (l *Limiter) admits(r rank) bool {
	switch r {
	case failing:
		return l.doubtful.out < l.doubtful.most && l.failing.open() && !l.preferOthers()
	case unknown:
		return l.doubtful.out < l.doubtful.most
	}
	return true
}

// preferOthers reports whether the next attempt probes a backend that was down. A failing
// lane is not used for that if another lane comes within a second.
func (l *Limiter) preferOthers() bool {
	return l.all.shut() && time.Since(l.all.until) < time.Second
}

func (l *Limiter) count(r rank, n int) {
	switch r {
	case failing:
		l.failing.out += n
		l.doubtful.out += n
	case unknown:
		l.doubtful.out += n
	}
}

// Leave ends an attempt and gives its place back. If the signal shows that the backend is
// back, it returns how long it was down. It also returns whether the backend counts as down
// from now on.
func (l *Limiter) Leave(p Place, s Signal) (back time.Duration, down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count(p.rank, -1)
	switch s {
	case SignalAnswer:
		l.recent.set(p.lane, healthy)
		l.failing.grow()
	case SignalSilence:
		l.recent.set(p.lane, failing)
		l.failing.shrink()
	}
	back, down = l.reach(s)
	l.vacate()
	return back, down
}

// reach records whether the backend could be reached.
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

// DownSince is since when the backend counts as down; zero: it does not.
func (l *Limiter) DownSince() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.downSince
}

// Close ends every Enter, now and later.
func (l *Limiter) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.timer != nil {
		l.timer.Stop()
	}
	l.change.Broadcast()
}

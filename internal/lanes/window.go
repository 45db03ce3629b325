package lanes

import (
	"time"

	"github.com/wcskit/resthook/internal/backoff"
)

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
	w.pauses++
	most := backoff.After(w.pauses, w.min, w.max)
	w.until = time.Now().Add(backoff.Between(most/2, most))
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

// recent knows the ranks of the lanes that were seen last, at least the last
// recentLanes of them.
type recent struct{ young, old map[string]rank }

// recentLanes bounds what is known, at twice as many.
const recentLanes = 8192

func (r *recent) rank(lane string) rank {
	if found, ok := r.young[lane]; ok {
		return found
	}
	if found, ok := r.old[lane]; ok {
		return found
	}
	return unknown
}

func (r *recent) set(lane string, to rank) {
	if found, ok := r.young[lane]; ok && found == to {
		return
	}
	if r.young == nil || len(r.young) >= recentLanes {
		r.young, r.old = map[string]rank{}, r.young
	}
	r.young[lane] = to
}

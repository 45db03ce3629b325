package lanes

import (
	"time"

	"github.com/wcskit/resthook/internal/backoff"
)

// window is a bound for the attempts in flight that adapts to their outcomes.
type window struct {
	most, size, out int           // the largest bound, the bound, the attempts in flight
	min, max        time.Duration // of a pause
	failures        int           // in a row
	pauses          int           // in a row
	until           time.Time     // the end of the last pause
}

// few is how many failures in a row shut a window. Before that, the bound does not fall
// below it.
const few = 3

func newWindow(most int, first, longest time.Duration) window {
	return window{most: most, size: most, min: first, max: longest}
}

func (w *window) open() bool { return w.out < w.size && !time.Now().Before(w.until) }

// shut reports whether attempts are made one at a time, with pauses.
func (w *window) shut() bool { return w.failures >= few }

// grow records a success.
func (w *window) grow() {
	w.size = min(w.size+1, w.most)
	w.failures, w.pauses, w.until = 0, 0, time.Time{}
}

func (w *window) halve() { w.size = max(min(few, w.most, w.size), w.size/2) }

// shrink records a failure. One during a pause, of an attempt that began before it, does
// not extend the pause.
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

// slots are the times at which lanes that were not admitted try again: one after the
// other, and not all at once.
type slots struct {
	least time.Duration // the shortest wait
	apart time.Duration // the time between two slots
	last  time.Time
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

// recent holds the ranks of lanes: of at least the last rememberedLanes whose rank was set,
// and of at most twice as many.
type recent struct{ young, old map[string]rank }

const rememberedLanes = 8192

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
	if r.young == nil || len(r.young) >= rememberedLanes {
		r.young, r.old = map[string]rank{}, r.young
	}
	r.young[lane] = to
}

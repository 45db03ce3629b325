package wheel

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Wheels are timer wheels, one for each interval in use. The zero value is ready. They
// are safe for concurrent use, by what a timer fires too.
type Wheels struct {
	mu     sync.Mutex
	closed bool
	wheels map[time.Duration]*wheel
}

// Timer fires again and again until it is stopped. The zero value is one that was never
// started.
type Timer struct {
	fire  func()
	wheel *wheel
	slot  int
}

// Start has a timer, which was not started before, fire once in each interval, which is
// more than 0: for the first time at a random moment of the first one. The timers of one
// interval fire one after the other, under no lock, so that one that takes long holds up
// the others. What is overdue after that, or on a machine that stood still, is not
// caught up. After Close, Start returns false.
func (ws *Wheels) Start(t *Timer, interval time.Duration, fire func()) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.closed {
		return false
	}
	w, ok := ws.wheels[interval]
	if !ok {
		w = newWheel(interval)
		if ws.wheels == nil {
			ws.wheels = map[time.Duration]*wheel{}
		}
		ws.wheels[interval] = w
	}
	t.fire = fire
	w.add(t)
	return true
}

// Stop ends the timer, which may be firing just then. A second Stop does nothing, nor
// does one of a timer that was not started.
func (t *Timer) Stop() {
	if t.wheel != nil {
		t.wheel.remove(t)
	}
}

// Close ends all timers: what is firing fires the timers of its moment, and no more do.
func (ws *Wheels) Close() {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.closed = true
	for _, w := range ws.wheels {
		w.close()
	}
}

// wheel is an interval cut into slots. A timer gets one by chance and fires when the
// wheel comes to it.
type wheel struct {
	tick time.Duration // from slot to slot

	mu     sync.Mutex
	slots  []map[*Timer]struct{}
	count  int
	turns  int         // slots gone by
	due    time.Time   // the next turn
	firing bool        // in a turn, which arms the timer at its end
	timer  *time.Timer // for the next turn
	closed bool
}

// manySlots is how many slots an interval has, but none shorter than a millisecond.
const manySlots = 256

func newWheel(interval time.Duration) *wheel {
	n := min(manySlots, max(1, int(interval/time.Millisecond)))
	return &wheel{tick: interval / time.Duration(n), slots: make([]map[*Timer]struct{}, n)}
}

func (w *wheel) add(t *Timer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t.wheel, t.slot = w, rand.IntN(len(w.slots))
	if w.slots[t.slot] == nil {
		w.slots[t.slot] = map[*Timer]struct{}{}
	}
	w.slots[t.slot][t] = struct{}{}
	if w.count++; w.count == 1 {
		w.due, w.turns = time.Now(), 0
		if !w.firing {
			w.arm()
		}
	}
}

func (w *wheel) remove(t *Timer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.slots[t.slot][t]; !ok {
		return
	}
	delete(w.slots[t.slot], t)
	if w.count--; w.count == 0 && !w.firing {
		w.timer.Stop()
	}
}

// arm sets the timer for the next turn, reckoned from the last one, so that what the
// turns take does not add up. Turns that are overdue are left out: the wheel goes on
// from where it is, as evenly as before.
func (w *wheel) arm() {
	w.due = w.due.Add(w.tick)
	if late := time.Since(w.due); late > w.tick {
		w.due = w.due.Add(late)
	}
	w.timer = time.AfterFunc(time.Until(w.due), w.turn)
}

func (w *wheel) turn() {
	for _, t := range w.next() {
		t.fire()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.firing = false
	if w.count > 0 && !w.closed {
		w.arm()
	}
}

// next moves on to the next slot and returns its timers.
func (w *wheel) next() []*Timer {
	w.mu.Lock()
	defer w.mu.Unlock()
	slot := w.slots[w.turns%len(w.slots)]
	w.turns++
	w.firing = true
	return slices.AppendSeq(make([]*Timer, 0, len(slot)), maps.Keys(slot))
}

func (w *wheel) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	if w.timer != nil {
		w.timer.Stop()
	}
}

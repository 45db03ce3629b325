// Package wheel fires many timers of the same interval with an even load, even if all were
// started at once. All timers of one interval share a timer wheel, which needs one timer
// of the runtime and no goroutine. The package does not know what a timer is for.
package wheel

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Wheels are timer wheels, one for each interval in use. The zero value is ready to use.
// Its methods are safe for concurrent use, also from the function that a timer calls.
type Wheels struct {
	mu     sync.Mutex
	closed bool
	wheels map[time.Duration]*wheel
}

// Timer fires once in each interval until it is stopped. The zero value is a timer that
// was not started.
type Timer struct {
	fire  func()
	wheel *wheel
	slot  int
}

// Start starts a timer that was not started before. It calls fire once in each interval,
// for the first time at a random moment of the first one. The interval is more than 0.
// The timers of one interval fire one after the other, without a lock, so a slow one
// delays the others. Missed intervals are not made up for. After Close, Start returns
// false.
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

// Stop stops the timer, which may be firing at that moment. It does nothing to a timer that
// was not started or is stopped already.
func (t *Timer) Stop() {
	if t.wheel != nil {
		t.wheel.remove(t)
	}
}

// Close stops all timers. A tick that is firing its timers at that moment is completed.
func (ws *Wheels) Close() {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.closed = true
	for _, w := range ws.wheels {
		w.close()
	}
}

// wheel is a timer wheel: an interval divided into slots. A timer is put into a random
// slot and fires when the wheel reaches it.
type wheel struct {
	tick time.Duration // the time of a slot

	mu     sync.Mutex
	slots  []map[*Timer]struct{}
	count  int
	ticks  int         // so far
	due    time.Time   // of the next tick
	firing bool        // in a tick, which arms the timer at its end
	timer  *time.Timer // for the next tick
	closed bool
}

// maxSlots is how many slots an interval has, unless they would be shorter than 1 ms.
const maxSlots = 256

func newWheel(interval time.Duration) *wheel {
	n := min(maxSlots, max(1, int(interval/time.Millisecond)))
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
		w.due = time.Now()
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
	if w.count--; w.count == 0 {
		w.timer.Stop()
	}
}

// arm sets the timer for the next tick. It counts from when the last one was due, so that
// delays do not add up. Ticks that were missed are left out.
func (w *wheel) arm() {
	w.due = w.due.Add(w.tick)
	if late := time.Since(w.due); late > w.tick {
		w.due = w.due.Add(late)
	}
	w.timer = time.AfterFunc(time.Until(w.due), w.fire)
}

func (w *wheel) fire() {
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
	slot := w.slots[w.ticks%len(w.slots)]
	w.ticks++
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

// Package dispatch calls functions of others, such as observers and log handlers, without
// ever waiting for them: a [Dispatcher] makes one call after the other on a goroutine of
// its own. A [Throttle] counts what happens too often for one report each. The package
// does not know what the calls are about.
package dispatch

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"github.com/wcskit/resthook/internal/pending"
)

// Options bound a dispatcher. Its functions are called like the calls are: one after the
// other, never under a lock.
type Options struct {
	Waiting  int                           // how many calls may wait
	Late     int                           // how many are taken after Drain
	Dropped  func(calls int)               // reports dropped calls, at most once a second
	Panicked func(cause any, stack []byte) // reports a panic of a call
}

// Dispatcher makes one call after the other, on a goroutine that exists only while calls
// are waiting. It makes no call under a lock. It drops calls over its capacity,
// counts them and reports them. It is safe for concurrent use, also from a call.
type Dispatcher struct {
	o Options

	mu         sync.Mutex
	first      *call
	last       *call
	waiting    int
	capacity   int    // how many may wait; after Drain, how many are still taken
	running    bool   // there is a goroutine
	returned   uint64 // calls that returned or panicked
	missed     uint64
	unreported int       // dropped calls that were not reported yet
	reported   time.Time // when Dropped was called last
	drained    bool
}

// call is an element of the list of waiting calls.
type call struct {
	f    func()
	next *call
}

// interval is the shortest time between two reports of the same kind.
const interval = time.Second

// New makes a dispatcher. Both functions of the options have to be set.
func New(o Options) *Dispatcher { return &Dispatcher{o: o, capacity: o.Waiting} }

// Add queues a call of f behind the calls added before it. It never waits.
func (d *Dispatcher) Add(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waiting >= d.capacity {
		d.missed++
		d.unreported++
		return
	}
	if d.drained {
		d.capacity--
	}
	d.push(f)
}

// push appends a call. The lock is held.
func (d *Dispatcher) push(f func()) {
	c := &call{f: f}
	if d.first == nil {
		d.first = c
	} else {
		d.last.next = c
	}
	d.last = c
	d.waiting++
	if !d.running {
		d.running = true
		go d.run()
	}
}

// run makes the calls until none is left. If a call ends its goroutine (runtime.Goexit),
// another goroutine goes on.
func (d *Dispatcher) run() {
	idle := false
	defer func() {
		if !idle {
			go d.run()
		}
	}()
	for f := d.next(); f != nil; f = d.next() {
		d.Call(f)
	}
	idle = true
}

// next is the next call: a report of dropped calls if one is due, else the oldest call
// that waits. It is nil if there is none.
func (d *Dispatcher) next() func() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := d.unreported; n > 0 && (d.first == nil || time.Since(d.reported) >= interval) {
		d.unreported, d.reported = 0, time.Now()
		return func() { d.o.Dropped(n) }
	}
	c := d.first
	if c == nil {
		d.running = false
		return nil
	}
	if d.first = c.next; d.first == nil {
		d.last = nil
	}
	d.waiting--
	return c.f
}

// Call calls f at once, on the caller's goroutine. It recovers from a panic, counts it and
// reports it.
func (d *Dispatcher) Call(f func()) {
	defer func() {
		cause := recover()
		d.over(cause != nil)
		if cause != nil {
			d.report(cause, debug.Stack())
		}
	}()
	f()
}

func (d *Dispatcher) over(missed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.returned++
	if missed {
		d.missed++
	}
}

// report reports a panic. If the report panics too, the panic is only counted.
func (d *Dispatcher) report(cause any, stack []byte) {
	defer func() { _ = recover() }()
	d.o.Panicked(cause, stack)
}

// Drain waits until the calls added before it have returned. Once ctx has ended, it waits
// on only while one call after the other returns, and then drops the rest. It returns how
// many calls are left, the one that does not return included. Later calls are taken up to
// Late of [Options].
func (d *Dispatcher) Drain(ctx context.Context) (left int) {
	over := make(chan struct{})
	d.mu.Lock()
	d.push(func() { close(over) })
	d.mu.Unlock()
	drained := pending.Wait(ctx, over) || pending.WaitWhile(over, d.calls)
	d.mu.Lock()
	defer d.mu.Unlock()
	if !drained && d.waiting > 0 {
		left = d.waiting // our own call does not count, the one that does not return does
		d.missed += uint64(left - 1)
		d.first, d.last, d.waiting = nil, nil, 0
	}
	d.drained, d.capacity = true, min(d.capacity, d.o.Late)
	return left
}

// calls is how many have returned.
func (d *Dispatcher) calls() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.returned
}

// Miss counts a call that was missed elsewhere.
func (d *Dispatcher) Miss() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.missed++
}

// Missed is how many calls were dropped or panicked.
func (d *Dispatcher) Missed() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.missed
}

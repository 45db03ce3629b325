package dispatch

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"github.com/wcskit/resthook/internal/pending"
)

// Options say what a dispatcher has room for, and who hears of what went wrong. The
// functions are called as the calls are: one after the other, never under a lock.
type Options struct {
	Waiting  int                           // how many calls may wait
	Late     int                           // how many are taken after Drain
	Dropped  func(calls int)               // how many were dropped, at most once a second
	Panicked func(cause any, stack []byte) // in a call
}

// Dispatcher makes one call after the other, on a goroutine that is there only while
// there is something to call. No call is made under a lock. Calls that it has no room
// for are dropped, counted and reported. It is safe for concurrent use, in a call too.
type Dispatcher struct {
	o Options

	mu         sync.Mutex
	first      *call
	last       *call
	waiting    int
	room       int    // how many may wait now
	running    bool   // there is a goroutine
	returned   uint64 // calls that are over
	missed     uint64
	unreported int       // of those dropped
	reported   time.Time // when Dropped was called last
	drained    bool      // room is how many more are taken
}

// call is a call that waits.
type call struct {
	f    func()
	next *call
}

// interval is how much time there is at least between two reports of the same.
const interval = time.Second

// New makes a dispatcher. All fields of the options have to be set.
func New(o Options) *Dispatcher { return &Dispatcher{o: o, room: o.Waiting} }

// Add has f called when the calls added before it have returned. It never waits.
func (d *Dispatcher) Add(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waiting >= d.room {
		d.missed++
		d.unreported++
		return
	}
	if d.drained {
		d.room--
	}
	d.push(f)
}

// push appends a call, under the lock.
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

// run makes the calls, until there is none. A call that ends its goroutine
// (runtime.Goexit) leaves the rest to another one.
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

// next is what to call now: a report of what was dropped, where one is due, or what
// has waited longest. It is nil where nothing waits.
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

// Call calls f at once, on the goroutine of the caller. A panic is counted and
// reported, and goes no further.
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

// report reports a panic. Where that panics too, the count is all there is.
func (d *Dispatcher) report(cause any, stack []byte) {
	defer func() { _ = recover() }()
	d.o.Panicked(cause, stack)
}

// Drain waits until the calls added before have returned, at most until ctx ends; then
// only as long as one after the other returns. What is left is dropped; Drain returns
// how many calls that is, with the one that does not return. After it few calls are
// taken ([Options]).
func (d *Dispatcher) Drain(ctx context.Context) (left int) {
	over := make(chan struct{})
	d.mu.Lock()
	d.push(func() { close(over) })
	d.mu.Unlock()
	drained := pending.Wait(ctx, over) || pending.WaitWhile(over, d.calls)
	d.mu.Lock()
	defer d.mu.Unlock()
	if !drained && d.waiting > 0 {
		left = d.waiting // the one that does not return, instead of ours
		d.missed += uint64(left - 1)
		d.first, d.last, d.waiting = nil, nil, 0
	}
	d.drained, d.room = true, min(d.room, d.o.Late)
	return left
}

// calls is how many have returned.
func (d *Dispatcher) calls() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.returned
}

// Miss counts a call that somebody else could not make.
func (d *Dispatcher) Miss() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.missed++
}

// Missed is how many calls were dropped, or panicked.
func (d *Dispatcher) Missed() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.missed
}

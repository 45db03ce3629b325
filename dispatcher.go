package resthook

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/wcskit/resthook/internal/pending"
)

// dispatcher calls what a media server has given to hear of its events: observers
// and log handlers. It makes one call after the other, on a goroutine of its own,
// so that no worker and no Notify ever runs foreign code, and no such code is
// called under a lock. The goroutine is there only while there is something to
// call. What the callbacks can't keep up with is bounded, counted and logged.
type dispatcher struct {
	logger *slog.Logger
	limit  int // of calls that wait

	mu       sync.Mutex
	first    *callback
	last     *callback
	waiting  int
	running  bool   // there is a goroutine
	returned uint64 // calls that are over
	missed   uint64 // calls that were dropped, or panicked
	untold   int    // of those dropped, how many the log does not know of
	logged   time.Time
	closed   bool // Close has been through: limit is how many more are taken
}

// callback is a call that waits.
type callback struct {
	call func()
	next *callback
}

// fewReports is how many calls may wait, however few events the queue may hold.
const fewReports = 10_000

func newDispatcher(o *options) *dispatcher {
	return &dispatcher{logger: o.logger, limit: max(fewReports, o.queueLimits.filled().Events)}
}

// afterClose is how many calls are made after Close, for hooks that were refused
// because of it.
const afterClose = 1_000

// add has a call made when those before it have returned. It never waits.
func (d *dispatcher) add(call func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waiting >= d.limit {
		d.missed++
		d.untold++
		return
	}
	if d.closed {
		d.limit--
	}
	d.push(call)
}

func (d *dispatcher) push(call func()) {
	r := &callback{call: call}
	if d.first == nil {
		d.first = r
	} else {
		d.last.next = r
	}
	d.last = r
	d.waiting++
	if !d.running {
		d.running = true
		go d.run()
	}
}

// run makes the calls, until there is none. A callback that ends its goroutine
// (runtime.Goexit) leaves the rest to another one.
func (d *dispatcher) run() {
	idle := false
	defer func() {
		if !idle {
			go d.run()
		}
	}()
	for call := d.next(); call != nil; call = d.next() {
		d.guard(call)
	}
	idle = true
}

func (d *dispatcher) next() (call func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := d.untold; n > 0 && (d.first == nil || time.Since(d.logged) >= lossInterval) {
		d.untold, d.logged = 0, time.Now()
		return func() { d.logMissed(n) }
	}
	r := d.first
	if r == nil {
		d.running = false
		return nil
	}
	if d.first = r.next; d.first == nil {
		d.last = nil
	}
	d.waiting--
	return r.call
}

func (d *dispatcher) logMissed(n int) {
	d.logger.LogAttrs(context.Background(), slog.LevelError, "outcomes not reported", slog.Int("count", n))
}

// guard makes a call. If it panics, that is logged, as net/http does it for a
// handler, and the next call is made.
func (d *dispatcher) guard(call func()) {
	defer func() {
		fault := recover()
		d.mu.Lock()
		d.returned++
		if fault != nil {
			d.missed++
		}
		d.mu.Unlock()
		if fault != nil {
			d.logPanic(fault, debug.Stack())
		}
	}()
	call()
}

// logPanic logs what a callback panicked with. The log handler may be the one
// that panics: then the count in Stats is all there is.
func (d *dispatcher) logPanic(fault any, stack []byte) {
	defer func() { _ = recover() }()
	d.logger.LogAttrs(context.Background(), slog.LevelError, "callback panicked",
		slog.String("panic", label(fmt.Sprint(fault))), slog.String("stack", firstLines(stack, stackLines)))
}

// stackLines is how much of a stack the log gets: the panic and some ten callers.
const stackLines = 30

func firstLines(text []byte, n int) string {
	lines := bytes.SplitAfterN(text, []byte("\n"), n+1)
	return string(bytes.TrimSpace(bytes.Join(lines[:min(n, len(lines))], nil)))
}

// drain waits until the calls that were added before have returned, at most until
// ctx ends; then only as long as one after the other returns. What is left is
// dropped; drain returns how many calls that is, with the one that does not
// return. After drain few are taken.
func (d *dispatcher) drain(ctx context.Context) (left int) {
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
	d.closed, d.limit = true, min(d.limit, afterClose)
	return left
}

func (d *dispatcher) calls() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.returned
}

func (d *dispatcher) miss() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.missed++
}

func (d *dispatcher) unreported() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.missed
}

// apart makes a call on a goroutine of its own, which Close waits for: a callback
// that must not wait for others.
func (c *Client) apart(call func()) {
	if !c.events.spawn(func() { c.dispatcher.guard(call) }) {
		c.dispatcher.miss()
	}
}

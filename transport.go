package resthook

import (
	"container/list"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

const (
	idleTimeout    = 60 * time.Second // of a kept connection
	sweepInterval  = time.Second      // between two looks at what is kept
	maxHeaderBytes = 64 << 10         // of an answer's head
)

// endpoint is where connections go.
type endpoint struct {
	address string // host:port
	secure  bool
}

// transport carries hooks over kept connections: HTTP/1.1 only, so that one
// connection carries one hook at a time; at most limit connections to a backend,
// all of which are kept; no proxy. Unlike net/http's it has no goroutines of its
// own, for a hook is written and its answer read by whoever sends it: that is
// most of what a hook costs less here.
type transport struct {
	dialer dialer
	limit  int // connections to a backend; 0: no limit

	mu      sync.Mutex
	pools   map[endpoint]*pool
	sweeper *time.Timer // closes what is of no use any more; nil while nothing is idle
	retired bool
}

// pool is the connections to one backend.
type pool struct {
	idle    []*conn   // the one used last is last
	open    int       // connections, those in use and being made included
	waiting list.List // of *turn: first come, first served
}

// turn is somebody who waits for a connection.
type turn struct {
	place *list.Element
	come  bool
	ready chan *conn // gets one that is free, or nil: the leave to make one
}

func newTransport(limit int, d dialer) *transport {
	return &transport{dialer: d, limit: limit, pools: map[endpoint]*pool{}}
}

// errNoConnection is an attempt that never got a connection.
var errNoConnection = errors.New("waiting for a free connection")

// take returns a connection for the attempt: a kept one, or a new one. It is to
// be given back with put or drop.
func (t *transport) take(ctx context.Context, to endpoint, at *attempt) (*conn, error) {
	for {
		c, own := t.reserve(to)
		if c == nil {
			return t.obtain(ctx, to, own, at)
		}
		if at.reuse(c) {
			return c, nil
		}
		t.drop(c)
	}
}

// obtain waits for the attempt's turn, if it has to, and makes a connection, if
// none is given to it.
func (t *transport) obtain(ctx context.Context, to endpoint, own *turn, at *attempt) (*conn, error) {
	within, cancel := at.within(ctx)
	defer cancel()
	if own == nil {
		return t.open(within, to, at)
	}
	c, err := t.await(within, to, own)
	switch {
	case err != nil:
		return nil, err
	case c == nil:
		return t.open(within, to, at)
	case at.reuse(c):
		return c, nil
	}
	t.drop(c)
	return t.take(ctx, to, at)
}

// reserve returns a kept connection, or neither: then there is room for a new
// one, which is counted already, or a turn to wait for.
func (t *transport) reserve(to endpoint) (*conn, *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.pools[to]
	if p == nil {
		p = &pool{}
		t.pools[to] = p
	}
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle[n-1] = nil
		p.idle = p.idle[:n-1]
		return c, nil
	}
	if t.limit == 0 || p.open < t.limit {
		p.open++
		return nil, nil
	}
	own := &turn{ready: make(chan *conn, 1)}
	own.place = p.waiting.PushBack(own)
	return nil, own
}

func (t *transport) await(ctx context.Context, to endpoint, own *turn) (*conn, error) {
	select {
	case c := <-own.ready:
		return c, nil
	case <-ctx.Done():
	}
	if t.forget(to, own) {
		return nil, errNoConnection
	}
	if c := <-own.ready; c != nil { // it came in the same moment
		t.put(c)
	} else {
		t.release(to)
	}
	return nil, errNoConnection
}

// forget takes somebody out of the line. It returns false where the turn has
// come.
func (t *transport) forget(to endpoint, own *turn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if own.come {
		return false
	}
	t.pools[to].waiting.Remove(own.place)
	return true
}

// open makes a new connection, for which there is room.
func (t *transport) open(ctx context.Context, to endpoint, at *attempt) (*conn, error) {
	at.dialing.Store(true)
	opened, err := t.dialer.open(ctx, to)
	if err != nil {
		t.release(to)
		return nil, err
	}
	c := newConn(opened, to)
	_ = c.SetDeadline(at.end)
	return c, nil
}

// put keeps a connection for the next hook.
func (t *transport) put(c *conn) {
	if !t.keep(c) {
		t.drop(c)
	}
}

// keep hands the connection to whoever waits for one, or lays it by.
func (t *transport) keep(c *conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.retired {
		return false
	}
	p := t.pools[c.to]
	if next := p.next(); next != nil {
		next.ready <- c
		return true
	}
	c.rest()
	p.idle = append(p.idle, c)
	if t.sweeper == nil {
		t.sweeper = time.AfterFunc(sweepInterval, t.sweep)
	}
	return true
}

// drop closes a connection and lets another be made.
func (t *transport) drop(c *conn) {
	c.close()
	t.release(c.to)
}

// release gives back the room of a connection that is no more.
func (t *transport) release(to endpoint) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.pools[to]
	if next := p.next(); next != nil {
		next.ready <- nil
		return
	}
	p.open--
	if p.open == 0 {
		delete(t.pools, to)
	}
}

// next takes the first out of the line.
func (p *pool) next() *turn {
	front := p.waiting.Front()
	if front == nil {
		return nil
	}
	first, _ := p.waiting.Remove(front).(*turn)
	first.come = true
	return first
}

// sweep closes what was idle for too long, and what the backend has closed.
func (t *transport) sweep() {
	t.mu.Lock()
	useless := t.gather(func(c *conn) bool { return time.Since(c.since) >= idleTimeout || c.gone() })
	t.sweeper = nil
	if t.idle() {
		t.sweeper = time.AfterFunc(sweepInterval, t.sweep)
	}
	t.mu.Unlock()
	for _, c := range useless {
		t.drop(c)
	}
}

// retire closes what is idle, and from now on every connection that is given
// back. Hooks under way are not disturbed.
func (t *transport) retire() {
	t.mu.Lock()
	t.retired = true
	if t.sweeper != nil {
		t.sweeper.Stop()
	}
	all := t.gather(func(*conn) bool { return true })
	t.mu.Unlock()
	for _, c := range all {
		t.drop(c)
	}
}

// gather takes those that match out of what is idle.
func (t *transport) gather(match func(*conn) bool) []*conn {
	var all []*conn
	for _, p := range t.pools {
		p.idle = slices.DeleteFunc(p.idle, func(c *conn) bool {
			if !match(c) {
				return false
			}
			all = append(all, c)
			return true
		})
	}
	return all
}

func (t *transport) idle() bool {
	for _, p := range t.pools {
		if len(p.idle) > 0 {
			return true
		}
	}
	return false
}

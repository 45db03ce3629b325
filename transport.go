package resthook

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

const (
	idleTimeout    = 60 * time.Second // of a kept connection
	sweepInterval  = time.Second      // between two looks at what is kept
	sweepLooks     = 64               // at so many of it, about: the lock is held
	idleUnlimited  = 1024             // connections are kept where their number has no limit
	maxHeaderBytes = 64 << 10         // of an answer's head
)

// endpoint is where connections go.
type endpoint struct {
	address string // host:port
	secure  bool
}

// transport carries hooks over kept connections: HTTP/1.1 only, so that one
// connection carries one hook at a time; at most limit connections to a backend,
// all of which are kept; no proxy. A hook is written and its answer read by
// whoever sends it. net/http has two goroutines for each connection instead, and
// that is most of what a hook costs less here. (A goroutine there is for a hook
// that is long, and for an idle connection that is no socket to be asked.)
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
		if at.overdue() {
			return nil, errNoConnection
		}
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
	c.close() // its place is the attempt's
	return t.open(within, to, at)
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
	at.dialing = true
	var c *conn
	defer func() {
		if c == nil { // also where a function of the media server's panics
			t.release(to)
		}
	}()
	opened, err := t.dialer.open(ctx, to)
	if err != nil {
		return nil, err
	}
	if err := opened.SetDeadline(at.end); err != nil {
		return nil, &dialError{errors.Join(fmt.Errorf("a connection without deadlines: %w", err), opened.Close())}
	}
	c = newConn(opened, to)
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
	if t.limit == 0 && len(p.idle) >= idleUnlimited {
		return false
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
	useless := t.gather(func(c *conn, of int) bool {
		return time.Since(c.since) >= idleTimeout || rand.N(of) < sweepLooks && c.gone()
	})
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
	all := t.gather(func(*conn, int) bool { return true })
	t.mu.Unlock()
	for _, c := range all {
		t.drop(c)
	}
}

// gather takes those that match out of what is idle; match is told of how many
// in a pool.
func (t *transport) gather(match func(c *conn, of int) bool) []*conn {
	var all []*conn
	for _, p := range t.pools {
		of := len(p.idle)
		p.idle = slices.DeleteFunc(p.idle, func(c *conn) bool {
			if !match(c, of) {
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

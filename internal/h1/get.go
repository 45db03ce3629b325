package h1

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// get returns a connection for the exchange, which ends with put or drop.
func (t *Transport) get(ctx context.Context, x *exchange) (*conn, error) {
	for again := false; ; again = true {
		if err := x.over(ctx); err != nil {
			return nil, err
		}
		c, waited, err := t.obtain(ctx, x, again)
		if err != nil {
			return nil, err
		}
		heard, made := c.probe(x.End), waited && !c.used
		switch {
		case heard == quiet, heard == hungUp && made: // the exchange over a new one fails with its error
			x.Phase, x.Reused = Sending, c.used
			return c, nil
		case heard == hasData && made:
			x.Phase = Sending
			err = c.unasked()
		}
		t.drop(c)
		if err != nil {
			return nil, err
		}
	}
}

// unasked is the error for data on a new connection before a request.
func (c *conn) unasked() error {
	c.left = maxHead
	if _, err := peekLine(c.reader); err == nil && notHTTP(c.reader) == errHTTP2 { //nolint:errorlint // it is ours
		return errHTTP2
	}
	return errUnasked
}

// obtain takes an idle connection, or waits for one.
func (t *Transport) obtain(ctx context.Context, x *exchange, again bool) (c *conn, waited bool, err error) {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return nil, false, ErrClosed
	}
	p := t.pool(x.To)
	x.putsBefore = t.puts
	if c := p.take(x.Background, x.Fresh); c != nil {
		t.mu.Unlock()
		return c, false, nil
	}
	w := p.join(x.Background, x.Fresh, again)
	do := p.serve()
	if w.place != nil && p.isEligible(w) && p.dialing >= p.eligible() {
		w.connected = true // a dial in progress will serve it
	}
	t.unlock(p, do)
	c, err = t.await(ctx, x, p, w)
	return c, true, err
}

func (t *Transport) pool(to Endpoint) *pool {
	p := t.pools[to]
	if p == nil {
		p = &pool{to: to, limit: t.limit}
		t.pools[to] = p
	}
	return p
}

// unlock gives up the lock and does the actions.
func (t *Transport) unlock(p *pool, do actions) {
	generation := t.generation
	t.dials += do.dials
	t.mu.Unlock()
	for _, c := range do.close {
		c.close()
	}
	for range do.dials {
		go t.dial(p, generation)
	}
}

// await waits for a connection until the exchange ends.
func (t *Transport) await(ctx context.Context, x *exchange, p *pool, w *waiter) (*conn, error) {
	within, cancel := x.untilConnected(ctx)
	defer cancel()
	select {
	case came := <-w.ready:
		return x.accept(came)
	case <-within.Done():
	}
	t.mu.Lock()
	left := p.leave(w)
	if w.connected {
		x.advance(Connecting)
	}
	t.mu.Unlock()
	if !left { // a delivery came at the same moment
		if came := <-w.ready; came.conn != nil {
			t.put(came.conn)
		}
	}
	if err := x.over(ctx); err != nil {
		return nil, err
	}
	if errors.Is(within.Err(), context.DeadlineExceeded) && ctx.Err() == nil {
		return nil, ErrConnectTime
	}
	return nil, ErrCanceled
}

func (x *exchange) accept(came delivery) (*conn, error) {
	if came.conn == nil {
		x.advance(Connecting)
	}
	return came.conn, came.err
}

// errNoDial is the error for a dial function that ended its goroutine.
var errNoDial = errors.New("the dial function did not return")

// dial makes a connection for the first waiter.
func (t *Transport) dial(p *pool, generation int) {
	defer t.dialEnded()
	connected := t.countSlow(p)
	var c *conn
	err := error(&ConnectError{Err: errNoDial})
	defer func() {
		if r := recover(); r != nil {
			err = &ConnectError{Err: fmt.Errorf("the dial function panicked: %.40q", fmt.Sprint(r))}
		}
		connected()
		t.dialed(p, c, err)
	}()
	var config *tls.Config
	if p.to.Secure {
		config = t.secure()
	}
	opened, err := open(t.ctx, t.dialOne, p.to, config, connected)
	if err != nil {
		return
	}
	c = newConn(opened, p)
	c.config, c.generation, c.oldest = config, generation, t.expiry()
}

// countSlow counts a dial as slow once it has taken slowConnect, until stop is called.
func (t *Transport) countSlow(p *pool) (stop func()) {
	slow, over := false, false
	timer := time.AfterFunc(slowConnect, func() {
		t.mu.Lock()
		if !over {
			slow = true
			p.slow++
		}
		t.unlock(p, p.serve())
	})
	return func() {
		timer.Stop()
		t.mu.Lock()
		defer t.mu.Unlock()
		over = true
		if slow {
			slow = false
			p.slow--
		}
	}
}

// slowConnect is how long a dial is expected to succeed soon.
const slowConnect = 250 * time.Millisecond

// expiry is when a connection made now has to be closed.
func (t *Transport) expiry() time.Time {
	if t.age <= 0 {
		return time.Time{}
	}
	return time.Now().Add(t.age - rand.N(t.age/4+1))
}

// serve serves the waiters of a pool.
func (t *Transport) serve(p *pool) {
	t.mu.Lock()
	t.unlock(p, p.serve())
}

// dialed ends a dial.
func (t *Transport) dialed(p *pool, c *conn, err error) {
	t.mu.Lock()
	p.dialing--
	if c == nil {
		p.dialFailed(err)
		if p.isShort() && p.eligible() > 0 {
			time.AfterFunc(shortTime, func() { t.serve(p) })
		}
		t.unlock(p, p.serve())
		return
	}
	t.opened++
	p.shortUntil = time.Time{}
	handed := p.give(c)
	t.unlock(p, p.serve())
	if !handed {
		t.put(c)
	}
}

func (t *Transport) dialEnded() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.countDial()
}

// countDial counts a dial that has ended.
func (t *Transport) countDial() {
	if t.dials--; t.closed && t.dials == 0 {
		close(t.ended)
	}
}

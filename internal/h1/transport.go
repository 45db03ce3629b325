package h1

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

const (
	idleTimeout   = 60 * time.Second // of a kept connection
	sweepInterval = time.Second      // between two looks at what is kept
	sweepLooks    = 64               // at so many of it, about
	idleUnlimited = 1024             // connections are kept where their number has no limit
)

// Options are what a [Transport] is made of. The zero value will do.
type Options struct {
	Limit int         // connections to an endpoint, at most; 0: no limit
	Dial  DialFunc    // nil: all addresses of a name, a moment apart
	TLS   *tls.Config // it is copied, and never offers HTTP/2; nil: TLS 1.2 or later
	// Age is how old a connection may be to be kept, less up to a quarter, so that
	// they do not all end at once. 0: any age.
	Age time.Duration
}

// Transport carries exchanges. It is safe for concurrent use. All connections are
// kept, for 60 seconds after their last use.
type Transport struct {
	dialer dialer
	age    time.Duration
	ctx    context.Context //nolint:containedctx // ends the dials, which outlive those who began them
	cancel context.CancelFunc

	mu         sync.Mutex
	limit      int
	pools      map[Endpoint]*pool
	turn       uint64      // counts what is laid by
	generation int         // counts Renew
	sweeper    *time.Timer // closes what is of no use any more; nil while nothing is idle
	closed     bool
	dials      int
	ended      chan struct{} // closed when, after Close, no dial is under way
}

// New makes a transport. Close ends it.
func New(o Options) *Transport {
	if o.Dial == nil {
		o.Dial = newRace().DialContext
	}
	t := &Transport{dialer: dialer{dial: o.Dial, tls: o.TLS}, age: o.Age, limit: o.Limit, pools: map[Endpoint]*pool{}}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	return t
}

// Do does an exchange. When ctx ends, it returns at once; a dial that was begun
// goes on for those who come next. Before it uses a connection, it asks whether
// nothing has come over it since its last answer.
func (t *Transport) Do(ctx context.Context, r *Request) Result {
	x := exchange{Request: r}
	c, err := t.get(ctx, &x)
	if err == nil {
		err = t.carry(ctx, &x, c)
	}
	return x.end(ctx, err)
}

// carry does an exchange over a connection, and gives it back.
func (t *Transport) carry(ctx context.Context, x *exchange, c *conn) (err error) {
	fit, stop := false, afterFunc(ctx, c.abort)
	defer func() {
		if undisturbed := stop(); fit && undisturbed {
			t.put(c)
			return
		}
		t.drop(c)
		if x.Reused && !x.Began && (x.late() || errors.Is(ctx.Err(), context.DeadlineExceeded)) {
			t.distrust(c.pool, x.turn)
		}
	}()
	fit, err = c.carry(x)
	return err
}

// afterFunc is [context.AfterFunc]. A context may have a cheaper one of its own.
func afterFunc(ctx context.Context, f func()) (stop func() bool) {
	if own, ok := ctx.(interface{ AfterFunc(func()) func() bool }); ok {
		return own.AfterFunc(f)
	}
	return context.AfterFunc(ctx, f)
}

// get returns a connection for the exchange. It is to be given back with put or
// drop.
func (t *Transport) get(ctx context.Context, x *exchange) (*conn, error) {
	for again := false; ; again = true {
		if err := x.over(ctx); err != nil {
			return nil, err
		}
		c, waited, err := t.obtain(ctx, x, again)
		if err != nil {
			return nil, err
		}
		heard, made := c.ask(x.End), waited && !c.used
		switch {
		case heard == silent, heard == gone && made: // one that was made just now fails by itself
			x.Phase, x.Reused = Sending, c.used
			return c, nil
		case heard == spoke && made:
			x.Phase = Sending
			err = c.unasked()
		}
		t.drop(c)
		if err != nil {
			return nil, err
		}
	}
}

// unasked says what came over a new connection.
func (c *conn) unasked() error {
	c.left = maxHead
	if _, err := peekLine(c.reader); err == nil && noHTTP(c.reader) == errHTTP2 { //nolint:errorlint // it is ours
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
	x.turn = t.turn
	if c := p.take(x.Background, x.Fresh); c != nil {
		t.mu.Unlock()
		return c, false, nil
	}
	w := p.enter(x.Background, x.Fresh, again)
	do := p.serve()
	if w.place != nil && p.serves(w) && p.dialing >= p.eligible() {
		w.connected = true // a dial that was begun for another will do
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

// unlock gives the lock up, and does what there is to do.
func (t *Transport) unlock(p *pool, do chores) {
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

// await waits for a connection, until the exchange's time is over.
func (t *Transport) await(ctx context.Context, x *exchange, p *pool, w *waiter) (*conn, error) {
	within, cancel := x.within(ctx)
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
	if !left { // it came in the same moment
		if came := <-w.ready; came.conn != nil {
			t.put(came.conn)
		}
	}
	if err := x.over(ctx); err != nil {
		return nil, err
	}
	return nil, ErrCanceled
}

func (x *exchange) accept(came delivery) (*conn, error) {
	if came.conn == nil {
		x.advance(Connecting)
	}
	return came.conn, came.err
}

// errNoDial is a dial that a function of the caller's did not return from.
var errNoDial = errors.New("the dial function did not return")

// dial makes a connection for whoever waits first.
func (t *Transport) dial(p *pool, generation int) {
	defer t.leaveDial()
	connected := t.clock(p)
	var c *conn
	err := error(&ConnectError{Err: errNoDial})
	defer func() {
		if r := recover(); r != nil {
			err = &ConnectError{Err: fmt.Errorf("the dial function panicked: %.40q", fmt.Sprint(r))}
		}
		connected()
		t.dialed(p, c, err)
	}()
	opened, err := t.dialer.open(t.ctx, p.to, connected)
	if err != nil {
		return
	}
	c = newConn(opened, p)
	c.generation, c.oldest = generation, t.expiry()
}

// clock counts a connect as slow from a while on, until stop is called.
func (t *Transport) clock(p *pool) (stop func()) {
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

// slowConnect is when a connect that has come to nothing yet is no longer counted on.
const slowConnect = 250 * time.Millisecond

// expiry is when a connection that is made now has to go.
func (t *Transport) expiry() time.Time {
	if t.age <= 0 {
		return time.Time{}
	}
	return time.Now().Add(t.age - rand.N(t.age/4+1))
}

// serve gives those who wait what there is for them now.
func (t *Transport) serve(p *pool) {
	t.mu.Lock()
	t.unlock(p, p.serve())
}

// dialed ends a dial.
func (t *Transport) dialed(p *pool, c *conn, err error) {
	t.mu.Lock()
	p.dialing--
	if c == nil {
		p.fail(err)
		if p.isShort() && p.eligible() > 0 {
			time.AfterFunc(shortTime, func() { t.serve(p) })
		}
		t.unlock(p, p.serve())
		return
	}
	p.short = time.Time{}
	handed := p.hand(c)
	t.unlock(p, p.serve())
	if !handed {
		t.put(c)
	}
}

// lay lays a connection by.
func (t *Transport) lay(p *pool, c *conn) {
	t.turn++
	c.turn, c.since = t.turn, time.Now()
	p.idle = append(p.idle, c)
	t.watch()
}

// watch has what is idle looked at.
func (t *Transport) watch() {
	if t.sweeper == nil && !t.closed {
		t.sweeper = time.AfterFunc(sweepInterval, t.sweep)
	}
}

// put gives back a connection that can carry another exchange.
func (t *Transport) put(c *conn) {
	c.rest()
	if !t.keep(c) {
		t.drop(c)
	}
}

func (t *Transport) keep(c *conn) bool {
	t.mu.Lock()
	p := c.pool
	if t.closed || !p.keeps() || c.generation != t.generation || c.old(time.Now()) {
		t.mu.Unlock()
		return false
	}
	p.release(c)
	t.lay(p, c)
	t.unlock(p, p.serve())
	return true
}

// keeps reports whether there is room for an idle connection.
func (p *pool) keeps() bool {
	if p.limit == 0 {
		return len(p.idle) < idleUnlimited
	}
	return p.open <= p.limit
}

func (c *conn) old(now time.Time) bool { return !c.oldest.IsZero() && !now.Before(c.oldest) }

// drop closes a connection, and lets another be made.
func (t *Transport) drop(c *conn) {
	c.close()
	t.mu.Lock()
	p := c.pool
	p.release(c)
	p.open--
	p.short = time.Time{}
	t.unlock(p, p.serve())
}

// distrust closes what was idle already when an exchange began that has had no
// answer in time: the network may have dropped all of it.
func (t *Transport) distrust(p *pool, turn uint64) {
	t.mu.Lock()
	old := p.extract(func(c *conn) bool { return c.turn <= turn })
	t.mu.Unlock()
	t.dropAll(old)
}

func (t *Transport) dropAll(conns []*conn) {
	for _, c := range conns {
		t.drop(c)
	}
}

// extract takes those that match out of what is idle.
func (p *pool) extract(match func(*conn) bool) (matched []*conn) {
	p.idle = slices.DeleteFunc(p.idle, func(c *conn) bool {
		found := match(c)
		if found {
			matched = append(matched, c)
		}
		return found
	})
	return matched
}

// sweep closes what was idle for too long or is too old, and what the other side
// has closed.
func (t *Transport) sweep() {
	now := time.Now()
	t.mu.Lock()
	var useless []*conn
	var looks []look
	for _, p := range t.pools {
		useless = append(useless, p.extract(func(c *conn) bool {
			return now.Sub(c.since) >= idleTimeout || c.old(now)
		})...)
		looks = p.sample(looks)
	}
	t.mu.Unlock()
	t.dropAll(useless)
	t.examine(looks)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sweeper = nil
	for _, p := range t.pools {
		if len(p.idle) > 0 {
			t.watch()
		}
	}
}

// look is a connection that was idle at a moment.
type look struct {
	conn  *conn
	asker asker
	turn  uint64
}

// sample adds some of what is idle.
func (p *pool) sample(looks []look) []look {
	for _, c := range p.idle {
		if rand.N(len(p.idle)) < sweepLooks {
			looks = append(looks, look{c, c.asker, c.turn})
		}
	}
	return looks
}

// examine asks those on which something seems to have happened, unless they are in
// use again.
func (t *Transport) examine(looks []look) {
	for _, l := range looks {
		if !l.asker.suspect() {
			continue
		}
		t.mu.Lock()
		taken := l.conn.pool.extract(func(c *conn) bool { return c == l.conn && c.turn == l.turn })
		t.mu.Unlock()
		for _, c := range taken {
			t.settle(c)
		}
	}
}

// settle keeps a connection that is silent in truth, where it lay.
func (t *Transport) settle(c *conn) {
	since := c.since
	if c.ask(time.Now().Add(sweepInterval)) != silent {
		t.drop(c)
		return
	}
	c.rest()
	t.mu.Lock()
	if t.closed || c.generation != t.generation {
		t.mu.Unlock()
		t.drop(c)
		return
	}
	p := c.pool
	c.since = since
	p.idle = append(p.idle, c)
	slices.SortFunc(p.idle, func(a, b *conn) int { return cmp.Compare(a.turn, b.turn) })
	t.unlock(p, p.serve())
}

// Renew sets the limit, and has every connection that is open end after the
// exchange that it carries. Those that are made meanwhile count with them.
func (t *Transport) Renew(limit int) {
	t.mu.Lock()
	t.limit = limit
	t.generation++
	var old []*conn
	for _, p := range t.pools {
		p.limit = limit
		old = append(old, p.extract(func(*conn) bool { return true })...)
	}
	pools := slices.Collect(maps.Values(t.pools))
	t.mu.Unlock()
	t.dropAll(old)
	for _, p := range pools {
		t.serve(p) // there may be more room
	}
}

// Close ends the transport: it closes what is idle, and what is in use when it is
// given back. Who waits for a connection is told [ErrClosed]. It returns when no
// dial is under way any more, or when ctx ends.
func (t *Transport) Close(ctx context.Context) {
	t.cancel()
	ended, all := t.shut()
	over := make(chan struct{})
	go func() { // to close a connection of the caller's may take for ever
		t.dropAll(all)
		<-ended
		close(over)
	}()
	select {
	case <-over:
		return
	case <-ctx.Done():
	}
	select {
	case <-over:
	case <-time.After(closeTime):
	}
}

// closeTime is how long Close takes to close what is idle although its context has
// ended.
const closeTime = 100 * time.Millisecond

func (t *Transport) shut() (ended <-chan struct{}, all []*conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sweeper != nil {
		t.sweeper.Stop()
	}
	for _, p := range t.pools {
		all = append(all, p.extract(func(*conn) bool { return true })...)
		p.dismiss()
	}
	if !t.closed {
		t.closed, t.ended = true, make(chan struct{})
		t.dials++
		t.dialOver()
	}
	return t.ended, all
}

func (t *Transport) leaveDial() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dialOver()
}

// dialOver counts a dial that is no more.
func (t *Transport) dialOver() {
	if t.dials--; t.closed && t.dials == 0 {
		close(t.ended)
	}
}

package h1

import (
	"context"
	"crypto/tls"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Options are the options of a [Transport]. The zero value is usable.
type Options struct {
	Limit int         // connections to an endpoint, at most; 0: no limit
	Dial  DialFunc    // nil: dials all addresses of a name (Happy Eyeballs)
	Guard GuardFunc   // of the addresses that are dialled; not with Dial; nil: all are allowed
	TLS   *tls.Config // is copied, and HTTP/2 is never offered; nil: TLS 1.2 or later
	// TLSNow, if not nil, takes the place of TLS: it is called before each TLS connection is
	// made. Another pointer than that of the last call ends the connections that were made
	// with the last one: those that are idle at once, the others after their exchange.
	TLSNow func() *tls.Config
	// Age is the greatest age of a connection that is kept, reduced by up to a quarter
	// (jitter). 0: any age.
	Age time.Duration
}

// Transport does exchanges over pooled connections, which it keeps for 60 seconds after
// their last use. It is safe for concurrent use.
type Transport struct {
	dialOne DialFunc
	tlsNow  func() *tls.Config
	age     time.Duration
	ctx     context.Context //nolint:containedctx // of the dials, which may outlive the exchanges that began them
	cancel  context.CancelFunc

	reused atomic.Uint64 // exchanges over a connection that had carried another one

	asking sync.Mutex // one call of tlsNow at a time, so that the last answer is the newest

	mu         sync.Mutex
	tls        *tls.Config // of new connections
	limit      int
	pools      map[Endpoint]*pool
	puts       uint64      // how often a connection became idle
	generation int         // how often Renew was called
	opened     uint64      // connections that were made
	sweeper    *time.Timer // calls sweep; nil while no connection is idle
	closed     bool
	dials      int           // in progress
	ended      chan struct{} // made by Close; closed when no dial is in progress
}

// New makes a transport. Close ends it.
func New(o Options) *Transport {
	if o.Dial == nil {
		o.Dial = newRace(o.Guard).DialContext
	}
	if o.TLSNow == nil {
		o.TLSNow = func() *tls.Config { return o.TLS }
	}
	t := &Transport{dialOne: o.Dial, tlsNow: o.TLSNow, age: o.Age, limit: o.Limit, pools: map[Endpoint]*pool{}}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	return t
}

// Do does an exchange. When ctx ends, it returns at once; a dial that it has begun goes on
// for other exchanges. It does not use a connection that was closed, or that has received
// data since its last answer.
func (t *Transport) Do(ctx context.Context, r *Request) Result {
	x := exchange{Request: r}
	c, err := t.get(ctx, &x)
	if err == nil {
		if x.Reused {
			t.reused.Add(1)
		}
		err = t.carry(ctx, &x, c)
	}
	return x.end(ctx, err)
}

// Connect makes a connection for the exchanges to come, TLS included. One that is idle and was
// not closed will do, or, if there can be no more, one that is in use. Of the request it uses To
// and End.
func (t *Transport) Connect(ctx context.Context, r *Request) Result {
	x := exchange{Request: &Request{To: r.To, End: r.End}}
	if x.over(ctx) == nil && t.isBusy(r.To) {
		x.Phase = Sending
		return x.Result
	}
	c, err := t.get(ctx, &x)
	if err == nil {
		t.put(c)
	}
	return x.end(ctx, err)
}

// isBusy reports whether there can be no more connections to the endpoint and none is idle.
func (t *Transport) isBusy(to Endpoint) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.pools[to]
	return p != nil && !t.closed && p.limit > 0 && p.open >= p.limit && p.open > p.dialing && len(p.idle) == 0
}

// carry does an exchange over a connection, and puts or drops the connection.
func (t *Transport) carry(ctx context.Context, x *exchange, c *conn) (err error) {
	fit, stop := false, afterFunc(ctx, c.abort)
	defer func() {
		if undisturbed := stop(); fit && undisturbed {
			t.put(c)
			return
		}
		t.drop(c)
		if x.Reused && !x.Began && (x.late() || errors.Is(ctx.Err(), context.DeadlineExceeded)) {
			t.distrust(c.pool, x.putsBefore)
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

// Renew sets the limit and lets every open connection end after its exchange. Old and new
// connections count together.
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
		t.serve(p) // the limit may be higher
	}
}

// secure returns the TLS configuration for a new connection. If it is another one than before,
// it closes the idle connections that were made with the old one.
func (t *Transport) secure() *tls.Config {
	config, old := t.askTLS()
	t.dropAll(old)
	return config
}

func (t *Transport) askTLS() (config *tls.Config, old []*conn) {
	t.asking.Lock()
	defer t.asking.Unlock()
	config = t.tlsNow()
	t.mu.Lock()
	defer t.mu.Unlock()
	if config == t.tls {
		return config, nil
	}
	t.tls = config
	for to, p := range t.pools {
		if to.Secure {
			old = append(old, p.extract(func(*conn) bool { return true })...)
		}
	}
	return config, old
}

// outdated reports whether a connection was made with settings that no longer hold.
func (t *Transport) outdated(c *conn) bool {
	return c.generation != t.generation || c.pool.to.Secure && c.config != t.tls
}

// Stats are the figures of the connections of a [Transport].
type Stats struct {
	Open   int    // now
	Idle   int    // of these, those that carry no exchange
	Opened uint64 // so far
	Reused uint64 // exchanges over a connection that had carried another one
}

// Stats returns the figures of all endpoints together.
func (t *Transport) Stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := Stats{Opened: t.opened, Reused: t.reused.Load()}
	for _, p := range t.pools {
		s.Open += p.open - p.dialing
		s.Idle += len(p.idle)
	}
	return s
}

// Close closes the transport: idle connections at once, those in use after their exchange.
// Requests that wait for a connection fail with [ErrClosed]. It returns when no dial is in
// progress, or when ctx ends.
func (t *Transport) Close(ctx context.Context) {
	t.cancel()
	ended, all := t.shut()
	over := make(chan struct{})
	go func() { // Close of a caller's connection may block
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

// closeTime is how long Close waits for the idle connections after its context has ended.
const closeTime = 100 * time.Millisecond

func (t *Transport) shut() (ended <-chan struct{}, all []*conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sweeper != nil {
		t.sweeper.Stop()
	}
	for _, p := range t.pools {
		all = append(all, p.extract(func(*conn) bool { return true })...)
		p.failAll()
	}
	if !t.closed {
		t.closed, t.ended = true, make(chan struct{})
		t.dials++
		t.countDial()
	}
	return t.ended, all
}

package h1

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

const (
	idleTimeout   = 60 * time.Second // of an idle connection
	sweepInterval = time.Second      // between two checks of the idle connections
	sweepLooks    = 64               // connections of a pool that are checked each time, about
	idleUnlimited = 1024             // idle connections of a pool without a limit, at most
)

// addIdle makes a connection idle.
func (t *Transport) addIdle(p *pool, c *conn) {
	t.puts++
	c.putNumber, c.since = t.puts, time.Now()
	p.idle = append(p.idle, c)
	t.watch()
}

// watch starts the sweeper.
func (t *Transport) watch() {
	if t.sweeper == nil && !t.closed {
		t.sweeper = time.AfterFunc(sweepInterval, t.sweep)
	}
}

// put gives a connection back to its pool.
func (t *Transport) put(c *conn) {
	c.makeIdle()
	if !t.keep(c) {
		t.drop(c)
	}
}

func (t *Transport) keep(c *conn) bool {
	t.mu.Lock()
	p := c.pool
	if t.closed || !p.keeps() || t.outdated(c) || c.old(time.Now()) {
		t.mu.Unlock()
		return false
	}
	p.release(c)
	t.addIdle(p, c)
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

// drop closes a connection and removes it from its pool.
func (t *Transport) drop(c *conn) {
	c.close()
	t.mu.Lock()
	p := c.pool
	p.release(c)
	p.open--
	p.shortUntil = time.Time{}
	t.unlock(p, p.serve())
}

// distrust closes the connections that were idle when an exchange began that got no answer
// in time: a firewall may have dropped all of them.
func (t *Transport) distrust(p *pool, puts uint64) {
	t.mu.Lock()
	old := p.extract(func(c *conn) bool { return c.putNumber <= puts })
	t.mu.Unlock()
	t.dropAll(old)
}

func (t *Transport) dropAll(conns []*conn) {
	for _, c := range conns {
		t.drop(c)
	}
}

// extract removes the idle connections that match, and returns them.
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

// sweep closes the idle connections that are over the idle timeout, too old, or closed by
// the other side.
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

// look is a connection that was idle when the sweep began.
type look struct {
	conn      *conn
	prober    prober
	putNumber uint64
}

// sample adds some of the idle connections at random.
func (p *pool) sample(looks []look) []look {
	for _, c := range p.idle {
		if rand.N(len(p.idle)) < sweepLooks {
			looks = append(looks, look{c, c.prober, c.putNumber})
		}
	}
	return looks
}

// examine probes connections that may have been closed, unless they are in use again.
func (t *Transport) examine(looks []look) {
	for _, l := range looks {
		if !l.prober.suspect() {
			continue
		}
		t.mu.Lock()
		taken := l.conn.pool.extract(func(c *conn) bool { return c == l.conn && c.putNumber == l.putNumber })
		t.mu.Unlock()
		for _, c := range taken {
			t.recheck(c)
		}
	}
}

// recheck probes a connection and puts it back in its place, or drops it.
func (t *Transport) recheck(c *conn) {
	since := c.since
	if c.probe(time.Now().Add(sweepInterval)) != quiet {
		t.drop(c)
		return
	}
	c.makeIdle()
	t.mu.Lock()
	if t.closed || t.outdated(c) {
		t.mu.Unlock()
		t.drop(c)
		return
	}
	p := c.pool
	c.since = since
	p.idle = append(p.idle, c)
	slices.SortFunc(p.idle, func(a, b *conn) int { return cmp.Compare(a.putNumber, b.putNumber) })
	t.unlock(p, p.serve())
}

package resthook

import (
	"context"
	"sync"
	"time"
)

// pending counts what Close has to wait for.
type pending struct {
	mu     sync.Mutex
	closed bool
	count  int
	ended  uint64        // how many have ended
	empty  chan struct{} // closed when, after close, none is left
}

func (p *pending) init() { p.empty = make(chan struct{}) }

// begin counts one in, unless the end has come.
func (p *pending) begin() bool { return p.join(false) }

// join is begin; on behalf of one that is counted in, it succeeds always.
func (p *pending) join(held bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed && !held {
		return false
	}
	p.count++
	return true
}

// end counts one out.
func (p *pending) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop()
}

// drop is end for one who holds the lock.
func (p *pending) drop() {
	p.count--
	p.ended++
	if p.closed && p.count == 0 {
		close(p.empty)
	}
}

// close lets none begin any more. The channel is closed when none is left.
func (p *pending) close() (over <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed && p.count == 0 {
		close(p.empty)
	}
	p.closed = true
	return p.empty
}

func (p *pending) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// load is how many there are.
func (p *pending) load() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

// settles waits for what was canceled: as long as one after the other comes to
// its end. Where something stands still, which can only be code of the media
// server's, it waits no longer.
func (p *pending) settles(over <-chan struct{}) {
	getsOn(over, func() uint64 {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.ended
	})
}

// closePatience is how long Close waits, once its context has ended, where nothing comes
// to an end any more.
const closePatience = 100 * time.Millisecond

// getsOn waits for over as long as the number of what has ended grows.
func getsOn(over <-chan struct{}, ended func() uint64) bool {
	for before := ended(); ; {
		timer := time.NewTimer(closePatience)
		select {
		case <-over:
			timer.Stop()
			return true
		case <-timer.C:
		}
		now := ended()
		if now == before {
			return false
		}
		before = now
	}
}

// within reports whether something is over before ctx ends.
func within(ctx context.Context, over <-chan struct{}) bool {
	select {
	case <-over:
		return true
	default:
	}
	select {
	case <-over:
		return true
	case <-ctx.Done():
		return false
	}
}

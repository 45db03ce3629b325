package load

import (
	"context"
	"math"
	"time"
)

// schedule says when sessions begin.
type schedule struct {
	Plan

	begun time.Time // all times are relative to this
	taken int       // sessions that next has returned
}

// allowance is how late a session may begin without being missed: a busy machine is late
// by that much.
const allowance = 250 * time.Millisecond

// next is when the next session is due. It returns false if there is none.
func (p *schedule) next() (time.Time, bool) {
	after := p.after(p.taken)
	if p.Sessions > 0 && p.taken >= p.Sessions || p.Duration > 0 && after >= p.Duration {
		return time.Time{}, false
	}
	p.taken++
	return p.begun.Add(after), true
}

// after is how long after the first session the n-th is due. Without a rate the first
// sessions are spread over the lifetime of one: otherwise all would connect at once and
// end at once, again and again.
func (p *schedule) after(n int) time.Duration {
	const longest = 1 << 62
	together := p.together()
	switch {
	case p.Rate > 0:
		return time.Duration(min(float64(n)/p.Rate*float64(time.Second), longest))
	case n < together:
		return time.Duration(float64(p.spread()) * float64(n) / float64(together))
	}
	return 0
}

// together is how many sessions are open at once.
func (p *schedule) together() int {
	if p.Sessions > 0 {
		return min(p.Sessions, p.Concurrency)
	}
	return p.Concurrency
}

func (p *schedule) spread() time.Duration {
	if p.Duration > 0 {
		return min(p.Hold, p.Duration)
	}
	return p.Hold
}

// beginning is a context that ends when no more sessions begin.
func (p *schedule) beginning(ctx context.Context) (context.Context, context.CancelFunc) {
	switch {
	case p.Duration == 0:
		return context.WithCancel(ctx)
	case p.Rate > 0:
		return context.WithDeadline(ctx, p.begun.Add(p.Duration+allowance))
	}
	return context.WithDeadline(ctx, p.begun.Add(p.Duration))
}

// due is how many sessions should have begun by a time after the first; 0 without a rate.
func (p *schedule) due(after time.Duration) int {
	after = max(after-allowance, 0)
	if p.Duration > 0 {
		after = min(after, p.Duration)
	}
	if after == 0 || p.Rate == 0 {
		return 0
	}
	n := max(int(math.Ceil(p.Rate*after.Seconds()-1e-9)), 1)
	if p.Sessions > 0 {
		n = min(n, p.Sessions)
	}
	return n
}

// done is the progress of a run, from 0 to 1; it is 0 for a run without an end.
func (p *schedule) done(sessions int) float64 {
	var done float64
	if p.Duration > 0 {
		done = float64(time.Since(p.begun)) / float64(p.Duration+p.Hold)
	}
	if p.Sessions > 0 {
		done = max(done, float64(sessions)/float64(p.Sessions))
	}
	return min(done, 1)
}

// Package breaker is a circuit breaker: it says whether something that fails may be asked. It
// never refuses by itself, since the caller may have nobody else to ask.
package breaker

import (
	"sync"
	"time"

	"github.com/wcskit/resthook/internal/backoff"
)

// Result is what an attempt says of what was asked.
type Result uint8

// The results.
const (
	None    Result = iota // nothing
	Success               // it is well: the breaker closes
	Failure               // it may be ill: a few of these in a row open the breaker
	Absent                // it could not be reached: the breaker opens
)

const (
	// few is how many failures in a row open a breaker.
	few = 3
	// quiet is how long few attempts or more may all wait for an answer. If answers have taken
	// long of late, it is twice that.
	quiet = 2 * time.Second
)

// Breaker is closed while what it guards is well. It opens after failures, and when nothing is
// answered any more, for a pause. After the pause one attempt at a time may probe (half-open).
// With each probe that fails the pause doubles. It is safe for concurrent use. New makes it.
type Breaker struct {
	first, longest time.Duration

	mu       sync.Mutex
	failures int       // in a row, while closed
	pauses   int       // in a row
	opened   time.Time // zero: closed
	changed  time.Time // when it opened or closed last
	until    time.Time // the end of the pause
	probing  bool
	out      int           // attempts that were permitted and are not done
	heard    time.Time     // the last success, or when out rose from 0
	slow     time.Duration // what answers have taken of late
}

// New makes a closed breaker. Its first pause is first, with jitter, and none is longer than
// longest.
func New(first, longest time.Duration) *Breaker {
	return &Breaker{first: first, longest: longest}
}

// Permit is the outcome of [Breaker.Try]. It goes to [Breaker.Done].
type Permit uint8

// The permits.
const (
	Refused Permit = iota // the breaker is open
	Granted               // it is closed
	Probe                 // it is open, and this attempt may probe: no other one until Done
)

// Try asks for an attempt. An attempt may be made against a refusal. opened says that the breaker
// has opened now, since nothing is answered any more.
func (b *Breaker) Try() (p Permit, opened bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.opened.IsZero() && b.out >= few && now.Sub(b.heard) >= max(quiet, 2*b.slow) {
		return Refused, b.fail(now, true)
	}
	switch {
	case b.opened.IsZero():
		p = Granted
	case b.probing, now.Before(b.until):
		return Refused, false
	default:
		p, b.probing = Probe, true
	}
	if b.out++; b.out == 1 {
		b.heard = now
	}
	return p, false
}

// overdue is how long after a pause nobody has probed.
const overdue = 5 * time.Second

// TryOverdue asks for a probe that nobody has made for 5 seconds after the pause.
func (b *Breaker) TryOverdue() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.opened.IsZero() || b.probing || time.Since(b.until) < overdue {
		return false
	}
	b.probing = true
	b.out++
	return true
}

// Opened is when the breaker opened; zero while it is closed.
func (b *Breaker) Opened() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.opened
}

// Done ends an attempt that has begun at that time. It returns whether the breaker has opened with
// it, or else, if it has closed, for how long it was open.
func (b *Breaker) Done(p Permit, r Result, begun time.Time) (opened bool, open time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if p != Refused {
		b.out--
	}
	if p == Probe {
		b.probing = false
	}
	switch {
	case r == Success:
		b.heard, b.slow = now, max(now.Sub(begun), b.slow-b.slow/8)
		return false, b.close(now)
	case r == None, begun.Before(b.changed): // it says nothing of what is now
		return false, 0
	}
	b.failures++
	return b.fail(now, r == Absent || b.failures >= few || !b.opened.IsZero()), 0
}

func (b *Breaker) close(now time.Time) (open time.Duration) {
	if !b.opened.IsZero() {
		open, b.changed = max(1, now.Sub(b.opened)), now
	}
	b.failures, b.pauses, b.opened, b.until = 0, 0, time.Time{}, time.Time{}
	return open
}

// fail begins a pause where the failure is one that opens.
func (b *Breaker) fail(now time.Time, opens bool) (opened bool) {
	if !opens || now.Before(b.until) {
		return false
	}
	if opened = b.opened.IsZero(); opened {
		b.opened, b.changed = now, now
	}
	b.pauses++
	most := backoff.After(b.pauses, b.first, b.longest)
	b.until = now.Add(backoff.Between(most/2, most))
	return opened
}

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

// few is how many failures in a row open a breaker.
const few = 3

// Breaker is closed while what it guards is well. It opens after failures, for a pause. After
// the pause one attempt at a time may probe (half-open). With each probe that fails the pause
// doubles. It is safe for concurrent use. New makes it.
type Breaker struct {
	first, longest time.Duration

	mu       sync.Mutex
	failures int       // in a row, while closed
	pauses   int       // in a row
	opened   time.Time // zero: closed
	until    time.Time // the end of the pause
	probing  bool
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

// Try asks for an attempt. An attempt may be made against a refusal.
func (b *Breaker) Try() Permit {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.opened.IsZero():
		return Granted
	case b.probing, time.Now().Before(b.until):
		return Refused
	}
	b.probing = true
	return Probe
}

// Opened is when the breaker opened; zero while it is closed.
func (b *Breaker) Opened() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.opened
}

// Done ends an attempt. It returns whether the breaker has opened with it, or else, if it has
// closed, for how long it was open.
func (b *Breaker) Done(p Permit, r Result) (opened bool, open time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p == Probe {
		b.probing = false
	}
	switch r {
	case Success:
		return false, b.close()
	case Failure:
		b.failures++
		return b.fail(b.failures >= few), 0
	case Absent:
		return b.fail(true), 0
	case None:
	}
	return false, 0
}

func (b *Breaker) close() (open time.Duration) {
	if !b.opened.IsZero() {
		open = max(1, time.Since(b.opened))
	}
	b.failures, b.pauses, b.opened, b.until = 0, 0, time.Time{}, time.Time{}
	return open
}

// fail begins a pause where the failure is one that opens. One during a pause, of an attempt
// that began before it, does not extend the pause.
func (b *Breaker) fail(opens bool) (opened bool) {
	now := time.Now()
	if opened = b.opened.IsZero(); opened && !opens || now.Before(b.until) {
		return false
	}
	if opened {
		b.opened = now
	}
	b.pauses++
	most := backoff.After(b.pauses, b.first, b.longest)
	b.until = now.Add(backoff.Between(most/2, most))
	return opened
}

package crash

import (
	"fmt"
	"time"
)

// metFor is how long it is counted what comes after the backend has come back.
const metFor = 10 * time.Second

// Return is how a backend was met that had come back: with events, those that were answered with an error
// included.
type Return struct {
	Tenth   int                       // in the first 100 ms
	Seconds [metFor / time.Second]int // in each second
}

// String says what came at first, and how many a second later.
func (r Return) String() string {
	return fmt.Sprintf("met with %d events in the first 0.1 s, then by the second %d", r.Tenth, r.Seconds)
}

// met counts what came after a time. The lock is held.
func (l *Ledger) met(at time.Time) (r Return) {
	for _, one := range l.lives {
		for i := range one.requests {
			after := one.requests[i].At.Sub(at)
			if one.requests[i].Hook == "connect" || after < 0 || after >= metFor {
				continue
			}
			if after < 100*time.Millisecond {
				r.Tenth++
			}
			r.Seconds[after/time.Second]++
		}
	}
	return r
}

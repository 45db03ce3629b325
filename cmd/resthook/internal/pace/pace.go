// Package pace holds what runs that begin one thing after another have in common: they
// wait until each is due, bound how many are in flight, and end soon after a signal.
package pace

import (
	"context"
	"math"
	"time"
)

// Grace is what is in flight has to end after a signal.
const Grace = 400 * time.Millisecond

// Forever is no bound in time.
const Forever time.Duration = math.MaxInt64

// Until waits for a time. It returns false if ctx ends first.
func Until(ctx context.Context, due time.Time) bool {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// Enter takes a place, of those that bound how many are in flight. It returns false if
// ctx ends first.
func Enter(ctx context.Context, places chan<- struct{}) bool {
	select {
	case places <- struct{}{}:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// Outlasts waits for the end of a run, and reports whether it has lasted too long: for
// longer than rest, or for longer than [Grace] after ctx.
func Outlasts(ctx context.Context, over <-chan struct{}, rest time.Duration) bool {
	timer := time.NewTimer(rest)
	defer timer.Stop()
	select {
	case <-over:
		return false
	case <-timer.C:
		return true
	case <-ctx.Done():
	}
	timer.Reset(Grace)
	select {
	case <-over:
		return false
	case <-timer.C:
		return true
	}
}

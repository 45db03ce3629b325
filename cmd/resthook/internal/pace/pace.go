// Package pace has what load and replay share: waiting until something is due, bounding how
// many are in flight, and ending soon after a signal.
package pace

import (
	"context"
	"math"
	"time"
)

// Grace is how long hooks in flight have to end after a signal.
const Grace = 400 * time.Millisecond

// Forever is no time limit.
const Forever time.Duration = math.MaxInt64

// Until waits until a time. It returns false if ctx ends first.
func Until(ctx context.Context, due time.Time) bool {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// Enter takes one of the places, which bound how many are in flight. It returns false if
// ctx ends first.
func Enter(ctx context.Context, places chan<- struct{}) bool {
	select {
	case places <- struct{}{}:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// Outlasts waits for the end of a run. It reports whether the run takes too long: longer
// than rest, or longer than [Grace] after ctx has ended.
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

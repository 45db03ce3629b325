package main

import (
	"context"
	"math"
	"sync/atomic"
	"time"
)

// pace says when sessions begin.
type pace struct {
	sessions int           // in all; 0: no limit
	rate     float64       // a second; 0: as soon as there is somebody to begin it
	duration time.Duration // of the beginning; 0: no limit

	begun time.Time // all of it is reckoned from here
	taken atomic.Int64
}

// take returns when the next session is due. False means that it was the last.
func (p *pace) take() (time.Time, bool) {
	n := p.taken.Add(1) - 1
	if p.sessions > 0 && n >= int64(p.sessions) {
		return time.Time{}, false
	}
	if p.rate == 0 {
		return time.Now(), true
	}
	after := time.Duration(float64(n) / p.rate * float64(time.Second))
	return p.begun.Add(after), p.duration == 0 || after < p.duration
}

// due is how many sessions should have begun, so long after the first.
func (p *pace) due(after time.Duration) int {
	if p.duration > 0 {
		after = min(after, p.duration)
	}
	n := int(math.Ceil(p.rate*after.Seconds() - 1e-9))
	if p.sessions > 0 {
		n = min(n, p.sessions)
	}
	return n
}

// done is how far a run is, from 0 to 1; it is 0 for one without an end.
func (p *pace) done(sessions int) float64 {
	var done float64
	if p.duration > 0 {
		done = float64(time.Since(p.begun)) / float64(p.duration)
	}
	if p.sessions > 0 {
		done = max(done, float64(sessions)/float64(p.sessions))
	}
	return min(done, 1)
}

// sleepUntil returns false if ctx ends first.
func sleepUntil(ctx context.Context, due time.Time) bool {
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

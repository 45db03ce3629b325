// Package backoff says how long to wait before something is tried again:
// exponential backoff with jitter.
//
//	most := backoff.After(3, 50*time.Millisecond, time.Second) // 200 ms
//	time.Sleep(backoff.Between(most/2, most))                  // 100 to 200 ms
package backoff

import (
	"math/rand/v2"
	"time"
)

// After is the longest wait before the n-th repeat, counted from 1: twice that of
// the one before, from first on, and never more than most.
func After(n int, first, most time.Duration) time.Duration {
	wait := min(first, most)
	for i := 1; i < n && wait > 0; i++ {
		if wait > most/2 {
			return most
		}
		wait *= 2
	}
	return wait
}

// Between is a time by chance from least to most, so that those who wait do not
// all come at once; least where most is not more.
func Between(least, most time.Duration) time.Duration {
	if most <= least {
		return least
	}
	return least + rand.N(most-least+1)
}

// Package backoff computes the wait before another try: exponential backoff with jitter.
package backoff

import (
	"math/rand/v2"
	"time"
)

// After is the longest wait before the n-th repeat, counted from 1. It starts with first,
// doubles with each repeat and is never more than most.
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

// Between is a random duration from least to most (jitter), so that many waits that begin
// together do not end together. It is least if most is not more.
func Between(least, most time.Duration) time.Duration {
	if most <= least {
		return least
	}
	return least + rand.N(most-least+1)
}

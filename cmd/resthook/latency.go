package main

import (
	"math/bits"
	"time"
)

// latencies is a histogram of durations that takes the same memory however many
// there are. Up to 256 ns a bucket is one nanosecond wide; above, each doubling
// is cut into 128 buckets, so that no percentile is off by more than 0.4 %.
type latencies struct {
	counts [latencyBuckets]uint64
	n      uint64
	max    time.Duration
}

const (
	latencyBits    = 7
	latencyBuckets = (63-latencyBits)<<latencyBits + 1<<latencyBits
)

func (l *latencies) add(d time.Duration) {
	d = max(d, 0)
	l.counts[latencyBucket(d)]++
	l.n++
	l.max = max(l.max, d)
}

func (l *latencies) merge(other *latencies) {
	for i, n := range other.counts {
		l.counts[i] += n
	}
	l.n += other.n
	l.max = max(l.max, other.max)
}

// permille is the least duration that p in a thousand do not exceed; 0 where
// there are none.
func (l *latencies) permille(p uint64) time.Duration {
	rank := (p*l.n + 999) / 1000
	seen := uint64(0)
	for i, n := range l.counts {
		if seen += n; n > 0 && seen >= rank {
			return min(latencyOf(i), l.max)
		}
	}
	return 0
}

func latencyBucket(d time.Duration) int {
	v := uint64(d) //nolint:gosec // add lets no negative one in
	shift := max(bits.Len64(v)-latencyBits-1, 0)
	return shift<<latencyBits + int(v>>shift) //nolint:gosec // below 256
}

// latencyOf is the middle of a bucket.
func latencyOf(bucket int) time.Duration {
	shift := max(bucket>>latencyBits-1, 0)
	low := time.Duration(bucket-shift<<latencyBits) << shift
	return low + (1<<shift)/2
}

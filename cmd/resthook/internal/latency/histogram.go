// Package latency counts durations and computes their percentiles.
package latency

import (
	"math"
	"math/bits"
	"time"
)

// Histogram counts durations in a fixed amount of memory. Up to 256 ns a bucket is one
// nanosecond wide; above that, each power of two has 128 buckets, so that no percentile is
// off by more than 0.4 %. Its zero value is empty.
type Histogram struct {
	counts [buckets]uint64
	n      uint64
	max    time.Duration
}

const (
	bucketBits = 7
	buckets    = (63-bucketBits)<<bucketBits + 1<<bucketBits
)

// Add counts a duration; one below zero counts as zero.
func (h *Histogram) Add(d time.Duration) {
	d = max(d, 0)
	h.counts[bucketOf(d)]++
	h.n++
	h.max = max(h.max, d)
}

// Merge counts what another histogram has counted.
func (h *Histogram) Merge(other *Histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.n += other.n
	h.max = max(h.max, other.max)
}

// permille is the least duration that p in a thousand do not exceed; 0 if it is empty.
func (h *Histogram) permille(p uint64) time.Duration {
	rank := (p*h.n + 999) / 1000
	seen := uint64(0)
	for i, n := range h.counts {
		if seen += n; n > 0 && seen >= rank {
			return min(middle(i), h.max)
		}
	}
	return 0
}

func bucketOf(d time.Duration) int {
	v := uint64(d) //nolint:gosec // never negative, see Add
	shift := max(bits.Len64(v)-bucketBits-1, 0)
	return shift<<bucketBits + int(v>>shift) //nolint:gosec // below 256
}

// middle is the middle of a bucket.
func middle(bucket int) time.Duration {
	shift := max(bucket>>bucketBits-1, 0)
	low := time.Duration(bucket-shift<<bucketBits) << shift
	return low + (1<<shift)/2
}

// Percentiles are the percentiles of a histogram, in seconds.
type Percentiles struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

// Percentiles returns the percentiles so far; zeros if the histogram is empty.
func (h *Histogram) Percentiles() Percentiles {
	at := func(p uint64) float64 { return Seconds(h.permille(p)) }
	return Percentiles{at(500), at(900), at(990), at(999), Seconds(h.max)}
}

// Seconds is a duration in seconds, rounded to microseconds.
func Seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1e6) / 1e6 }

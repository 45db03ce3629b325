package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestPercentilesAgainstASort has a sort for its oracle.
func TestPercentilesAgainstASort(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 10, 999, 1000, 20_000} {
		var l latencies
		all := make([]time.Duration, n)
		for i := range all {
			all[i] = time.Duration(math.Exp(random.Float64() * math.Log(float64(time.Hour))))
			l.add(all[i])
		}
		slices.Sort(all)
		for _, p := range []float64{50, 90, 99, 99.9, 100} {
			want := all[int(math.Ceil(p/100*float64(n)))-1]
			assert.InEpsilon(t, want, l.percentile(p), 0.004, "p%v of %d", p, n)
		}
		assert.Equal(t, all[n-1], l.max)
	}
}

func TestLatencyBucketsAreNarrow(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{0, 1, 127, 128, 255, 256, 257, 511, 512, 1 << 40, math.MaxInt64 - 1, math.MaxInt64} {
		bucket := latencyBucket(d)
		assert.Less(t, bucket, latencyBuckets)
		assert.InDelta(t, d, latencyOf(bucket), float64(d)/256, d)
	}
	for bucket := range latencyBuckets {
		assert.Equal(t, bucket, latencyBucket(latencyOf(bucket)))
	}
}

func TestLatenciesMerge(t *testing.T) {
	t.Parallel()
	var none, a, b latencies
	assert.Zero(t, none.percentile(50))
	b.add(4096) // the middle of its bucket is above it
	assert.Equal(t, time.Duration(4096), b.percentile(50))
	b = latencies{}
	a.add(-time.Second)
	a.add(10)
	b.add(30)
	b.add(20)
	a.merge(&b)
	assert.Equal(t, []time.Duration{0, 10, 20, 30}, []time.Duration{a.percentile(25), a.percentile(50), a.percentile(75), a.percentile(100)})
	assert.Equal(t, time.Duration(30), a.max)
}

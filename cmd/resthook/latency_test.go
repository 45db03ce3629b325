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
	for _, n := range []int{1, 2, 3, 10, 999, 1000, 1001, 20_000} {
		var l latencies
		all := make([]time.Duration, n)
		for i := range all {
			all[i] = time.Duration(math.Exp(random.Float64() * math.Log(float64(time.Hour))))
			l.add(all[i])
		}
		slices.Sort(all)
		for _, p := range []int{1, 500, 900, 990, 999, 1000} {
			want := all[(p*n-1)/1000]
			assert.InEpsilon(t, want, l.permille(uint64(p)), 0.004, "p%d of %d", p, n)
		}
		assert.Equal(t, all[n-1], l.max)
	}
}

// Of 1000 times n durations the n longest are beyond 999 in a thousand; in
// floats 99.9 percent of some n are a little more than they are.
func TestPermilleIsExact(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 3, 10} {
		var l latencies
		for range 999 * n {
			l.add(1)
		}
		for range n {
			l.add(2)
		}
		assert.Equal(t, time.Duration(1), l.permille(999), n)
		assert.Equal(t, time.Duration(2), l.permille(1000), n)
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
	assert.Zero(t, none.permille(500))
	b.add(4096) // the middle of its bucket is above it
	assert.Equal(t, time.Duration(4096), b.permille(500))
	b = latencies{}
	a.add(-time.Second)
	a.add(10)
	b.add(30)
	b.add(20)
	a.merge(&b)
	assert.Equal(t, []time.Duration{0, 10, 20, 30}, []time.Duration{a.permille(250), a.permille(500), a.permille(750), a.permille(1000)})
	assert.Equal(t, time.Duration(30), a.max)
}

package latency

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestPercentilesAgainstASort compares the percentiles with those of a sorted list.
func TestPercentilesAgainstASort(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 10, 999, 1000, 1001, 20_000} {
		var l Histogram
		all := make([]time.Duration, n)
		for i := range all {
			all[i] = time.Duration(math.Exp(random.Float64() * math.Log(float64(time.Hour))))
			l.Add(all[i])
		}
		slices.Sort(all)
		for _, p := range []int{1, 500, 900, 990, 999, 1000} {
			want := all[(p*n-1)/1000]
			assert.InEpsilon(t, want, l.permille(uint64(p)), 0.004, "p%d of %d", p, n)
		}
		assert.Equal(t, all[n-1], l.max)
	}
}

// In 1000n durations the n longest lie above the 999th permille. In floating point, 99.9
// percent of some n is a little too large.
func TestPermilleIsExact(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 3, 10} {
		var l Histogram
		for range 999 * n {
			l.Add(1)
		}
		for range n {
			l.Add(2)
		}
		assert.Equal(t, time.Duration(1), l.permille(999), n)
		assert.Equal(t, time.Duration(2), l.permille(1000), n)
	}
}

func TestBucketsAreNarrow(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{0, 1, 127, 128, 255, 256, 257, 511, 512, 1 << 40, math.MaxInt64 - 1, math.MaxInt64} {
		bucket := bucketOf(d)
		assert.Less(t, bucket, buckets)
		assert.InDelta(t, d, middle(bucket), float64(d)/256, d)
	}
	for bucket := range buckets {
		assert.Equal(t, bucket, bucketOf(middle(bucket)))
	}
}

func TestHistogramsMerge(t *testing.T) {
	t.Parallel()
	var none, a, b Histogram
	assert.Zero(t, none.permille(500))
	b.Add(4096) // the middle of its bucket is larger than the value
	assert.Equal(t, time.Duration(4096), b.permille(500))
	b = Histogram{}
	a.Add(-time.Second)
	a.Add(10)
	b.Add(30)
	b.Add(20)
	a.Merge(&b)
	assert.Equal(t, []time.Duration{0, 10, 20, 30}, []time.Duration{a.permille(250), a.permille(500), a.permille(750), a.permille(1000)})
	assert.Equal(t, time.Duration(30), a.max)
}

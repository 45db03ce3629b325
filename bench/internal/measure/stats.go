package measure

import (
	"cmp"
	"math"
	"slices"
)

// Percentile returns the smallest of the values that p of 100 of them are at
// most: the nearest rank. The values are sorted in place. Of none it is zero.
func Percentile[T cmp.Ordered](values []T, p float64) T {
	if len(values) == 0 {
		var zero T
		return zero
	}
	slices.Sort(values)
	rank := int(math.Ceil(p / 100 * float64(len(values))))
	return values[min(max(rank, 1), len(values))-1]
}

// Spread is a figure over the rounds.
type Spread struct{ Median, Low, High float64 }

// SpreadOf returns the median, and the quartiles as Low and High. Of an even
// number of values the median is the mean of the two in the middle.
func SpreadOf(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return Spread{
		Median: (sorted[(n-1)/2] + sorted[n/2]) / 2,
		Low:    Percentile(sorted, 25),
		High:   Percentile(sorted, 75),
	}
}

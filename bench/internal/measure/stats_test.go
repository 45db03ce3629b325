package measure_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/bench/internal/measure"
)

func TestPercentileIsTheNearestRank(t *testing.T) {
	t.Parallel()
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = 100 - i
	}
	for name, test := range map[string]struct {
		values []int
		p      float64
		want   int
	}{
		"none":          {nil, 50, 0},
		"one":           {[]int{7}, 99, 7},
		"middle of 3":   {[]int{3, 1, 2}, 50, 2},
		"middle of 4":   {[]int{4, 3, 2, 1}, 50, 2},
		"99 of 100":     {hundred, 99, 99},
		"50 of 100":     {hundred, 50, 50},
		"all":           {[]int{5, 9, 1}, 100, 9},
		"least":         {[]int{5, 9, 1}, 0, 1},
		"99 of a few":   {[]int{1, 2, 3}, 99, 3},
		"25 of 4":       {[]int{40, 30, 20, 10}, 25, 10},
		"just above 25": {[]int{40, 30, 20, 10}, 26, 20},
	} {
		assert.Equal(t, test.want, measure.Percentile(test.values, test.p), name)
	}
}

func TestSpreadIsMedianAndQuartiles(t *testing.T) {
	t.Parallel()
	assert.Equal(t, measure.Spread{}, measure.SpreadOf(nil))
	assert.Equal(t, measure.Spread{Median: 2, Low: 2, High: 2}, measure.SpreadOf([]float64{2}))
	assert.Equal(t, measure.Spread{Median: 2.5, Low: 1, High: 3}, measure.SpreadOf([]float64{4, 1, 3, 2}))
	assert.Equal(t, measure.Spread{Median: 3, Low: 2, High: 4}, measure.SpreadOf([]float64{5, 1, 4, 2, 3}))
}

func TestSpreadLeavesItsValuesInOrder(t *testing.T) {
	t.Parallel()
	values := []float64{3, 1, 2} // the rounds, which ratios are taken between
	measure.SpreadOf(values)
	assert.Equal(t, []float64{3, 1, 2}, values)
}

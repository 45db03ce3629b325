package backoff_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/internal/backoff"
)

func Example() {
	longest := backoff.After(3, 50*time.Millisecond, time.Second)
	wait := backoff.Between(longest/2, longest)
	fmt.Println(longest, wait >= longest/2 && wait <= longest)
	// Output: 200ms true
}

func TestAfter(t *testing.T) {
	t.Parallel()
	const first, most = 50 * time.Millisecond, time.Second
	for n, want := range map[int]time.Duration{0: first, 1: first, 2: 2 * first, 3: 4 * first, 5: 16 * first, 6: most, math.MaxInt: most} {
		assert.Equal(t, want, backoff.After(n, first, most), n)
	}
	assert.Equal(t, time.Second, backoff.After(1, time.Minute, time.Second), "never more than most")
	assert.Zero(t, backoff.After(math.MaxInt, 0, most), "at once")
	assert.Positive(t, backoff.After(math.MaxInt, 1, math.MaxInt64), "no overflow")
}

func TestBetween(t *testing.T) {
	t.Parallel()
	seen := map[time.Duration]bool{}
	for range 1000 {
		d := backoff.Between(3, 6)
		assert.GreaterOrEqual(t, d, time.Duration(3))
		assert.LessOrEqual(t, d, time.Duration(6))
		seen[d] = true
	}
	assert.Len(t, seen, 4, "both ends included")
	assert.Equal(t, time.Second, backoff.Between(time.Second, time.Second))
	assert.Equal(t, time.Second, backoff.Between(time.Second, 0))
}

package latency_test

import (
	"fmt"
	"time"

	"github.com/wcskit/resthook/cmd/resthook/internal/latency"
)

func ExampleHistogram() {
	var h latency.Histogram
	for i := range 100 {
		h.Add(time.Duration(i+1) * time.Second)
	}
	p := h.Percentiles()
	fmt.Printf("p50 %.0fs, p90 %.0fs, max %.0fs\n", p.P50, p.P90, p.Max)
	// Output: p50 50s, p90 90s, max 100s
}

package situation

import (
	"fmt"
	"strings"
)

// heads are heads of every size, and interim answers before them.
func heads() []Situation {
	var all []Situation
	for _, size := range []int{1 << 10, 4 << 10, 16 << 10, 32 << 10, 60 << 10, 70 << 10, 1 << 20} {
		all = append(all, answered(fmt.Sprintf("a head of %d KiB", size>>10), func(b string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\nX-Pad: %s\nContent-Length: %d\n\n%s", strings.Repeat("x", size), len(b), b)
		}))
	}
	for _, lines := range []int{10, 200, 5000} {
		all = append(all, answered(fmt.Sprintf("a head of %d lines", lines), func(b string) string {
			return fmt.Sprintf("HTTP/1.1 200 OK\n%sContent-Length: %d\n\n%s", strings.Repeat("X-A: b\n", lines), len(b), b)
		}))
	}
	for _, interim := range []string{"100 Continue", "102 Processing", "103 Early Hints", "199 X"} {
		for _, n := range []int{1, 5} {
			all = append(all, answered(fmt.Sprintf("%d of %s before it", n, interim), func(b string) string {
				return strings.Repeat("HTTP/1.1 "+interim+"\nX-A: b\n\n", n) + fmt.Sprintf("HTTP/1.1 200 OK\nContent-Length: %d\n\n%s", len(b), b)
			}))
		}
	}
	many := answered("1,000 interim answers before it", func(b string) string {
		return strings.Repeat("HTTP/1.1 102 Processing\n\n", 1000) + fmt.Sprintf("HTTP/1.1 200 OK\nContent-Length: %d\n\n%s", len(b), b)
	})
	long := answered("interim answers that never end", func(string) string { return strings.Repeat("HTTP/1.1 102 Processing\n\n", 20_000) })
	return append(all, many, long, answered("101, which nobody asked for", func(string) string {
		return "HTTP/1.1 101 Switching Protocols\nUpgrade: x\nConnection: upgrade\n\n"
	}))
}

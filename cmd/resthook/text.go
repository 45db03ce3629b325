package main

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// table lines up the rows: the first column to the left, numbers to the right.
func table(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&b, "%-*s", widths[0], row[0])
		for i, cell := range row[1:] {
			fmt.Fprintf(&b, "  %*s", widths[i+1], cell)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// counted is "1 hook", "2 hooks".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// brief is a time in seconds with three digits or so, in the unit that suits.
func brief(seconds float64) string {
	for _, u := range []struct {
		from float64
		unit string
	}{{1, "s"}, {1e-3, "ms"}, {0, "µs"}} {
		one := max(u.from, 1e-6)
		if seconds >= u.from {
			return decimal(seconds/one) + u.unit
		}
	}
	return "0s"
}

// decimal has three digits or so.
func decimal(x float64) string {
	switch {
	case x == 0 || x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

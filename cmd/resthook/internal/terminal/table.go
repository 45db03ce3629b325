package terminal

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// Table lines up the rows: the first column to the left, numbers to the right.
func Table(rows [][]string) string {
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

// Columns lines up rows whose cells are separated by tabs, all to the left.
func Columns(rows []string) string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%s", strings.Join(rows, "\n"))
	_ = table.Flush() // writing to memory does not fail
	return b.String()
}

// Counted is "1 hook", "2 hooks".
func Counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Brief is a time with about three digits and a unit.
func Brief(seconds float64) string {
	switch {
	case seconds >= 1:
		return Decimal(seconds) + "s"
	case seconds >= 1e-3:
		return Decimal(seconds*1e3) + "ms"
	}
	return Decimal(seconds*1e6) + "µs"
}

// Decimal is a number with about three digits.
func Decimal(x float64) string {
	switch {
	case x == 0 || x >= 100:
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

// Bar is a progress bar for a share from 0 to 1.
func Bar(share float64) string {
	const width = 20
	full := int(share * width)
	return fmt.Sprintf("[%s%s] %3.0f%%", strings.Repeat("#", full), strings.Repeat("-", width-full), share*100)
}

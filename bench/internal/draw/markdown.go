// Package draw writes what was measured: Markdown tables and SVG charts.
package draw

import (
	"strings"
	"unicode/utf8"
)

// Table returns a Markdown table, its columns as wide as they need to be, the
// first to the left and the others to the right.
func Table(head []string, rows [][]string) string {
	widths := make([]int, len(head))
	for _, row := range append([][]string{head}, rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 3)
		}
	}
	var out strings.Builder
	writeRow(&out, head, widths)
	out.WriteString("|" + strings.Repeat("-", widths[0]+2))
	for _, width := range widths[1:] {
		out.WriteString("|" + strings.Repeat("-", width+1) + ":")
	}
	out.WriteString("|\n")
	for _, row := range rows {
		writeRow(&out, row, widths)
	}
	return out.String()
}

func writeRow(out *strings.Builder, row []string, widths []int) {
	for i, cell := range row {
		blank := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if i == 0 {
			out.WriteString("| " + cell + blank)
		} else {
			out.WriteString(" | " + blank + cell)
		}
	}
	out.WriteString(" |\n")
}

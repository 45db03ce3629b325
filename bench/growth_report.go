package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/wcskit/resthook/bench/internal/draw"
)

// costFigure is a figure of a cost, in a table for each hook, in a chart for
// all of them.
type costFigure struct {
	column string // of the table
	panel  draw.Panel
	cell   func(cost, load) float64
	digits int
	drawn  func(cost) float64
}

func costFigures() []costFigure {
	return []costFigure{{
		column: "Memory, KiB per hook in flight",
		panel:  draw.Panel{Title: "memory of all, bytes", Log: true},
		cell:   func(c cost, l load) float64 { return c.memory / 1024 / float64(l.workers) },
		digits: 1,
		drawn:  func(c cost) float64 { return c.memory },
	}, {
		column: "Goroutines beside the callers",
		panel:  draw.Panel{Title: "goroutines beside the callers", Log: true},
		cell:   func(c cost, _ load) float64 { return c.goroutines },
		drawn:  func(c cost) float64 { return c.goroutines },
	}, {
		column: "CPU, µs per hook",
		panel:  draw.Panel{Title: "CPU per hook, µs", Log: true},
		cell:   func(c cost, _ load) float64 { return c.cpu },
		digits: 1,
		drawn:  func(c cost) float64 { return c.cpu },
	}}
}

// tables are one for each figure, with a row for each load.
func (g growth) tables(costs [][]cost) string {
	var out strings.Builder
	for _, f := range costFigures() {
		fmt.Fprintf(&out, "%s:\n\n%s\n", f.column, g.table(costs, f))
	}
	return out.String()
}

func (g growth) table(costs [][]cost, f costFigure) string {
	head := []string{g.x}
	for _, e := range g.entries {
		head = append(head, e.Name)
	}
	var rows [][]string
	for at, l := range g.loads {
		row := []string{l.label}
		for i := range g.entries {
			row = append(row, number(f.cell(costs[i][at], l), f.digits))
		}
		rows = append(rows, row)
	}
	return draw.Table(head, rows)
}

// number is a dash for what was left out.
func number(value float64, digits int) string {
	if math.IsNaN(value) {
		return "–"
	}
	return fmt.Sprintf("%.*f", digits, value)
}

// chart has a panel for each figure.
func (g growth) chart(costs [][]cost) []byte {
	chart := draw.Lines{Title: g.title, XTitle: g.x}
	for _, l := range g.loads {
		chart.X = append(chart.X, l.label)
	}
	for _, f := range costFigures() {
		for i, e := range g.entries {
			line := draw.Line{Name: e.Name}
			for _, c := range costs[i] {
				line.Values = append(line.Values, f.drawn(c))
			}
			f.panel.Lines = append(f.panel.Lines, line)
		}
		chart.Panels = append(chart.Panels, f.panel)
	}
	return chart.SVG()
}

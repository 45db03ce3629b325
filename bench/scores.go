package main

import (
	"fmt"
	"strings"

	"github.com/wcskit/resthook/bench/internal/draw"
	"github.com/wcskit/resthook/bench/internal/measure"
	"github.com/wcskit/resthook/bench/internal/peer"
)

// figure picks a figure of a sample.
type figure func(sample) float64

func cpu(s sample) float64         { return micros(s.CPU) }
func wall(s sample) float64        { return micros(s.Wall) }
func p50(s sample) float64         { return micros(s.P50) }
func p99(s sample) float64         { return micros(s.P99) }
func allocs(s sample) float64      { return s.Allocs }
func allocated(s sample) float64   { return s.Bytes }
func connections(s sample) float64 { return s.connections }
func goroutines(s sample) float64  { return float64(s.Goroutines) }

func micros[D ~int64](d D) float64 { return float64(d) / 1e3 }

// of is a contestant's figure over the rounds.
func (s score) of(name string, f figure) measure.Spread {
	values := make([]float64, 0, len(s.samples[name]))
	for _, one := range s.samples[name] {
		values = append(values, f(one))
	}
	return measure.SpreadOf(values)
}

// ratio is one contestant's figure to another's of the same round.
func (s score) ratio(name, to string, f figure) measure.Spread {
	values := make([]float64, 0, len(s.samples[name]))
	for i, one := range s.samples[name] {
		if i < len(s.samples[to]) {
			values = append(values, f(one)/f(s.samples[to][i]))
		}
	}
	return measure.SpreadOf(values)
}

// tables are the results, a table for each concurrency.
func (all scores) tables() string {
	var out strings.Builder
	for _, s := range all {
		fmt.Fprintf(&out, "**%d at once** (%d rounds)\n\n%s\n", s.workers, len(s.samples[peer.Floor]), s.table())
	}
	return strings.TrimRight(out.String(), "\n")
}

func (s score) table() string {
	head := []string{
		"contestant", "CPU, ratio (quartiles)", "CPU, µs", "wall, µs", "p50, µs", "p99, µs",
		"allocs", "bytes", "new connections per 10,000", "goroutines",
	}
	var rows [][]string
	for _, e := range s.entries {
		ratio := s.ratio(e.Name, peer.Floor, cpu)
		row := []string{e.Name, fmt.Sprintf("%.2f (%.2f–%.2f)", ratio.Median, ratio.Low, ratio.High)}
		for _, f := range []figure{cpu, wall, p50, p99} {
			row = append(row, fmt.Sprintf("%.1f", s.of(e.Name, f).Median))
		}
		for _, f := range []figure{allocs, allocated, connections, goroutines} {
			row = append(row, fmt.Sprintf("%.0f", s.of(e.Name, f).Median))
		}
		rows = append(rows, row)
	}
	return draw.Table(head, rows)
}

// chart shows the middle of the concurrencies, and how far the others go.
func (all scores) chart() []byte {
	if len(all) == 0 {
		return nil
	}
	shown := all.shown()
	chart := draw.Bars{
		Title: "CPU of the client for each hook, as a ratio to tuned net/http with encoding/json",
		Subtitle: fmt.Sprintf("bar: %d at once; line: from the least to the most of %s at once; shorter is better",
			shown.workers, all.levels()),
	}
	for _, e := range shown.entries {
		bar := draw.Bar{Name: e.Name, Ours: strings.HasPrefix(e.Name, "resthook"), Value: shown.ratio(e.Name, peer.Floor, cpu).Median}
		bar.Low, bar.High = bar.Value, bar.Value
		for _, s := range all {
			ratio := s.ratio(e.Name, peer.Floor, cpu).Median
			bar.Low, bar.High = min(bar.Low, ratio), max(bar.High, ratio)
		}
		chart.Rows = append(chart.Rows, bar)
	}
	return chart.SVG()
}

func (all scores) shown() score {
	for _, s := range all {
		if s.workers == 64 {
			return s
		}
	}
	return all[0]
}

func (all scores) levels() string {
	var text []string
	for _, s := range all {
		text = append(text, fmt.Sprint(s.workers))
	}
	return strings.Join(text, ", ")
}

// legend says what each contestant does.
func legend(entries []peer.Entry) string {
	var rows [][]string
	for _, e := range entries {
		rows = append(rows, []string{e.Name, e.Does})
	}
	return strings.TrimRight(draw.Table([]string{"contestant", "what it does"}, rows), "\n")
}

package main

import (
	"fmt"

	"github.com/wcskit/resthook/bench/internal/draw"
	"github.com/wcskit/resthook/bench/internal/peer"
)

// finding is a target and what was measured. Where it says so, more is better.
type finding struct {
	target  string
	limit   float64
	is      float64
	atLeast bool
	note    string
}

func (f finding) ok() bool {
	if f.atLeast {
		return f.is >= f.limit
	}
	return f.is <= f.limit
}

// judge holds what was measured against the targets. What was not measured is
// not judged.
func judge(all scores, u used, idle crowd) []finding {
	var found []finding
	for _, s := range all {
		found = append(found, s.judge()...)
	}
	if opened, answer := u.most(peer.Decoded); answer != "" {
		found = append(found, finding{
			target: fmt.Sprintf("connections opened for %d hooks, %d at once", u.hooks, usedWorkers),
			limit:  usedWorkers, is: float64(opened), note: "the most, of all answers: " + answer,
		})
	}
	return append(found,
		finding{target: "bytes of an idle session", limit: 1024, is: idle.each(), note: fmt.Sprintf("of %d", idle.sessions)},
		finding{target: "goroutines of idle sessions", limit: 0, is: float64(idle.goroutines)})
}

// judge is about one concurrency.
func (s score) judge() []finding {
	var found []finding
	add := func(about string, f finding, names ...string) {
		for _, name := range names {
			if len(s.samples[name]) == 0 {
				return
			}
		}
		f.target = fmt.Sprintf("%s, %d at once", about, s.workers)
		found = append(found, f)
	}
	ratio := func(name string, f figure) float64 { return s.ratio(name, peer.Floor, f).Median }
	add("CPU of Send, answer fully decoded", finding{limit: 0.75, is: ratio(peer.Decoded, cpu)}, peer.Decoded)
	add("CPU of Send under NOTIFY", finding{limit: 0.65, is: ratio(peer.NotifyRule, cpu)}, peer.NotifyRule)
	add("CPU of Notify to delivered", finding{limit: 0.65, is: ratio(peer.Event, cpu)}, peer.Event)
	add("times less CPU than LiveKit's better notifier", finding{
		limit: 5, atLeast: true, is: min(s.ratio(peer.LiveKit, peer.Event, cpu).Median, s.ratio(peer.LiveKitRes, peer.Event, cpu).Median),
	}, peer.Event, peer.LiveKit, peer.LiveKitRes)
	if s.workers == 1 {
		add("allocations of Send, answer fully decoded", finding{limit: 55, is: s.of(peer.Decoded, allocs).Median}, peer.Decoded)
		add("allocations of Send under NOTIFY", finding{limit: 45, is: s.of(peer.NotifyRule, allocs).Median}, peer.NotifyRule)
		add("bytes of Send, answer fully decoded", finding{limit: 5120, is: s.of(peer.Decoded, allocated).Median}, peer.Decoded)
	}
	if s.workers == 64 {
		add("p99 of Send, answer fully decoded", finding{limit: 1, is: ratio(peer.Decoded, p99)}, peer.Decoded)
	}
	return found
}

func verdictTable(found []finding) string {
	var rows [][]string
	for _, f := range found {
		sign, verdict := "≤", "ok"
		if f.atLeast {
			sign = "≥"
		}
		if !f.ok() {
			verdict = "**missed**"
		}
		rows = append(rows, []string{f.target, fmt.Sprintf("%s %g", sign, f.limit), amount(f.is), verdict, f.note})
	}
	return draw.Table([]string{"target", "to reach", "measured", "verdict", "note"}, rows)
}

// amount has as many digits as tell it from its limit.
func amount(value float64) string {
	if value < 10 {
		return fmt.Sprintf("%.3f", value)
	}
	return fmt.Sprintf("%.1f", value)
}

package main

import (
	"fmt"
	"strconv"
	"strings"
)

// text is the result for people.
func (r benchReport) text() string {
	var b strings.Builder
	if r.Interrupted {
		fmt.Fprintf(&b, "Interrupted: this is what came until then; %s cut short.\n", counted(r.Hooks.Cut, "hook"))
	}
	fmt.Fprintf(&b, "%s in %s, %s answered a second, over %s\n",
		counted(r.Hooks.Count, "hook"), brief(r.Duration), decimal(r.Hooks.Rate), counted(r.Connections, "connection"))
	fmt.Fprintf(&b, "%s: %d let in, %d denied, %d failed", counted(r.Sessions.Begun, "session"),
		r.Sessions.LetIn, r.Sessions.Denied, r.Sessions.Failed)
	if r.Sessions.Missed > 0 {
		fmt.Fprintf(&b, "; %d more should have begun", r.Sessions.Missed)
	}
	b.WriteString("\n\n")
	b.WriteString(table(r.rows()))
	b.WriteString("\n" + r.eventText())
	if r.Lost > 0 {
		fmt.Fprintf(&b, "\nRequests: %d, of which %d failed; %s took more than one", r.Requests, r.Lost, counted(r.Retried, "hook"))
	}
	for i, e := range r.Errors {
		if i == 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "\nfailed: %s of %s: %s", counted(e.Count, "hook"), e.Method, e.Kind)
	}
	return b.String()
}

// rows are the table of the methods, all of them together last.
func (r benchReport) rows() [][]string {
	rows := [][]string{{"METHOD", "HOOKS", "DENIED", "FAILED", "P50", "P90", "P99", "P99.9", "MAX"}}
	for _, m := range append(r.Methods, methodReport{"all", r.Hooks.hookCount, r.Latency}) {
		row := []string{m.Method, strconv.Itoa(m.Count), strconv.Itoa(m.Denied), strconv.Itoa(m.Failed)}
		for _, p := range [...]float64{m.Latency.P50, m.Latency.P90, m.Latency.P99, m.Latency.P999, m.Latency.Max} {
			row = append(row, brief(p))
		}
		rows = append(rows, row)
	}
	return rows
}

// eventText says what became of the events, and nothing of what became of none.
func (r benchReport) eventText() string {
	e := r.Events
	parts := []string{fmt.Sprintf("Events: %d delivered", e.Delivered)}
	for _, p := range []struct {
		n    int
		what string
	}{
		{e.Denied, "denied"},
		{e.Failed, "failed"},
		{e.Expired, "grown too old"},
		{e.Shed, "shed"},
		{e.Replaced, "replaced by newer ones"},
		{e.Left, "left at the end"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return strings.Join(parts, ", ")
}

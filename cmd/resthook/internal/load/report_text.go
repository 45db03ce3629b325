package load

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wcskit/resthook/cmd/resthook/internal/latency"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// Text is the report as text.
func (r Report) Text() string {
	var b strings.Builder
	if r.Interrupted {
		b.WriteString("Interrupted: this is what came until then.\n")
	}
	fmt.Fprintf(&b, "%s in %s, %s answered a second, over %s\n",
		terminal.Counted(r.Hooks.Count, "hook"), terminal.Brief(r.Duration), terminal.Decimal(r.Hooks.Rate), terminal.Counted(r.Connections, "connection"))
	b.WriteString(r.sessionText() + "\n\n")
	b.WriteString(terminal.Table(r.rows()))
	if rows := r.queuedRows(); len(rows) > 1 {
		b.WriteString("\n" + terminal.Table(rows))
	}
	b.WriteString("\n" + r.statusText() + "\n" + r.eventText())
	for _, method := range r.allDenied() {
		fmt.Fprintf(&b, "\nEvery %s was denied", method)
	}
	if r.Lost > 0 {
		fmt.Fprintf(&b, "\nRequests: %d, of which %d failed; %s took more than one", r.Requests, r.Lost, terminal.Counted(r.Retried, "hook"))
	}
	if len(r.Errors) > 0 {
		b.WriteString("\n\n" + strings.Join(r.errorLines(), "\n"))
	}
	return b.String()
}

// allDenied are the methods whose hooks were all denied. That is not a fault, but probably
// not the load that was meant.
func (r Report) allDenied() []string {
	var methods []string
	for _, m := range r.Methods {
		if m.Denied > 0 && m.Denied == m.Count-m.Cut {
			methods = append(methods, m.Method)
		}
	}
	return methods
}

func (r Report) sessionText() string {
	s := r.Sessions
	text := fmt.Sprintf("%s, %d to publish and %d to play: %d let in, %d denied, %d failed",
		terminal.Counted(s.Begun, "session"), s.Publishers, s.Begun-s.Publishers, s.LetIn, s.Denied, s.Failed)
	text += nonzero(", ", counted{s.Cut, "cut short"})
	text += nonzero("; ", counted{s.Missed, "more should have begun"})
	if r.plan.Rate > 0 {
		text += fmt.Sprintf("\nSessions began late by: p50 %s, p99 %s, max %s", terminal.Brief(r.Late.P50), terminal.Brief(r.Late.P99), terminal.Brief(r.Late.Max))
	}
	return text
}

// rows are the table of the methods, with a last row for all of them. The times are the
// latencies of the answers.
func (r Report) rows() [][]string {
	rows := [][]string{append([]string{"METHOD", "HOOKS", "DENIED", "FAILED", "CUT"}, percentNames()...)}
	for _, m := range append(r.Methods, methodReport{Method: "all", hookCount: r.Hooks.hookCount, Latency: r.Latency}) {
		row := []string{m.Method, strconv.Itoa(m.Count), strconv.Itoa(m.Denied), strconv.Itoa(m.Failed), strconv.Itoa(m.Cut)}
		rows = append(rows, append(row, percents(m.Latency)...))
	}
	return rows
}

// queuedRows are the table of the times of events since they were queued.
func (r Report) queuedRows() [][]string {
	rows := [][]string{append([]string{"FROM WHEN IT WAS QUEUED"}, percentNames()...)}
	for _, m := range r.Methods {
		if m.Queued != nil {
			rows = append(rows, append([]string{m.Method}, percents(*m.Queued)...))
		}
	}
	return rows
}

func percentNames() []string { return []string{"P50", "P90", "P99", "P99.9", "MAX"} }

func percents(p latency.Percentiles) []string {
	return []string{terminal.Brief(p.P50), terminal.Brief(p.P90), terminal.Brief(p.P99), terminal.Brief(p.P999), terminal.Brief(p.Max)}
}

func (r Report) statusText() string {
	if len(r.Statuses) == 0 {
		return "Answers: none"
	}
	var b strings.Builder
	b.WriteString("Answers:")
	for i, status := range slices.Sorted(maps.Keys(r.Statuses)) {
		if i == 0 {
			fmt.Fprintf(&b, " %d with status %s", r.Statuses[status], status)
			continue
		}
		fmt.Fprintf(&b, ", %d with %s", r.Statuses[status], status)
	}
	return b.String()
}

// errorLines say what failed, with the status codes if it was the status.
func (r Report) errorLines() []string {
	statuses := map[string]string{}
	for _, m := range r.Methods {
		statuses[m.Method] = " " + oddStatuses(m.Statuses)
	}
	lines := make([]string, len(r.Errors))
	for i, e := range r.Errors {
		lines[i] = fmt.Sprintf("failed: %s of %s: %s", terminal.Counted(e.Count, "hook"), e.Method, e.Kind)
		if e.Kind == "status" {
			lines[i] += statuses[e.Method]
		}
	}
	return lines
}

// eventText has the number of events for each result that occurred.
func (r Report) eventText() string {
	e := r.Events
	return fmt.Sprintf("Events: %d delivered", e.Delivered) + nonzero(", ",
		counted{e.Denied, "denied"}, counted{e.Failed, "failed"}, counted{e.Expired, "grown too old"}, counted{e.Shed, "shed"},
		counted{e.Replaced, "replaced by newer ones"}, counted{e.Left, "left at the end"})
}

type counted struct {
	n    int
	what string
}

// nonzero is the text of the counts above zero, each after the separator.
func nonzero(separator string, counts ...counted) string {
	var b strings.Builder
	for _, c := range counts {
		if c.n > 0 {
			fmt.Fprintf(&b, "%s%d %s", separator, c.n, c.what)
		}
	}
	return b.String()
}

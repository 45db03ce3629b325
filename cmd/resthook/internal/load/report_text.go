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

// Text is the result for people.
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
	for _, method := range r.deniedWhole() {
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

// deniedWhole are the methods of which no hook was allowed, though each was answered. That
// is no fault, but the load is not the one that was meant.
func (r Report) deniedWhole() []string {
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
	text += nonzero(", ", part{s.Cut, "cut short"})
	text += nonzero("; ", part{s.Missed, "more should have begun"})
	if r.plan.Rate > 0 {
		text += fmt.Sprintf("\nSessions began late by: p50 %s, p99 %s, max %s", terminal.Brief(r.Late.P50), terminal.Brief(r.Late.P99), terminal.Brief(r.Late.Max))
	}
	return text
}

// rows are the table of the methods, all of them together last. The times are those
// of the answers.
func (r Report) rows() [][]string {
	rows := [][]string{append([]string{"METHOD", "HOOKS", "DENIED", "FAILED", "CUT"}, percentNames()...)}
	for _, m := range append(r.Methods, methodReport{Method: "all", hookCount: r.Hooks.hookCount, Latency: r.Latency}) {
		row := []string{m.Method, strconv.Itoa(m.Count), strconv.Itoa(m.Denied), strconv.Itoa(m.Failed), strconv.Itoa(m.Cut)}
		rows = append(rows, append(row, percents(m.Latency)...))
	}
	return rows
}

// queuedRows are the times of events from when they were queued.
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

// errorLines say what failed; of a status, which.
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

// eventText counts the results of the events; those that none had are left out.
func (r Report) eventText() string {
	e := r.Events
	return fmt.Sprintf("Events: %d delivered", e.Delivered) + nonzero(", ",
		part{e.Denied, "denied"}, part{e.Failed, "failed"}, part{e.Expired, "grown too old"}, part{e.Shed, "shed"},
		part{e.Replaced, "replaced by newer ones"}, part{e.Left, "left at the end"})
}

type part struct {
	n    int
	what string
}

// nonzero names the parts of which there are some, each after the mark.
func nonzero(mark string, parts ...part) string {
	var b strings.Builder
	for _, p := range parts {
		if p.n > 0 {
			fmt.Fprintf(&b, "%s%d %s", mark, p.n, p.what)
		}
	}
	return b.String()
}

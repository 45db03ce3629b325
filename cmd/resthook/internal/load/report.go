package load

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/wcskit/resthook/cmd/resthook/internal/latency"
)

// Report is the result of a run. As JSON it has exactly these fields.
type Report struct {
	URL         string              `json:"url"` // set by the caller
	Interrupted bool                `json:"interrupted"`
	Duration    float64             `json:"duration"` // seconds, as all times
	Sessions    sessionCount        `json:"sessions"`
	Late        latency.Percentiles `json:"late"`
	Hooks       hookTotals          `json:"hooks"`
	Statuses    map[string]int      `json:"statuses"`
	Latency     latency.Percentiles `json:"latency"`
	Queued      latency.Percentiles `json:"queued"`
	Requests    int                 `json:"requests"`
	Lost        int                 `json:"failed_requests"`
	Retried     int                 `json:"retried"`
	Connections int                 `json:"connections"`
	Events      eventCount          `json:"events"`
	Errors      []errorCount        `json:"errors"`
	Methods     []methodReport      `json:"methods"`

	plan       Plan
	lasted     float64 // average seconds of a session
	unreported uint64  // events whose outcomes were not counted
}

type hookTotals struct {
	hookCount

	Rate float64 `json:"rate"`
}

type methodReport struct {
	Method string `json:"method"`
	hookCount

	Statuses map[string]int       `json:"statuses"`
	Latency  latency.Percentiles  `json:"latency"`
	Queued   *latency.Percentiles `json:"queued,omitempty"`
}

type errorCount struct {
	Method string `json:"method"`
	Kind   string `json:"kind"`
	Count  int    `json:"count"`
}

// methodsInOrder is the order of a session's methods.
func methodsInOrder() []string {
	return []string{
		"connect", "publishStream", "playStream", "ConnectionStatusEvent", "StreamStatusEvent",
		"StreamKeepAliveEvent", "StreamsStatEvent", "unPublishStream", "stopStream",
	}
}

// report is the report of a run that is over.
func (l *Load) report(interrupted bool) Report {
	t := l.tally
	r := Report{
		Interrupted: interrupted, Duration: latency.Seconds(l.elapsed), Sessions: t.sessions, Statuses: map[string]int{},
		Requests: t.requests, Lost: t.lost, Retried: t.retried, Connections: t.connections, Events: t.events,
		Errors: t.errors(), Methods: []methodReport{},
		plan: l.schedule.Plan, lasted: t.lasted.Seconds() / float64(max(t.done, 1)), unreported: l.visits.client.Stats().Unreported,
	}
	if l.schedule.Rate > 0 {
		r.Late = t.late.Percentiles()
	}
	var answered, queued latency.Histogram
	for _, name := range methodsInOrder() {
		m, ok := t.methods[name]
		if !ok {
			continue
		}
		r.Methods = append(r.Methods, m.report(name))
		r.Hooks.add(m.hookCount)
		for status, n := range m.statuses {
			r.Statuses[status] += n
		}
		answered.Merge(&m.answered)
		queued.Merge(&m.queued)
	}
	r.Hooks.Rate = math.Round(float64(r.Hooks.OK+r.Hooks.Denied)/l.elapsed.Seconds()*10) / 10
	r.Latency, r.Queued = answered.Percentiles(), queued.Percentiles()
	return r
}

func (m *methodTally) report(name string) methodReport {
	r := methodReport{Method: name, hookCount: m.hookCount, Statuses: m.statuses, Latency: m.answered.Percentiles()}
	if strings.HasSuffix(name, "Event") {
		queued := m.queued.Percentiles()
		r.Queued = &queued
	}
	return r
}

// errors are the counts of errors, the most frequent first.
func (t *tally) errors() []errorCount {
	all := make([]errorCount, 0, len(t.faults))
	for key, n := range t.faults {
		all = append(all, errorCount{key.method, key.kind, n})
	}
	slices.SortFunc(all, func(a, b errorCount) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(a.Method, b.Method), strings.Compare(a.Kind, b.Kind))
	})
	return all
}

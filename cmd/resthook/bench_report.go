package main

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// benchReport is what came of a run, as --json prints it: exactly these fields.
type benchReport struct {
	URL         string         `json:"url"`
	Interrupted bool           `json:"interrupted"`
	Duration    float64        `json:"duration"` // seconds, as all times
	Sessions    sessionCount   `json:"sessions"`
	Hooks       hookTotals     `json:"hooks"`
	Latency     percentiles    `json:"latency"`
	Requests    int            `json:"requests"`
	Lost        int            `json:"failed_requests"`
	Retried     int            `json:"retried"`
	Connections int            `json:"connections"`
	Events      eventCount     `json:"events"`
	Errors      []errorReport  `json:"errors"`
	Methods     []methodReport `json:"methods"`
}

type hookCount struct {
	Count  int `json:"count"`
	OK     int `json:"ok"`
	Denied int `json:"denied"`
	Failed int `json:"failed"`
}

type hookTotals struct {
	hookCount

	Cut  int     `json:"cut"`
	Rate float64 `json:"rate"`
}

type methodReport struct {
	Method string `json:"method"`
	hookCount

	Latency percentiles `json:"latency"`
}

type errorReport struct {
	Method string `json:"method"`
	Kind   string `json:"kind"`
	Count  int    `json:"count"`
}

type percentiles struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

// visit is the order of a session's methods.
func visit() []string {
	return []string{"connect", "publishStream", "StreamStatusEvent", "StreamKeepAliveEvent", "unPublishStream", "ConnectionStatusEvent"}
}

// report sums up a run that is over.
func (l *load) report(url string, interrupted bool) benchReport {
	t := l.tally
	r := benchReport{
		URL: url, Interrupted: interrupted, Duration: seconds(l.elapsed), Sessions: t.sessions,
		Requests: t.requests, Lost: t.lost, Retried: t.retried, Connections: t.connections, Events: t.events,
		Errors: t.errors(), Methods: []methodReport{},
	}
	var all latencies
	for _, name := range visit() {
		m, ok := t.methods[name]
		if !ok {
			continue
		}
		count := hookCount{m.ok + m.denied + m.failed, m.ok, m.denied, m.failed}
		r.Methods = append(r.Methods, methodReport{name, count, percentilesOf(&m.took)})
		r.Hooks.add(count)
		all.merge(&m.took)
	}
	r.Hooks.Cut = t.cut
	r.Hooks.Rate = round(float64(r.Hooks.OK+r.Hooks.Denied)/l.elapsed.Seconds(), 10)
	r.Latency = percentilesOf(&all)
	return r
}

func (c *hookCount) add(other hookCount) {
	c.Count += other.Count
	c.OK += other.OK
	c.Denied += other.Denied
	c.Failed += other.Failed
}

// errors are the faults, the most frequent first.
func (t *tally) errors() []errorReport {
	all := make([]errorReport, 0, len(t.faults))
	for _, key := range slices.SortedFunc(maps.Keys(t.faults), func(a, b faultKey) int {
		return cmp.Or(t.faults[b]-t.faults[a], strings.Compare(a.method, b.method), strings.Compare(a.kind, b.kind))
	}) {
		all = append(all, errorReport{key.method, key.kind, t.faults[key]})
	}
	return all
}

func percentilesOf(l *latencies) percentiles {
	at := func(p uint64) float64 { return seconds(l.permille(p)) }
	return percentiles{at(500), at(900), at(990), at(999), seconds(l.max)}
}

// seconds are exact to the microsecond.
func seconds(d time.Duration) float64 { return round(d.Seconds(), 1e6) }

func round(x, parts float64) float64 { return math.Round(x*parts) / parts }

// print writes the result. It returns errRefused where hooks failed.
func (r benchReport) print(std *streams, asJSON bool) error {
	write := func() error { return std.print(r.text()) }
	if asJSON {
		write = func() error { return std.printJSON(r) }
	}
	if err := write(); err != nil {
		return err
	}
	nobody := r.Sessions.LetIn == 0 && !r.Interrupted
	if nobody && !asJSON {
		std.say("not one session was let in")
	}
	if nobody || r.Hooks.Failed > 0 {
		return errRefused
	}
	return nil
}

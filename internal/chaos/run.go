package chaos

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/wcskit/resthook"
)

// Finding is a contradiction between what the client reported and what the backends saw.
type Finding struct {
	Seed uint64
	Text string // the kind, a colon, and what was seen
}

// Report is the result of many storms.
type Report struct {
	Findings []Finding // the first of each kind
	Took     time.Duration
	counts   *counts
}

// Options say which storms to play.
type Options struct {
	First    uint64        // seed; the storms have this and the following ones
	Storms   int           // at most; 0: no limit
	Time     time.Duration // after which no storm begins
	Parallel int           // storms at once
	Show     int           // findings of each kind that are kept
	Bubble   func(func())  // plays a storm on virtual time; nil: on real sockets
	// Spoil wraps net/http's transport with faults, to test that storms find them. nil: no
	// faults.
	Spoil func(http.RoundTripper) http.RoundTripper
}

// patience is how long a storm may last.
const patience = 30 * time.Second

// Run plays storms until their number or the time is reached, or ctx ends.
func Run(ctx context.Context, o Options) (*Report, error) {
	l, err := newFixtures()
	if err != nil {
		return nil, err
	}
	r := &runner{o: o, fixtures: l, clock: newStalls(), report: &Report{counts: newCounts()}, stuck: map[uint64]bool{}}
	go r.clock.watch()
	defer close(r.clock.stop)
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, o.Time)
	defer cancel()
	for n := 0; r.more(ctx, n); n += 64 { // goroutines are counted in between
		r.round(ctx, n)
	}
	r.report.Took = time.Since(began)
	return r.report, nil
}

type runner struct {
	o        Options
	fixtures *fixtures
	clock    *stalls

	mu     sync.Mutex
	report *Report
	stuck  map[uint64]bool // seeds of storms that did not end
}

func (r *runner) more(ctx context.Context, n int) bool {
	return ctx.Err() == nil && (r.o.Storms == 0 || n < r.o.Storms)
}

// round plays 64 storms and then looks for leaked goroutines.
func (r *runner) round(ctx context.Context, from int) {
	var all sync.WaitGroup
	places := make(chan struct{}, max(1, r.o.Parallel))
	for n := from; n < from+64 && r.more(ctx, n); n++ {
		places <- struct{}{}
		r.clock.calm(len(places))
		all.Go(func() {
			defer func() { <-places }()
			r.storm(r.o.First + uint64(n)) //nolint:gosec // not negative
		})
	}
	all.Wait()
	for seed, stacks := range r.left(2 * time.Second) {
		r.find(seed, leaked+": "+stacks)
	}
}

// storm plays one storm, and gives up after patience.
func (r *runner) storm(seed uint64) {
	own, faults := newCounts(), make(chan []string, 1)
	label := pprof.Labels(r.label(), strconv.FormatUint(seed, 10))
	go pprof.Do(context.Background(), label, func(context.Context) { faults <- r.play(seed, own) })
	found, ended := within(patience, faults)
	for _, text := range found {
		r.find(seed, text)
	}
	if !ended {
		r.find(seed, hung+": "+r.stacks()[seed])
		r.mu.Lock()
		r.stuck[seed] = true
		r.mu.Unlock()
	}
	r.report.counts.merge(own)
}

// within waits for the faults in small steps: if the machine is suspended, only one step is
// lost.
func within(d time.Duration, faults <-chan []string) (found []string, ended bool) {
	const step = 50 * time.Millisecond
	for range d / step {
		select {
		case found := <-faults:
			return found, true
		case <-time.After(step):
		}
	}
	return nil, false
}

func (r *runner) play(seed uint64, own *counts) (found []string) {
	if r.o.Bubble == nil {
		return r.set(NewPlan(seed, false), own, r.clock).play()
	}
	r.o.Bubble(func() { found = r.set(NewPlan(seed, true), own, newStalls()).play() })
	return found
}

func (r *runner) set(p *Plan, c *counts, clock *stalls) *storm {
	p.NetHTTP = p.NetHTTP || r.o.Spoil != nil
	return &storm{plan: p, fixtures: r.fixtures, spoil: r.o.Spoil, counts: c, ledger: newLedger(), clock: clock, accepted: map[string]int{}, sessions: map[string]*resthook.Session{}, log: &log{}}
}

// find records a finding.
func (r *runner) find(seed uint64, text string) {
	kind, _, _ := strings.Cut(text, ": ")
	c := r.report.counts
	c.mu.Lock()
	defer c.mu.Unlock()
	c.found[kind]++
	if c.found[kind] <= r.o.Show {
		r.report.Findings = append(r.report.Findings, Finding{seed, text})
	}
}

// left waits until no goroutine of a storm is left, and returns the stacks of the rest.
func (r *runner) left(patience time.Duration) map[uint64]string {
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		left := r.stacks()
		r.mu.Lock()
		maps.DeleteFunc(left, func(seed uint64, _ string) bool { return r.stuck[seed] })
		r.mu.Unlock()
		if len(left) == 0 || time.Now().After(end) {
			return left
		}
	}
}

// label is the profiler label of the goroutines of this runner's storms. Other runners may
// play the same seeds at the same time.
func (r *runner) label() string { return fmt.Sprintf("storm of %p", r) }

// stacks are the stacks of the storms' goroutines, by seed.
func (r *runner) stacks() map[uint64]string {
	var profile bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&profile, 1)
	label := regexp.MustCompile(`"` + r.label() + `":"(\d+)"`)
	found := map[uint64]string{}
	for one := range strings.SplitSeq(profile.String(), "\n\n") {
		if m := label.FindStringSubmatch(one); m != nil {
			seed, _ := strconv.ParseUint(m[1], 10, 64)
			found[seed] += one + "\n"
		}
	}
	return found
}

// Found is how many findings of a kind there were.
func (r *Report) Found(kind string) int { return r.counts.found[kind] }

// String is the table of totals.
func (r *Report) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	c := r.counts
	faults := 0
	for kind, n := range c.faults {
		if kind != "none" {
			faults += n
		}
	}
	row := func(name string, n any) { _, _ = fmt.Fprintf(w, "%s\t%v\n", name, n) }
	row("storms", c.storms)
	row("hooks", c.hooks)
	row("hooks a second", int(float64(c.hooks)/r.Took.Seconds()))
	row("requests received", c.asked)
	row("calls allowed", c.allowed)
	row("calls that failed", c.refused)
	row("faults injected", faults)
	row("checks left out, the machine was too slow", c.excused)
	rows(row, "hooks over ", c.networks)
	rows(row, "events ", c.events)
	rows(row, "fault: ", c.faults)
	for _, kind := range findings() {
		row("FOUND "+kind, c.found[kind])
	}
	_ = w.Flush()
	return b.String()
}

func rows(row func(string, any), title string, counts map[string]int) {
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		row(title+name, counts[name])
	}
}

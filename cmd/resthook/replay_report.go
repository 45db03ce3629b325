package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/wcskit/resthook/cmd/resthook/internal/latency"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// replay is a recording that is sent again.
type replay struct {
	schedule *schedule
	sender   *resend
	compare  comparison
	name     string
	std      *terminal.Streams
	json     bool
	bar      *terminal.Progress
	begun    time.Time
	sums     *sums

	mu      sync.Mutex
	count   replayCount
	latency latency.Histogram
	late    time.Duration
	fault   error // of the output
	stop    context.CancelFunc
}

type replayCount struct {
	Hooks     int `json:"hooks"`
	Same      int `json:"same"`
	Different int `json:"different"`
	Failed    int `json:"failed"`
	LeftOut   int `json:"left_out"`
}

// replaySummary is what came of a replay, as --json prints it: exactly these
// fields.
type replaySummary struct {
	replayCount

	Interrupted bool                `json:"interrupted"`
	Duration    float64             `json:"duration"`
	Late        float64             `json:"late"`
	Latency     latency.Percentiles `json:"latency"`
}

// keep leaves out what is no hook.
func (p *replay) keep(all []recordedHook) []recordedHook {
	hooks := make([]recordedHook, 0, len(all))
	for _, hook := range all {
		if hook.hook == nil {
			p.count.LeftOut++
			continue
		}
		hooks = append(hooks, hook)
	}
	return hooks
}

// run sends every hook, until ctx ends or nobody reads the differences. Those
// on their way then have a moment to end.
func (p *replay) run(ctx context.Context) {
	beginning, stop := context.WithCancel(ctx)
	p.stop = stop
	hooks, cut := context.WithCancel(context.WithoutCancel(ctx))
	over := make(chan struct{})
	var watcher sync.WaitGroup
	watcher.Go(func() {
		select {
		case <-over:
		case <-beginning.Done():
			select {
			case <-over:
			case <-time.After(interruptTime):
			}
		}
		cut()
	})
	p.schedule.run(beginning, hooks)
	close(over)
	watcher.Wait()
	stop()
	p.sender.close(hooks)
}

// one sends a hook and tells how its answer differs.
func (p *replay) one(ctx context.Context, was recordedHook, late time.Duration) {
	is := p.sender.send(ctx, was)
	if ctx.Err() != nil && is.fault != nil {
		return // cut short
	}
	d := p.compare.of(was, is)
	p.note(d, is, late)
	if d == nil {
		return
	}
	if !p.compare.show {
		p.sums.add(d)
		return
	}
	if err := p.bar.Above(func() error { return p.tell(d) }); err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.fault = err
		p.stop()
	}
}

func (p *replay) note(d *differing, is again, late time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count.Hooks++
	p.latency.Add(is.Duration)
	p.late = max(p.late, late)
	switch {
	case d == nil:
		p.count.Same++
	case d.Error != "":
		p.count.Failed++
	default:
		p.count.Different++
	}
}

func (p *replay) tell(d *differing) error {
	if p.json {
		return p.std.PrintJSON(d)
	}
	return p.std.Print(d.text(p.name))
}

// end prints the summary. It returns errRefused where not all answers were the
// same.
func (p *replay) end(interrupted bool) error {
	if p.fault != nil {
		return p.fault
	}
	if err := p.printSums(); err != nil {
		return err
	}
	s := replaySummary{p.count, interrupted, latency.Seconds(time.Since(p.begun)), latency.Seconds(p.late), p.latency.Percentiles()}
	if err := p.summary(s); err != nil {
		return err
	}
	if interrupted || s.Same != s.Hooks {
		return errRefused
	}
	return nil
}

// printSums prints what differed, where it was not printed when it was found.
func (p *replay) printSums() error {
	for _, one := range p.sums.list() {
		if err := p.printSum(one); err != nil {
			return err
		}
	}
	if p.sums.unsaid > 0 {
		p.std.Say(fmt.Sprintf("warning: %s more, which --show all prints", terminal.Counted(p.sums.unsaid, "difference")))
	}
	return nil
}

func (p *replay) printSum(one summed) error {
	if p.json {
		return p.std.PrintJSON(one)
	}
	return p.std.Print(one.text(p.name))
}

func (p *replay) summary(s replaySummary) error {
	if p.json {
		return p.std.PrintJSON(s)
	}
	return p.std.Print(s.text())
}

// text is the summary for people.
func (s replaySummary) text() string {
	var b strings.Builder
	if s.Interrupted {
		b.WriteString("Interrupted: the rest was not sent.\n")
	}
	fmt.Fprintf(&b, "%s in %s: %d answers the same, %d different, %d failed",
		terminal.Counted(s.Hooks, "hook"), terminal.Brief(s.Duration), s.Same, s.Different, s.Failed)
	if s.LeftOut > 0 {
		fmt.Fprintf(&b, "; %s left out, being no hooks", terminal.Counted(s.LeftOut, "request"))
	}
	fmt.Fprintf(&b, "\nlatency: p50 %s, p90 %s, p99 %s, max %s; at most %s late", terminal.Brief(s.Latency.P50),
		terminal.Brief(s.Latency.P90), terminal.Brief(s.Latency.P99), terminal.Brief(s.Latency.Max), terminal.Brief(s.Late))
	return b.String()
}

// progress is how far the replay is.
func (p *replay) progress() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, all := p.count, len(p.schedule.hooks)
	return fmt.Sprintf("%s %d of %s, %d different, %d failed", terminal.Bar(float64(c.Hooks)/float64(max(all, 1))),
		c.Hooks, terminal.Counted(all, "hook"), c.Different, c.Failed)
}

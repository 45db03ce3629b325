// Package replay sends the hooks of a recording to a backend again, byte by byte and at
// the recorded speed or another, and reports how the answers differ from the recorded ones.
//
// [Read] reads the whole recording, so that its faults are found before the first hook is
// sent. [Replay.Run] sends the hooks, those of a session one after the other, and returns
// a [Report].
package replay

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/wcskit/resthook/cmd/resthook/internal/latency"
	"github.com/wcskit/resthook/cmd/resthook/internal/pace"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// Plan is how a recording is sent again.
type Plan struct {
	Speed       float64       // how many times faster than it was recorded; 0: without gaps
	MaxGap      time.Duration // longer gaps are shortened to this; 0: no limit
	Concurrency int           // sessions with a hook in flight at once
	Ignore      []string      // fields of answers that may differ, with dots

	// Found is called for each difference when it is found, with its values. If it is nil,
	// the report sums up the differences. It may be called from several goroutines at once.
	// Its error ends the replay.
	Found func(*Difference) error
}

// Replay is a recording that is sent again.
type Replay struct {
	plan     Plan
	schedule *schedule
	sender   *Sender
	compare  comparison
	sums     *sums
	stop     context.CancelFunc

	mu      sync.Mutex
	count   counts
	latency latency.Histogram
	late    time.Duration
	fault   error // of Found
}

// New prepares a replay.
func New(p Plan, hooks *Hooks, sender *Sender) *Replay {
	r := &Replay{
		plan: p, sender: sender, compare: comparison{hooks.Name, p.Ignore, p.Found != nil}, sums: newSums(),
		count: counts{LeftOut: hooks.leftOut},
	}
	r.schedule = &schedule{hooks: hooks.all, concurrency: p.Concurrency, send: r.one}
	r.schedule.plan(p.Speed, p.MaxGap)
	return r
}

// Run sends every hook, until ctx ends or Found fails, whose error it returns. Hooks in
// flight then have a short time to end. It closes the sender, and is called once.
func (r *Replay) Run(ctx context.Context) (Report, error) {
	begun := time.Now()
	beginning, stop := context.WithCancel(ctx)
	r.stop = stop
	hooks, cut := context.WithCancel(context.WithoutCancel(ctx))
	over := make(chan struct{})
	var limit sync.WaitGroup
	limit.Go(func() {
		pace.Outlasts(beginning, over, pace.Forever)
		cut()
	})
	r.schedule.run(beginning, hooks)
	close(over)
	limit.Wait()
	stop()
	r.sender.Close(hooks)
	return r.report(ctx.Err() != nil, begun), r.fault
}

// one sends a hook and notes how its answer differs.
func (r *Replay) one(ctx context.Context, was hook, late time.Duration) {
	is := r.sender.send(ctx, was)
	if ctx.Err() != nil && is.fault != nil {
		return // cut short
	}
	d := r.compare.of(was, is)
	r.note(d, is, late)
	switch {
	case d == nil:
	case r.plan.Found == nil:
		r.sums.add(d)
	default:
		r.found(d)
	}
}

func (r *Replay) note(d *Difference, is answer, late time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count.Hooks++
	r.latency.Add(is.duration)
	r.late = max(r.late, late)
	switch {
	case d == nil:
		r.count.Same++
	case d.Error != "":
		r.count.Failed++
	default:
		r.count.Different++
	}
}

func (r *Replay) found(d *Difference) {
	if err := r.plan.Found(d); err != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.fault = err
		r.stop()
	}
}

// Progress is the progress line, in less than 80 columns.
func (r *Replay) Progress() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, all := r.count, len(r.schedule.hooks)
	return fmt.Sprintf("%s %d of %s, %d different, %d failed", terminal.Bar(float64(c.Hooks)/float64(max(all, 1))),
		c.Hooks, terminal.Counted(all, "hook"), c.Different, c.Failed)
}

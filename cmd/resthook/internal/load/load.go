// Package load puts a backend under load, as a busy media server would: sessions begin at
// a rate, live for a while, publish and play streams, and send status events. It counts the
// answers and measures their latency, and reports what failed.
package load

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/pace"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// Load is a run: many sessions, several at once.
type Load struct {
	visits   *visits
	schedule *schedule
	tally    *tally
	rest     time.Duration // how long open sessions have to end, once no more begin

	open    sync.WaitGroup // sessions
	elapsed time.Duration
}

// hooksOfSession is how many hooks a session has, without keep-alives and statistics.
const hooksOfSession = 8

// New prepares a run. client makes the client that sends.
func New(p Plan, cfg resthook.Config, client func(resthook.Config, ...resthook.Option) (*resthook.Client, error)) (*Load, error) {
	p = p.complete()
	s, err := newScenario(p)
	if err != nil {
		return nil, err
	}
	cfg = settings(cfg, s.conn.AppKey)
	t := newTally()
	if s.client, err = client(cfg, resthook.WithObserver(t.observer()), p.counting(t.dialed)); err != nil {
		return nil, err
	}
	s.interval, s.patience, s.connected = cfg.KeepAliveInterval, cfg.RequestTimeout, t.connected
	return &Load{
		visits: &visits{scenario: s, players: p.Players}, schedule: &schedule{Plan: p, begun: time.Now()}, tally: t,
		rest: p.Hold + hooksOfSession*cfg.RequestTimeout,
	}, nil
}

// Run begins sessions until there are none left or ctx ends, waits for the open ones,
// closes the client, and reports. It is called once.
func (l *Load) Run(ctx context.Context) Report {
	// hooks bounds every request. staying ends earlier, at once with ctx: then clients leave.
	hooks, cut := context.WithCancel(context.WithoutCancel(ctx))
	staying, leave := context.WithCancel(ctx)
	l.begin(staying, hooks)
	l.tally.due(l.schedule.due(time.Since(l.schedule.begun)))
	over := make(chan struct{})
	var limit sync.WaitGroup
	limit.Go(func() {
		if pace.Outlasts(ctx, over, l.rest) {
			l.tally.cutFromNow()
			cut()
			leave()
		}
	})
	l.open.Wait()
	_ = l.visits.client.Close(hooks) // the observer counts the events that are left
	close(over)
	limit.Wait()
	cut()
	leave()
	l.elapsed = time.Since(l.schedule.begun)
	return l.report(ctx.Err() != nil)
}

// begin begins sessions, until there are none left, their time is over, or staying ends.
func (l *Load) begin(staying, hooks context.Context) {
	beginning, stop := l.schedule.beginning(staying)
	defer stop()
	places := make(chan struct{}, l.schedule.Concurrency)
	for {
		due, ok := l.schedule.next()
		if !ok || !pace.Until(beginning, due) || !pace.Enter(beginning, places) {
			return
		}
		v := l.visits.next()
		l.tally.begin(v.publishes, due)
		l.open.Go(func() {
			begun := time.Now()
			v.run(hooks, staying)
			l.tally.over(time.Since(begun))
			<-places
		})
	}
}

// Progress is the progress line, in less than 80 columns.
func (l *Load) Progress() string {
	n := l.tally.progress()
	line := fmt.Sprintf("%s, %s, %.0f/s, %s failed", terminal.Counted(n.sessions, "session"), terminal.Counted(n.hooks, "hook"),
		float64(n.hooks)/max(time.Since(l.schedule.begun).Seconds(), 0.001), terminal.Counted(n.lost, "request"))
	if done := l.schedule.done(n.over); done > 0 {
		return terminal.Bar(done) + " " + line
	}
	return line
}

package main

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/wcskit/resthook"
)

// load is a run: sessions that begin at a pace, several at once.
type load struct {
	*scenario
	*pace

	concurrency int
	tally       *tally
	elapsed     time.Duration
}

// interruptTime is what the sessions under way have to end after a signal.
const interruptTime = 400 * time.Millisecond

// run begins sessions until there are none left or ctx ends, and waits for those
// under way. It closes the client.
func (l *load) run(ctx context.Context) {
	beginning, stop := l.beginning(ctx)
	ended := make(chan time.Duration, 1)
	context.AfterFunc(beginning, func() { ended <- time.Since(l.begun) })
	hooks, cut := context.WithCancel(context.WithoutCancel(ctx))
	over := make(chan struct{})
	var workers, watcher sync.WaitGroup
	watcher.Go(func() { l.limit(ctx, beginning, over, cut) })
	for range l.concurrency {
		workers.Go(func() { l.work(beginning, hooks, stop) })
	}
	workers.Wait()
	stop() // what is left to do has its limit now
	l.tally.due(l.due(<-ended))
	_ = l.client.Close(hooks) // the observer is told of what it leaves
	close(over)
	watcher.Wait()
	cut()
	l.elapsed = time.Since(l.begun)
}

// beginning is the time in which sessions begin.
func (l *load) beginning(ctx context.Context) (context.Context, context.CancelFunc) {
	if l.duration == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, l.begun.Add(l.duration))
}

// limit cuts the sessions short that are under way for too long once no more
// begin: for longer than patience, or a moment after a signal.
func (l *load) limit(ctx, beginning context.Context, over <-chan struct{}, cut context.CancelFunc) {
	select {
	case <-over:
		return
	case <-beginning.Done():
	}
	select {
	case <-over:
	case <-time.After(l.patience):
	case <-ctx.Done():
		l.tally.interrupt()
		select {
		case <-over:
		case <-time.After(interruptTime):
		}
	}
	cut()
}

// work begins one session after the other, and ends the beginning with the last.
func (l *load) work(beginning, hooks context.Context, last context.CancelFunc) {
	for {
		due, ok := l.take()
		if !ok || !sleepUntil(beginning, due) {
			return
		}
		if l.tally.begun() == l.sessions {
			last()
		}
		l.session(hooks, due)
	}
}

// counting has the connections that are opened counted.
func (t *tally) counting(dial dialFunc) resthook.Option {
	return resthook.WithDialContext(func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err == nil {
			t.dialed()
		}
		return conn, err
	})
}

// progress is how far the run is, in less than 80 columns.
func (l *load) progress() string {
	sessions, hooks, lost := l.tally.counts()
	elapsed := time.Since(l.begun)
	line := fmt.Sprintf("%s, %s, %.0f/s, %s failed", counted(sessions, "session"), counted(hooks, "hook"),
		float64(hooks)/max(elapsed.Seconds(), 0.001), counted(lost, "request"))
	if done := l.done(sessions); done > 0 {
		return bar(done) + " " + line
	}
	return line
}

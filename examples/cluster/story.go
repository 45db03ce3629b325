package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	storyTime = 5 * time.Minute  // bounds the story, beside the backend's absence
	actTime   = 90 * time.Second // bounds what an act waits for
	calm      = time.Second      // before each act
)

var errVerdict = errors.New("the backend did not see what it should")

// story is what happens to a system, act by act.
type story struct {
	*system

	out io.Writer
}

// act is something that happens.
type act struct {
	title string
	do    func(context.Context) error
}

// tell starts a system, lets things happen to it, and says what the backend saw.
func tell(ctx context.Context, s settings, dir string, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, storyTime+s.away)
	defer cancel()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	system, err := startSystem(ctx, s, dir, fail)
	if err != nil {
		return err
	}
	defer system.stop()
	t := &story{system: system, out: out}
	if err := t.play(ctx); err != nil {
		return err
	}
	return t.conclude()
}

func (t *story) play(ctx context.Context) error {
	away := fmt.Sprintf("The backend is away for %v", t.away)
	acts := []act{
		{"A media server is killed, and does not come back", t.killMedia},
		{"A NATS node is killed: the one that leads the stream of events", t.killNode},
		{away, t.takeBackend},
		{"Everything ends", t.end},
	}
	title := fmt.Sprintf("%d NATS nodes, %d media servers with %d sessions each, one backend", servers, servers, t.sessions)
	if t.embedded {
		acts = []act{{"The media server is killed, and started again", t.restartMedia}, {away, t.takeBackend}, {"Everything ends", t.end}}
		title = fmt.Sprintf("One media server with %d sessions and a directory, one backend", t.sessions)
	}
	fmt.Fprintln(t.out, title)
	for i, a := range acts {
		if err := t.await(ctx, "sessions", t.busy); err != nil {
			return err
		}
		sleep(ctx, calm)
		fmt.Fprintf(t.out, "\n%d. %s\n", i+1, a.title)
		if err := a.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// busy reports whether the media servers have the sessions that they should, or nearly.
func (t *story) busy() bool {
	for name := range t.media {
		if len(t.account.open(name)) < t.sessions-t.sessions/10 {
			return false
		}
	}
	return true
}

func (t *story) killMedia(ctx context.Context) error {
	const name = "media-2"
	t.media[name].kill()
	delete(t.media, name)
	return t.sessionsEnd(ctx, time.Now(), t.account.open(name))
}

func (t *story) restartMedia(ctx context.Context) error {
	const name = "media-1"
	t.media[name].kill()
	killed, open := time.Now(), t.account.open(name)
	if err := t.startMedia(ctx, name); err != nil {
		return err
	}
	return t.sessionsEnd(ctx, killed, open)
}

// sessionsEnd waits until the backend has been told that these sessions have ended.
func (t *story) sessionsEnd(ctx context.Context, killed time.Time, open []string) error {
	_, before := t.account.totals()
	err := t.await(ctx, "the closing events", func() bool { _, all := t.account.closed(open); return all })
	if err != nil {
		return err
	}
	last, _ := t.account.closed(open)
	_, after := t.account.totals()
	t.count("sessions that it left open", len(open))
	t.time("first of their closing events", t.account.firstHeard(killed, true).Sub(killed))
	t.time("last of their closing events", last.Sub(killed))
	t.count("events that the backend got meanwhile", after-before)
	return nil
}

func (t *story) killNode(ctx context.Context) error {
	leader, err := t.leader(ctx)
	if err != nil {
		return err
	}
	leader.kill()
	delete(t.nodes, leader.name)
	killed := time.Now()
	recorded, before := t.account.totals()
	// Some events of every session: so the others have a leader again.
	err = t.await(ctx, "events to be recorded", func() bool {
		now, _ := t.account.totals()
		return now >= recorded+4*len(t.media)*t.sessions
	})
	if err != nil {
		return err
	}
	_, after := t.account.totals()
	t.time("longest time without a recorded event", t.account.silence(killed))
	t.time("until all went on", time.Since(killed))
	t.count("events that the backend got meanwhile", after-before)
	return nil
}

func (t *story) takeBackend(ctx context.Context) error {
	before, _ := t.account.totals()
	t.backend.leave()
	sleep(ctx, t.away)
	if err := t.backend.comeBack(ctx); err != nil {
		return err
	}
	back := time.Now()
	after, _ := t.account.totals()
	waiting := t.account.waiting()
	if err := t.await(ctx, "the events that waited", func() bool { return t.account.waiting() == 0 }); err != nil {
		return err
	}
	t.count("events recorded meanwhile", after-before)
	t.count("events that waited when it came back", waiting)
	t.time("first of them", t.account.firstHeard(back, false).Sub(back))
	t.time("last of them", time.Since(back))
	return nil
}

// conclude says what the backend saw.
func (t *story) conclude() error {
	v := t.account.judge()
	fmt.Fprintln(t.out, "\nWhat the backend saw")
	v.print(t.out)
	if !v.good() {
		return errVerdict
	}
	fmt.Fprintln(t.out, "\nEvery session's events came in order, and every closing event once.")
	return nil
}

// await waits until something holds.
func (t *story) await(ctx context.Context, what string, holds func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, actTime)
	defer cancel()
	for !holds() {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, context.Cause(ctx))
		}
	}
	return nil
}

func (t *story) count(what string, n int) { fmt.Fprintf(t.out, "   %-41s %7d\n", what, n) }

func (t *story) time(what string, d time.Duration) {
	fmt.Fprintf(t.out, "   %-41s %9.1f s\n", what, d.Seconds())
}

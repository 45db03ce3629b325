package durable

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/wcskit/resthook/durable/internal/wire"
)

// estate is what a boot has left that is over: events, and what was open. This process has claimed it.
type estate struct {
	*Store

	boot wire.Boot
	line *line // stands for all of its lines
	own  bool  // of this node

	claimed time.Time

	// Guarded by the store's lock.
	entries         map[string]*inherited // what is open, by the id of its closing event; nil: it is not known
	earlier         []*estate             // of the same node, and claimed before this one
	later           []*estate             // and after it
	found           bool                  // its apps are known
	ended           bool
	apps            map[string]*estateApp
	changed         chan struct{} // closed when something of this changes
	given, closings int           // events so far
}

// estateApp is what an estate has of an app. A backend that is away holds up no other app.
type estateApp struct {
	estate  *estate
	app     string
	drained bool // everything that was in the store is in memory, or over
	closed  bool // the closing events of what is open are, too
	events  int  // in memory
	bytes   int
}

// What estates have of an app in memory at once. The rest waits in the store.
const (
	windowEvents = 10_000
	windowBytes  = 64 << 20
	batch        = 500
	batchBytes   = 1 << 20
)

// newEstate makes the estate of a boot, nil where there is one.
func (s *Store) newEstate(b wire.Boot) *estate {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.estates[b] != nil || s.boot.over {
		return nil
	}
	e := &estate{
		Store: s, boot: b, line: &line{boot: s.boot, usage: &usage{}, estate: true}, own: b.Node == s.opts.node, claimed: time.Now(),
		apps: map[string]*estateApp{}, changed: make(chan struct{}),
	}
	for _, other := range s.estates {
		if other.boot.Node == b.Node {
			other.later = append(other.later, e)
			e.earlier = append(e.earlier, other)
		}
	}
	s.estates[b] = e
	return e
}

func (s *Store) endEstate(e *estate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range e.entries {
		s.dropKept(i)
	}
	delete(s.estates, e.boot)
	e.ended, e.earlier, e.later = true, nil, nil
	e.change()
}

// change tells those who wait for something of the estate. The lock is held.
func (e *estate) change() {
	close(e.changed)
	e.changed = make(chan struct{})
}

// run works the estate off: for each app first the events, then the closing events of what is open.
func (e *estate) run() {
	defer e.endEstate(e)
	for wait := time.Second; ; wait = min(2*wait, 15*time.Second) {
		left, err := e.workOff()
		switch {
		case e.running.Err() != nil || e.isLost():
			return
		case err != nil:
			e.faulty("estate", fmt.Errorf("estate of boot %s: %w", e.boot, err))
		case !left:
			e.logger.Info("estate over", slog.String("of", e.boot.Node), slog.String("boot", e.boot.ID))
			e.observeEnd()
			return
		}
		select {
		case <-time.After(wait):
		case <-e.running.Done():
			return
		}
	}
}

// prepareInTurn prepares one estate after the other: of many, the first soon goes on to its events.
func (e *estate) prepareInTurn(ctx context.Context) error {
	select {
	case e.preparing <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-e.preparing }()
	return e.prepare(ctx)
}

func (e *estate) isLost() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.line.lost()
}

// workOff does what there is. It returns whether there is more: a process that slept may have stored
// something meanwhile.
func (e *estate) workOff() (left bool, err error) {
	ctx := e.running
	if err := e.ends.Barrier(ctx); err != nil { // else what is over is read once more
		return true, err
	}
	if err := e.prepareInTurn(ctx); err != nil {
		return true, err
	}
	apps, err := e.findApps(ctx)
	if err != nil {
		return true, err
	}
	faults := make([]error, len(apps))
	var all sync.WaitGroup
	for i, a := range apps {
		all.Go(func() { faults[i] = a.workOff(ctx) })
	}
	all.Wait()
	if err := errors.Join(faults...); err != nil {
		return true, err
	}
	if err := e.ends.Barrier(ctx); err != nil {
		return true, err
	}
	if e.leaves(ctx, e.boot) {
		e.readAgain()
		return true, nil
	}
	if err := e.nodes.Purge(ctx, jetstream.WithPurgeSubject(wire.BootSubject(e.boot))); err != nil {
		return true, fmt.Errorf("end: %w", err)
	}
	return false, nil
}

// readAgain has what is open read again in the next round. The boot may have opened something since it
// was read.
func (e *estate) readAgain() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, i := range e.entries {
		e.dropKept(i)
	}
	e.entries = nil
}

// findApps returns the apps that have something in the estate.
func (e *estate) findApps(ctx context.Context) (apps []*estateApp, err error) {
	info, err := e.events.Info(ctx, jetstream.WithSubjectFilter(wire.EventsOf(e.boot)))
	if err != nil {
		return nil, fmt.Errorf("list the events: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	found := map[string]bool{}
	for subject := range info.State.Subjects {
		if p, ok := wire.ParseSubject(subject); ok {
			found[p.App] = true
		}
	}
	for _, i := range e.entries {
		found[i.event.App] = true
	}
	for app := range e.apps { // a session that was resumed may wait for it
		found[app] = true
	}
	e.found = true
	e.change()
	for app := range found {
		if e.apps[app] == nil {
			e.apps[app] = &estateApp{estate: e, app: app}
		}
		apps = append(apps, e.apps[app])
	}
	return apps, nil
}

// damaged moves a message that is no event to the dead letters.
func (e *estate) damaged(m message, err error) {
	e.logger.Error("damaged event", slog.String("subject", m.subject), slog.Uint64("sequence", m.sequence), slog.Any("error", err))
	letter := &nats.Msg{Subject: wire.DamagedSubject(m.subject), Data: m.body, Header: nats.Header{wire.HeaderReason: {"damaged"}}}
	e.remove(&record{dead: letter, sequence: m.sequence})
}

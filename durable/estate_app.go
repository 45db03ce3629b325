package durable

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable/internal/wire"
)

// workOff gives out the app's events, then the closing events of what is open, and waits until all of
// them are over.
func (a *estateApp) workOff(ctx context.Context) error {
	e := a.estate
	if err := a.waitFor(ctx, &e.earlier, (*estateApp).isDrained); err != nil {
		return err
	}
	name := e.consumer("e" + wire.AppToken(a.app))
	filter := wire.EventsOfApp(e.boot, a.app)
	c, err := e.reader(ctx, name, filter)
	if err != nil {
		return err
	}
	read := progress{filter: filter}
	for more := true; more; {
		if err := a.waitUntil(ctx, e, a.hasRoom); err != nil {
			return err
		}
		if more, err = e.next(ctx, c, &read, a.take); err != nil {
			return errors.Join(err, e.dropConsumer(ctx, name))
		}
	}
	a.release()
	if err := e.waitRecovered(ctx); err != nil {
		return err
	}
	if err := a.waitFor(ctx, &e.later, (*estateApp).isDrained); err != nil { // with events of the same sessions
		return err
	}
	if err := a.waitFor(ctx, &e.earlier, (*estateApp).isClosed); err != nil { // with streams of the same sessions
		return err
	}
	a.giveClosings()
	if err := a.waitUntil(ctx, e, func() bool { return a.events == 0 }); err != nil {
		return err
	}
	return e.dropConsumer(ctx, name)
}

// hasRoom reports whether more of the app may be read. All estates share the window, so that many of them take no more
// memory than one; but each may read a batch. The lock is held.
func (a *estateApp) hasRoom() bool {
	if a.events < batch && a.bytes < batchBytes {
		return true
	}
	events, bytes := 0, 0
	for _, e := range a.estate.estates {
		if same := e.apps[a.app]; same != nil {
			events += same.events
			bytes += same.bytes
		}
	}
	return events < windowEvents && bytes < windowBytes
}

// waitFor waits until something holds of what each of other estates of the node has of the app; of those
// that have nothing of it, it does.
func (a *estateApp) waitFor(ctx context.Context, others *[]*estate, holds func(*estateApp) bool) error {
	a.estate.mu.Lock()
	all := slices.Clone(*others)
	a.estate.mu.Unlock()
	for _, other := range all {
		if err := a.waitUntil(ctx, other, func() bool {
			same := other.apps[a.app]
			return other.ended || other.found && (same == nil || holds(same))
		}); err != nil {
			return err
		}
	}
	return nil
}

func (a *estateApp) isDrained() bool { return a.drained }
func (a *estateApp) isClosed() bool  { return a.closed }

// waitUntil waits until something holds that changes when something happens in an estate.
func (a *estateApp) waitUntil(ctx context.Context, in *estate, holds func() bool) error {
	e := a.estate
	for {
		e.mu.Lock()
		switch {
		case e.line.lost():
			e.mu.Unlock()
			return ErrEnded
		case holds():
			e.mu.Unlock()
			return nil
		}
		changed := in.changed
		e.mu.Unlock()
		select {
		case <-changed:
		case <-time.After(renewEvery): // the boot may have been lost
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// take puts an event of the estate into memory.
func (a *estateApp) take(m message) {
	e := a.estate
	event, err := wire.Event(m.header, m.body)
	if err != nil {
		e.damaged(m, err)
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if same := e.records[event.ID]; same != nil {
		if same.sequence != m.sequence {
			same.also = append(same.also, m.sequence) // stored once more
		}
		return
	}
	r := &record{id: event.ID, sequence: m.sequence}
	for _, one := range append([]*estate{e}, e.earlier...) {
		if open := one.entries[event.ID]; open != nil { // its closing event has been stored
			r.last = append(r.last, open.ending()...)
			one.takeEntry(open)
		}
	}
	e.given++
	a.give(event, r)
}

// takeEntry takes an entry out of what is open in the estate. The lock is held.
func (e *estate) takeEntry(i *inherited) {
	delete(e.entries, i.event.ID)
	e.dropKept(i)
}

// give puts an event into memory. The lock is held.
func (a *estateApp) give(event resthook.Event, r *record) {
	e := a.estate
	r.inherited, r.line, r.size, r.estate = true, e.line, len(event.Body), a
	e.records[r.id] = r
	r.line.add(r)
	a.events++
	a.bytes += r.size + overhead
	e.memory.Push(event, func(error) {})
}

// less notes that an event of the estate is over. The lock is held.
func (a *estateApp) less(r *record) {
	a.events--
	a.bytes -= r.size + overhead
	a.estate.change()
}

// release gives out the events of sessions that were resumed, now that those of the earlier boot are
// in front of them.
func (a *estateApp) release() {
	e := a.estate
	e.mu.Lock()
	defer e.mu.Unlock()
	a.drained = true
	e.change()
	for _, l := range e.lines {
		if l.behind != a {
			continue
		}
		l.behind = nil
		for _, event := range l.held {
			e.memory.Push(event, func(error) {})
		}
		l.held = nil
	}
}

// waitRecovered lets the media server resume its sessions first, where it said that it will.
func (e *estate) waitRecovered(ctx context.Context) error {
	if !e.own || e.opts.recovery == 0 {
		return nil
	}
	timer := time.NewTimer(e.opts.recovery)
	defer timer.Stop()
	select {
	case <-e.recovered:
	case <-timer.C:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// giveClosings gives out the closing events of what is open: streams and calls before their session.
func (a *estateApp) giveClosings() {
	e := a.estate
	e.mu.Lock()
	defer e.mu.Unlock()
	a.closed = true
	defer e.change()
	open := slices.SortedFunc(maps.Values(e.entries), func(x, y *inherited) int {
		if s, t := wire.IsSession(x.subject), wire.IsSession(y.subject); s != t {
			if s {
				return 1
			}
			return -1
		}
		return strings.Compare(x.subject, y.subject)
	})
	for _, i := range open {
		if i.event.App != a.app {
			continue
		}
		e.takeEntry(i)
		event := i.event
		event.Time = time.Now() // it was made when the session began
		e.closings++
		a.give(event, &record{id: event.ID, last: i.ending()})
	}
}

// appOf is the app of an estate; one is made where there is none. The lock is held.
func (e *estate) appOf(app string) *estateApp {
	a := e.apps[app]
	if a == nil {
		a = &estateApp{estate: e, app: app}
		e.apps[app] = a
	}
	return a
}

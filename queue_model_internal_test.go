package resthook

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// delivery is the queue and the limiters of some apps, and what a notifier without
// goroutines does with them.
type delivery struct {
	q        *memoryQueue
	limits   QueueLimits
	limiters map[string]*limiter

	notified, over int
	out            []attempting
	begun          map[string]uint64 // the newest that was begun, by session
	ended          map[*Event]bool
	faults         []string
}

type attempting struct {
	e *Event
	p place
}

var modelApps = []string{"a", "b", "c"}

func newDelivery(workers int) *delivery {
	limits := QueueLimits{Events: 30, Bytes: 40 * eventOverhead, SessionEvents: 8, SessionBytes: 10 * eventOverhead}
	q, _ := NewQueue(limits).(*memoryQueue)
	d := &delivery{q: q, limits: limits, limiters: map[string]*limiter{}, begun: map[string]uint64{}, ended: map[*Event]bool{}}
	for _, app := range modelApps {
		d.limiters[app] = newLimiter(workers, shortPause, longPause)
	}
	return d
}

func (d *delivery) fault(format string, args ...any) {
	d.faults = append(d.faults, fmt.Sprintf(format, args...))
}

// push notifies an event, and holds what it displaces to the shares.
func (d *delivery) push(app, session string, priority Priority, size int, replaces string) {
	d.notified++
	e := &Event{App: app, Line: session, Sequence: uint64(d.notified), Priority: priority, Body: make([]byte, size), Replaces: replaces}
	before := map[string]load{}
	for _, key := range modelApps {
		before[key] = d.q.app(key).load
	}
	for _, drop := range d.q.Push(e) {
		d.end(drop.Event)
		own := drop.Event.App == app
		taken := before[drop.Event.App]
		if !own && drop.Result == EventShed && !taken.over(d.limits.Events/len(modelApps), d.limits.Bytes/len(modelApps)) {
			d.fault("app %s lost an event to %s, and had %v, which is below its share", drop.Event.App, app, taken)
		}
	}
}

func (d *delivery) end(e *Event) {
	if d.ended[e] {
		d.fault("event %d ended twice", e.Sequence)
	}
	d.ended[e] = true
	d.over++
}

// begin does what a worker does, where it would not have to wait.
func (d *delivery) begin(app string) {
	l := d.limiters[app]
	if !l.all.open() || d.q.app(app).ready.Len() == 0 {
		return
	}
	l.enter()
	e, _ := d.q.Pull(app)
	for _, other := range d.out {
		if keyOf(other.e) == keyOf(e) {
			d.fault("session %v has two out", keyOf(e))
		}
	}
	if e.Sequence < d.begun[app+e.Line] {
		d.fault("session %v: %d after %d", keyOf(e), e.Sequence, d.begun[app+e.Line])
	}
	d.begun[app+e.Line] = e.Sequence
	p, wait, ok := l.admit(e.line())
	if !ok {
		d.q.Requeue(e, wait)
		return
	}
	d.out = append(d.out, attempting{e, p})
}

// finish ends an attempt.
func (d *delivery) finish(i int, s signal, again bool, wait time.Duration) {
	a := d.out[i]
	d.out = slices.Delete(d.out, i, i+1)
	d.limiters[a.e.App].leave(a.p, s)
	if again {
		d.q.Requeue(a.e, wait)
		return
	}
	d.q.Done(a.e)
	d.end(a.e)
}

// check holds the whole against what must be so at every moment.
func (d *delivery) check() {
	queued := 0
	for _, a := range d.q.apps {
		for i := range a.waiting {
			queued += a.waiting[i].Len()
		}
	}
	if all := queued + len(d.out) + d.over; all != d.notified {
		d.fault("notified %d = queued %d + out %d + over %d", d.notified, queued, len(d.out), d.over)
	}
	if events, bytes := d.q.Len(); events != queued+len(d.out) || events > d.limits.Events+len(d.out) || bytes > d.limits.Bytes+len(d.out)*12*eventOverhead {
		d.fault("the queue has %d events and %d bytes", events, bytes)
	}
	for app, l := range d.limiters {
		d.checkLimiter(app, l)
	}
}

func (d *delivery) checkLimiter(app string, l *limiter) {
	ranks := map[rank]int{}
	for _, a := range d.out {
		if a.e.App == app {
			ranks[a.p.rank]++
		}
	}
	all := ranks[well] + ranks[stranger] + ranks[ill]
	if all != l.all.out || all > l.all.most || ranks[ill] != l.ill.out || ranks[ill] > l.ill.most ||
		ranks[ill]+ranks[stranger] != l.strangers.out || l.strangers.out > l.strangers.most {
		d.fault("app %s: in flight %v, counted %d, %d, %d", app, ranks, l.all.out, l.strangers.out, l.ill.out)
	}
}

// Whatever is notified and whatever comes of it: nothing is lost or told twice, each
// session has its order and one event out, each app its share, each kind of session
// its places.
func TestQueueAndLimiterKeepTheirPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		program := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 255), 6, 6), 1, 300).Draw(rt, "program")
		workers := rapid.SampledFrom([]int{1, 2, 4, 8}).Draw(rt, "workers")
		d := newDelivery(workers)
		synctest.Test(t, func(*testing.T) { d.run(program) })
		if len(d.faults) > 0 {
			rt.Fatalf("%v", d.faults)
		}
	})
}

func (d *delivery) run(program [][]int) {
	for _, s := range program {
		app := modelApps[s[1]%len(modelApps)]
		switch s[0] % 8 {
		case 0, 1, 2:
			d.push(app, strconv.Itoa(s[2]%5), Priority(s[3]%priorities), []int{0, 100, 2000}[s[4]%3], []string{"", "", "x"}[s[5]%3])
		case 3, 4, 5:
			d.begin(app)
		case 6:
			if len(d.out) > 0 {
				d.finish(s[1]%len(d.out), signal(s[2]%5), s[3]%2 == 0, time.Duration(s[4])*10*time.Millisecond)
			}
		case 7:
			time.Sleep(time.Duration(s[1]) * 10 * time.Millisecond)
			synctest.Wait()
		}
		d.check()
	}
	for _, e := range d.q.Close() {
		d.end(e)
	}
	for len(d.out) > 0 {
		d.finish(0, signalNone, false, 0)
	}
	d.check()
	for _, l := range d.limiters {
		l.close()
	}
}

package resthook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/wcskit/resthook/internal/backoff"
	"github.com/wcskit/resthook/internal/dispatch"
	"github.com/wcskit/resthook/internal/h1"
	"github.com/wcskit/resthook/internal/lanes"
	"github.com/wcskit/resthook/internal/pending"
)

const (
	defaultWorkers  = 64
	defaultEventAge = 10 * time.Minute
)

// notifier delivers events off the media path. Each app has a fixed number of workers,
// which take events from the queue and make one attempt at a time. An event that has to
// wait goes back to the queue and keeps no worker.
type notifier struct {
	client *Client
	queue  Queue
	counts *eventCounts
	losses *dispatch.Throttle[ending, struct{}]
	faults *dispatch.Throttle[string, error]   // of the queue, by what it was asked for
	unkept *dispatch.Throttle[struct{}, error] // entries of the journal

	mu         sync.Mutex
	limiters   map[string]*lanes.Limiter // by app key; an app that has one has its workers
	deliveries map[string]*delivery      // by the id of the event

	open     pending.Counter  // events that are accepted or leased, and not reported
	running  pending.Counter  // workers, and callbacks on goroutines of their own
	inFlight pending.InFlight // attempts

	pulling     context.Context //nolint:containedctx // ends when nothing is to be pulled any more
	stopPulling func()
	calling     context.Context //nolint:containedctx // ends when Close no longer waits for the queue
	stopCalling func()
}

func newNotifier(c *Client, o *options) *notifier {
	n := &notifier{
		client: c, queue: o.queue, losses: dispatch.NewThrottle(c.dispatcher, o.logLost),
		faults: dispatch.NewThrottle(c.dispatcher, o.logQueueFailed), unkept: dispatch.NewThrottle(c.dispatcher, o.logJournalFailed), counts: newEventCounts(),
		limiters: map[string]*lanes.Limiter{}, deliveries: map[string]*delivery{},
	}
	if n.queue == nil {
		n.queue = NewQueue(o.queueLimits)
	}
	n.pulling, n.stopPulling = context.WithCancel(context.Background())
	n.calling, n.stopCalling = context.WithCancel(context.Background())
	return n
}

// startAll starts the workers of all apps, for a queue that kept events over a restart.
func (n *notifier) startAll() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, app := range n.client.state.Load().given {
		n.start(app.Key)
	}
}

// start starts the workers of an app, once. The lock is held.
func (n *notifier) start(app string) {
	if n.limiters[app] != nil {
		return
	}
	o := n.client.opts
	l := lanes.NewLimiter(o.workers, o.retry.min, o.retry.max)
	n.limiters[app] = l
	for range o.workers {
		n.spawn(func() { n.work(app, l) })
	}
}

// spawn runs f on a goroutine that Close waits for. It returns false where Close no longer
// waits.
func (n *notifier) spawn(f func()) bool {
	if !n.running.Begin() {
		return false
	}
	go func() {
		defer n.running.End()
		f()
	}()
	return true
}

// work is a worker.
func (n *notifier) work(app string, l *lanes.Limiter) {
	apps := []string{app}
	var j job // used again for each event: it is as large as one
	for l.Enter() {
		lease, ok := n.pull(apps)
		if !ok {
			l.Exit()
			return
		}
		j = job{lease: lease, event: lease.Event()}
		n.deliver(&j, app, l)
		j = job{} // while it waits, the worker keeps no session alive
	}
}

// pull waits for an event. A queue that fails is asked again, after a growing wait.
func (n *notifier) pull(apps []string) (Lease, bool) {
	for failures := 1; ; failures++ {
		lease, err := n.queue.Pull(n.pulling, apps)
		switch {
		case err == nil && lease == nil:
			err = errNoLease
		case err == nil:
			return lease, true
		case errors.Is(err, ErrClosed) || n.pulling.Err() != nil:
			return nil, false
		}
		n.queueFailed("pull", err)
		wait := backoff.After(failures, 100*time.Millisecond, 5*time.Second)
		pause := time.NewTimer(backoff.Between(wait/2, wait))
		select {
		case <-pause.C:
		case <-n.pulling.Done():
			pause.Stop()
			return nil, false
		}
	}
}

// errNoLease is the error of a queue that returns no event and no error.
var errNoLease = errors.New("no event and no error")

// queueFailed has a fault of the queue logged; call is what the queue was asked for.
func (n *notifier) queueFailed(call string, err error) { n.faults.Add(call, err) }

// deliver makes one attempt, unless the event has ended without one, or has to wait.
func (n *notifier) deliver(j *job, app string, l *lanes.Limiter) {
	if !n.begin(j) {
		l.Exit()
		_ = n.requeue(j.lease, time.Second, &j.event) // it logs a fault
		return
	}
	j.setEnd(&j.event, n.client.opts.maxAge)
	switch {
	case !time.Now().Before(j.end):
		l.Exit()
		n.finish(j, EventExpired, cmp.Or(j.fault, &failure{kind: faultCanceled, err: errAge}))
		return
	case !n.client.takes(&j.event):
		l.Exit()
		n.finish(j, EventShed, &failure{kind: faultConfig, err: errDisabled})
		return
	case j.lease.Context().Err() != nil:
		l.Exit()
		n.end(&j.event, j.delivery, EventKept, nil)
		return
	}
	place, wait, ok := l.Admit(j.event.line())
	if !ok {
		n.putBack(j, wait)
		return
	}
	inFlight, ok := n.inFlight.Start(j.delivery.context())
	if !ok { // Close ends the event
		l.Leave(place, lanes.SignalNone)
		return
	}
	defer n.inFlight.Finish(inFlight)
	defer endWith(j.lease.Context(), inFlight)()
	n.try(j, app, l, place, inFlight)
}

// try makes the attempt and does what follows from it, also where foreign code in it
// panics or ends the goroutine.
func (n *notifier) try(j *job, app string, l *lanes.Limiter, place lanes.Place, inFlight *pending.Context) {
	wait, again, returned := time.Duration(0), false, false
	defer func() {
		if !returned {
			cause := recover()
			n.broken(j, cause)
			if cause == nil { // runtime.Goexit ends this worker
				n.spawn(func() { n.work(app, l) })
			}
		}
		n.signal(l, place, j, again)
		n.afterAttempt(j, wait, again, inFlight.Err() != nil)
	}()
	wait, again = n.attempt(inFlight, j)
	returned = true
}

// endWith ends an attempt when its lease ends.
func endWith(lease context.Context, inFlight *pending.Context) (stop func()) {
	if lease.Done() == nil {
		return func() {}
	}
	remove := context.AfterFunc(lease, func() { inFlight.End(errLeaseLost) })
	return func() { remove() }
}

// errLeaseLost ends an attempt of an event that the queue has given to another.
var errLeaseLost = errors.New("the queue has given the event to another process")

// broken records an attempt that ended in the media server's transport or dialer, by a
// panic or runtime.Goexit. The event is not repeated.
func (n *notifier) broken(j *job, cause any) {
	j.attempts++
	j.connected = true
	stack := debug.Stack()
	n.client.dispatcher.Add(func() { n.client.opts.logPanic(cause, stack) })
	j.fault = &failure{kind: faultNoAnswer, phase: h1.Sent, err: fmt.Errorf("the transport did not return: %.80q", fmt.Sprint(cause))}
}

// attempt posts the event once. It records the result in the job, and returns whether and
// when to try again.
func (n *notifier) attempt(inFlight *pending.Context, j *job) (wait time.Duration, again bool) {
	e := &j.event
	s := n.client.state.Load()
	app := s.named(e.App)
	if app == nil { // a Reload, a moment ago
		j.fault = &failure{kind: faultConfig, err: errDisabled}
		return 0, false
	}
	if err := e.check(); err != nil {
		j.fault = &failure{kind: faultConfig, err: err}
		return 0, false
	}
	policy := n.client.opts.eventRetries(s.cfg, e.Hook)
	b := n.client.getBuffers()
	defer n.client.putBuffers(b)
	c := n.client.newCall(s, app.chooseFor(e.line(), j.delivery.session, j.backend), e.Hook, e.Body, e.stamp(), b)
	c.background, c.fresh, c.session, c.retry = true, j.fresh, j.delivery.session, policy
	c.onStart, c.onAttempt = n.client.attempting(j), n.client.attempted(j)
	ctx, cancel := until(inFlight, c.timeout, j.end)
	defer cancel()
	j.fault = c.once(ctx)
	j.attempts += c.attempts
	j.connected = j.connected || c.connected
	if c.last == nil || j.fault == nil {
		return 0, false
	}
	j.others = c.to.hasWell()
	j.status = c.last.Status
	if !j.repeats(policy, c) {
		return 0, false
	}
	least, most := j.pause(c)
	return backoff.Between(least, most), true
}

// until ends an attempt when the event is too old, where its own time does not end first.
func until(inFlight *pending.Context, timeout time.Duration, end time.Time) (context.Context, context.CancelFunc) {
	if timeout > 0 && time.Until(end) > timeout {
		return inFlight, func() {}
	}
	return context.WithDeadlineCause(inFlight, end, errAge)
}

var (
	// errAge ends an attempt of an event that has grown too old.
	errAge = errors.New("the event is too old")
	// errDisabled is why an event that waited is no longer sent.
	errDisabled = errors.New("hooks of this method are disabled")
)

// afterAttempt ends the event, or puts it back in the queue. ended says that Close or the
// queue has ended the attempt.
func (n *notifier) afterAttempt(j *job, wait time.Duration, again, ended bool) {
	unstored := n.save(j)
	switch {
	case j.fault == nil:
		n.finish(j, EventDelivered, nil)
	case unstored != nil && (again || ended):
		result, fault := n.refusal(unstored)
		n.finish(j, result, fault)
	case j.lease.Context().Err() != nil:
		n.end(&j.event, j.delivery, EventKept, nil)
	case ended: // Close ends the event
	case again && time.Now().Add(wait).Before(j.end):
		n.putBack(j, wait)
	case again || j.fault.kind == faultCanceled:
		n.finish(j, EventExpired, j.fault)
	default:
		n.finish(j, EventFailed, j.fault)
	}
}

// signal reports an attempt to the limiter, and to the log where the backend has gone down or
// come back.
func (n *notifier) signal(l *lanes.Limiter, place lanes.Place, j *job, again bool) {
	back, down := l.Leave(place, j.signal(again))
	if a := n.client.state.Load().named(j.event.App); (down || back > 0) && a != nil && !a.several() {
		n.client.backendChanged(a, a.backends[0], j.fault, down, back)
	}
}

// signal is what the attempt says of all backends of the app. An answer shows that they are there,
// whatever it says, unless it asks to come again. One that is down says nothing of the others.
func (j *job) signal(again bool) lanes.Signal {
	f := j.fault
	aged := f != nil && errors.Is(f.err, errAge)
	switch {
	case f == nil:
		return lanes.SignalAnswer
	case f.kind == faultStatus && again:
		return j.alone(lanes.SignalBusy)
	case f.kind == faultStatus, f.kind == faultBody:
		return lanes.SignalAnswer
	case f.kind == faultUnreachable, f.kind == faultTLS, f.kind == faultAddress, aged && f.phase == h1.Connecting:
		return j.alone(lanes.SignalUnreachable)
	case f.kind == faultNoAnswer && !f.stale(), f.kind == faultTimeout && !f.waited(), aged && f.phase > h1.Connecting:
		return lanes.SignalSilence
	}
	return lanes.SignalNone
}

// alone is the signal, unless another backend of the app is well.
func (j *job) alone(s lanes.Signal) lanes.Signal {
	if j.others {
		return lanes.SignalNone
	}
	return s
}

// downSince is since when no event of an app could reach its backend; zero: it is not down.
func (n *notifier) downSince(app string) time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.limiters[app]
	if l == nil {
		return time.Time{}
	}
	return l.DownSince()
}

// waitingFor is how many events of an app have not ended.
func (n *notifier) waitingFor(app string) (waiting int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, d := range n.deliveries {
		if d.app == app {
			waiting++
		}
	}
	return waiting
}

// close accepts no more events and waits for those that are open, at most until ctx ends.
// Then it cancels the attempts, and has the queue say what is left.
func (n *notifier) close(ctx context.Context) {
	pending.Wait(ctx, n.open.Close())
	n.inFlight.Close()
	n.inFlight.Cancel(errClosing)
	n.stopPulling()
	n.closeLimiters()
	if !pending.Wait(ctx, n.running.Close()) {
		n.running.WaitForCanceled()
	}
	n.stopCalling()
	n.running.WaitForCanceled() // workers that were waiting for the queue
	n.closeQueue(ctx)
	n.open.WaitForCanceled()
	n.losses.Flush()
	n.faults.Flush()
	n.unkept.Flush()
}

func (n *notifier) closeLimiters() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.limiters {
		l.Close()
	}
}

// closeQueue ends what is left in the queue. It does not wait for a queue that does not
// return after ctx has ended.
func (n *notifier) closeQueue(ctx context.Context) {
	var left []Drop
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		var err error
		if left, err = n.queue.Close(ctx); err != nil {
			n.queueFailed("close", err)
		}
	}()
	if !pending.Wait(ctx, closed) && !pending.WaitWhile(closed, func() uint64 { return 0 }) {
		return
	}
	for _, drop := range left {
		n.dropped(&drop.Event, drop.Result)
	}
}

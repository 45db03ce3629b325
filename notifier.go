package resthook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
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

// notifier delivers events off the media path: a fixed number of workers for
// each app takes them from the queue, one attempt at a time, so that an event
// that has to wait holds no worker.
type notifier struct {
	client *Client
	queue  Queue
	books  *books
	losses *dispatch.Throttle[ending, struct{}]
	faults *dispatch.Throttle[string, error] // of the queue, by what it was asked for

	mu         sync.Mutex
	limiters   map[string]*lanes.Limiter // by app key, with the workers behind it
	deliveries map[string]*delivery      // by the id of the event

	open     pending.Counter  // events that are accepted, or given out, and not reported
	running  pending.Counter  // the workers, and callbacks on goroutines of their own
	inFlight pending.InFlight // the attempts

	pulling context.Context //nolint:containedctx // ends when nothing is to be pulled any more
	noPull  func()
	calling context.Context //nolint:containedctx // ends when Close waits for the queue no longer
	noCall  func()
}

func newNotifier(c *Client, o *options) *notifier {
	n := &notifier{
		client: c, queue: o.queue, losses: dispatch.NewThrottle(c.dispatcher, o.logLost),
		faults: dispatch.NewThrottle(c.dispatcher, o.logQueueFailed), books: newBooks(),
		limiters: map[string]*lanes.Limiter{}, deliveries: map[string]*delivery{},
	}
	if n.queue == nil {
		n.queue = NewQueue(o.queueLimits)
	}
	n.pulling, n.noPull = context.WithCancel(context.Background())
	n.calling, n.noCall = context.WithCancel(context.Background())
	return n
}

// resume starts the workers of all apps, for a queue that kept events over a
// restart.
func (n *notifier) resume() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, app := range n.client.opts.apps {
		n.start(app.Key)
	}
}

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

// spawn runs f on a goroutine that Close waits for, unless Close is through with
// that.
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
	for l.Enter() {
		lease, ok := n.pull(apps)
		if !ok {
			l.Exit()
			return
		}
		n.deliver(lease, app, l)
	}
}

// pull waits for an event. A queue that fails is asked again, after a wait.
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

// errNoLease is what is said of a queue that returns no event and no error.
var errNoLease = errors.New("no event and no error")

// deliver makes one attempt, unless the event is over without, or has to come
// again.
func (n *notifier) deliver(lease Lease, app string, l *lanes.Limiter) {
	g := &given{lease: lease, event: lease.Event()}
	if !n.take(g) {
		l.Exit()
		_ = n.requeue(lease, time.Second, &g.event) // which logs a fault
		return
	}
	g.expireAfter(&g.event, n.client.opts.maxAge)
	switch {
	case !time.Now().Before(g.end):
		l.Exit()
		n.finish(g, EventExpired, cmp.Or(g.fault, &failure{kind: faultCanceled, err: errAge}))
		return
	case !n.client.takes(&g.event):
		l.Exit()
		n.finish(g, EventShed, &failure{kind: faultConfig, err: errDisabled})
		return
	}
	p, wait, ok := l.Admit(g.event.line())
	if !ok {
		n.putBack(g, wait)
		return
	}
	flight, ok := n.inFlight.Start(g.delivery.context())
	if !ok { // Close is to say what becomes of it
		l.Leave(p, lanes.SignalNone)
		return
	}
	defer n.inFlight.Finish(flight)
	defer endWith(lease.Context(), flight)()
	again, returned := false, false
	defer func() {
		if !returned {
			cause := recover()
			n.broken(g, cause)
			if cause == nil { // runtime.Goexit takes this goroutine with it
				n.spawn(func() { n.work(app, l) })
			}
		}
		n.reportTo(l, p, g, again)
		n.conclude(g, wait, again, flight.Err() != nil)
	}()
	wait, again = n.attempt(flight, g)
	returned = true
}

// endWith ends an attempt when the event is no longer ours.
func endWith(lease context.Context, flight *pending.Context) (stop func()) {
	if lease.Done() == nil {
		return func() {}
	}
	over := context.AfterFunc(lease, func() { flight.End(errLeaseLost) })
	return func() { over() }
}

// errLeaseLost ends an attempt of an event that the queue has given to another.
var errLeaseLost = errors.New("the queue has given the event to another process")

// broken is an attempt that ended in a transport or a connection of the media
// server's, by a panic or runtime.Goexit. The event is not repeated.
func (n *notifier) broken(g *given, cause any) {
	g.attempts++
	g.past = true
	stack := debug.Stack()
	n.client.dispatcher.Add(func() { n.client.opts.logPanic(cause, stack) })
	g.fault = &failure{kind: faultNoAnswer, phase: h1.Sent, err: fmt.Errorf("the transport did not return: %.80q", fmt.Sprint(cause))}
}

// conclude says what becomes of an event after an attempt.
func (n *notifier) conclude(g *given, wait time.Duration, again, ended bool) {
	unstored := n.note(g)
	switch {
	case g.fault == nil:
		n.finish(g, EventDelivered, nil)
	case unstored != nil && (again || ended):
		result, fault := n.refusal(unstored)
		n.finish(g, result, fault)
	case g.lease.Context().Err() != nil:
		n.end(&g.event, g.delivery, EventKept, nil)
	case ended: // Close is to say what becomes of it
	case again && time.Now().Add(wait).Before(g.end):
		n.putBack(g, wait)
	case again || g.fault.kind == faultCanceled:
		n.finish(g, EventExpired, g.fault)
	default:
		n.finish(g, EventFailed, g.fault)
	}
}

// reportTo tells the limiter of an attempt, and the log where that changes what is
// known of the backend.
func (n *notifier) reportTo(l *lanes.Limiter, p lanes.Place, g *given, again bool) {
	e, fault := &g.event, g.fault
	back, down := l.Leave(p, fault.signal(again))
	switch {
	case down:
		n.client.dispatcher.Add(func() { n.logDown(e, fault) })
	case back > 0:
		waiting := n.waitingFor(e.App)
		n.client.dispatcher.Add(func() { n.logBack(e.App, back, waiting) })
	}
}

func (n *notifier) logDown(e *Event, fault *failure) {
	err := n.client.failed(&Outcome{Hook: e.Hook, App: e.AppKey}, nil, fault)
	n.client.opts.logger.LogAttrs(context.Background(), slog.LevelError, "backend down",
		slog.String("app", e.App), slog.String("url", err.URL), slog.String("kind", string(err.Kind)), slog.Any("error", err.Err))
}

// queueFailed has a fault of the queue logged; call is what the queue was asked for.
func (n *notifier) queueFailed(call string, err error) { n.faults.Add(call, err) }

// waitingFor is how many events of an app are not over.
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

func (n *notifier) logBack(app string, down time.Duration, waiting int) {
	n.client.opts.logger.LogAttrs(context.Background(), slog.LevelInfo, "backend back",
		slog.String("app", app), slog.Duration("down", down), slog.Int("waiting", waiting))
}

// signal is what an attempt tells the limiter. An answer is one, whatever it
// says, unless it asks to come again.
func (f *failure) signal(again bool) lanes.Signal {
	aged := f != nil && errors.Is(f.err, errAge)
	switch {
	case f == nil:
		return lanes.SignalAnswer
	case f.kind == faultStatus && again:
		return lanes.SignalBusy
	case f.kind == faultStatus, f.kind == faultBody:
		return lanes.SignalAnswer
	case f.kind == faultUnreachable, f.kind == faultTLS, aged && f.phase == h1.Connecting:
		return lanes.SignalUnreachable
	case f.kind == faultNoAnswer && !f.stale(), f.kind == faultTimeout && !f.waited(), aged && f.phase > h1.Connecting:
		return lanes.SignalSilence
	}
	return lanes.SignalNone
}

var (
	// errAge ends an attempt of an event that has grown too old.
	errAge = errors.New("the event is too old")
	// errDisabled is why an event that waited is no longer to be sent.
	errDisabled = errors.New("hooks of this method are disabled")
)

// attempt posts the event once. It notes what went wrong, and says whether and when
// to try again.
func (n *notifier) attempt(flight *pending.Context, g *given) (wait time.Duration, again bool) {
	e := &g.event
	s := n.client.state.Load()
	app := s.named(e.App)
	if app == nil { // a Reload, a moment ago
		g.fault = &failure{kind: faultConfig, err: errDisabled}
		return 0, false
	}
	if err := e.check(); err != nil {
		g.fault = &failure{kind: faultConfig, err: err}
		return 0, false
	}
	policy := n.client.retries(s.cfg)
	b := n.client.getBuffers()
	defer n.client.putBuffers(b)
	c := n.client.newCall(s, app, e.Hook, e.Body, e.stamp(), b)
	c.background, c.fresh, c.onAttempt = true, g.fresh, n.client.attempted(g)
	ctx, cancel := until(flight, c.timeout, g.end)
	defer cancel()
	g.fault = c.once(ctx)
	g.attempts += c.attempts
	g.past = g.past || c.connected
	if c.last == nil || g.fault == nil {
		return 0, false
	}
	g.status = c.last.Status
	if !g.repeats(policy, c.last) {
		return 0, false
	}
	least, most := policy.wait(g.attempts, c.last)
	return backoff.Between(least, most), true
}

// until bounds an attempt by the event's age, where its own time does not.
func until(flight *pending.Context, timeout time.Duration, end time.Time) (context.Context, context.CancelFunc) {
	if timeout > 0 && time.Until(end) > timeout {
		return flight, func() {}
	}
	return context.WithDeadlineCause(flight, end, errAge)
}

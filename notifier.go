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

	"github.com/wcskit/resthook/internal/dispatch"
	"github.com/wcskit/resthook/internal/h1"
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
	losses *dispatch.Throttle[ending]

	mu       sync.Mutex
	limiters map[string]*limiter // by app key, with the workers behind it
	waiting  map[string]int      // events that are open, by app key

	open     pending.Counter  // events that are accepted and not reported
	running  pending.Counter  // the workers, and callbacks on goroutines of their own
	inFlight pending.InFlight // the attempts
}

func newNotifier(c *Client, o *options) *notifier {
	n := &notifier{
		client: c, queue: o.queue, losses: dispatch.NewThrottle(c.dispatcher, o.logLost),
		limiters: map[string]*limiter{}, waiting: map[string]int{},
	}
	if n.queue == nil {
		n.queue = NewQueue(o.queueLimits)
	}
	kept, _ := n.queue.Len() // over a restart
	for range kept {
		n.open.Begin()
	}
	n.books = newBooks(kept)
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
	l := newLimiter(o.workers, o.retry.min, o.retry.max)
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
func (n *notifier) work(app string, l *limiter) {
	for l.enter() {
		e, ok := n.queue.Pull(app)
		if !ok {
			l.exit()
			return
		}
		n.deliver(app, e, l)
	}
}

// deliver makes one attempt, unless the event is over without, or has to come
// again.
func (n *notifier) deliver(app string, e *Event, l *limiter) {
	e.expireAfter(n.client.opts.maxAge)
	switch {
	case !time.Now().Before(e.end):
		l.exit()
		n.finish(e, EventExpired, cmp.Or(e.fault, &failure{kind: faultCanceled, err: errAge}))
		return
	case !n.client.takes(e):
		l.exit()
		n.finish(e, EventShed, &failure{kind: faultConfig, err: errDisabled})
		return
	}
	p, wait, ok := l.admit(e.line())
	if !ok {
		n.queue.Requeue(e, wait)
		return
	}
	flight, ok := n.inFlight.Start(e.context())
	if !ok {
		l.leave(p, signalNone)
		n.finish(e, EventLeft, leftBehind(e.fault))
		return
	}
	defer n.inFlight.Finish(flight)
	var fault *failure
	again, returned := false, false
	defer func() {
		if !returned {
			cause := recover()
			fault = n.broken(e, cause)
			if cause == nil { // runtime.Goexit takes this goroutine with it
				n.spawn(func() { n.work(app, l) })
			}
		}
		n.report(e, l, p, fault, again)
		n.conclude(e, fault, wait, again, flight.Err() != nil)
	}()
	fault, wait, again = n.attempt(flight, e)
	returned = true
}

// broken is an attempt that ended in a transport or a connection of the media
// server's, by a panic or runtime.Goexit. The event is not repeated.
func (n *notifier) broken(e *Event, cause any) *failure {
	e.Attempts++
	e.past = true
	stack := debug.Stack()
	n.client.dispatcher.Add(func() { n.client.opts.logPanic(cause, stack) })
	return &failure{kind: faultNoAnswer, phase: h1.Sent, err: fmt.Errorf("the transport did not return: %.80q", fmt.Sprint(cause))}
}

// conclude says what becomes of an event after an attempt.
func (n *notifier) conclude(e *Event, fault *failure, wait time.Duration, again, closing bool) {
	switch {
	case fault == nil:
		n.finish(e, EventDelivered, nil)
	case closing:
		n.finish(e, EventLeft, leftBehind(fault))
	case again && time.Now().Add(wait).Before(e.end):
		e.fault = fault
		n.queue.Requeue(e, wait)
	case again || fault.kind == faultCanceled:
		n.finish(e, EventExpired, fault)
	default:
		n.finish(e, EventFailed, fault)
	}
}

// report tells the limiter of an attempt, and the log where that changes what is
// known of the backend.
func (n *notifier) report(e *Event, l *limiter, p place, fault *failure, again bool) {
	back, down := l.leave(p, fault.signal(again))
	switch {
	case down:
		n.client.dispatcher.Add(func() { n.logDown(e, fault) })
	case back > 0:
		waiting := n.waitingFor(e.App)
		n.client.dispatcher.Add(func() { n.logBack(e.App, back, waiting) })
	}
}

func (n *notifier) logDown(e *Event, fault *failure) {
	err := n.client.fail(&Outcome{Hook: e.Hook, App: e.AppKey}, nil, fault)
	n.client.opts.logger.LogAttrs(e.context(), slog.LevelError, "backend down",
		slog.String("app", e.App), slog.String("url", err.URL), slog.String("kind", string(err.Kind)), slog.Any("error", err.Err))
}

func (n *notifier) waitingFor(app string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.waiting[app]
}

func (n *notifier) logBack(app string, down time.Duration, waiting int) {
	n.client.opts.logger.LogAttrs(context.Background(), slog.LevelInfo, "backend back",
		slog.String("app", app), slog.Duration("down", down), slog.Int("waiting", waiting))
}

// signal is what an attempt tells the limiter. An answer is one, whatever it
// says, unless it asks to come again.
func (f *failure) signal(again bool) signal {
	aged := f != nil && errors.Is(f.err, errAge)
	switch {
	case f == nil:
		return signalAnswer
	case f.kind == faultStatus && again:
		return signalBusy
	case f.kind == faultStatus, f.kind == faultBody:
		return signalAnswer
	case f.kind == faultUnreachable, f.kind == faultTLS, aged && f.phase == h1.Connecting:
		return signalUnreachable
	case f.kind == faultNoAnswer && !f.stale(), f.kind == faultTimeout && !f.waited(), aged && f.phase > h1.Connecting:
		return signalSilence
	}
	return signalNone
}

var (
	// errAge ends an attempt of an event that has grown too old.
	errAge = errors.New("the event is too old")
	// errDisabled is why an event that waited is no longer to be sent.
	errDisabled = errors.New("hooks of this method are disabled")
)

// attempt posts the event once. It says what went wrong, and whether and when to
// try again.
func (n *notifier) attempt(flight *pending.Context, e *Event) (fault *failure, wait time.Duration, again bool) {
	s := n.client.state.Load()
	app := s.named(e.App)
	if app == nil { // a Reload, a moment ago
		return &failure{kind: faultConfig, err: errDisabled}, 0, false
	}
	if err := e.check(); err != nil {
		return &failure{kind: faultConfig, err: err}, 0, false
	}
	policy := n.client.retries(s.cfg)
	room := n.client.lend()
	defer n.client.giveBack(room)
	c := n.client.newCall(s, app, e.Hook, e.Body, e.stamp(), room)
	c.background, c.fresh, c.onAttempt = true, e.fresh, n.client.attempted(e)
	ctx, cancel := until(flight, c.timeout, e.end)
	defer cancel()
	fault = c.once(ctx)
	e.Attempts += c.attempts
	e.past = e.past || c.past
	if c.last == nil || fault == nil {
		return fault, 0, false
	}
	e.status = c.last.Status
	if !e.repeats(policy, c.last) {
		return fault, 0, false
	}
	least, most := policy.wait(e.Attempts, c.last)
	return fault, pick(least, most), true
}

// repeats reports whether an event is to be tried again after an attempt that
// failed: what Send tries again is, and one for want of a connection, and once a
// time-out without a byte on a connection that was kept, which may have been dead.
// What never reached the backend is tried for as long as the event's age allows; what the
// backend has taken and not answered, so many times as Send does it.
func (e *Event) repeats(policy retryPolicy, at *attempt) bool {
	f := at.failure
	first := f.unheard() && !e.fresh
	e.fresh = e.fresh || first
	if f.sentWhole() || f.kind == faultTimeout && f.phase > h1.Connecting {
		e.Unanswered++
	}
	again := first || f.waited() || policy.again(f, at.Status)
	return policy.count > 0 && e.Unanswered <= policy.count && again
}

// until bounds an attempt by the event's age, where its own time does not.
func until(flight *pending.Context, timeout time.Duration, end time.Time) (context.Context, context.CancelFunc) {
	if timeout > 0 && time.Until(end) > timeout {
		return flight, func() {}
	}
	return context.WithDeadlineCause(flight, end, errAge)
}

package resthook

import (
	"context"
	"errors"
	"hash/fnv"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/wcskit/resthook/internal/breaker"
	"github.com/wcskit/resthook/internal/redact"
)

const (
	// The pauses in which a backend that is ill is not asked, if another one is well.
	firstPause   = time.Second
	longestPause = 15 * time.Second
	// A hook waits no longer for a connection if it can go to another backend that is well.
	connectTime = time.Second
	// A hook with a deadline waits half of the time that is left, but not less than this.
	shortConnectTime = 250 * time.Millisecond
)

// breakers are the breakers of an app's backends by URL, over a Reload.
type breakers map[string]*breaker.Breaker

func (k breakers) of(b *backend) *breaker.Breaker {
	if known := k[b.shown]; known != nil {
		return known
	}
	return breaker.New(firstPause, longestPause)
}

func (a *app) breakers() breakers {
	if a == nil {
		return nil
	}
	known := breakers{}
	for _, b := range a.backends {
		known[b.shown] = b.breaker
	}
	return known
}

// several reports whether the app has a choice of backends.
func (a *app) several() bool { return len(a.backends) > 1 }

// same is the backend of the app with the URL of b, which may be one from before a Reload; or nil.
func (a *app) same(b *backend) *backend {
	for _, one := range a.backends {
		if b != nil && one.shown == b.shown {
			return one
		}
	}
	return nil
}

// choice chooses the backends of a hook, one for each attempt.
type choice struct {
	app   *app
	start int      // the index of the first in the order
	stay  *backend // it goes before the others: that of the session; nil: none
	asked uint32   // a bit for each that was asked since the last wait
	at    *backend // the one that was chosen last

	permit breaker.Permit // of the breaker of at
}

// choose begins a choice for a hook of a session, or for one without.
func (a *app) choose(session *Session) choice {
	c := choice{app: a, at: a.backends[0]}
	if !a.several() {
		return c
	}
	if session != nil {
		c.stay = a.same(session.backend.Load())
	}
	if a.roundRobin && (c.stay == nil || !c.stay.breaker.Opened().IsZero()) {
		c.begin(a.turns.Add(1) - 1)
	}
	return c
}

// begin has the order begin with the backend whose turn it is.
func (c *choice) begin(turn uint64) {
	c.start = int(turn % uint64(len(c.app.backends))) //nolint:gosec // less than manyBackends
	c.at = c.app.backends[c.start]
}

// chooseFor is choose for an event. It does not go to the backend that has failed, if that is not
// nil. Events of a line whose session is not known go to one backend, too.
func (a *app) chooseFor(line string, session *Session, failed *backend) choice {
	c := a.choose(session)
	if !a.several() {
		return c
	}
	if a.roundRobin && session == nil && line != "" {
		sum := fnv.New64a()
		_, _ = sum.Write([]byte(line))
		c.begin(sum.Sum64())
	}
	if other := a.same(failed); other != nil {
		c.asked = 1 << other.index
	}
	return c
}

// order yields the backends that were not asked since the last wait.
func (c *choice) order(yield func(*backend) bool) {
	if c.stay != nil && !c.wasAsked(c.stay) && !yield(c.stay) {
		return
	}
	for i := range c.app.backends {
		b := c.app.backends[(c.start+i)%len(c.app.backends)]
		if b != c.stay && !c.wasAsked(b) && !yield(b) {
			return
		}
	}
}

func (c *choice) wasAsked(b *backend) bool { return c.asked&(1<<b.index) != 0 }

// next chooses the first backend whose breaker permits it; if there is none, the first.
func (c *call) next() {
	if c.to.stay != nil && c.probeOverdue() {
		return
	}
	var first *backend
	for b := range c.to.order {
		if first == nil {
			first = b
		}
		permit, opened := b.breaker.Try()
		if opened && c.to.app.several() {
			c.client.backendChanged(c.to.app, b, &failure{kind: faultTimeout, err: errQuiet}, true, 0)
		}
		if permit != breaker.Refused {
			c.to.at, c.to.permit = b, permit
			return
		}
	}
	c.to.at, c.to.permit = first, breaker.Refused
}

// probeOverdue chooses a backend that nobody asks again: hooks of sessions have backends that
// are well.
func (c *call) probeOverdue() bool {
	for b := range c.to.order {
		if b != c.to.stay && b.breaker.TryOverdue() {
			c.to.at, c.to.permit = b, breaker.Probe
			return true
		}
	}
	return false
}

// errQuiet is why a backend is left alone while the first hooks still wait for it.
var errQuiet = errors.New("several hooks wait, and none is answered")

// failed records that the one chosen last has failed, and reports whether there is another one
// to ask. If there is none, all can be asked again, after a wait.
func (c *choice) failed() (another bool) {
	c.asked |= 1 << c.at.index
	if c.hasOther() {
		return true
	}
	c.asked = 0
	return false
}

// hasOther reports whether there is another backend than the one chosen last that was not
// asked since the last wait.
func (c *choice) hasOther() bool {
	for b := range c.order {
		if b != c.at {
			return true
		}
	}
	return false
}

// hasWell reports whether one of them is well.
func (c *choice) hasWell() bool {
	for b := range c.order {
		if b != c.at && b.breaker.Opened().IsZero() {
			return true
		}
	}
	return false
}

// connectBy is when an attempt stops waiting for a connection: only if another backend is well.
func (c *call) connectBy(ctx context.Context, begun time.Time) time.Time {
	if !c.to.app.several() || !c.to.hasWell() {
		return time.Time{}
	}
	wait := connectTime
	deadline, ok := ctx.Deadline()
	if !c.end.IsZero() && (!ok || c.end.Before(deadline)) {
		deadline, ok = c.end, true
	}
	if ok {
		wait = min(wait, max(deadline.Sub(begun)/2, shortConnectTime))
	}
	return begun.Add(wait)
}

// busy are the statuses by which a backend, or a gateway before it, says that it can't answer
// now.
func busy(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// verdict is what an attempt says of its backend.
func (f *failure) verdict(status int, retried []int) breaker.Result {
	switch {
	case f == nil:
		return breaker.Success
	case f.undelivered() && f.kind != faultTimeout && f.kind != faultCanceled:
		return breaker.Absent
	case f.kind == faultStatus && (busy(status) || slices.Contains(retried, status)), f.silent():
		return breaker.Failure
	case f.kind == faultStatus, f.kind == faultBody:
		return breaker.Success
	}
	return breaker.None
}

// backendChanged logs that a backend is down from now on, or is back after it was down.
func (c *Client) backendChanged(a *app, b *backend, f *failure, opened bool, down time.Duration) {
	waiting := 0
	if !opened {
		waiting = c.events.waitingFor(a.key)
	}
	c.dispatcher.Add(func() {
		if opened {
			c.opts.logger.LogAttrs(context.Background(), slog.LevelError, "backend down",
				slog.String("app", a.key), slog.String("url", b.shown), slog.String("kind", string(f.kind)), slog.Any("error", redact.Error(f.err, longestCause)))
			return
		}
		c.opts.logger.LogAttrs(context.Background(), slog.LevelInfo, "backend back",
			slog.String("app", a.key), slog.String("url", b.shown), slog.Duration("down", down), slog.Int("waiting", waiting))
	})
}

// BackendStats is what is known of a backend.
type BackendStats struct {
	App string // the key of its app, empty for the one without
	URL string // as a log has it
	// Down says that the log has a line "backend down" of it: it is left alone, or, the only
	// one of its app, three events in a row could not reach it. Since is when that began.
	Down  bool
	Since time.Time
}

// backendStats are the stats of all backends, in the order of their apps. downSince says since
// when the only backend of an app is down.
func (s *state) backendStats(downSince func(app string) time.Time) []BackendStats {
	var all []BackendStats
	for _, given := range s.given {
		a := s.named(given.Key)
		if a == nil {
			continue
		}
		for _, b := range a.backends {
			since := b.breaker.Opened()
			if !a.several() {
				since = downSince(a.key) // as the log has it
			}
			all = append(all, BackendStats{App: a.key, URL: b.shown, Down: !since.IsZero(), Since: since})
		}
	}
	return all
}

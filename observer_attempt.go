package resthook

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"time"
)

// AttemptStart is a request that is about to be made, of a hook or of an event.
type AttemptStart struct {
	Hook    string // the method's name
	Kind    Kind
	App     string        // the app key
	Session string        // the session id, where there is one
	ID      string        // the Webhook-Id, the same for all attempts
	URL     string        // where it goes: scheme, host and path, without secrets
	Number  int           // from 1, over all attempts of the hook or event; the same again where no request was made
	Event   bool          // it delivers an event
	Queued  time.Duration // for an event: how long ago it was notified

	// Header is empty, and what StartAttempt puts in it goes out with this request, such as
	// a W3C trace context. Headers that [WithHeader] refuses, or that it has set, are not
	// sent; neither are those that have no place in 4096 bytes, in the order of their names.
	Header http.Header
}

func (a AttemptStart) shown() shown {
	attrs := shown{
		slog.String("hook", a.Hook), slog.String("kind", a.Kind.String()), slog.String("app", a.App), slog.String("session", a.Session), slog.String("id", a.ID),
		slog.String("url", a.URL), slog.Int("number", a.Number), slog.Bool("event", a.Event),
	}
	if a.Event {
		attrs = append(attrs, slog.Duration("queued", a.Queued))
	}
	return attrs
}

// Format prints what LogValue has, whatever the verb.
func (a AttemptStart) Format(f fmt.State, verb rune) {
	printTo(f, verb, a.shown().text("AttemptStart"))
}

// LogValue is the start in log/slog: a group with hook, kind, app, session, id, url, number,
// event and, for an event, queued. It has no headers.
func (a AttemptStart) LogValue() slog.Value { return a.shown().LogValue() }

// MarshalJSON writes the start as one object, with the names of LogValue; queued in
// nanoseconds.
func (a AttemptStart) MarshalJSON() ([]byte, error) { return a.shown().json() }

// Attempt is one request of a hook or of an event.
type Attempt struct {
	Hook     string // the method's name
	App      string // the app key
	Session  string // the session id, where there is one
	ID       string // the Webhook-Id, the same for all attempts
	URL      string // where it went: scheme, host and path, without secrets
	Number   int    // from 1, over all attempts of the hook or event
	Duration time.Duration
	Status   int   // 0 where none came
	Reused   bool  // it went over a kept connection
	Err      error // nil for a 200 with one JSON object
}

func (a Attempt) shown() shown {
	attrs := shown{
		slog.String("hook", a.Hook), slog.String("app", a.App), slog.String("session", a.Session), slog.String("id", a.ID), slog.String("url", a.URL),
		slog.Int("number", a.Number), slog.Duration("duration", a.Duration), slog.Int("status", a.Status), slog.Bool("reused", a.Reused),
	}
	return append(attrs, failing(a.Err)...)
}

// Format prints what LogValue has, whatever the verb.
func (a Attempt) Format(f fmt.State, verb rune) { printTo(f, verb, a.shown().text("Attempt")) }

// LogValue is the attempt in log/slog: a group with hook, app, session, id, url, number, duration, status,
// reused and, where it failed, error.
func (a Attempt) LogValue() slog.Value { return a.shown().LogValue() }

// MarshalJSON writes the attempt as one object, with the names of LogValue; the
// duration in nanoseconds.
func (a Attempt) MarshalJSON() ([]byte, error) { return a.shown().json() }

// starts returns the function to call before each request of a hook, or nil.
func (o Observer) starts(x *exchange) func(context.Context, AttemptStart) context.Context {
	if o.StartAttempt == nil {
		return nil
	}
	return func(ctx context.Context, a AttemptStart) context.Context {
		a.Hook, a.Kind, a.App, a.Session, a.ID = x.Hook, x.Kind, x.App, x.Session, x.ID
		return o.StartAttempt(ctx, a)
	}
}

// attempts returns the function to call after each request of a hook, or nil.
func (o Observer) attempts(x *exchange) func(context.Context, Attempt) {
	if o.Attempt == nil {
		return nil
	}
	return func(ctx context.Context, a Attempt) {
		a.Hook, a.App, a.Session, a.ID = x.Hook, x.App, x.Session, x.ID
		o.Attempt(ctx, a)
	}
}

// attempting is starts for an event. A panic costs the event only the headers.
func (c *Client) attempting(j *job) func(context.Context, AttemptStart) context.Context {
	observe := c.opts.observer.StartAttempt
	if observe == nil {
		return nil
	}
	e, made := &j.event, j.attempts
	return func(ctx context.Context, a AttemptStart) (own context.Context) {
		a.Hook, a.Kind, a.App, a.Session, a.ID = label(e.Hook), e.Kind, label(e.AppKey), label(e.Session), e.ID
		a.Number += made
		a.Event, a.Queued = true, e.age()
		defer func() {
			if cause := recover(); cause != nil {
				stack := debug.Stack()
				c.dispatcher.Miss()
				c.dispatcher.Add(func() { c.opts.logPanic(cause, stack) })
				clear(a.Header)
				own = nil
			}
		}()
		return observe(ctx, a)
	}
}

// attempted is attempts for an event, of which some may have been made before.
func (c *Client) attempted(j *job) func(context.Context, Attempt) {
	observe := c.opts.observer.Attempt
	if observe == nil {
		return nil
	}
	e, made, ctx := &j.event, j.attempts, j.delivery.context()
	own := c.opts.observer.StartAttempt != nil
	return func(used context.Context, a Attempt) {
		a.Hook, a.App, a.Session, a.ID = label(e.Hook), label(e.AppKey), label(e.Session), e.ID
		a.Number += made
		if own {
			ctx = context.WithoutCancel(used)
		}
		c.dispatcher.Add(func() { observe(ctx, a) })
	}
}

// start calls the observer before an attempt, and returns the context for it.
func (c *call) start(ctx context.Context) context.Context {
	if c.onStart == nil {
		return ctx
	}
	one := AttemptStart{URL: c.url(), Number: c.attempts + 1, Header: http.Header{}}
	ctx = orGiven(ctx, c.onStart, one)
	c.header = c.to.at.fitting(one.Header)
	return ctx
}

// url is where the hook goes, as it may be printed.
func (c *call) url() string { return c.to.at.url(label(c.hook)) }

// longestAdded is how many bytes an observer may add to a request. Servers take 8 KiB and more
// for all headers.
const longestAdded = 4 << 10

// fitting removes the headers of an observer that are not sent.
func (b *backend) fitting(added http.Header) http.Header {
	room := longestAdded
	for _, name := range slices.Sorted(maps.Keys(added)) {
		size := 0
		for _, value := range added[name] {
			size += len(name) + len(": \r\n") + len(value)
			if checkHeader(name, value) != nil {
				size = longestAdded + 1
			}
		}
		if _, own := b.header[http.CanonicalHeaderKey(name)]; own || size > room {
			delete(added, name)
			continue
		}
		room -= size
	}
	return added
}

// appendHeader appends headers, each behind the end of the line before.
func appendHeader(b []byte, header http.Header) []byte {
	for name, values := range header {
		for _, value := range values {
			b = append(append(append(append(b, "\r\n"...), name...), ": "...), value...)
		}
	}
	return b
}

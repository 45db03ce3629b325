package resthook

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/wcskit/resthook/internal/dispatch"
	"github.com/wcskit/resthook/internal/redact"
)

// Observer gets a report of every hook that is sent, for metrics and traces. Each
// function may be nil, must be quick, and must be safe for concurrent use. The reports
// have no secrets. Texts that a client may have chosen, such as ids, are cut to 128
// bytes.
//
// Start, StartAttempt, Attempt and End of a hook are called on the goroutine of [Hook.Send], and
// a panic goes up to its caller. StartAttempt for an event is called on the worker that makes
// the request, which waits for it; after a panic in it, the request is made without its headers. Event, and Attempt for an event, are called on one
// goroutine of the client, one call after the other, in the order in which things
// happened: no delivery waits for them. Where more of
// these calls wait than the queue may hold events, or than 10,000, further ones are
// dropped, counted in [Stats] and logged. A panic in one is logged as "callback
// panicked", with its stack, and the next call is made.
//
// Every function may call the library: notify, send, disconnect, reload, close.
// A context that is given to [Client.Close], [Client.Shutdown] or
// [Session.Disconnect] there has to end, since they wait for the function itself, or
// for the hook that it belongs to. A function that sends or notifies is
// called for that hook too.
type Observer struct {
	// Start is called before a hook is sent. The context that it returns is
	// used for the hook, and is given to StartAttempt, Attempt and End; nil is the one given.
	Start func(ctx context.Context, start Start) context.Context
	// StartAttempt is called before each request, of an event too, and may add headers
	// to it: see [AttemptStart]. The context that it returns is used for the request, and
	// its values are given to Attempt; nil is the one given. ctx ends with the hook; for an
	// event it has the values that [Hook.Notify] was given. No Attempt follows where no
	// connection was free in time, so that no request was made.
	StartAttempt func(ctx context.Context, start AttemptStart) context.Context
	// Attempt is called after each request, of an event too. An event's context has
	// the values that [Hook.Notify] was given, and never ends.
	Attempt func(ctx context.Context, attempt Attempt)
	// End is called when the hook is over, one that was refused before it was
	// sent too. Its outcome has no payload.
	End func(ctx context.Context, end Outcome)
	// Event is called when an event is over, of [Hook.Notify],
	// [Session.Disconnect] or a keep-alive. For an event, Start and End are not
	// called. ctx is as that of an event's attempts.
	Event func(ctx context.Context, end EventOutcome)
}

// Start is a hook that is about to be sent.
type Start struct {
	Hook    string // the method's name
	Kind    Kind
	App     string // the app key
	Session string // the session id, where there is one
	ID      string // the Webhook-Id; empty for a hook that is refused before it is sent
}

func (s Start) shown() shown {
	return shown{slog.String("hook", s.Hook), slog.String("kind", s.Kind.String()), slog.String("app", s.App), slog.String("session", s.Session), slog.String("id", s.ID)}
}

// Format prints what LogValue has, whatever the verb.
func (s Start) Format(f fmt.State, verb rune) { printTo(f, verb, s.shown().text("Start")) }

// LogValue is the start in log/slog: a group with hook, kind, app, session and id.
func (s Start) LogValue() slog.Value { return s.shown().LogValue() }

// MarshalJSON writes the start as one object, with the names of LogValue.
func (s Start) MarshalJSON() ([]byte, error) { return s.shown().json() }

// Outcome is the outcome of a hook. A print, a log or its JSON shows neither Payload nor
// Client, which may hold secrets.
type Outcome struct {
	Hook     string // the method's name
	Kind     Kind
	App      string        // the app key
	Session  string        // the session id, where there is one
	ID       string        // the Webhook-Id; empty where no request was to be made
	Action   Action        // what the media server does now
	Sent     bool          // a request was made; false where hooks are disabled
	Attempts int           // how many requests were started
	Status   int           // the last HTTP status, 0 where none came
	Duration time.Duration // of all attempts and the waits between them
	Fallback bool          // nobody answered, and [WithFallback] has allowed it; Err says why
	Err      error         // the failure, also where Action is ActionContinue: an *Error, or nil

	// Payload is what the media server goes on with, and Client what its
	// client may see of it. Only [Hook.SendJSON] sets them.
	Payload, Client json.RawMessage
}

func (o Outcome) shown() shown {
	attrs := shown{
		slog.String("hook", o.Hook), slog.String("kind", o.Kind.String()), slog.String("app", o.App), slog.String("session", o.Session), slog.String("id", o.ID),
		slog.String("action", string(o.Action)), slog.Bool("sent", o.Sent), slog.Int("attempts", o.Attempts),
		slog.Int("status", o.Status), slog.Duration("duration", o.Duration),
	}
	if o.Fallback {
		attrs = append(attrs, slog.Bool("fallback", true))
	}
	return append(attrs, failing(o.Err)...)
}

// Format prints what LogValue has, whatever the verb.
func (o Outcome) Format(f fmt.State, verb rune) { printTo(f, verb, o.shown().text("Outcome")) }

// LogValue is the outcome in log/slog: a group with hook, kind, app, session,
// id, action, sent, attempts, status, duration, fallback where it is true and, where it failed, error and
// error_kind.
func (o Outcome) LogValue() slog.Value { return o.shown().LogValue() }

// MarshalJSON writes the outcome as one object, with the names of LogValue; the
// duration in nanoseconds.
func (o Outcome) MarshalJSON() ([]byte, error) { return o.shown().json() }

// and is an observer that reports to both, to this one first, to the other one also where
// this one panics.
func (o Observer) and(other Observer) Observer {
	return Observer{
		Start:        bothStart(o.Start, other.Start),
		StartAttempt: bothStart(o.StartAttempt, other.StartAttempt),
		Attempt:      both(o.Attempt, other.Attempt),
		End:          both(o.End, other.End),
		Event:        both(o.Event, other.Event),
	}
}

func bothStart[T any](first, second func(context.Context, T) context.Context) func(context.Context, T) context.Context {
	switch {
	case first == nil:
		return second
	case second == nil:
		return first
	}
	return func(ctx context.Context, start T) context.Context {
		return orGiven(orGiven(ctx, first, start), second, start)
	}
}

// orGiven is the context that a function returns, or the one given in place of nil.
func orGiven[T any](ctx context.Context, begin func(context.Context, T) context.Context, start T) context.Context {
	if own := begin(ctx, start); own != nil {
		return own
	}
	return ctx
}

func both[T any](first, second func(context.Context, T)) func(context.Context, T) {
	switch {
	case first == nil:
		return second
	case second == nil:
		return first
	}
	return func(ctx context.Context, report T) {
		defer second(ctx, report)
		first(ctx, report)
	}
}

func (o Observer) start(ctx context.Context, x *exchange) context.Context {
	if o.Start == nil {
		return ctx
	}
	return orGiven(ctx, o.Start, Start{Hook: x.Hook, Kind: x.Kind, App: x.App, Session: x.Session, ID: x.ID})
}

func (o Observer) end(ctx context.Context, end Outcome) {
	if o.End != nil {
		o.End(ctx, end)
	}
}

// What the client reports about its events. The dispatcher calls the media server's
// observers and log handlers; no worker and no Notify runs foreign code.

const (
	// manyCallbacks is how many calls may wait, however few events the queue may hold.
	manyCallbacks = 10_000
	// lateCallbacks is how many calls are made after Close, for hooks that were refused
	// because of it.
	lateCallbacks = 1_000
)

func newDispatcher(o *options) *dispatch.Dispatcher {
	return dispatch.New(dispatch.Options{
		Waiting: max(manyCallbacks, o.queueLimits.filled().Events),
		Late:    lateCallbacks,
		Dropped: func(calls int) {
			o.logger.LogAttrs(context.Background(), slog.LevelError, "outcomes not reported", slog.Int("count", calls))
		},
		Panicked: o.logPanic,
	})
}

// logPanic logs what a callback panicked with, as net/http does it for a handler.
func (o *options) logPanic(cause any, stack []byte) {
	o.logger.LogAttrs(context.Background(), slog.LevelError, "callback panicked",
		slog.String("panic", label(fmt.Sprint(cause))), slog.String("stack", firstLines(stack, stackLines)))
}

// stackLines is how much of a stack the log gets: the panic and some ten callers.
const stackLines = 30

func firstLines(text []byte, n int) string {
	lines := bytes.SplitAfterN(text, []byte("\n"), n+1)
	return string(bytes.TrimSpace(bytes.Join(lines[:min(n, len(lines))], nil)))
}

// lost reports whether an event with this result was lost. Lost events are logged together.
func lost(result EventResult) bool {
	return result == EventShed || result == EventExpired || result == EventLeft || result == EventUnstored
}

// logLost logs events that were lost.
func (o *options) logLost(one ending, _ struct{}, count int) {
	o.logger.LogAttrs(context.Background(), slog.LevelError, "events lost",
		slog.String("hook", one.hook), slog.String("reason", string(one.result)), slog.Int("count", count))
}

// logQueueFailed logs that the queue failed; call is what it was asked for.
func (o *options) logQueueFailed(call string, last error, count int) {
	o.logger.LogAttrs(context.Background(), slog.LevelError, "queue failed",
		slog.String("call", call), slog.Int("count", count), slog.String("error", redact.Line(last.Error(), longestCause)))
}

// logJournalFailed logs that the journal has not kept entries.
func (o *options) logJournalFailed(_ struct{}, last error, count int) {
	o.logger.LogAttrs(context.Background(), slog.LevelError, "journal failed",
		slog.Int("count", count), slog.String("error", redact.Line(last.Error(), longestCause)))
}

// apart makes a call on a goroutine of its own, which Close waits for. It is for a callback
// that must not wait for others.
func (c *Client) apart(call func()) {
	if !c.events.spawn(func() { c.dispatcher.Call(call) }) {
		c.dispatcher.Miss()
	}
}

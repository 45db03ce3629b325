package resthook

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"
)

// Observer is told of every hook that is sent, for metrics and traces. Each function may be
// nil; they are called on the caller's goroutine, must be quick, and must be
// safe for concurrent use. They are told no secret.
type Observer struct {
	// Start is called before a hook is sent. The context that it returns is
	// used for the hook, and is given to the other two.
	Start func(ctx context.Context, start Start) context.Context
	// Attempt is called after each request.
	Attempt func(ctx context.Context, attempt Attempt)
	// End is called when the hook is over. Its outcome has no payload.
	End func(ctx context.Context, end Outcome)
	// Event is called when an event of [Hook.Notify] is over, on the goroutine
	// that delivered it or, where it made room for another, on that of Notify.
	// For an event, Start and End are not called. It may disconnect sessions with
	// a context that ends, but must not wait for the client to close.
	Event func(end EventOutcome)
}

// Start is a hook that is about to be sent.
type Start struct {
	Hook    string // the method's name
	Kind    Kind
	App     string // the app key
	Session string // the session id, where there is one
}

func (s Start) shown() shown {
	return shown{slog.String("hook", s.Hook), slog.String("kind", s.Kind.String()), slog.String("app", s.App), slog.String("session", s.Session)}
}

// Format prints what LogValue has, whatever the verb.
func (s Start) Format(f fmt.State, verb rune) { printTo(f, verb, s.shown().text("Start")) }

// LogValue is the start in log/slog: a group with hook, kind, app and session.
func (s Start) LogValue() slog.Value { return s.shown().LogValue() }

// MarshalJSON writes the start as one object, with the names of LogValue.
func (s Start) MarshalJSON() ([]byte, error) { return s.shown().json() }

// Attempt is one request of a hook.
type Attempt struct {
	Hook     string // the method's name
	Number   int    // from 1
	Duration time.Duration
	Status   int   // 0 where none came
	Reused   bool  // it went over a kept connection
	Err      error // nil for a 200 with one JSON object
}

func (a Attempt) shown() shown {
	attrs := shown{
		slog.String("hook", a.Hook), slog.Int("number", a.Number), slog.Duration("duration", a.Duration),
		slog.Int("status", a.Status), slog.Bool("reused", a.Reused),
	}
	return append(attrs, failing(a.Err)...)
}

// Format prints what LogValue has, whatever the verb.
func (a Attempt) Format(f fmt.State, verb rune) { printTo(f, verb, a.shown().text("Attempt")) }

// LogValue is the attempt in log/slog: a group with hook, number, duration, status,
// reused and, where it failed, error.
func (a Attempt) LogValue() slog.Value { return a.shown().LogValue() }

// MarshalJSON writes the attempt as one object, with the names of LogValue; the
// duration in nanoseconds.
func (a Attempt) MarshalJSON() ([]byte, error) { return a.shown().json() }

// Outcome is what came of a hook. Printed, logged or written as JSON it shows
// neither Payload nor Client, which may hold secrets.
type Outcome struct {
	Hook     string // the method's name
	Kind     Kind
	App      string        // the app key
	Session  string        // the session id, where there is one
	Action   Action        // what the media server does now
	Sent     bool          // a request was made; false where hooks are disabled
	Attempts int           // how many requests were started
	Status   int           // the last HTTP status, 0 where none came
	Duration time.Duration // of all attempts and the waits between them
	Err      error         // the failure, also where Action is Continue: an *Error, or nil

	// Payload is what the media server goes on with, and Client what its
	// client may see of it. Only [Hook.SendJSON] sets them.
	Payload, Client json.RawMessage
}

func (o Outcome) shown() shown {
	attrs := shown{
		slog.String("hook", o.Hook), slog.String("kind", o.Kind.String()), slog.String("app", o.App), slog.String("session", o.Session),
		slog.String("action", string(o.Action)), slog.Bool("sent", o.Sent), slog.Int("attempts", o.Attempts),
		slog.Int("status", o.Status), slog.Duration("duration", o.Duration),
	}
	return append(attrs, failing(o.Err)...)
}

// Format prints what LogValue has, whatever the verb.
func (o Outcome) Format(f fmt.State, verb rune) { printTo(f, verb, o.shown().text("Outcome")) }

// LogValue is the outcome in log/slog: a group with hook, kind, app, session,
// action, sent, attempts, status, duration and, where it failed, error and
// error_kind.
func (o Outcome) LogValue() slog.Value { return o.shown().LogValue() }

// MarshalJSON writes the outcome as one object, with the names of LogValue; the
// duration in nanoseconds.
func (o Outcome) MarshalJSON() ([]byte, error) { return o.shown().json() }

func (o Observer) start(ctx context.Context, t *trip) context.Context {
	if o.Start == nil {
		return ctx
	}
	return o.Start(ctx, Start{Hook: t.Hook, Kind: t.Kind, App: t.App, Session: t.Session})
}

// attempts returns the function to call after each request of a hook, or nil.
func (o Observer) attempts(ctx context.Context, hook string) func(Attempt) {
	if o.Attempt == nil {
		return nil
	}
	return func(a Attempt) {
		a.Hook = hook
		o.Attempt(ctx, a)
	}
}

func (o Observer) end(ctx context.Context, end Outcome) {
	if o.End != nil {
		o.End(ctx, end)
	}
}

package resthook

import (
	"context"
	"encoding/json"
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

// Attempt is one request of a hook.
type Attempt struct {
	Hook     string // the method's name
	Number   int    // from 1
	Duration time.Duration
	Status   int   // 0 where none came
	Reused   bool  // it went over a kept connection
	Err      error // nil for a 200 with one JSON object
}

// Outcome is what came of a hook.
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

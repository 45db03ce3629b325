package resthook

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/wcskit/resthook/internal/jsontext"
)

// Event is a hook that waits to be delivered. It is plain data, so that a
// [Queue] can keep it anywhere. A print or a log does not show its body. Its JSON
// has the body, and with it the payload's secrets.
type Event struct {
	ID       string    // stable over retries and restarts
	Sequence uint64    // the place in the session's hooks, from 1
	Time     time.Time // when it was notified
	Hook     string    // the method's name
	Kind     Kind
	App      string // the key of the [App] that takes it, empty for the one without
	AppKey   string // the app key that the client gave
	Session  string // the session id
	Body     []byte // the payload as the backend will see it
	OnError  OnError
	Priority Priority
	// Line names the events that are delivered in order, one at a time: those of
	// one session have a line of their own, which no other session has, whatever
	// its id. Empty: those with the same Session.
	Line string
	// Replaces names the thing that the event reports on, where only the newest counts: an
	// older event of the session with the same text may go, unless it was given
	// out. Empty: none.
	Replaces string
	Attempts int // how many requests were started so far
	// Unanswered is how many of them the backend may have taken without an
	// answer: the connection was lost, or was a kept one that stayed silent. Of
	// those there are no more repeats than a hook that is sent has; only what
	// never reached the backend is repeated until the event is too old.
	Unanswered int
	About      About
	// Recovered says that the event was made for a process that ended without it: it is
	// the closing event of something that a [Journal] had open.
	Recovered bool
}

// About names the thing that an event reports on, as its payload has it: each text is cut
// to 128 bytes, and empty where the payload does not have it.
type About struct {
	MediaSessionID string
	Name           string
	CallID         string
	EventStatus    string // the payload's status: "PUBLISHING"
}

// Priority is how much an event matters when there is room for few.
type Priority uint8

// The priorities, the first to be shed first.
const (
	// PriorityProgress: keep-alives, statistics and other signals of something under way.
	PriorityProgress Priority = iota
	// PriorityStatus: a change of status.
	PriorityStatus
	// PriorityClosing: the end of a thing. A backend that never hears of it goes on billing.
	PriorityClosing

	priorities = iota
)

// String returns the priority's word.
func (c Priority) String() string {
	switch c {
	case PriorityProgress:
		return "progress"
	case PriorityStatus:
		return "status"
	case PriorityClosing:
		return "closing"
	}
	return "unknown"
}

// size is how many bytes the event counts in the bounds of a queue.
func (e *Event) size() int { return len(e.Body) + eventOverhead }

// eventOverhead is about how many bytes an event takes beside its body.
const eventOverhead = 512

// EventResult is how an event ended.
type EventResult string

// The results.
const (
	// EventDelivered: the backend answered 200 with one JSON object.
	EventDelivered EventResult = "delivered"
	// EventFailed: the backend did not take it, and repeating would not help.
	EventFailed EventResult = "failed"
	// EventExpired: it grew older than the age limit, retries included.
	EventExpired EventResult = "expired"
	// EventShed: there was no room for it, or it made room for others.
	EventShed EventResult = "shed"
	// EventReplaced: a newer event of the same thing took its place.
	EventReplaced EventResult = "replaced"
	// EventLeft: the client was closed before it could be delivered.
	EventLeft EventResult = "left"
	// EventKept: it is with the queue, which outlives this client, or with another
	// process that has taken it: it will be delivered from there.
	EventKept EventResult = "kept"
	// EventUnstored: the queue could not store it, and does not hold it.
	EventUnstored EventResult = "unstored"
	// EventRefused: it was not queued: the payload can't be sent, no app takes it, or the
	// session or the client has ended. Notify has returned the error.
	EventRefused EventResult = "refused"
)

// EventOutcome is the outcome of an event. The event is identified by its About (the
// payload's mediaSessionId, name, callId and status) and by its ID, which the backend has
// as Webhook-Id.
type EventOutcome struct {
	About

	ID        string // empty for an event that was refused
	Sequence  uint64
	Hook      string
	Kind      Kind
	App       string
	Session   string
	Priority  Priority
	Recovered bool // as in [Event]
	Result    EventResult
	Action    Action        // ActionWarn or ActionBreak where the backend's refusal counts
	Queued    time.Duration // from Notify to the end
	Attempts  int           // how many requests were started
	Status    int           // the last HTTP status, 0 where none came
	Err       error         // why it was not delivered: an *Error, or nil
}

func (o EventOutcome) shown() shown {
	attrs := shown{
		slog.String("id", o.ID), slog.Uint64("sequence", o.Sequence), slog.String("hook", o.Hook), slog.String("kind", o.Kind.String()),
		slog.String("app", o.App), slog.String("session", o.Session), slog.String("media_session", o.MediaSessionID), slog.String("name", o.Name),
		slog.String("call", o.CallID), slog.String("event_status", o.EventStatus), slog.String("priority", o.Priority.String()), slog.Bool("recovered", o.Recovered),
		slog.String("result", string(o.Result)), slog.String("action", string(o.Action)), slog.Duration("queued", o.Queued),
		slog.Int("attempts", o.Attempts), slog.Int("status", o.Status),
	}
	return append(attrs, failing(o.Err)...)
}

// Format prints what LogValue has, whatever the verb.
func (o EventOutcome) Format(f fmt.State, verb rune) {
	printTo(f, verb, o.shown().text("EventOutcome"))
}

// LogValue is the outcome in log/slog: a group with id, sequence, hook, kind, app,
// session, media_session, name, call, event_status, priority, recovered, result, action, queued, attempts, status and, where it failed,
// error and error_kind.
func (o EventOutcome) LogValue() slog.Value { return o.shown().LogValue() }

// MarshalJSON writes the outcome as one object, with the names of LogValue; the
// time in the queue in nanoseconds.
func (o EventOutcome) MarshalJSON() ([]byte, error) { return o.shown().json() }

func (e *Event) shown() shown {
	return shown{
		slog.String("id", e.ID), slog.Uint64("sequence", e.Sequence), slog.String("hook", e.Hook), slog.String("kind", e.Kind.String()),
		slog.String("app", e.AppKey), slog.String("session", e.Session), slog.String("priority", e.Priority.String()),
		slog.Int("bytes", len(e.Body)), slog.Int("attempts", e.Attempts),
	}
}

// Format prints what LogValue has, whatever the verb.
func (e Event) Format(f fmt.State, verb rune) { printTo(f, verb, e.shown().text("Event")) }

// LogValue is the event in log/slog: a group with id, sequence, hook, kind, app,
// session, priority, attempts and the length of its body in bytes.
func (e Event) LogValue() slog.Value { return e.shown().LogValue() }

// LogValue is the drop in log/slog: a group with event and result.
func (d Drop) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("event", d.Event), slog.String("result", string(d.Result)))
}

// check reports what a request can't have in it. The event may come from a queue
// that somebody else has written to.
func (e *Event) check() error {
	if strings.ContainsFunc(e.ID, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fmt.Errorf("%w: event id %q: not printable ascii", ErrConfig, e.ID)
	}
	if err := checkName(e.Hook); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return nil
}

// age is never negative, whatever was done to the clock.
func (e *Event) age() time.Duration { return max(0, time.Since(e.Time)) }

// line is the name of the event's line among those of its app.
func (e *Event) line() string { return cmp.Or(e.Line, e.Session) }

// stamped gives the event its id, its number and its time.
func (e *Event) stamped(mark stamp) { e.ID, e.Sequence, e.Time = mark.id, mark.sequence, mark.time }

func (e *Event) stamp() stamp {
	return stamp{id: e.ID, sequence: e.Sequence, time: e.Time, recovered: e.Recovered}
}

// priorityOf says how much a hook matters: the end of a thing most, one that only
// reports progress least.
func priorityOf(hook, status string) Priority {
	switch hook {
	case StreamKeepAliveEvent.name, StreamsStatEvent.name, StreamTranscodingGroupEvent.name, StreamEvent.name:
		return PriorityProgress
	case StreamStatusEvent.name:
		return streamPriority(StreamStatus(status))
	case CallStatusEvent.name:
		switch CallStatus(status) {
		case CallFinish, CallFailed, CallBusy:
			return PriorityClosing
		}
	case ConnectionStatusEvent.name:
		switch ConnectionStatus(status) {
		case ConnectionDisconnected, ConnectionFailed:
			return PriorityClosing
		}
	}
	return PriorityStatus
}

func streamPriority(status StreamStatus) Priority {
	switch status {
	case StreamUnpublished, StreamStopped, StreamFailed:
		return PriorityClosing
	case StreamResize, StreamSnapshotComplete, StreamNotEnoughBandwidth:
		return PriorityProgress
	}
	return PriorityStatus
}

// replacesOf names the thing that a keep-alive or a statistics event reports on. A stranger
// can choose these names, so they are hashed, each with its length.
func replacesOf(hook string, body []byte) string {
	switch hook {
	case StreamKeepAliveEvent.name, StreamsStatEvent.name:
		id := textAt(body, "mediaSessionId")
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %s%s", len(id), id, textAt(body, "name")))
		return hook + " " + string(hex.AppendEncode(nil, sum[:16]))
	}
	return ""
}

func textAt(body []byte, name string) string {
	value, _ := jsontext.Get(body, name)
	return jsontext.Text(value)
}

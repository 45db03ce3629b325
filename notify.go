package resthook

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/owntype"
	"github.com/wcskit/resthook/internal/redact"
)

// Notify queues the hook to be delivered off the media path, to a session or, where
// there is none, to the client itself, and returns at once. Its outcome is reported to
// [Observer.Event], with the action for the media server, the Webhook-Id and the
// payload's ids. An event that was queued may still be shed; see
// [QueueLimits].
//
// The events of a session arrive in the order in which they were notified, over
// retries too, after the hooks that were sent before. Of those that were notified to
// the client itself this holds for events with the same sessionId or, without one, the
// same mediaSessionId, callId or name, the first of these that the payload has.
//
// Of ctx only the values count, such as a trace or a logger's attributes: the
// [Observer], the log line of a failure and the request have them, and they stay in
// memory until the event is over. That ctx ends, ends nothing. A queue that keeps
// events outside the process does not keep the values. A nil ctx is an error.
//
// The answer's values are ignored, under the policy OVERWRITE too: the event has
// happened. The payload is encoded before Notify returns and is the caller's again.
// An error means that the event was not queued: it matches [ErrConfig] for a
// payload that can't be sent, such as one of a status event without a status, and
// [ErrClosed] after Disconnect or Close. It is an [*Error]; the event is counted,
// logged and observed as [EventRefused], too, and is not to be notified again by who
// hears of that. Notify is safe for concurrent use, in a callback too.
func (h Hook[P]) Notify(ctx context.Context, to Target, payload *P) error {
	return h.notify(ctx, to, payload, h.incomplete, nil)
}

// Record is [Hook.Notify] for what must not be lost, such as what is billed: it
// returns when the queue has stored the event as safely as it stores any. A queue in
// memory, which is the default, has done so when Notify returns; one that keeps events
// over a crash takes as long as its disk or its network.
//
// When ctx ends first, the error matches [ErrCanceled], and the event may be stored and
// delivered all the same. Any other error means that it is not delivered: it is that
// of Notify, or matches [ErrQueueFull], or [ErrStore] where the queue failed, or
// [ErrClosed]. The event is counted, logged and observed as with Notify. Record is safe
// for concurrent use, but not to be called by an [Observer] or a log handler, which it
// would wait for.
func (h Hook[P]) Record(ctx context.Context, to Target, payload *P) error {
	stored := make(chan error, 1)
	err := h.notify(ctx, to, payload, h.incomplete, func(err error) {
		select {
		case stored <- err:
		default: // it was stored before it was over
		}
	})
	if err != nil {
		return err
	}
	select {
	case err = <-stored:
		return err
	default:
	}
	client, _ := homeOf(to)
	select {
	case err = <-stored:
		return err
	case <-client.closing.over: // a queue that is closed may say nothing any more
		select {
		case err = <-stored:
			return err
		default:
			return &Error{Hook: label(h.name), Kind: faultClosed, Action: ActionContinue, Err: fmt.Errorf("the event is not stored: client %w", ErrClosed)}
		}
	case <-ctx.Done():
		return &Error{Hook: label(h.name), Kind: faultCanceled, Action: ActionContinue, Err: fmt.Errorf("the event is not stored yet: %w", ended(ctx))}
	}
}

// NotifyJSON is [Hook.Notify] for callers that hold the payload as JSON, as
// [Hook.SendJSON] is for Send. A value in data that does not fit its field goes out as
// it is. Data that is no JSON object, or has half a character, gives an error that
// matches [ErrConfig].
func (h Hook[P]) NotifyJSON(ctx context.Context, to Target, data []byte) error {
	payload, err := h.decodeToSend(data)
	if err != nil {
		return refuseEvent(ctx, to, h.event(About{}), fmt.Errorf("%w: %w", ErrConfig, err))
	}
	return h.notify(ctx, to, payload, complete, nil)
}

func (h Hook[P]) notify(ctx context.Context, to Target, payload *P, check func(*P, []byte) error, stored func(error)) error {
	client, who := homeOf(to)
	b := client.getBuffers()
	defer client.putBuffers(b)
	body, err := h.encode(b.payload[:0], payload, who)
	if err == nil {
		b.payload = body
		err = check(payload, body)
	}
	if ctx == nil {
		err = errNilContext
	}
	if err != nil {
		return refuseEvent(ctx, to, h.event(About{}), err)
	}
	e := h.event(h.about(payload, body))
	e.stored = stored
	r, err := routeTo(to, h.name, body)
	r.fill(ctx, e)
	if err != nil {
		return refuseEvent(ctx, to, e, err)
	}
	defer r.done()
	return r.queue(ctx, to, e)
}

// event is an event of the hook, still without a route.
func (h Hook[P]) event(about About) *notification {
	e := &notification{Event: Event{Hook: h.name, Kind: h.kind, About: about, Priority: h.priority}}
	if !h.ranked {
		e.Priority = priorityOf(h.name, about.EventStatus)
	}
	return e
}

// about names the thing that an event reports on.
func (h Hook[P]) about(payload *P, body []byte) About {
	text := func(name string) string { return label(h.codec.Text(payload, body, name)) }
	name := h.codec.Text(payload, body, "name")
	if strings.ContainsAny(name, "@=") { // it may be a URL, with a password or a token
		name = withoutQuery(redact.Line(name, longestLabel))
	}
	return About{MediaSessionID: text("mediaSessionId"), Name: label(name), CallID: text("callId"), EventStatus: text("status")}
}

// hasStatus reports whether the hook is a status event with a payload of this package.
func (h Hook[P]) hasStatus() bool {
	_, own := h.codec.(owntype.Codec[P])
	return h.kind == KindEvent && strings.HasSuffix(h.name, "StatusEvent") && !own && h.hasField("status")
}

// incomplete reports what a payload from Go lacks: a status event has to say which
// status. What came as JSON goes out as it is.
func (h Hook[P]) incomplete(payload *P, body []byte) error {
	if !h.hasStatus() || h.codec.Text(payload, body, "status") != "" {
		return nil
	}
	if odd, ok := jsontext.Get(body, "status"); ok && string(odd) != `""` {
		return nil // a value of another type, which somebody has sent
	}
	return fmt.Errorf("%w: a status event without a status", ErrConfig)
}

// fill adds to an event what the route says.
func (r *route) fill(ctx context.Context, e *notification) {
	e.AppKey, e.Session, e.OnError, e.session = r.appKey, r.sessionID, r.rule.RestOnError, r.session
	e.Body, e.Line, e.Replaces = bytes.Clone(r.rule.outgoing(r.payload)), r.line(), replacesOf(e.Hook, r.payload)
	if ctx != nil && ctx != context.Background() {
		e.values = context.WithoutCancel(ctx)
	}
}

// line names the events that are delivered in one order with those of this route. The
// names can be chosen by a stranger where there is no session, so they are hashed.
func (r *route) line() string {
	if r.session != nil {
		return r.session.line()
	}
	for _, name := range [...]string{"sessionId", "mediaSessionId", "callId", "name"} {
		if text := textAt(r.payload, name); text != "" {
			sum := sha256.Sum256([]byte(text))
			return name + " " + hex.EncodeToString(sum[:16])
		}
	}
	return ""
}

// queue queues an event, where it is to be sent.
func (r *route) queue(ctx context.Context, to Target, e *notification) error {
	if err := r.accept(e, false); err != nil {
		return refuseEvent(ctx, to, e, err)
	}
	r.push(e)
	return nil
}

// accept counts an event, where it is to be sent.
func (r *route) accept(e *notification, held bool) error {
	if e.sent = r.sends(e.Hook, e.Kind); !e.sent {
		return nil
	}
	e.App = r.app.key
	return r.client.events.accept(held)
}

// push numbers an event that was accepted, and queues it.
func (r *route) push(e *notification) {
	switch {
	case !e.sent:
		e.unsent()
	case r.session == nil:
		e.stamped(r.client.stamps.next())
		r.client.events.push(e)
	default:
		r.session.events.Add(e, r.session.number, r.session.push)
	}
}

// unsent ends an event that is not to go out.
func (e *notification) unsent() {
	if e.stored != nil {
		e.stored(nil)
	}
	if e.over != nil {
		e.over(EventOutcome{Hook: e.Hook, Action: ActionContinue})
	}
}

// refuseEvent ends an event that can't be queued: it is counted and reported as any
// other. It returns the error for the caller.
func refuseEvent(ctx context.Context, to Target, e *notification, cause error) error {
	err := refusal(label(e.Hook), ActionBreak, cause)
	if err.Kind == faultClosed {
		err.Action = ActionContinue
	}
	client, who := homeOf(to)
	if who != nil {
		e.AppKey, e.Session = who.App(), who.Session()
	}
	err.App, err.Session = label(e.AppKey), label(e.Session)
	if client.made() {
		if ctx == nil {
			ctx = context.Background()
		}
		client.events.refuse(context.WithoutCancel(ctx), EventOutcome{
			About: e.About, Hook: err.Hook, Kind: e.Kind, App: err.App, Session: err.Session, Priority: e.Priority,
			Result: EventRefused, Action: err.Action, Err: err,
		})
	}
	return err
}

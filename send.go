package resthook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wcskit/resthook/internal/identity"
	"github.com/wcskit/resthook/internal/pending"
)

// Send sends the hook to a session, or to the client itself where there is
// none, and returns the payload to go on with: the one given, or a copy of it
// with what the backend was allowed to change. The one given is never written. In a
// session, nodeId, appKey and sessionId are those of the session, whatever the payload
// says; one that the session does not have is not sent.
//
// An error means: act. It is an [*Error], whose Action says what to do; the
// payload is then the one given. Under restOnError=LOG a failure is logged and
// observed, and Send returns the payload given and nil (docs/protocol.md,
// 3.1).
//
// Send does not wait for events of the session that are queued: it may reach the
// backend before them, and [HeaderSequence] says which was first.
//
// Send takes at most rest_request_timeout for each attempt, and ctx bounds all
// of them together; when ctx ends, Send returns at once, and that is a failure
// like any other. It is safe for concurrent use.
func (h Hook[P]) Send(ctx context.Context, to Target, payload *P) (*P, error) {
	changed, _, err := h.exchange(ctx, to, payload, h.incomplete)
	return changed, err
}

// SendJSON is Send for callers that hold the payload as JSON and want to know
// everything about the exchange, such as a command: the outcome has the failure
// under restOnError=LOG too. The error is about the call itself: data that is no JSON
// object, or has a \u escape of half a character (a lone surrogate), which only a hook
// of [json.RawMessage] sends; no such app. It matches [ErrConfig] or [ErrClosed]. A
// value in data that does not fit its field goes out as it is.
func (h Hook[P]) SendJSON(ctx context.Context, to Target, data []byte) (Outcome, error) {
	payload, err := h.decodeToSend(data)
	if err != nil {
		return Outcome{}, h.newExchange().refuse(ctx, to, fmt.Errorf("%w: %w", ErrConfig, err))
	}
	changed, x, err := h.exchange(ctx, to, payload, complete)
	if x.refused {
		return Outcome{}, err
	}
	if x.Payload, err = h.encode(nil, changed, nil); err != nil {
		return Outcome{}, err
	}
	x.Client = x.Payload
	if x.Action != ActionBreak {
		x.Client = x.clientView(x.Payload)
	}
	return x.Outcome, nil
}

// exchange is one hook: its request, with all attempts, and the answer.
type exchange struct {
	Outcome

	method     string   // the whole name; Hook may be cut
	refused    bool     // it was not sent, whatever the rule says
	connected  bool     // an attempt got further than connecting
	answered   bool     // an attempt says that somebody has answered
	backend    *backend // that was asked last
	route      *route
	stamp      stamp
	unanswered *failure         // why a fallback has allowed the hook
	inFlight   *pending.Context // while Close has to wait for it
	buffers    *buffers
}

func (h Hook[P]) newExchange() *exchange {
	return &exchange{Outcome: Outcome{Hook: label(h.name), Kind: h.kind, Action: ActionContinue}, method: h.name, route: &route{}}
}

// errNilContext refuses a call without a context.
var errNilContext = fmt.Errorf("%w: a nil context", ErrConfig)

// exchange encodes a payload, finds its route, sends it and takes what the answer may
// change. missing reports what a payload lacks. The error is for the caller to act on; the
// outcome of the exchange has the failure also where nobody has to act.
func (h Hook[P]) exchange(ctx context.Context, to Target, payload *P, missing func(*P, []byte) error) (*P, *exchange, error) {
	x := h.newExchange()
	client, who := homeOf(to)
	x.buffers = client.getBuffers()
	defer client.putBuffers(x.buffers)
	body, err := h.encode(x.buffers.payload[:0], payload, who)
	if err == nil {
		x.buffers.payload = body
		err = missing(payload, body)
	}
	if ctx == nil {
		err = errNilContext
	}
	if err != nil {
		return payload, x, x.refuse(ctx, to, err)
	}
	x.route, err = routeTo(to, h.name, body)
	x.App, x.Session = label(x.route.appKey), label(x.route.sessionID)
	if err != nil {
		return payload, x, x.refuse(ctx, to, err)
	}
	defer x.finish()
	if !x.route.sends(h.name, h.kind) {
		return payload, x, nil
	}
	changed, err := h.send(ctx, x, payload)
	if err != nil {
		return payload, x, err
	}
	return changed, x, nil
}

// complete is a check that finds nothing missing.
func complete[P any](*P, []byte) error { return nil }

// encode appends the payload to b, with the ids of who is speaking; its errors match
// ErrConfig.
func (h Hook[P]) encode(b []byte, payload *P, who *identity.IDs) ([]byte, error) {
	switch {
	case h.codec == nil:
		return nil, fmt.Errorf("%w: %w", ErrConfig, errZeroHook)
	case payload == nil:
		return nil, fmt.Errorf("%w: a nil payload", ErrConfig)
	}
	body, whole, err := h.codec.Append(b, payload, who.Values())
	if err != nil {
		return nil, fmt.Errorf("%w: payload: %w", ErrConfig, err)
	}
	if !whole {
		body = who.Put(body)
	}
	return body, nil
}

// send posts the payload, takes what the answer may change, and reports the outcome.
func (h Hook[P]) send(ctx context.Context, x *exchange, payload *P) (*P, error) {
	client := x.route.client
	inFlight, ok := client.inFlight.Start(ctx)
	if !ok {
		return nil, x.refuse(ctx, client, errClientClosed)
	}
	x.inFlight = inFlight
	defer inFlight.End(context.Canceled)
	if inFlight.Err() == nil { // else it does not go out, and takes no number
		x.stamp = x.route.stamp()
		x.ID = x.stamp.id
	}

	begun := time.Now()
	ctx = client.opts.observer.start(inFlight, x)
	answer, fault, last := x.post(ctx)
	end := func() error {
		x.Duration = time.Since(begun)
		err := x.judge(fault, last)
		x.finish()
		client.report(ctx, &x.Outcome)
		return err
	}
	if answer, fault = x.fallBack(answer, fault, last); fault != nil {
		return payload, end()
	}
	fault = &failure{kind: faultBody, err: errGoexit}
	returned := false
	defer func() {
		if !returned { // a method of the payload has ended the goroutine
			_ = end()
		}
	}()
	if payload, fault = h.apply(x, payload, answer); fault == nil {
		x.remember(answer, begun)
	}
	returned = true
	return payload, end()
}

// errGoexit is why an answer was not taken: its goroutine has ended.
var errGoexit = errors.New("a method of the payload has ended the goroutine")

// post sends the payload and returns the answer, or the failure, and the last attempt.
func (x *exchange) post(ctx context.Context) ([]byte, *failure, *attempt) {
	r := x.route
	c := r.client.newCall(r.state, r.app.choose(r.session), x.method, r.rule.outgoing(r.payload), x.stamp, x.buffers)
	c.session = r.session
	c.retry = r.client.opts.retries(r.state.cfg, x.method)
	c.setTotal()
	c.onStart, c.onAttempt = r.client.opts.observer.starts(x), r.client.opts.observer.attempts(x)
	answer, fault := c.do(ctx)
	x.Attempts, x.Sent, x.connected, x.backend = c.attempts, c.attempts > 0, c.connected, c.to.at
	x.answered = c.answered
	if !x.Sent && r.session != nil {
		r.session.unstamp(x.stamp)
	}
	if c.last != nil {
		x.Status = c.last.Status
	}
	return answer, fault, c.last
}

// apply takes from the answer what the rule lets it change. An answer to
// connect needs no rule, but its restClientConfig must be valid (docs/protocol.md,
// 0.4).
func (h Hook[P]) apply(x *exchange, payload *P, answer []byte) (*P, *failure) {
	before := x.route.payload
	changes := x.route.rule.changes(before, answer, x.buffers)
	if h.kind == KindConnect {
		if fault := checkPolicy(answer); fault != nil {
			return payload, fault
		}
		changes = allChanges(before, answer)
	}
	if len(changes) == 0 {
		return payload, nil
	}
	changed, err := h.codec.Overlay(payload, before, changes)
	if err != nil {
		return payload, &failure{kind: faultBody, err: err}
	}
	return changed, nil
}

// checkPolicy refuses an answer with a restClientConfig that is not valid, or whose name
// is misspelt: without it, what the backend would have refused is allowed.
func checkPolicy(answer []byte) *failure {
	policy, err := policyIn(answer)
	if policy == nil && err == nil {
		err = misspelt(answer)
	}
	if err != nil {
		return &failure{kind: faultPolicy, err: err}
	}
	return nil
}

// clientView is what the client may see of the payload after the hook.
func (x *exchange) clientView(payload []byte) []byte {
	r := x.route.rule
	if x.Kind == KindConnect {
		policy, _ := policyIn(payload) // with one that is not valid the hook fails
		r = policy.view(x.method, x.Kind, x.route.client.opts.rule)
	}
	return r.clientView(payload)
}

// finish ends the hook for Close and for its session. Only then is its outcome reported.
func (x *exchange) finish() {
	if x.inFlight != nil {
		x.route.client.inFlight.Leave(x.inFlight)
		x.inFlight = nil
	}
	if x.route.done != nil {
		x.route.done()
		x.route.done = nil
	}
}

// refuse ends a hook that can't be sent, whatever its rule says, and reports it like any
// other.
func (x *exchange) refuse(ctx context.Context, to Target, cause error) error {
	err := refusal(x.Hook, ActionBreak, cause)
	x.Action, x.refused = ActionBreak, true
	x.finish()
	client, who := homeOf(to)
	if who != nil {
		x.App, x.Session = label(who.App()), label(who.Session())
	}
	err.App, err.Session = x.App, x.Session
	x.Err = err
	if client.made() {
		if ctx == nil {
			ctx = context.Background()
		}
		client.report(client.opts.observer.start(ctx, x), &x.Outcome)
	}
	return err
}

// refusal is the error of a hook or an event that is not sent.
func refusal(hook string, action Action, cause error) *Error {
	kind := faultConfig
	if errors.Is(cause, ErrClosed) {
		kind = faultClosed
	}
	return &Error{Hook: hook, Kind: kind, Action: action, Err: cause}
}

// judge decides what a failure means. It returns an error where the media server
// has to act.
func (x *exchange) judge(fault *failure, last *attempt) error {
	if fault == nil {
		x.Err = x.allowed(last)
		return nil
	}
	x.Fallback = false // with an answer that could not be taken
	x.Action = actionOn(x.method, x.Kind, x.route.rule.RestOnError)
	err := x.route.client.failed(&x.Outcome, last, fault)
	err.unsent = !x.connected
	x.Err = err
	if x.Action == ActionContinue {
		return nil
	}
	return err
}

// report logs a failure, and reports the outcome to the observer.
func (c *Client) report(ctx context.Context, o *Outcome) {
	switch err, ok := errors.AsType[*Error](o.Err); {
	case ok && o.Fallback:
		c.logFallback(ctx, err)
	case ok:
		c.logFailed(ctx, err)
	}
	c.opts.observer.end(ctx, *o)
}

// sessionless reports whether the method belongs to no session (docs/protocol.md,
// 0.4).
func sessionless(method string) bool { return method == PlayHLS.name || method == PlayRTSP.name }

// actionOn is what the media server does after a failure: the table of docs/protocol.md,
// 3.1, and the exceptions of 0.4.
func actionOn(method string, kind Kind, onError OnError) Action {
	switch {
	case kind == KindConnect, sessionless(method):
		return ActionBreak
	case onError != OnErrorFail:
		return ActionContinue
	case kind == KindEvent && method != StreamKeepAliveEvent.name:
		return ActionWarn
	}
	return ActionBreak
}

package resthook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wcskit/resthook/internal/identity"
	"github.com/wcskit/resthook/internal/pending"
)

// Target is what a hook can be sent to: a [*Session], or the [*Client] itself
// for a hook without a session.
type Target interface {
	// home is the client that sends, and who is speaking, where that is known
	// without the payload.
	home() (*Client, *identity.IDs)
	// route says where a method's body goes, and under which rule. With an
	// error it says as much as is known.
	route(method string, body []byte) (*route, error)
}

// route is where a hook goes.
type route struct {
	client  *Client
	state   *state
	app     *app
	appKey  string
	of      *Session // nil for a hook without one
	session string   // the session's id
	rule    rule
	stamp   stamp
	land    func() // to be called when the hook is over
	body    []byte // the payload, as the backend's rule will be applied to it
}

func (c *Client) home() (*Client, *identity.IDs) { return c, nil }

func (c *Client) route(method string, body []byte) (*route, error) {
	if c == nil || c.state.Load() == nil {
		return &route{}, errors.New("neither a session nor a client that NewClient made")
	}
	speaks := identity.Of(body)
	r, err := c.routeFor(speaks.App())
	r.session = speaks.Session()
	r.rule, r.body = (*Policy)(nil).rule(method, c.opts.rule), body
	return r, err
}

func (c *Client) routeFor(appKey string) (*route, error) {
	r := &route{client: c, state: c.state.Load(), appKey: appKey, land: func() {}}
	if r.state.cfg.DisableRestRequests {
		return r, nil
	}
	var err error
	r.app, err = r.state.app(appKey)
	return r, err
}

// sends reports whether the method goes out at all (docs/protocol.md, 0.4).
func (r *route) sends(method string, kind Kind) bool {
	return r.app != nil && r.app.enabled(method) && (r.rule.RestPolicy != RestPolicyDisable || kind == KindConnect)
}

// mark makes the stamp of the hook, which is then to go out.
func (r *route) mark() stamp {
	if r.of == nil {
		return r.client.stamps.next()
	}
	return r.of.stamp()
}

// exchange is the whole road of a hook: encode, exclude, post, overwrite, and
// what a failure means. The outcome's error is the failure, the last result
// what the caller has to act on.
// check says what a payload lacks.
func (h Hook[P]) exchange(ctx context.Context, to Target, payload *P, check func(*P, []byte) error) (*P, *trip, error) {
	t := h.trip()
	client, who := homeOf(to)
	t.room = client.lend()
	defer client.giveBack(t.room)
	body, err := h.encode(t.room.body[:0], payload, who)
	if err == nil {
		t.room.body = body
		err = check(payload, body)
	}
	if ctx == nil {
		err = errNilContext
	}
	if err != nil {
		return payload, t, t.refuse(ctx, to, err)
	}
	t.route, err = routeTo(to, h.name, body)
	t.App, t.Session = label(t.route.appKey), label(t.route.session)
	if err != nil {
		return payload, t, t.refuse(ctx, to, err)
	}
	defer t.over()
	if !t.route.sends(h.name, h.kind) {
		return payload, t, nil
	}
	changed, err := h.travel(ctx, t, payload)
	if err != nil {
		return payload, t, err
	}
	return changed, t, nil
}

// homeOf and routeTo take a nil Target for a client that NewClient did not make.
func homeOf(to Target) (*Client, *identity.IDs) {
	if to == nil {
		return nil, nil
	}
	return to.home()
}

func routeTo(to Target, method string, body []byte) (*route, error) {
	if to == nil {
		to = (*Client)(nil)
	}
	return to.route(method, body)
}

// asItIs is a check that lacks nothing.
func asItIs[P any](*P, []byte) error { return nil }

func (h Hook[P]) trip() *trip {
	return &trip{Outcome: Outcome{Hook: label(h.name), Kind: h.kind, Action: ActionContinue}, method: h.name, route: &route{}}
}

// errNilContext refuses a call without a context.
var errNilContext = fmt.Errorf("%w: a nil context", ErrConfig)

// trip is one hook on the road.
type trip struct {
	Outcome

	method   string // the whole name
	refused  bool   // before it was sent, whatever its rule says
	past     bool   // an attempt went past connecting
	route    *route
	inFlight *pending.Context // nil while it is not, or no longer, one that Close waits for
	room     *buffers
}

// over ends the hook for all who wait for that. Only then is anybody told of it.
func (t *trip) over() {
	if t.inFlight != nil {
		t.route.client.inFlight.Leave(t.inFlight)
		t.inFlight = nil
	}
	if t.route.land != nil {
		t.route.land()
		t.route.land = nil
	}
}

func (h Hook[P]) travel(ctx context.Context, t *trip, payload *P) (*P, error) {
	client := t.route.client
	own, ok := client.inFlight.Start(ctx)
	if !ok {
		return nil, t.refuse(ctx, client, errClientClosed)
	}
	t.inFlight = own
	defer own.End(context.Canceled)
	if own.Err() == nil { // else it does not go out, and takes no number
		t.route.stamp = t.route.mark()
		t.ID = t.route.stamp.id
	}

	begun := time.Now()
	ctx = client.opts.observer.start(own, t)
	answer, fault, last := t.post(ctx)
	end := func() error {
		t.Duration = time.Since(begun)
		err := t.judge(fault, last)
		t.over()
		client.tell(ctx, &t.Outcome)
		return err
	}
	if fault != nil {
		return payload, end()
	}
	fault = &failure{kind: faultBody, err: errGoexit}
	returned := false
	defer func() {
		if !returned { // a method of the payload's has ended the goroutine
			_ = end()
		}
	}()
	payload, fault = h.apply(t, payload, answer)
	returned = true
	return payload, end()
}

// errGoexit is why an answer was not taken: nobody goes on with the hook.
var errGoexit = errors.New("a method of the payload has ended the goroutine")

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

// post sends the body and says how it went.
func (t *trip) post(ctx context.Context) ([]byte, *failure, *attempt) {
	r := t.route
	c := r.client.newCall(r.state, r.app, t.method, r.rule.outgoing(r.body), r.stamp, t.room)
	c.retry = r.client.retries(r.state.cfg)
	c.onAttempt = r.client.opts.observer.attempts(ctx, t)
	answer, fault := c.do(ctx)
	t.Attempts, t.Sent, t.past = c.attempts, c.attempts > 0, c.past
	if !t.Sent && r.of != nil {
		r.of.unstamp(r.stamp)
	}
	if c.last != nil {
		t.Status = c.last.Status
	}
	return answer, fault, c.last
}

// apply takes from the answer what the rule lets it change. An answer to
// connect needs no rule, but its restClientConfig must read (docs/protocol.md,
// 0.4).
func (h Hook[P]) apply(t *trip, payload *P, answer []byte) (*P, *failure) {
	body := t.route.body
	changes := t.route.rule.take(body, answer, t.room)
	if h.kind == KindConnect {
		if fault := checkPolicy(answer); fault != nil {
			return payload, fault
		}
		changes = merged(body, answer)
	}
	if len(changes) == 0 {
		return payload, nil
	}
	changed, err := h.codec.Overlay(payload, body, changes)
	if err != nil {
		return payload, &failure{kind: faultBody, err: err}
	}
	return changed, nil
}

// checkPolicy finds fault with a restClientConfig that does not read, and with one
// whose name is misspelt: without it, what the backend would have refused is let in.
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

// view is what the client may see of the payload that came of the hook.
func (t *trip) view(payload []byte) []byte {
	r := t.route.rule
	if t.Kind == KindConnect {
		policy, _ := policyIn(payload) // one that does not read fails the hook
		r = policy.view(t.method, t.Kind, t.route.client.opts.rule)
	}
	return r.clientView(payload)
}

// refuse ends a hook that can't be sent, whatever its rule says, and tells of it as
// of any other.
func (t *trip) refuse(ctx context.Context, to Target, cause error) error {
	err := refusal(t.Hook, ActionBreak, cause)
	t.Action, t.refused = ActionBreak, true
	t.over()
	client, who := homeOf(to)
	if who != nil {
		t.App, t.Session = label(who.App()), label(who.Session())
	}
	err.App, err.Session = t.App, t.Session
	t.Err = err
	if client.made() {
		if ctx == nil {
			ctx = context.Background()
		}
		client.tell(client.opts.observer.start(ctx, t), &t.Outcome)
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
func (t *trip) judge(fault *failure, last *attempt) error {
	if fault == nil {
		return nil
	}
	t.Action = actionOn(t.method, t.Kind, t.route.rule.RestOnError)
	err := t.route.client.fail(&t.Outcome, last, fault)
	err.unsent = !t.past
	t.Err = err
	if t.Action == ActionContinue {
		return nil
	}
	return err
}

// tell logs what went wrong and tells the observer that a hook is over.
func (c *Client) tell(ctx context.Context, o *Outcome) {
	if err, ok := errors.AsType[*Error](o.Err); ok {
		c.logFailed(ctx, err)
	}
	c.opts.observer.end(ctx, *o)
}

// sessionless reports whether the method stands outside any session (docs/protocol.md,
// 0.4).
func sessionless(method string) bool { return method == PlayHLS.name || method == PlayRTSP.name }

// actionOn is the matrix of docs/protocol.md, 3.1, with the rows of
// 0.4 that stand apart.
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

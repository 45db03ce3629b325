package resthook

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wcskit/resthook/internal/jsontext"
)

// Sender is what a hook can be sent to: a [*Session], or the [*Client] itself
// for a hook without a session.
type Sender interface {
	// home is the client that sends, and who is speaking, where that is known
	// without the payload.
	home() (*Client, *identity)
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
	rule    Rule
	sent    bool // of an event: it goes out at all
	stamp   stamp
	land    func() // to be called when the hook is over
	body    []byte // the payload, as the backend's rule will be applied to it
}

func (c *Client) home() (*Client, *identity) { return c, nil }

func (c *Client) route(_ string, body []byte) (*route, error) {
	if c == nil || c.state.Load() == nil {
		return &route{}, errors.New("neither a session nor a client that NewClient made")
	}
	speaks := identityIn(body)
	r, err := c.routeFor(speaks.app)
	r.session = speaks.session
	r.rule, r.body = Rule{}.filled(), body
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

// sends reports whether the method goes out at all (protocol.md section 0.4).
func (r *route) sends(method string, kind Kind) bool {
	return r.app != nil && r.app.enabled(method) && (r.rule.RestPolicy != Disable || kind == KindConnect)
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
func (h Hook[P]) exchange(ctx context.Context, to Sender, payload *P) (*P, *trip, error) {
	t := &trip{Outcome: Outcome{Hook: h.name, Kind: h.kind, Action: Continue}}
	if to == nil {
		to = (*Client)(nil)
	}
	client, who := to.home()
	t.room = client.lend()
	defer client.giveBack(t.room)
	body, err := h.encode(t.room.body[:0], payload, who)
	if err != nil {
		return payload, t, t.refuse(err)
	}
	t.room.body = body
	t.route, err = to.route(h.name, body)
	t.App, t.Session = t.route.appKey, t.route.session
	if err != nil {
		return payload, t, t.refuse(err)
	}
	defer t.route.land()
	if !t.route.sends(h.name, h.kind) {
		return payload, t, nil
	}
	changed, err := h.travel(ctx, t, payload)
	if err != nil {
		return payload, t, err
	}
	return changed, t, nil
}

// trip is one hook on the road.
type trip struct {
	Outcome

	refused bool // before it was sent, whatever its rule says
	past    bool // an attempt went past connecting
	route   *route
	room    *buffers
}

func (h Hook[P]) travel(ctx context.Context, t *trip, payload *P) (*P, error) {
	client := t.route.client
	flight, ok := client.flights.begin(ctx)
	if !ok {
		return nil, t.refuse(fmt.Errorf("client %w", ErrClosed))
	}
	defer client.flights.land(flight)
	t.route.stamp = t.route.mark()

	begun := time.Now()
	ctx = client.opts.observer.start(flight, t)
	answer, fault, last := t.post(ctx)
	if fault == nil {
		payload, fault = h.apply(t, payload, answer)
	}
	t.Duration = time.Since(begun)
	err := t.settle(ctx, fault, last)
	client.opts.observer.end(ctx, t.Outcome)
	return payload, err
}

// encode appends the payload to b, with the ids of who is speaking; its errors match
// ErrConfig.
func (h Hook[P]) encode(b []byte, payload *P, who *identity) ([]byte, error) {
	switch {
	case h.codec == nil:
		return nil, fmt.Errorf("%w: a hook that NewHook did not make", ErrConfig)
	case payload == nil:
		return nil, fmt.Errorf("%w: a nil payload", ErrConfig)
	}
	body, whole, err := h.codec.encodeAs(b, payload, who)
	if err != nil {
		return nil, fmt.Errorf("%w: payload: %w", ErrConfig, err)
	}
	if !whole && who != nil {
		body = who.put(body)
	}
	return body, nil
}

// post sends the body and says how it went.
func (t *trip) post(ctx context.Context) ([]byte, *failure, *attempt) {
	r := t.route
	c := r.client.newCall(r.state, r.app, t.Hook, r.rule.outgoing(r.body), r.stamp, t.room)
	c.retry = r.client.retries(r.state.cfg)
	c.onAttempt = r.client.opts.observer.attempts(ctx, t.Hook)
	answer, fault := c.do(ctx)
	t.Attempts, t.Sent, t.past = c.attempts, c.attempts > 0, c.past
	if c.last != nil {
		t.Status = c.last.Status
	}
	return answer, fault, c.last
}

// apply takes from the answer what the rule lets it change. An answer to
// connect needs no rule, but its restClientConfig must read (protocol.md
// section 0.4).
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
	changed, err := h.codec.overlay(payload, body, changes)
	if err != nil {
		return payload, &failure{kind: faultBody, err: err}
	}
	return changed, nil
}

func checkPolicy(answer []byte) *failure {
	policy, ok := jsontext.Get(answer, restClientConfig)
	if !ok || jsontext.IsNull(policy) {
		return nil
	}
	if _, err := ParsePolicy(policy); err != nil {
		return &failure{kind: faultPolicy, err: err}
	}
	return nil
}

// refuse is a hook that can't be sent, whatever its rule says.
func (t *trip) refuse(cause error) error {
	kind := faultConfig
	if errors.Is(cause, ErrClosed) {
		kind = faultClosed
	}
	t.Action, t.refused = Break, true
	t.Err = &Error{Hook: t.Hook, App: t.App, Session: t.Session, Kind: kind, Action: Break, Err: cause}
	return t.Err
}

// settle decides what a failure means, and tells of it. It returns an error
// where the media server has to act.
func (t *trip) settle(ctx context.Context, fault *failure, last *attempt) error {
	if fault == nil {
		return nil
	}
	t.Action = actionOn(t.Hook, t.Kind, t.route.rule.RestOnError)
	var answer []byte
	if last != nil {
		answer = last.answer
	}
	err := t.route.client.fail(&t.Outcome, answer, fault)
	err.unsent = !t.past
	t.Err = err
	t.route.client.logFailed(ctx, err)
	if t.Action == Continue {
		return nil
	}
	return err
}

// sessionless reports whether the method stands outside any session (protocol.md
// section 0.4).
func sessionless(method string) bool { return method == PlayHLS.name || method == PlayRTSP.name }

// actionOn is the matrix of protocol.md section 3.1, with the rows of section
// 0.4 that stand apart.
func actionOn(method string, kind Kind, onError OnError) Action {
	switch {
	case kind == KindConnect, sessionless(method):
		return Break
	case onError != Fail:
		return Continue
	case kind == KindEvent && method != StreamKeepAliveEvent.name:
		return Warn
	}
	return Break
}

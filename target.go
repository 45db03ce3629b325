package resthook

import (
	"errors"

	"github.com/wcskit/resthook/internal/identity"
)

// Target is what a hook can be sent to: a [*Session], or the [*Client] itself
// for a hook without a session.
type Target interface {
	// home returns the client that sends, and the ids of who is speaking where they
	// are known without the payload.
	home() (*Client, *identity.IDs)
	// route says where a payload of the method goes, and under which rule. With an
	// error it says as much as is known.
	route(method string, payload []byte) (*route, error)
}

// route is where a hook goes, and under which rule.
type route struct {
	client    *Client
	state     *state
	app       *app
	appKey    string
	session   *Session // nil for a hook without one
	sessionID string
	rule      rule
	payload   []byte // as JSON, before the rule is applied to it
	done      func() // called when the hook is over
}

func (c *Client) home() (*Client, *identity.IDs) { return c, nil }

func (c *Client) route(method string, payload []byte) (*route, error) {
	if c == nil || c.state.Load() == nil {
		return &route{}, errors.New("neither a session nor a client that NewClient made")
	}
	who := identity.Of(payload)
	r, err := c.routeFor(who.App())
	r.sessionID, r.payload = who.Session(), payload
	r.rule = (*Policy)(nil).rule(method, c.opts.rule)
	return r, err
}

// routeFor returns a route to the app of a key, still without a rule.
func (c *Client) routeFor(appKey string) (*route, error) {
	r := &route{client: c, state: c.state.Load(), appKey: appKey, done: func() {}}
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

// stamp returns the stamp of the next hook on this route.
func (r *route) stamp() stamp {
	if r.session == nil {
		return r.client.stamps.next()
	}
	return r.session.stamp()
}

// homeOf and routeTo take a nil Target for a client that NewClient did not make.
func homeOf(to Target) (*Client, *identity.IDs) {
	if to == nil {
		return nil, nil
	}
	return to.home()
}

func routeTo(to Target, method string, payload []byte) (*route, error) {
	if to == nil {
		to = (*Client)(nil)
	}
	return to.route(method, payload)
}

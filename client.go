package resthook

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
)

// Client sends the hooks of a media server to its backends. Make one with
// [NewClient] and share it: it is safe for concurrent use and does not change
// but for [Client.Reload].
type Client struct {
	opts    *options
	state   atomic.Pointer[state]
	flights flights
	reload  sync.Mutex // one Reload at a time
}

// state is what a Reload replaces as a whole.
type state struct {
	cfg       Config
	apps      map[string]*app
	fallback  *app // for a key that no app has
	transport http.RoundTripper
	own       *http.Transport // transport, where the client made it
}

// NewClient makes a client. It reports every fault of the config and the
// options at once, in an error that matches [ErrConfig]. No request is made.
func NewClient(cfg Config, opts ...Option) (*Client, error) {
	o, err := newOptions(opts)
	if err != nil {
		return nil, errors.Join(cfg.Validate(), err)
	}
	c := &Client{opts: o}
	c.flights.init()
	s, err := c.newState(cfg, nil)
	if err != nil {
		return nil, err
	}
	c.state.Store(s)
	return c, nil
}

func (c *Client) newState(cfg Config, old *state) (*state, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &state{cfg: cfg, apps: map[string]*app{}}
	var faults []error
	for _, given := range c.opts.apps {
		own, err := newApp(given, c.opts.header, cfg)
		switch {
		case err != nil:
			faults = append(faults, err)
		case own.key == "":
			s.fallback = own
		default:
			s.apps[own.key] = own
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	s.connect(c.opts, old)
	c.warn(cfg)
	return s, nil
}

// connect gives the state its transport: the old one where it serves as well,
// so that a Reload keeps its connections.
func (s *state) connect(o *options, old *state) {
	switch {
	case o.transport != nil:
		s.transport = o.transport
		return
	case old != nil && old.cfg.MaxConnections == s.cfg.MaxConnections:
		s.own = old.own
	default:
		s.own = newTransport(s.cfg.MaxConnections, o.tls, o.dial)
	}
	s.transport = s.own
}

func (c *Client) warn(cfg Config) {
	for _, warning := range cfg.Warnings {
		c.opts.logger.Warn("configuration", "warning", warning.String())
	}
}

// Reload puts a new config in force for the hooks that follow; those on their
// way end under the old one. The apps and options stay. It returns the errors
// of [NewClient], and then changes nothing.
func (c *Client) Reload(cfg Config) error {
	c.reload.Lock()
	defer c.reload.Unlock()
	if c.flights.over() {
		return fmt.Errorf("reload: client %w", ErrClosed)
	}
	old := c.state.Load()
	s, err := c.newState(cfg, old)
	if err != nil {
		return err
	}
	c.state.Store(s)
	if old.own != s.own {
		old.own.CloseIdleConnections()
	}
	return nil
}

// Connect asks the backend whether a client may connect. On a yes it returns
// the client's session, which obeys the restClientConfig of the answer. On a no
// of any kind, an error or a timeout too, there is no session and the client is
// declined (protocol.md section 3.1); the error is an [*Error], and [Denied]
// tells a no from a backend that could not be asked.
func (c *Client) Connect(ctx context.Context, conn *Connection) (*Session, error) {
	accepted, err := Connect.Send(ctx, c, conn)
	if err != nil {
		return nil, err
	}
	s := newSession(c, accepted)
	for _, warning := range s.policy.Warnings() {
		c.opts.logger.Warn("restClientConfig", "app", s.conn.AppKey, "session", s.conn.SessionID, "warning", warning)
	}
	return s, nil
}

// Resume makes the session of a client that was let in before, such as one that
// outlived a restart of the media server: conn is what [Session.Connection]
// returned then. No request is made. A nil conn gives an error that matches
// [ErrConfig].
func (c *Client) Resume(conn *Connection) (*Session, error) {
	if conn == nil {
		return nil, fmt.Errorf("%w: resume: a nil connection", ErrConfig)
	}
	return newSession(c, conn), nil
}

// Close ends the client: it takes no more hooks, waits for those on their way,
// and closes the connections it made. When ctx ends first, the hooks left are
// canceled, and Close says how many there were in an error that matches the
// context's. A second Close waits too and returns nil.
func (c *Client) Close(ctx context.Context) error {
	left := c.flights.end(ctx)
	c.reload.Lock()
	defer c.reload.Unlock()
	if own := c.state.Load().own; own != nil {
		own.CloseIdleConnections()
	}
	if left > 0 {
		return fmt.Errorf("close: %d hooks on their way were canceled: %w", left, ended(ctx))
	}
	return nil
}

// app picks the app of a key (protocol.md section 1).
func (s *state) app(key string) (*app, error) {
	if key == "" {
		key = defaultAppKey
	}
	if own, ok := s.apps[key]; ok {
		return own, nil
	}
	if s.fallback != nil {
		return s.fallback, nil
	}
	return nil, fmt.Errorf("no app has the key %q", key)
}

// retries is the retry policy under the config in force.
func (c *Client) retries(cfg Config) retryPolicy {
	policy := c.opts.retry
	if cfg.SentRetryEnabled {
		policy.count = cfg.RetryCount
	}
	return policy
}

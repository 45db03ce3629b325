package resthook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/wcskit/resthook/internal/dispatch"
	"github.com/wcskit/resthook/internal/h1"
	"github.com/wcskit/resthook/internal/pending"
	"github.com/wcskit/resthook/internal/proxy"
	"github.com/wcskit/resthook/internal/recall"
	"github.com/wcskit/resthook/internal/redact"
	"github.com/wcskit/resthook/internal/wheel"
)

// Client sends the hooks of a media server to its backends. Make one with
// [NewClient] and share it: it is safe for concurrent use, and only [Client.Reload]
// changes it.
type Client struct {
	opts       *options
	state      atomic.Pointer[state]
	transport  *h1.Transport    // nil where the media server gave one
	proxy      *proxy.Transport // nil without a proxy
	inFlight   pending.InFlight
	stamps     stamps
	events     *notifier
	dispatcher *dispatch.Dispatcher
	sessions   sessions
	closing    closing
	policies   policyCache
	keepAlives wheel.Wheels
	buffers    sync.Pool // of *buffers

	admitted admissions
	known    *recall.Memory // for fallbacks: answers
	denied   *recall.Memory // and whom the backend has denied
	reload   sync.Mutex     // one change of the state at a time
	reloads  atomic.Uint64
	renewal  renewal
}

// state is the part of a client that Reload replaces.
type state struct {
	cfg         Config
	number      uint64 // of the Reload that has made it
	given       []App  // as they were given
	credentials credentials
	apps        map[string]*app
	fallback    *app // for a key that no app has

	hlsTold, rtspTold atomic.Bool // that players are admitted unasked
}

// NewClient makes a client. It reports every fault of the config, the options and
// the apps at once, in an error that matches [ErrConfig]. No request is made.
func NewClient(cfg Config, opts ...Option) (*Client, error) {
	o, fault := newOptions(opts)
	fetched, unfetched := fetchAll(context.Background(), o.apps)
	s, err := o.newState(cfg, o.apps, fetched, nil)
	if err := errors.Join(err, unfetched, fault); err != nil {
		return nil, err
	}
	if err := attach(o.queue); err != nil {
		return nil, err
	}
	c := &Client{opts: o, dispatcher: newDispatcher(o)}
	c.admitted = newAdmissions(o)
	c.known, c.denied = recall.New(knownAnswers, knownBytes), recall.New(knownAnswers, 0)
	c.stamps.init()
	c.closing.init()
	c.events = newNotifier(c, o)
	c.state.Store(s)
	if o.transport == nil {
		c.transport = c.newTransport(cfg)
		c.proxy = c.newProxy(cfg)
	}
	if o.queue != nil {
		c.events.startAll()
	}
	c.renewLater(s)
	c.warn(s)
	return c, nil
}

func (c *Client) newTransport(cfg Config) *h1.Transport {
	o := h1.Options{Limit: cfg.MaxConnections, Dial: c.opts.dial, Guard: c.opts.guard, TLS: c.opts.tls, Age: c.opts.connectionAge}
	if files := c.opts.tlsNow; files != nil {
		files.Report = func(err error) { c.dispatcher.Add(func() { c.opts.logTLSFiles(err) }) }
		o.TLSNow = files.Config
	}
	return h1.New(o)
}

// logTLSFiles logs that the files were read anew, or could not be.
func (o *options) logTLSFiles(err error) {
	if err != nil {
		o.logger.LogAttrs(context.Background(), slog.LevelError, "tls files not read", slog.Any("error", redact.Error(err, longestCause)))
		return
	}
	o.logger.Info("tls files read", "roots", o.tlsFiles.Roots, "certificate", o.tlsFiles.Certificate)
}

// attach asks a queue that serves one client only whether it is free.
func attach(q Queue) error {
	one, ok := q.(interface{ Attach() error })
	if !ok {
		return nil
	}
	if err := one.Attach(); err != nil {
		return fmt.Errorf("%w: queue: %w", ErrConfig, err)
	}
	return nil
}

// made reports whether NewClient has made the client.
func (c *Client) made() bool { return c != nil && c.state.Load() != nil }

// newState makes the state of a config and apps; before is the one whose place it takes, or nil.
func (o *options) newState(cfg Config, apps []App, fetched credentials, before *state) (*state, error) {
	s := &state{cfg: cfg, given: apps, credentials: fetched, apps: map[string]*app{}}
	faults := []error{cfg.Validate(), o.checkApps(apps, fetched)}
	for _, given := range apps {
		if own, ok := fetched[given.Key]; ok {
			given = given.with(own)
		}
		own, err := newApp(given, o, cfg, before.exactly(given.Key))
		switch {
		case err != nil:
			faults = append(faults, err)
		case own.key == "":
			s.fallback = own
		default:
			s.apps[own.key] = own
		}
	}
	return s, errors.Join(faults...)
}

func (c *Client) warn(s *state) {
	for _, warning := range s.cfg.Warnings {
		c.opts.logger.Warn("configuration", "warning", warning.String())
	}
	for _, warning := range c.opts.unasked(s) {
		c.opts.logger.Warn("configuration", "warning", warning)
	}
}

// String names the client by its apps, without their secrets.
func (c *Client) String() string {
	if !c.made() {
		return "no client"
	}
	return fmt.Sprintf("resthook.Client%v", c.state.Load().given)
}

// Format prints what String returns, whatever the verb.
func (c *Client) Format(f fmt.State, verb rune) { printTo(f, verb, c.String()) }

// Reload puts a new config in force for the hooks that follow, and new apps if any are given:
// their URLs, credentials, secrets and methods. They take the place of all apps; without any, the
// apps stay, and [App.Credentials] are asked for again. Hooks in flight end under the old ones,
// and sessions go on, also those whose app has a new URL. An app that is left out takes no
// hooks any more. Open connections are not used again, so the backend's name is looked up anew.
// The files of [WithTLSFiles] are read again. The options stay. It returns the errors
// of [NewClient], and then changes nothing; after [Client.Close], one that matches
// [ErrClosed]. It is safe for concurrent use, in a callback too.
func (c *Client) Reload(cfg Config, apps ...App) error {
	if !c.made() {
		return fmt.Errorf("reload: %w", errNoClient)
	}
	if err := c.replace(cfg, apps); err != nil {
		return err
	}
	c.warn(c.state.Load()) // without the lock: a log handler may reload
	return nil
}

var errReloadClosed = fmt.Errorf("reload: client %w", ErrClosed)

func (c *Client) replace(cfg Config, apps []App) error {
	if c.inFlight.Closed() {
		return errReloadClosed
	}
	number := c.reloads.Add(1)
	if len(apps) == 0 {
		apps = c.state.Load().given
	}
	apps = cloneApps(apps)
	fetched, err := fetchAll(c.events.pulling, apps) // without the lock: it is foreign code
	c.reload.Lock()
	defer c.reload.Unlock()
	switch {
	case c.inFlight.Closed():
		return errReloadClosed
	case err != nil:
		return err
	case c.state.Load().number > number:
		return nil // a Reload that began later is in force
	}
	s, err := c.opts.newState(cfg, apps, fetched, c.state.Load())
	if err != nil {
		return err
	}
	s.number = number
	if err := c.opts.readTLSFiles(); err != nil {
		return err
	}
	c.state.Store(s)
	c.renewal.forget()
	c.renewLater(s)
	if c.opts.queue != nil {
		c.events.startAll()
	}
	if c.transport != nil {
		c.transport.Renew(cfg.MaxConnections)
	}
	if c.proxy != nil {
		c.proxy.Renew(cfg.MaxConnections)
	}
	return nil
}

// Connect asks the backend whether a client may connect. Where it is allowed, Connect
// returns the client's session, which obeys the restClientConfig of the answer.
// Where it is denied, or the backend could not be asked, there is no session and the
// client is declined (docs/protocol.md, 3.1); the error is an [*Error], and [Denied]
// tells the two apart.
//
// While the client is closed or shut down, nobody is let in: the error matches
// [ErrClosed], or [ErrCanceled] where the backend has already allowed it; the backend then
// gets the closing event. The session is one of [Client.Sessions] until
// [Session.Disconnect].
func (c *Client) Connect(ctx context.Context, conn *Connection) (*Session, error) {
	conn = conn.withoutPolicy()
	if !c.made() {
		_, err := Connect.Send(ctx, c, conn)
		return nil, err
	}
	if c.sessions.isClosed() || c.events.hold() != nil {
		return nil, Connect.newExchange().refuse(ctx, c, errClientClosed)
	}
	defer c.events.release() // for a closing event
	accepted, x, err := Connect.exchange(ctx, c, conn, complete)
	if err != nil {
		return nil, err
	}
	mark := x.ID
	if mark == "" { // it was not asked
		mark = c.stamps.next().id
	}
	s, err := newSession(c, accepted, mark)
	if err != nil {
		return nil, err
	}
	s.backend.Store(x.backend)
	s.openNew() // before another can end it
	if !c.sessions.add(s) {
		_, _ = s.end(context.Background(), true, nil) // of a session that nobody has, so not of the call
		x.Action = ActionBreak
		return nil, c.failed(&x.Outcome, nil, &failure{kind: faultCanceled, err: errClosing})
	}
	for _, warning := range c.policies.warnings(x.route.app, s.policy) {
		c.opts.logger.Warn("restClientConfig", "app", label(s.ids.App()), "session", label(s.ids.Session()), "warning", warning)
	}
	return s, nil
}

// Resume makes the session of a client that was let in before, such as one that
// outlived a restart of the media server: conn is what [Session.Connection]
// returned then. No request is made; the session counts its hooks from 1 again.
// A nil conn gives an error that matches [ErrConfig], a client that is closed or
// shut down one that matches [ErrClosed]. With a [Journal], streams and calls that were
// open then are open still, and any other error is that of [Journal.Resume]: the session is
// ended by another process.
func (c *Client) Resume(conn *Connection) (*Session, error) {
	switch {
	case !c.made():
		return nil, fmt.Errorf("resume: %w", errNoClient)
	case conn == nil:
		return nil, fmt.Errorf("%w: resume: a nil connection", ErrConfig)
	}
	s, err := newSession(c, conn, c.stamps.next().id)
	if err != nil {
		return nil, err
	}
	if c.sessions.isClosed() {
		return nil, errResumeClosed
	}
	if err := s.openAgain(); err != nil {
		return nil, err
	}
	if !c.sessions.add(s) {
		return nil, errResumeClosed
	}
	return s, nil
}

var errResumeClosed = fmt.Errorf("resume: client %w", ErrClosed)

// newCall makes a hook ready to be posted, with buffers for its bytes.
func (c *Client) newCall(s *state, to choice, hook string, body []byte, mark stamp, b *buffers) *call {
	if c.opts.unstamped {
		mark = stamp{}
	}
	return &call{
		client: c, to: to, hook: hook, body: body, stamp: mark, buffers: b,
		policy: c.opts.policies[hook], timeout: c.opts.attemptTime(s.cfg, hook), limit: c.opts.limit,
	}
}

// failed makes the error of a hook that failed.
func (c *Client) failed(o *Outcome, last *attempt, f *failure) *Error {
	err := &Error{
		Hook: o.Hook, App: o.App, Session: o.Session, ID: o.ID, Kind: f.kind, Action: o.Action,
		Attempts: o.Attempts, Status: o.Status, Err: redact.Error(f.err, longestCause),
	}
	if last != nil {
		err.Answer = bytes.Clone(last.answer[:min(len(last.answer), keptAnswer)])
		err.Location = last.location()
	}
	switch app, fault := c.state.Load().app(o.App); {
	case f.at != nil:
		err.URL = f.at.url(o.Hook)
	case fault == nil:
		err.URL = app.backends[0].url(o.Hook)
	}
	return err
}

// logFailed writes the one line of a failed hook.
func (c *Client) logFailed(ctx context.Context, err *Error) {
	level, cause := slog.LevelError, err.Err
	if hint := hint(err.Status); hint != "" && Denied(err) {
		cause = fmt.Errorf("%w: %s", cause, hint)
	} else if Denied(err) {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.String("hook", err.Hook), slog.String("app", err.App), slog.String("session", err.Session),
		slog.String("id", err.ID), slog.String("url", err.URL), slog.Int("attempts", err.Attempts), slog.Int("status", err.Status),
		slog.String("kind", string(err.Kind)), slog.String("action", string(err.Action)), slog.Any("error", cause),
	}
	if crash, ok := errors.AsType[*redact.PanicError](cause); ok {
		attrs = append(attrs, slog.String("stack", firstLines([]byte(crash.Stack), stackLines)))
	}
	c.opts.logger.LogAttrs(ctx, level, "hook failed", attrs...)
}

// app picks the app of a key (docs/protocol.md, 1).
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
	return nil, fmt.Errorf("no app has the key %.40q", key)
}

// named is the app with exactly that key; nil where hooks are disabled.
func (s *state) named(key string) *app {
	if s.cfg.DisableRestRequests {
		return nil
	}
	return s.exactly(key)
}

func (s *state) exactly(key string) *app {
	switch {
	case s == nil:
		return nil
	case key == "":
		return s.fallback
	}
	return s.apps[key]
}

// takes reports whether the event's method is still asked for.
func (c *Client) takes(e *Event) bool {
	app := c.state.Load().named(e.App)
	return app != nil && app.enabled(e.Hook)
}

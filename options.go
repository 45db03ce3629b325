package resthook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/wcskit/resthook/internal/h1"
)

// Option is what a properties file can't hold. [NewClient] checks all of them;
// their order does not matter.
type Option func(*options) error

type options struct {
	apps      []App
	transport http.RoundTripper
	tls       *tls.Config
	dial      h1.DialFunc
	logger    *slog.Logger
	observer  Observer
	rule      rule // of methods that no policy names
	header    http.Header
	limit     int64
	retry     retryPolicy // but for its count, which is in the Config
	unstamped bool

	admissions  int // how many answers about players are remembered, of each kind
	queue       Queue
	queueLimits QueueLimits
	workers     int
	maxAge      time.Duration

	connectionAge time.Duration
}

func newOptions(opts []Option) (*options, error) {
	o := &options{
		logger: slog.Default(),
		rule:   newRule(Rule{}),
		limit:  defaultAnswerLimit,
		retry:  retryPolicy{min: defaultBackoff, max: defaultMaxBackoff},

		workers: defaultWorkers,
		maxAge:  defaultEventAge,

		connectionAge: defaultConnectionAge,
		admissions:    defaultAdmissionLimit,

		header: http.Header{
			"Content-Type": {"application/json;charset=UTF-8"},
			"Accept":       {"application/json"},
			"User-Agent":   {userAgent},
		},
	}
	var faults []error
	for _, opt := range opts {
		if opt == nil {
			faults = append(faults, fmt.Errorf("%w: a nil option", ErrConfig))
		} else if err := opt(o); err != nil {
			faults = append(faults, fmt.Errorf("%w: %w", ErrConfig, err))
		}
	}
	return o, errors.Join(append(faults, o.check())...)
}

func (o *options) check() error {
	switch {
	case len(o.apps) == 0:
		return fmt.Errorf("%w: no app: WithApp says where the hooks go", ErrConfig)
	case o.transport != nil && (o.tls != nil || o.dial != nil):
		return fmt.Errorf("%w: a transport has its own TLS configuration and dialer: give one or the other", ErrConfig)
	case o.unstamped && slices.ContainsFunc(o.apps, func(a App) bool { return len(a.SigningSecrets) > 0 }):
		return fmt.Errorf("%w: signing secrets without the headers that are signed: leave out WithoutStamps", ErrConfig)
	case o.queue != nil && o.queueLimits != QueueLimits{}:
		return fmt.Errorf("%w: a queue has its own limits: give one or the other", ErrConfig)
	}
	return nil
}

// userAgent is the same in every release, so that a backend can know it.
const userAgent = "resthook"

// WithApp adds a backend. It may be given many times; appKey picks the app, and
// an app without a key serves every key that no other has. Two apps with one
// key are an error, and so are no apps.
func WithApp(app App) Option {
	app.Methods, app.SigningSecrets = slices.Clone(app.Methods), slices.Clone(app.SigningSecrets)
	return func(o *options) error {
		for _, other := range o.apps {
			if other.Key == app.Key {
				return fmt.Errorf("two apps with the key %q", app.Key)
			}
		}
		o.apps = append(o.apps, app)
		return nil
	}
}

// WithTransport sends hooks through a transport of the caller's, who then sees
// to its limits, TLS and end. Redirects are not followed all the same, answers
// are capped, and attempts are counted. How far a hook got is what the transport
// tells httptrace, as net/http's does. What that does not tell, only the client's own
// transport knows: a status line that came in part, or an interim answer alone, is
// not tried again over net/http; an error has no Status before the head is whole; a
// dial that hangs is a wait for a free connection unless its dial function tells
// httptrace of it, as a net.Dialer does. Over net/http's a hook costs 1.5 to 2 times
// the CPU. Default: the client's own, for
// HTTP/1.1 without a proxy, with at most rest_max_connections connections to a
// backend, each of which is kept for 60 seconds after its last hook.
func WithTransport(transport http.RoundTripper) Option {
	return func(o *options) error {
		if transport == nil {
			return errors.New("a nil transport")
		}
		o.transport = transport
		return nil
	}
}

// WithTLSConfig gives the root certificates to trust, a client certificate and
// the like. The configuration is copied. One with InsecureSkipVerify is refused:
// a backend that anybody can be decides nothing. Default: the system's roots,
// TLS 1.2 or later.
func WithTLSConfig(config *tls.Config) Option {
	return func(o *options) error {
		switch {
		case config == nil:
			return errors.New("a nil TLS configuration")
		case config.InsecureSkipVerify && config.VerifyConnection == nil && config.VerifyPeerCertificate == nil:
			return errors.New("a TLS configuration that verifies nothing")
		}
		o.tls = config.Clone()
		return nil
	}
}

// WithDialContext opens connections in the caller's way: over a unix socket,
// with a check of the resolved address, in memory in a test. It is called on a
// goroutine of its own, and may go on when the hook that needed the connection is
// over: its context ends after 5 seconds, or with the client, and is not the hook's.
// It has to heed that, and the connections their deadlines, by which attempts end.
// Default: the addresses of the name, a quarter of a second apart, the first that
// answers.
func WithDialContext(dial func(ctx context.Context, network, address string) (net.Conn, error)) Option {
	return func(o *options) error {
		if dial == nil {
			return errors.New("a nil dial function")
		}
		o.dial = dial
		return nil
	}
}

// defaultConnectionAge bounds how long a backend's old address is used.
const defaultConnectionAge = 5 * time.Minute

// WithConnectionAge sets how old a connection may grow before another is made in
// its place, less up to a quarter, so that they do not all end at once. A new one
// goes where the backend's name leads then. A transport of the caller's sees to
// that itself. Default: 5 minutes.
func WithConnectionAge(age time.Duration) Option {
	return func(o *options) error {
		if age <= 0 {
			return fmt.Errorf("a connection age of %v", age)
		}
		o.connectionAge = age
		return nil
	}
}

// WithLogger logs one line for each failed hook: its level is Warn where the
// backend said no, else Error, and so where the status mostly comes of a wrong
// URL or of a proxy, such as 404; its message is "hook failed"; its attributes are
// hook, app, session, id (the Webhook-Id), url, attempts, status, kind, action and
// error. Events that are lost are summed up as "events lost"; slips in the
// properties and in a
// restClientConfig are warned of once, as "configuration" and "restClientConfig".
// What is switched off so that clients get in unasked is a "configuration" line at
// NewClient and Reload, and players that are admitted unasked one at the first of
// them. Answers about players that had to be dropped are "admissions dropped".
// Default: [slog.Default] at the time of NewClient.
func WithLogger(logger *slog.Logger) Option {
	return func(o *options) error {
		if logger == nil {
			return errors.New("a nil logger")
		}
		o.logger = logger
		return nil
	}
}

// WithDefaultRule is the media server's own rule for methods that the backend's
// policy does not name, and for hooks without a policy: {RestOnError: OnErrorFail} has
// them refused where the backend refuses them or can't be asked. It does not hold for a
// method that the policy names, not even in part: where the policy names a method
// without a restOnError, that is LOG. Connect, playHLS and playRTSP are under no rule, and always
// refuse. [Policy.Rule] does not know of it. Each field is to be one of a
// payload of the catalogue. Default: the zero [Rule].
func WithDefaultRule(rule Rule) Option {
	rule = rule.clone()
	return func(o *options) error {
		if err := rule.checkDefault(); err != nil {
			return fmt.Errorf("default rule: %w", err)
		}
		o.rule = newRule(rule)
		return nil
	}
}

// WithObserver tells the observer of every hook. It may be given many times: all
// are told, in this order, and the context that the Start of one returns is given to
// the next. Default: nobody is told.
func WithObserver(observer Observer) Option {
	return func(o *options) error {
		o.observer = o.observer.and(observer)
		return nil
	}
}

// WithHeader adds a header to every hook. Those that belong to the connection, and
// those that say something of the one hook that they are on, can't be given; nor an
// idempotency key, at which net/http would repeat a hook by itself, nor Origin, by which
// a backend knows a web page.
func WithHeader(name, value string) Option {
	name = textproto.CanonicalMIMEHeaderKey(name)
	return func(o *options) error {
		if err := checkHeader(name, value); err != nil {
			return fmt.Errorf("header %q: %w", name, err)
		}
		o.header.Add(name, value)
		return nil
	}
}

// headerOwner says whose a header is, where an option can't set it; else it is empty.
// For many backends _ and - are the same.
func headerOwner(name string) string {
	name = textproto.CanonicalMIMEHeaderKey(strings.ReplaceAll(name, "_", "-"))
	switch name {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding",
		"Upgrade", "Http2-Settings", "Expect", "Host":
		return "the connection"
	case "Origin":
		return "web pages"
	case "Authorization", "Accept", "Accept-Encoding", "User-Agent", "Date", "Digest", "Range",
		"Idempotency-Key", "X-Idempotency-Key", HeaderID, HeaderTimestamp, HeaderCreated, HeaderSequence, HeaderSignature:
		return "the hook"
	}
	if strings.HasPrefix(name, "Content-") || strings.HasPrefix(name, "If-") {
		return "the hook"
	}
	return ""
}

func checkHeader(name, value string) error {
	if owner := headerOwner(name); owner != "" {
		return errors.New("not for an option to set: it belongs to " + owner)
	}
	if checkName(strings.ReplaceAll(name, "_", "-")) != nil {
		return errors.New("not a header's name")
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
		return errors.New("a control character in its value")
	}
	return nil
}

// WithUserAgent sets the User-Agent. Default: "resthook".
func WithUserAgent(agent string) Option {
	return func(o *options) error {
		if err := checkHeader("X-User-Agent", agent); err != nil || agent == "" {
			return fmt.Errorf("user agent %q: empty, or a control character in it", agent)
		}
		o.header.Set("User-Agent", agent)
		return nil
	}
}

// WithAnswerLimit sets how many bytes an answer may have, after decompression: 2
// bytes to 1 GiB. Default: 1 MiB.
func WithAnswerLimit(bytes int64) Option {
	return func(o *options) error {
		if bytes < 2 || bytes > maxAnswerLimit {
			return fmt.Errorf("an answer limit of %d bytes: not from 2 to %d", bytes, maxAnswerLimit)
		}
		o.limit = bytes
		return nil
	}
}

// WithBackoff sets the wait before the first retry, which doubles with each
// further one up to most. The wait is a random time in the upper half. Default:
// 50 milliseconds, and one second at most.
func WithBackoff(first, most time.Duration) Option {
	return func(o *options) error {
		if first <= 0 || most < first {
			return fmt.Errorf("a back-off from %v to %v", first, most)
		}
		o.retry.min, o.retry.max = first, most
		return nil
	}
}

// WithRetryStatuses names statuses that are repeated too, such as 502, 503, 504
// and 429, after the answer's Retry-After within the longest back-off. Default:
// none, since a status is an answer (docs/protocol.md, 0.2).
func WithRetryStatuses(statuses ...int) Option {
	return func(o *options) error {
		for _, status := range statuses {
			if status < 201 || status > 999 {
				return fmt.Errorf("retry status %d: not a status that fails", status)
			}
		}
		o.retry.statuses = append(o.retry.statuses, statuses...)
		return nil
	}
}

// WithRetryTimeouts repeats hooks that were not answered in time, too. Default:
// not, since the backend may have acted, and a user waits (docs/protocol.md,
// 0.2).
func WithRetryTimeouts() Option {
	return func(o *options) error {
		o.retry.timeouts = true
		return nil
	}
}

// WithoutStamps sends hooks without the headers [HeaderID], [HeaderTimestamp] and
// [HeaderSequence]. Default: with them.
func WithoutStamps() Option {
	return func(o *options) error {
		o.unstamped = true
		return nil
	}
}

// WithQueue keeps events in a queue of the caller's, which the client closes.
// Default: [NewQueue] with the default limits.
func WithQueue(queue Queue) Option {
	return func(o *options) error {
		if queue == nil {
			return errors.New("a nil queue")
		}
		o.queue = queue
		return nil
	}
}

// WithQueueLimits bounds the client's queue in memory. Default: those of
// [QueueLimits].
func WithQueueLimits(limits QueueLimits) Option {
	return func(o *options) error {
		if limits.Events < 0 || limits.Bytes < 0 || limits.SessionEvents < 0 || limits.SessionBytes < 0 {
			return errors.New("a queue limit below 0")
		}
		o.queueLimits = limits
		return nil
	}
}

// WithEventWorkers sets how many events of an app can be on their way at once.
// Default: 64.
func WithEventWorkers(workers int) Option {
	return func(o *options) error {
		if workers < 1 || workers > 10_000 {
			return fmt.Errorf("%d event workers", workers)
		}
		o.workers = workers
		return nil
	}
}

// WithEventAge sets how old an event may grow before it is given up, the time of
// its retries included. Default: 10 minutes.
func WithEventAge(age time.Duration) Option {
	return func(o *options) error {
		if age <= 0 {
			return fmt.Errorf("an event age of %v", age)
		}
		o.maxAge = age
		return nil
	}
}

// WithAdmissionLimit sets how many answers about players [Client.AdmitHLS] and
// [Client.AdmitRTSP] remember: so many that allow and so many that refuse, of each
// of the two. When there are more, the oldest is dropped and asked for again; a
// line in the log and [Stats] say so. It is to be larger than the number of
// players at once. An answer takes some 300 bytes, a refusal twice that. From 1
// to 10,000,000. Default: 50,000.
func WithAdmissionLimit(answers int) Option {
	return func(o *options) error {
		if answers < 1 || answers > 10_000_000 {
			return fmt.Errorf("an admission limit of %d answers", answers)
		}
		o.admissions = answers
		return nil
	}
}

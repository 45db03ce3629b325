package resthook

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/textproto"
	"strings"
	"time"

	"github.com/wcskit/resthook/internal/h1"
	"github.com/wcskit/resthook/internal/proxy"
	"github.com/wcskit/resthook/internal/tlsfiles"
)

// Option is what a properties file can't hold. [NewClient] checks all of them;
// their order does not matter.
type Option func(*options) error

type options struct {
	apps      []App
	transport http.RoundTripper
	proxy     proxy.Func // nil: none
	tls       *tls.Config
	tlsFiles  TLSFiles
	tlsNow    *tlsfiles.Source // nil without files
	dial      h1.DialFunc
	guard     h1.GuardFunc
	logger    *slog.Logger
	observer  Observer
	rule      rule // of methods that no policy names
	header    http.Header
	limit     int64
	retry     retryPolicy // without its count, which is in the Config
	unstamped bool

	fallbacks     map[string]*fallback   // by method
	eventStatuses []int                  // that are tried again, of events
	policies      map[string]*hookPolicy // by method

	admissions  int // how many answers about players are remembered, of each kind
	queue       Queue
	journal     Journal
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
	o.eventStatuses = append(o.eventStatuses, o.retry.statuses...)
	o.fillPolicies()
	return o, errors.Join(append(faults, o.check(), o.openTLSFiles())...)
}

func (o *options) check() error {
	switch {
	case o.transport != nil && (o.tls != nil || o.dial != nil || o.tlsFiles != TLSFiles{}):
		return fmt.Errorf("%w: a transport has its own TLS configuration and dialer: give one or the other", ErrConfig)
	case o.proxy != nil && (o.transport != nil || o.dial != nil):
		return fmt.Errorf("%w: a transport or a dial function has its own proxy: give one or the other", ErrConfig)
	case o.proxy != nil && o.guard != nil:
		return fmt.Errorf("%w: an address guard does not see what a proxy dials: the proxy needs its own", ErrConfig)
	case o.guard != nil && (o.transport != nil || o.dial != nil):
		return fmt.Errorf("%w: an address guard works in the client's own dialer: a transport or a dial function needs its own", ErrConfig)
	case o.queue != nil && o.queueLimits != QueueLimits{}:
		return fmt.Errorf("%w: a queue has its own limits: give one or the other", ErrConfig)
	}
	return nil
}

// userAgent is the same in every release, so that a backend can know it.
const userAgent = "resthook"

// checkApps judges the apps together.
func (o *options) checkApps(apps []App, fetched credentials) error {
	if len(apps) == 0 {
		return fmt.Errorf("%w: no app: WithApp says where the hooks go", ErrConfig)
	}
	seen := map[string]bool{}
	for _, a := range apps {
		switch {
		case seen[a.Key]:
			return fmt.Errorf("%w: two apps with the key %q", ErrConfig, a.Key)
		case o.unstamped && len(a.SigningSecrets)+len(fetched[a.Key].SigningSecrets) > 0:
			return fmt.Errorf("%w: %ssigning secrets without the headers that are signed: leave out WithoutStamps", ErrConfig, a.title())
		}
		if err := a.checkCredentials(); err != nil {
			return err
		}
		seen[a.Key] = true
	}
	return nil
}

// WithApp adds an app. It may be given many times; appKey picks the app, and
// an app without a key serves every key that no other has. Two apps with one
// key are an error, and so are no apps.
func WithApp(app App) Option {
	app = app.clone()
	return func(o *options) error {
		o.apps = append(o.apps, app)
		return nil
	}
}

// WithLogger logs one line for each failed hook, with the message "hook failed". Its level
// is Warn where the backend denied, else Error; it is Error, too, for a status that
// usually means a wrong URL or a proxy, such as 404. Its attributes are
// hook, app, session, id (the Webhook-Id), url, attempts, status, kind, action and
// error. Events that are lost are counted in lines "events lost". Likely mistakes in the
// properties and in a restClientConfig are logged once, as "configuration" and
// "restClientConfig". So is, at NewClient and Reload, each choice by which clients are let
// in without asking the backend, and the first player that is admitted unasked. Answers
// about players that had to be dropped are "admissions dropped".
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
// policy does not name, and for hooks without a policy: {RestOnError: OnErrorFail}
// refuses them where the backend refuses them or can't be asked. It does not apply to a
// method that the policy names, not even in part: where the policy names a method
// without a restOnError, that is LOG. Connect, playHLS and playRTSP are under no rule, and
// always refuse. [Policy.Rule] does not include it. Each field has to be one of a
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

// WithObserver reports every hook to the observer. It may be given many times: all get
// the reports, in this order, and the context that the Start of one returns is given to
// the next. Default: no observer.
func WithObserver(observer Observer) Option {
	return func(o *options) error {
		o.observer = o.observer.and(observer)
		return nil
	}
}

// WithHeader adds a header to every hook. It refuses headers of the connection and headers
// about a single hook, an idempotency key, which would make net/http repeat a hook by
// itself, and Origin, which marks a web page.
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

// headerOwner says what sets a header that an option can't set; else it is empty.
// Many backends take _ and - for the same.
func headerOwner(name string) string {
	name = textproto.CanonicalMIMEHeaderKey(strings.ReplaceAll(name, "_", "-"))
	switch name {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding",
		"Upgrade", "Http2-Settings", "Expect", "Host":
		return "the connection"
	case "Origin":
		return "web pages"
	case "Authorization", "Accept", "Accept-Encoding", "User-Agent", "Date", "Digest", "Range",
		"Idempotency-Key", "X-Idempotency-Key", HeaderID, HeaderTimestamp, HeaderCreated, HeaderSequence, HeaderRecovered, HeaderSignature:
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
// and 429. The answer's Retry-After is obeyed up to the longest back-off. Default:
// none, since a status is an answer (docs/protocol.md, 0.2).
func WithRetryStatuses(statuses ...int) Option {
	return func(o *options) error {
		o.retry.statuses = append(o.retry.statuses, statuses...)
		return checkStatuses(statuses)
	}
}

// WithEventRetryStatuses is [WithRetryStatuses] for events alone, which nobody waits for: an
// event is repeated after such a status until it is too old (see [WithEventAge]). Default:
// none but those of WithRetryStatuses.
func WithEventRetryStatuses(statuses ...int) Option {
	return func(o *options) error {
		o.eventStatuses = append(o.eventStatuses, statuses...)
		return checkStatuses(statuses)
	}
}

func checkStatuses(statuses []int) error {
	for _, status := range statuses {
		if status < 201 || status > 999 {
			return fmt.Errorf("retry status %d: not a status that fails", status)
		}
	}
	return nil
}

// WithRetryTimeouts also repeats hooks that were not answered in time. Default: they are
// not repeated, since the backend may have acted, and a user waits (docs/protocol.md,
// 0.2).
func WithRetryTimeouts() Option {
	return func(o *options) error {
		o.retry.timeouts = true
		return nil
	}
}

// WithoutStamps sends hooks without the headers [HeaderID], [HeaderTimestamp],
// [HeaderSequence] and [HeaderRecovered]. Default: with them.
func WithoutStamps() Option {
	return func(o *options) error {
		o.unstamped = true
		return nil
	}
}

// WithQueue keeps events in a queue of the caller. The client closes it. A queue that serves one client only
// has a method Attach() error: NewClient calls it, and its error is NewClient's.
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

// WithJournal has a journal keep the closing events of sessions, streams and calls, for
// whoever comes after this process. The client does not close it. Default: none; what is
// open when the process ends without a [Client.Shutdown] then gets no closing event.
func WithJournal(journal Journal) Option {
	return func(o *options) error {
		if journal == nil {
			return errors.New("a nil journal")
		}
		o.journal = journal
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

// WithEventWorkers sets how many events of an app can be in flight at once.
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

// WithEventAge sets how old an event may grow before it ends as [EventExpired], the time
// of its retries included. Default: 10 minutes.
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
// [Client.AdmitRTSP] remember: for each of the two, that many answers that allow and that
// many that deny. When there are more, the oldest is dropped and asked for again; a
// line in the log and [Stats] say so. The limit should be larger than the number of
// players at once. An answer takes some 300 bytes, a denial twice that. From 1
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

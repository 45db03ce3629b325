package resthook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wcskit/resthook/internal/baseurl"
	"github.com/wcskit/resthook/internal/breaker"
	"github.com/wcskit/resthook/internal/h1"
	"github.com/wcskit/resthook/internal/redact"
)

// backend is a URL of an app, made ready for requests. Only its breaker changes.
type backend struct {
	index  int // among those of its app
	base   *url.URL
	shown  string // the URL as it may be printed
	header http.Header

	proxied bool // its hooks go through a proxy
	to      h1.Endpoint
	line    string        // a request's first bytes, up to the method's name
	head    string        // and what follows the name, the same in every request
	address *http.Request // where a request goes, for go-retryablehttp

	breaker *breaker.Breaker
}

// manyBackends is how many an app can have.
const manyBackends = 16

// newBackends makes the backends of an app, still without their breakers.
func newBackends(given App, header http.Header, cfg Config) ([]*backend, error) {
	urls, err := given.urls()
	if err != nil {
		return nil, err
	}
	all := make([]*backend, len(urls))
	for i, text := range urls {
		base, err := baseurl.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("url %q: %w", redact.URL(text), err)
		}
		authorization, err := given.authorization(base.User, cfg)
		if err != nil {
			return nil, err
		}
		base.User = nil
		one := &backend{index: i, base: base, shown: base.String(), header: header.Clone()}
		if authorization != "" {
			one.header.Set("Authorization", authorization)
		}
		if slices.ContainsFunc(all[:i], func(other *backend) bool { return other.shown == one.shown }) {
			return nil, fmt.Errorf("url %q is there twice", one.shown)
		}
		if all[i] = one; one.prepare() != nil {
			return nil, fmt.Errorf("url %q: %w", one.shown, one.prepare())
		}
	}
	return all, nil
}

// urls are the URLs of the app, at least one.
func (a App) urls() ([]string, error) {
	switch {
	case a.URL != "" && a.URLs != nil:
		return nil, errors.New("both a url and urls: give one or the other")
	case len(a.URLs) > manyBackends:
		return nil, fmt.Errorf("%d urls: at most %d", len(a.URLs), manyBackends)
	case len(a.URLs) > 0:
		return a.URLs, nil
	case a.URL == "":
		return nil, errors.New(`url "": an app needs one`)
	}
	return []string{a.URL}, nil
}

// shownURLs are the URLs of the app as they may be printed.
func (a App) shownURLs() []string {
	shown := make([]string, 0, 1+len(a.URLs))
	if a.URL != "" || len(a.URLs) == 0 {
		shown = append(shown, redact.URL(a.URL))
	}
	for _, one := range a.URLs {
		shown = append(shown, redact.URL(one))
	}
	return shown
}

// url is where the method goes, as it may be printed.
func (b *backend) url(method string) string { return b.shown + "/" + method }

// prepare does once what is the same for every request. net/http writes the head, so that
// hosts and paths are spelled as it spells them.
func (b *backend) prepare() error {
	var buf bytes.Buffer
	if err := b.post("", nil).Write(&buf); err != nil {
		return err
	}
	text := strings.TrimSuffix(buf.String(), "\r\n") // the end of the head
	text = strings.Replace(text, "\r\nContent-Length: 0\r\n", "\r\n", 1)
	line, head, _ := strings.Cut(text, " HTTP/1.1\r\n")
	b.line, b.head = line, " HTTP/1.1\r\n"+head
	b.to = endpointOf(b.base)
	b.address = &http.Request{Method: http.MethodPost, URL: b.base, Host: b.base.Host, Header: http.Header{}}
	return nil
}

// endpointOf is where the connections to a backend go.
func endpointOf(base *url.URL) h1.Endpoint {
	port := base.Port()
	switch {
	case port != "":
	case base.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return h1.Endpoint{Address: net.JoinHostPort(base.Hostname(), port), Secure: base.Scheme == "https"}
}

// post is a request for the method, without what differs from hook to hook.
func (b *backend) post(method string, header http.Header) *http.Request {
	target := *b.base
	target.Path += "/" + method
	if target.RawPath != "" {
		target.RawPath += "/" + method
	}
	if header == nil {
		header = b.header
	}
	return &http.Request{
		Method: http.MethodPost, URL: &target, Host: target.Host, Header: header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}

const (
	// The pauses in which a backend that is ill is not asked, if another one is well.
	firstPause   = time.Second
	longestPause = 15 * time.Second
	// A hook waits no longer for a connection if it can go to another backend that is well.
	connectTime = time.Second
	// A hook with a deadline waits half of the time that is left, but not less than this.
	shortConnectTime = 250 * time.Millisecond
)

// breakers are the breakers of an app's backends by URL, over a Reload.
type breakers map[string]*breaker.Breaker

func (k breakers) of(b *backend) *breaker.Breaker {
	if known := k[b.shown]; known != nil {
		return known
	}
	return breaker.New(firstPause, longestPause)
}

func (a *app) breakers() breakers {
	if a == nil {
		return nil
	}
	known := breakers{}
	for _, b := range a.backends {
		known[b.shown] = b.breaker
	}
	return known
}

// several reports whether the app has a choice of backends.
func (a *app) several() bool { return len(a.backends) > 1 }

// same is the backend of the app with the URL of b, which may be one from before a Reload; or nil.
func (a *app) same(b *backend) *backend {
	for _, one := range a.backends {
		if b != nil && one.shown == b.shown {
			return one
		}
	}
	return nil
}

// choice chooses the backends of a hook, one for each attempt.
type choice struct {
	app   *app
	start int      // the index of the first in the order
	stay  *backend // it goes before the others: that of the session; nil: none
	asked uint32   // a bit for each that was asked since the last wait
	at    *backend // the one that was chosen last

	permit breaker.Permit // of the breaker of at
}

// choose begins a choice. line names the hooks that belong together.
func (a *app) choose(line string, session *Session) choice {
	c := choice{app: a, at: a.backends[0]}
	if !a.several() {
		return c
	}
	if a.roundRobin {
		c.start = int(turnOf(line) % uint64(len(a.backends))) //nolint:gosec // less than manyBackends
		c.at = a.backends[c.start]
	}
	if session != nil {
		c.stay = a.same(session.backend.Load())
	}
	return c
}

// chooseOther is choose for the repeat of an event: failed, if not nil, goes last.
func (a *app) chooseOther(line string, session *Session, failed *backend) choice {
	c := a.choose(line, session)
	if other := a.same(failed); other != nil && a.several() {
		c.asked = 1 << other.index
	}
	return c
}

// turnOf is the turn of a line: the number at its end, which [stamps] has counted, or one
// made of its text.
func turnOf(line string) uint64 {
	if turn, err := strconv.ParseUint(line[strings.LastIndexByte(line, '.')+1:], 10, 64); err == nil {
		return turn
	}
	sum := fnv.New64a()
	_, _ = sum.Write([]byte(line))
	return sum.Sum64()
}

// order yields the backends that were not asked since the last wait.
func (c *choice) order(yield func(*backend) bool) {
	if c.stay != nil && !c.wasAsked(c.stay) && !yield(c.stay) {
		return
	}
	for i := range c.app.backends {
		b := c.app.backends[(c.start+i)%len(c.app.backends)]
		if b != c.stay && !c.wasAsked(b) && !yield(b) {
			return
		}
	}
}

func (c *choice) wasAsked(b *backend) bool { return c.asked&(1<<b.index) != 0 }

// next chooses the first backend whose breaker permits it; if there is none, the first.
func (c *call) next() {
	var first *backend
	for b := range c.to.order {
		if first == nil {
			first = b
		}
		permit, opened := b.breaker.Try()
		if opened && c.to.app.several() {
			c.client.backendChanged(c.to.app, b, &failure{kind: faultTimeout, err: errQuiet}, true, 0)
		}
		if permit != breaker.Refused {
			c.to.at, c.to.permit = b, permit
			return
		}
	}
	c.to.at, c.to.permit = first, breaker.Refused
}

// errQuiet is why a backend is left alone while the first hooks still wait for it.
var errQuiet = errors.New("several hooks wait, and none is answered")

// failed records that the one chosen last has failed, and reports whether there is another one
// to ask. If there is none, all can be asked again, after a wait.
func (c *choice) failed() (another bool) {
	c.asked |= 1 << c.at.index
	if c.hasOther() {
		return true
	}
	c.asked = 0
	return false
}

// hasOther reports whether there is another backend than the one chosen last that was not
// asked since the last wait.
func (c *choice) hasOther() bool {
	for b := range c.order {
		if b != c.at {
			return true
		}
	}
	return false
}

// hasWell reports whether one of them is well.
func (c *choice) hasWell() bool {
	for b := range c.order {
		if b != c.at && b.breaker.Opened().IsZero() {
			return true
		}
	}
	return false
}

// connectBy is when an attempt stops waiting for a connection: only if another backend is well.
func (c *call) connectBy(ctx context.Context, begun time.Time) time.Time {
	if !c.to.app.several() || !c.to.hasWell() {
		return time.Time{}
	}
	wait := connectTime
	deadline, ok := ctx.Deadline()
	if !c.end.IsZero() && (!ok || c.end.Before(deadline)) {
		deadline, ok = c.end, true
	}
	if ok {
		wait = min(wait, max(deadline.Sub(begun)/2, shortConnectTime))
	}
	return begun.Add(wait)
}

// busy are the statuses by which a backend, or a gateway before it, says that it can't answer
// now.
func busy(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// verdict is what an attempt says of its backend.
func (f *failure) verdict(status int, retried []int) breaker.Result {
	switch {
	case f == nil:
		return breaker.Success
	case f.undelivered() && f.kind != faultTimeout && f.kind != faultCanceled:
		return breaker.Absent
	case f.kind == faultStatus && (busy(status) || slices.Contains(retried, status)), f.silent():
		return breaker.Failure
	case f.kind == faultStatus, f.kind == faultBody:
		return breaker.Success
	}
	return breaker.None
}

// backendChanged logs that a backend is down from now on, or is back after it was down.
func (c *Client) backendChanged(a *app, b *backend, f *failure, opened bool, down time.Duration) {
	waiting := 0
	if !opened {
		waiting = c.events.waitingFor(a.key)
	}
	c.dispatcher.Add(func() {
		if opened {
			c.opts.logger.LogAttrs(context.Background(), slog.LevelError, "backend down",
				slog.String("app", a.key), slog.String("url", b.shown), slog.String("kind", string(f.kind)), slog.Any("error", redact.Error(f.err, longestCause)))
			return
		}
		c.opts.logger.LogAttrs(context.Background(), slog.LevelInfo, "backend back",
			slog.String("app", a.key), slog.String("url", b.shown), slog.Duration("down", down), slog.Int("waiting", waiting))
	})
}

// BackendStats is what is known of a backend.
type BackendStats struct {
	App string // the key of its app, empty for the one without
	URL string // as a log has it
	// Down says that it was left alone, or would be if there was another one, since its last
	// attempts have failed; Since is when that began.
	Down  bool
	Since time.Time
}

// backendStats are the stats of all backends, in the order of their apps' keys.
func (s *state) backendStats() []BackendStats {
	var all []BackendStats
	for _, given := range s.given {
		a := s.named(given.Key)
		if a == nil {
			continue
		}
		for _, b := range a.backends {
			since := b.breaker.Opened()
			all = append(all, BackendStats{App: a.key, URL: b.shown, Down: !since.IsZero(), Since: since})
		}
	}
	return all
}

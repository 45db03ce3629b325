package resthook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/wcskit/resthook/internal/h1"
	"github.com/wcskit/resthook/internal/redact"
)

// checksAtOnce is how many backends Check asks at a time.
const checksAtOnce = 32

// Check reports whether hooks can reach a backend of each app, for the health endpoint of a
// media server (readiness). It sends no hook and no credentials: it makes a connection to
// each backend, TLS included, which then serves hooks, and is content with one that is open.
// Over [WithTransport], and through a proxy, it sends a HEAD request to the app's URL; any
// answer will do, but for 407, 502, 503 and 504 to an http URL through a proxy, which are
// the proxy's. It does not say whether the backend works: one that answers each hook with 500
// is reached, as is one behind a load balancer that has none.
//
// All backends are asked at once, 32 at a time. The error is nil where each app has one that
// is reached, and where hooks are disabled. Otherwise it joins an [*Error] without a Hook for
// each backend of the other apps, with App, URL, Kind and cause. It takes as long as
// rest_request_timeout, and ends with ctx: what was not reached by then is among the errors. After
// [Client.Close] it matches [ErrClosed]. It is safe for concurrent use.
func (c *Client) Check(ctx context.Context) error {
	switch {
	case !c.made():
		return fmt.Errorf("check: %w", errNoClient)
	case ctx == nil:
		return fmt.Errorf("check: %w", errNilContext)
	case c.inFlight.Closed():
		return fmt.Errorf("check: client %w", ErrClosed)
	}
	s := c.state.Load()
	switch {
	case s.cfg.DisableRestRequests:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("check: %w: %w", ErrCanceled, ended(ctx))
	}
	faults := c.checkAll(ctx, s)
	var all []error
	for _, given := range s.given {
		all = append(all, c.unreached(s.named(given.Key), faults)...)
	}
	return errors.Join(all...)
}

// place is what a check reaches. Backends of several apps may have the same.
type place struct {
	to  h1.Endpoint
	url string // where a request is sent to find out
}

func (c *Client) placeOf(b *backend) place {
	if c.over(b) != nil {
		return place{url: b.shown}
	}
	return place{to: b.to}
}

// checkAll checks all backends, and returns why the others were not reached.
func (c *Client) checkAll(ctx context.Context, s *state) map[place]*failure {
	backends := map[place]*backend{}
	for _, given := range s.given {
		for _, b := range s.named(given.Key).backends {
			backends[c.placeOf(b)] = b
		}
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	faults, places := map[place]*failure{}, make(chan struct{}, checksAtOnce)
	for at, b := range backends {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			f := c.check(ctx, b, s.cfg)
			mu.Lock()
			defer mu.Unlock()
			faults[at] = f
		})
	}
	all.Wait()
	return faults
}

// unreached are the errors of an app that has no backend which was reached.
func (c *Client) unreached(a *app, faults map[place]*failure) (all []error) {
	for _, b := range a.backends {
		f := faults[c.placeOf(b)]
		if f == nil {
			return nil
		}
		all = append(all, &Error{
			App: label(a.key), URL: b.shown, Kind: f.kind, Action: ActionContinue, Err: redact.Error(f.err, longestCause), unsent: f.phase <= h1.Connecting,
		})
	}
	return all
}

// check reaches a backend, or returns why it did not.
func (c *Client) check(ctx context.Context, b *backend, cfg Config) *failure {
	r := h1.Request{To: b.to, Answer: new(bytes.Buffer), Limit: keptAnswer}
	if cfg.RequestTimeout > 0 {
		r.End = time.Now().Add(cfg.RequestTimeout)
	}
	var got h1.Result
	if over := c.over(b); over != nil {
		got = h1.Through(ctx, over, b.question(c.opts.header), &r)
	} else {
		got = c.transport.Connect(ctx, &r)
	}
	switch {
	case b.proxied && !b.to.Secure && got.Heard() && (busy(got.Status) || got.Status == http.StatusProxyAuthRequired):
		return &failure{kind: faultUnreachable, phase: got.Phase, err: fmt.Errorf("the proxy answered: %w", &statusError{got.Status})}
	case got.Err == nil, got.Heard():
		return nil
	}
	return inTime(ctx, classify(ctx, &got))
}

// question is a request that any server can answer, without what hooks have.
func (b *backend) question(header http.Header) *http.Request {
	target := *b.base
	return &http.Request{
		Method: http.MethodHead, URL: &target, Host: target.Host, Header: http.Header{"User-Agent": header["User-Agent"]},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}

// inTime is the failure of a check. The end of its time is the backend's fault, not that of a
// caller who gave up.
func inTime(ctx context.Context, f *failure) *failure {
	switch {
	case f.kind != faultCanceled || !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return f
	case f.phase == h1.Connecting:
		return f.because(faultUnreachable, lateIn(f.phase, ended(ctx)))
	}
	return f.because(faultTimeout, lateIn(f.phase, ended(ctx)))
}

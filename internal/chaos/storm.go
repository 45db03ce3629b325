package chaos

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wcskit/resthook"
)

// storm plays one plan and holds what the client reported and the backends saw.
type storm struct {
	plan     *Plan
	fixtures *fixtures
	spoil    func(http.RoundTripper) http.RoundTripper
	network  *network
	counts   *counts
	ledger   *ledger
	clock    *stalls
	backends []*backend
	client   *resthook.Client
	given    *http.Transport // nil: the library's own transport
	log      *log

	began     atomic.Int64 // hooks
	reloads   atomic.Int64
	extra     atomic.Int64                  // nonces beyond those of the plan
	closes    atomic.Pointer[time.Duration] // the next callback closes the client, within so long
	incidents sync.WaitGroup

	mu        sync.Mutex
	calls     []*call
	outcomes  []resthook.EventOutcome
	accepted  map[string]int // events notified, by hook
	sessions  map[string]*resthook.Session
	closedAt  time.Time
	listeners []net.Listener
	faults    []string
}

// play plays the plan and returns the findings.
func (s *storm) play() []string {
	if err := s.begin(); err != nil {
		return []string{"the storm did not begin: " + err.Error()}
	}
	defer s.network.close()
	var all sync.WaitGroup
	for _, one := range s.plan.Sessions {
		all.Go(func() { s.session(one) })
	}
	all.Wait()
	s.incidents.Wait()
	s.end()
	return s.judge()
}

func (s *storm) begin() (err error) {
	if s.network, err = newNetwork(s.plan, s.fixtures, s.counts); err != nil {
		return err
	}
	opts := s.options()
	for i, app := range s.plan.Apps {
		url, err := s.serve(i, app)
		if err != nil {
			return err
		}
		if s.plan.Auth == "basic" {
			url = strings.Replace(url, "://", "://user:"+secretWord+"password@", 1)
		}
		opts = append(opts, resthook.WithApp(resthook.App{Key: app.Key, URL: url}))
	}
	cfg, err := s.config(0)
	if err == nil {
		s.client, err = resthook.NewClient(cfg, opts...)
	}
	return err
}

// serve starts the backend of an app.
func (s *storm) serve(i int, app AppPlan) (url string, err error) {
	listener, url, err := s.network.listen(i)
	if err != nil {
		return "", err
	}
	b := &backend{plan: s.plan, number: i, app: app, network: s.network, ledger: s.ledger, counts: s.counts, conns: map[*wire]struct{}{}}
	s.backends = append(s.backends, b)
	b.address = strings.TrimSuffix(url[strings.Index(url, "://")+3:], "/rest")
	switch app.Trouble {
	case Refusing:
		return url, listener.Close()
	case Deaf:
	default:
		b.gone.Go(func() { b.accept(listener) })
	}
	s.listeners = append(s.listeners, listener)
	return url, nil
}

func (s *storm) config(reload int) (resthook.Config, error) {
	text := fmt.Sprintf("rest_client_request_sent_retry_enabled=%t\n", s.plan.Repeat)
	if s.plan.Auth == "hash" {
		text += "rest_hook_send_hash=true\nrest_hook_secret_key=" + secretWord + "key\n"
	}
	cfg, err := resthook.ParseConfig(strings.NewReader(text))
	if err != nil {
		return cfg, err
	}
	cfg.RequestTimeout, cfg.RetryCount = s.plan.Timeout, s.plan.Retries
	cfg.MaxConnections = s.plan.Connections[reload]
	cfg.HLSAuthEnabled, cfg.RTSPServerAuthEnabled = true, true
	cfg.KeepAliveEnabled, cfg.KeepAliveInterval = s.plan.KeepAlive, 10*time.Millisecond
	for _, app := range s.plan.Apps {
		cfg.KeepAliveAppKeys = append(cfg.KeepAliveAppKeys, app.Key)
	}
	return cfg, nil
}

func (s *storm) options() []resthook.Option {
	p := s.plan
	opts := []resthook.Option{
		resthook.WithLogger(slog.New(&handler{slog.NewJSONHandler(s.log, nil), s.callback})),
		resthook.WithObserver(resthook.Observer{Start: s.noteStart, Attempt: s.noteAttempt, End: s.noteEnd, Event: s.noteEvent}),
		resthook.WithBackoff(2*time.Millisecond, 10*time.Millisecond), resthook.WithAnswerLimit(p.AnswerLimit),
		resthook.WithEventWorkers(p.Workers), resthook.WithEventAge(p.Age), resthook.WithQueueLimits(resthook.QueueLimits{Events: p.Events}),
		resthook.WithRetryStatuses(p.Statuses...),
	}
	if p.Timeouts {
		opts = append(opts, resthook.WithRetryTimeouts())
	}
	switch {
	case p.NetHTTP:
		s.given = s.network.transport()
		if s.spoil != nil {
			return append(opts, resthook.WithTransport(s.spoil(s.given)))
		}
		return append(opts, resthook.WithTransport(s.given))
	case p.Dialer:
		opts = append(opts, resthook.WithDialContext(s.network.dial))
	}
	if p.Network.secure() {
		opts = append(opts, resthook.WithTLSConfig(s.network.clientTLS()))
	}
	return opts
}

// end closes the client and then the backends.
func (s *storm) end() {
	patience := 3 * time.Second
	for _, app := range s.plan.Apps {
		if app.Trouble != Fine {
			patience = 100 * time.Millisecond
		}
	}
	s.shut("close", patience)
	if s.given != nil {
		s.given.CloseIdleConnections()
	}
	for _, l := range s.listeners {
		_ = l.Close()
	}
	for i, b := range s.backends {
		if left := b.close(2 * time.Second); left > 0 {
			s.fault("connections left open after Close", "app %d: %d", i, left)
		}
	}
}

// shut closes the client, which has to return when its context ends.
func (s *storm) shut(how string, patience time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s.mu.Lock()
	if s.closedAt.IsZero() {
		s.closedAt = time.Now()
	}
	s.mu.Unlock()
	began := time.Now()
	ends, ok := any(s.client).(interface {
		Shutdown(ctx context.Context) error
	})
	if ok && how == "shutdown" {
		_ = ends.Shutdown(ctx)
	} else {
		_ = s.client.Close(ctx)
	}
	if late := time.Since(began) - patience; late > 300*time.Millisecond+4*s.clock.worst(began, time.Now()) {
		s.fault("Close took longer than its context", "%s of %v: %v too long", how, patience, late)
	}
}

// hook counts a hook and starts the incidents planned for this number.
func (s *storm) hook() {
	n := int(s.began.Add(1))
	s.counts.add(&s.counts.hooks, 1)
	for _, h := range s.plan.Incidents {
		if h.After == n {
			s.incidents.Go(func() { s.cause(h) })
		}
	}
}

func (s *storm) cause(h Incident) {
	s.counts.fault(h.Do)
	switch h.Do {
	case "reload":
		if cfg, err := s.config(int(s.reloads.Add(1))); err == nil {
			_ = s.client.Reload(cfg)
		}
	case "close in a callback":
		s.closes.Store(&h.For)
	case "away":
		b := s.backends[h.App]
		address := b.address
		s.network.refuse(address, true)
		b.away()
		time.Sleep(h.For)
		s.network.refuse(address, false)
	default:
		s.shut(h.Do, h.For)
	}
}

// fault records a finding.
func (s *storm) fault(kind, format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, kind+": "+fmt.Sprintf(format, args...))
}

// log is the log's writer. It finds lines with a secret.
type log struct {
	mu    sync.Mutex
	lines int
	shown []string // lines with a secret
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines++
	if bytes.Contains(p, []byte(secretWord)) {
		l.shown = append(l.shown, string(p))
	}
	return len(p), nil
}

// handler is a log handler that calls a function after each line, without the lock of the
// handler below.
type handler struct {
	slog.Handler
	called func() // after each line
}

// Handle writes a line.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	defer h.called()
	return h.Handler.Handle(ctx, r)
}

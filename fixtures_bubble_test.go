package resthook_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/h1/situation"
)

// bubble is a client and its backend on a network in memory, for tests on virtual time.
type bubble struct {
	client *resthook.Client
	socket *hooktest.Socket
	begun  time.Time

	mu       sync.Mutex
	attempts []time.Duration // when each request began, after begun
}

func newBubble(t *testing.T, cfg resthook.Config, script []hooktest.Behaviour, opts ...resthook.Option) *bubble {
	t.Helper()
	return newBubbleVia(t, ownTransport, cfg, script, opts...)
}

func newBubbleVia(t *testing.T, via transport, cfg resthook.Config, script []hooktest.Behaviour, opts ...resthook.Option) *bubble {
	t.Helper()
	network := hooktest.NewNetwork()
	b := &bubble{socket: hooktest.NewSocketOn(t, network.Listen(), script...), begun: time.Now()}
	opts = append(append(opts, via.options(t, situation.Settings{Limit: cfg.MaxConnections, Dial: network.DialContext})...),
		resthook.WithApp(resthook.App{URL: b.socket.URL()}),
		resthook.WithObserver(resthook.Observer{Attempt: b.note}))
	client, err := resthook.NewClient(cfg, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close(context.Background())) })
	b.client = client
	return b
}

func (b *bubble) note(_ context.Context, a resthook.Attempt) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.attempts = append(b.attempts, time.Since(b.begun)-a.Duration)
}

// gaps are the waits between attempts.
func (b *bubble) gaps() []time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	var gaps []time.Duration
	for i := 1; i < len(b.attempts); i++ {
		gaps = append(gaps, b.attempts[i]-b.attempts[i-1])
	}
	return gaps
}

func (b *bubble) send(ctx context.Context) error {
	_, err := resthook.Connect.Send(ctx, b.client, &resthook.Connection{SessionID: "s"})
	return err
}

// under is a session with a rule for one method.
func (b *bubble) under(t *testing.T, method, rule string) *resthook.Session {
	t.Helper()
	return sessionUnder(t, b.client, resthook.Connection{SessionID: "s"}, fmt.Sprintf(`{%q:%s}`, method, rule))
}

// outcomes collects the outcomes of events.
type outcomes struct {
	mu  sync.Mutex
	all []resthook.EventOutcome
}

func (o *outcomes) note(_ context.Context, e resthook.EventOutcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, e)
}

func (o *outcomes) count(result resthook.EventResult) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for _, e := range o.all {
		if e.Result == result {
			n++
		}
	}
	return n
}

// eventBubble is a client whose events are collected, and its backend, on
// virtual time.
type eventBubble struct {
	client *resthook.Client
	socket *hooktest.Socket
	seen   *outcomes
	begun  time.Time
	dials  atomic.Int64
}

func newEventBubble(t *testing.T, script []hooktest.Behaviour, opts ...resthook.Option) *eventBubble {
	t.Helper()
	return newEventBubbleVia(t, ownTransport, script, opts...)
}

func newEventBubbleVia(t *testing.T, via transport, script []hooktest.Behaviour, opts ...resthook.Option) *eventBubble {
	t.Helper()
	network := hooktest.NewNetwork()
	b := &eventBubble{socket: hooktest.NewSocketOn(t, network.Listen(), script...), seen: &outcomes{}, begun: time.Now()}
	cfg := resthook.DefaultConfig()
	opts = append(opts, via.options(t, situation.Settings{
		Limit: cfg.MaxConnections,
		Dial: func(ctx context.Context, kind, address string) (net.Conn, error) {
			b.dials.Add(1)
			return network.DialContext(ctx, kind, address)
		},
	})...)
	client, err := resthook.NewClient(cfg, append(opts,
		resthook.WithApp(resthook.App{URL: b.socket.URL()}),
		resthook.WithObserver(resthook.Observer{Event: b.seen.note}))...)
	require.NoError(t, err)
	b.client = client
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = client.Close(ctx)
	})
	return b
}

func (b *eventBubble) session(t *testing.T, id string) *resthook.Session {
	t.Helper()
	session, err := b.client.Resume(&resthook.Connection{SessionID: id})
	require.NoError(t, err)
	return session
}

func notify(t *testing.T, s *resthook.Session, name string) {
	t.Helper()
	require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), s, &resthook.Stream{Name: name, Status: resthook.StreamPublishing}))
}

func sequences(requests []hooktest.Request) []string {
	var all []string
	for _, r := range requests {
		all = append(all, r.Header.Get(resthook.HeaderSequence))
	}
	return all
}

// list returns the outcomes, in the order in which they were reported.
func (o *outcomes) list() []resthook.EventOutcome {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.all)
}

// of is list for one hook.
func (o *outcomes) of(hook string) []resthook.EventOutcome {
	return slices.DeleteFunc(o.list(), func(e resthook.EventOutcome) bool { return e.Hook != hook })
}

// under is a session with a rule for one method.
func (b *eventBubble) under(t *testing.T, method, rule string) *resthook.Session {
	t.Helper()
	return sessionUnder(t, b.client, resthook.Connection{AppKey: "mine", SessionID: "s"}, fmt.Sprintf(`{%q:%s}`, method, rule))
}

// observing is a client on virtual time whose observer is set later.
type observing struct {
	client  *resthook.Client
	socket  *hooktest.Socket
	observe func(resthook.EventOutcome)
}

func newObserving(t *testing.T, play hooktest.Behaviour, opts ...resthook.Option) *observing {
	t.Helper()
	network := hooktest.NewNetwork()
	o := &observing{socket: hooktest.NewSocketOn(t, network.Listen(), play)}
	client, err := resthook.NewClient(resthook.DefaultConfig(), append(opts,
		resthook.WithApp(resthook.App{URL: o.socket.URL()}),
		resthook.WithDialContext(network.DialContext),
		resthook.WithObserver(resthook.Observer{Event: func(_ context.Context, e resthook.EventOutcome) { o.observe(e) }}))...)
	require.NoError(t, err)
	o.client = client
	return o
}

// addsUp checks that all events that were notified are queued or have an outcome.
func addsUp(t *testing.T, client *resthook.Client) {
	t.Helper()
	stats, over := client.Stats(), uint64(0)
	for _, n := range stats.Events {
		over += n.Count
	}
	assert.Equal(t, stats.Notified, uint64(stats.Queued)+over, "%+v", stats)
}

func within(t *testing.T, d time.Duration, f func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	begun := time.Now()
	_ = f(ctx)
	assert.LessOrEqual(t, time.Since(begun), d+500*time.Millisecond)
}

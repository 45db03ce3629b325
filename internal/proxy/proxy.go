// Package proxy sends requests through a proxy, by way of net/http: by CONNECT to an https
// server, with the whole URL in the request to an http server, and by SOCKS5 to both. It
// speaks HTTP/1.1 only, follows no redirect, decodes nothing, and sends no request with a body
// twice. No error quotes the URL of the proxy or what the proxy says.
package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wcskit/resthook/internal/h1"
)

const (
	idleTime      = 60 * time.Second // of a connection
	connectTime   = 5 * time.Second  // to connect to the proxy, and for each TLS handshake
	establishTime = 10 * time.Second // for all that follows before a connection is used
	maxHead       = 64 << 10         // bytes of an answer's head
	keepAlive     = 15 * time.Second // between two probes of an idle connection
	idleUnlimited = 1024             // idle connections to a server where their number has no limit
)

// Func says which proxy a request goes through; nil: none.
type Func func(*http.Request) (*url.URL, error)

// Options are the options of a [Transport].
type Options struct {
	Proxy Func
	Dial  h1.DialFunc // connects to the proxy; nil: by TCP, in 5 seconds at most
	Limit int         // connections, at most: to an https server, or to the proxy for http; 0: no limit
	TLS   *tls.Config // is copied; nil: TLS 1.2 or later
	// TLSNow, if not nil, takes the place of TLS: it is called for each request, and returns no nil. Another pointer
	// than that of the last call ends the connections that were made with the last one: those
	// that are idle at once, the others after their exchange.
	TLSNow func() *tls.Config
	// Age is the greatest age of a connection, reduced by up to a quarter (jitter). All
	// connections are made anew together. 0: any age.
	Age time.Duration
}

// Transport is a [http.RoundTripper]. It is safe for concurrent use.
type Transport struct {
	options Options
	asking  sync.Mutex // one call of TLSNow at a time, so that the last answer is the newest

	mu     sync.Mutex
	limit  int
	config *tls.Config // of new connections
	now    *generation // nil before the first request, and after Renew and Close
	closed bool
	ending sync.WaitGroup // of the connections of generations that are over

	open, busy     atomic.Int64
	opened, reused atomic.Uint64
}

// generation is a transport of net/http with the settings of its time.
type generation struct {
	over   *http.Transport
	config *tls.Config
	end    time.Time // when its connections are too old; zero: never
	inUse  int       // exchanges
	ended  bool
}

// New makes a transport. Close ends it.
func New(o Options) *Transport {
	if o.TLS == nil {
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if o.Dial == nil {
		dialer := net.Dialer{Timeout: connectTime, KeepAlive: keepAlive}
		o.Dial = dialer.DialContext
	}
	return &Transport{options: o, limit: o.Limit, config: o.TLS}
}

// RoundTrip does an exchange. It obeys the request's context, also while it waits for
// TLSNow. The body of the answer has to be closed.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, d := t.trace(req.Context())
	g, err := t.enter(ctx)
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, err
	}
	resp, err := g.over.RoundTrip(req.WithContext(ctx))
	if err != nil {
		t.leave(g, d)
		return nil, d.named(err)
	}
	resp.Body = &body{ReadCloser: resp.Body, leave: sync.OnceFunc(func() { t.leave(g, d) })}
	return resp, nil
}

// body ends the exchange when it is closed.
type body struct {
	io.ReadCloser

	leave func()
}

func (b *body) Close() error {
	defer b.leave()
	return b.ReadCloser.Close()
}

// enter begins an exchange, with newer settings if there are.
func (t *Transport) enter(ctx context.Context) (*generation, error) {
	if err := t.askTLS(ctx); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, h1.ErrClosed
	}
	if t.now == nil || t.now.config != t.config || t.now.old() {
		t.end(t.now)
		t.now = t.newGeneration()
	}
	t.now.inUse++
	return t.now, nil
}

// askTLS asks for the TLS configuration, on a goroutine: it may read files, and who waits for
// it has a context.
func (t *Transport) askTLS(ctx context.Context) error {
	if t.options.TLSNow == nil {
		return nil
	}
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		t.asking.Lock()
		defer t.asking.Unlock()
		config := t.options.TLSNow()
		t.mu.Lock()
		defer t.mu.Unlock()
		t.config = config
	}()
	select {
	case <-asked:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (g *generation) old() bool { return !g.end.IsZero() && !time.Now().Before(g.end) }

func (t *Transport) newGeneration() *generation {
	g := &generation{config: t.config, over: &http.Transport{
		Proxy:                  t.options.Proxy,
		DialContext:            t.dial,
		TLSClientConfig:        t.config.Clone(),
		TLSHandshakeTimeout:    connectTime,
		DisableCompression:     true,
		MaxConnsPerHost:        t.limit,
		MaxIdleConnsPerHost:    t.limit,
		IdleConnTimeout:        idleTime,
		MaxResponseHeaderBytes: maxHead,
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{}, // no HTTP/2
		GetProxyConnectHeader:  beginConnect,
		OnProxyConnectResponse: endConnect,
	}}
	g.over.TLSClientConfig.NextProtos = []string{"http/1.1"}
	if t.limit == 0 {
		g.over.MaxIdleConnsPerHost = idleUnlimited
	}
	if age := t.options.Age; age > 0 {
		g.end = time.Now().Add(age - rand.N(age/4+1))
	}
	return g
}

// end ends a generation: its idle connections now, the others after their exchange. The lock
// is held.
func (t *Transport) end(g *generation) {
	if g == nil {
		return
	}
	g.ended = true
	t.closeIdle(g)
}

// closeIdle closes idle connections, and ends dials that nobody waits for, on a goroutine: over
// TLS it says good-bye, which may take a while. The lock is held.
func (t *Transport) closeIdle(g *generation) {
	if t.closed {
		go g.over.CloseIdleConnections()
		return
	}
	t.ending.Go(g.over.CloseIdleConnections)
}

// leave ends an exchange. The last one of a generation that is over closes the connections
// that became idle meanwhile.
func (t *Transport) leave(g *generation, d *dial) {
	if d.connected.Load() {
		t.busy.Add(-1)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	g.inUse--
	if g.ended && g.inUse == 0 {
		t.closeIdle(g)
	}
}

// Renew sets the limit, and lets every open connection end after its exchange. Connections
// from before do not count in the limit.
func (t *Transport) Renew(limit int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.limit = limit
	t.end(t.now)
	t.now = nil
}

// Close closes the transport: idle connections at once, those in use after their exchange. It
// returns when the idle ones are closed, or when ctx ends.
func (t *Transport) Close(ctx context.Context) {
	t.mu.Lock()
	t.end(t.now)
	t.now, t.closed = nil, true
	t.mu.Unlock()
	over := make(chan struct{})
	go func() {
		t.ending.Wait()
		close(over)
	}()
	select {
	case <-over:
	case <-ctx.Done():
	}
}

// dial is what is known of the connection that is made for an exchange.
type dial struct {
	connected atomic.Bool // the exchange has a connection
	asked     atomic.Bool // for a tunnel, by CONNECT
	answered  atomic.Bool
}

type dialKey struct{}

// trace returns a context that tells net/http of the dial. A failure of what comes before
// one counts as one of connecting.
func (t *Transport) trace(ctx context.Context) (context.Context, *dial) {
	if other := httptrace.ContextClientTrace(ctx); other != nil && other.GetConn != nil {
		other.GetConn("")
	}
	d := new(dial)
	ctx = context.WithValue(ctx, dialKey{}, d)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { t.got(d, info) }}), d
}

// got is called when an exchange gets a connection.
func (t *Transport) got(d *dial, info httptrace.GotConnInfo) {
	if c := connOf(info.Conn); c != nil && c.use() {
		t.opened.Add(1)
	}
	if info.Reused {
		t.reused.Add(1)
	}
	if d.connected.CompareAndSwap(false, true) {
		t.busy.Add(1)
	}
}

// Stats returns the figures of the connections that have carried an exchange.
func (t *Transport) Stats() h1.Stats {
	open, busy := int(max(0, t.open.Load())), int(t.busy.Load())
	return h1.Stats{Open: open, Idle: max(0, open-busy), Opened: t.opened.Load(), Reused: t.reused.Load()}
}

// beginConnect is called before a CONNECT, with the context of its dial.
func beginConnect(ctx context.Context, _ *url.URL, _ string) (http.Header, error) {
	if d, ok := ctx.Value(dialKey{}).(*dial); ok {
		d.asked.Store(true)
	}
	return http.Header{}, nil
}

// endConnect is called with the answer to a CONNECT.
func endConnect(ctx context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if d, ok := ctx.Value(dialKey{}).(*dial); ok {
		d.answered.Store(true)
	}
	if resp.StatusCode != http.StatusOK {
		return &RefusedError{resp.StatusCode}
	}
	return nil
}

// RefusedError is a proxy that made no tunnel to the server.
type RefusedError struct{ Status int }

// Error has the status of the proxy's answer.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("the proxy made no connection: %d %s", e.Status, http.StatusText(e.Status))
}

// errMalformed is the error for an answer to CONNECT that is no HTTP. That of net/http quotes
// the answer.
var errMalformed = errors.New("the proxy's answer to CONNECT is not HTTP")

// named says of an error that came before the answer to a CONNECT that it was there.
func (d *dial) named(err error) error {
	switch _, isNet := errors.AsType[net.Error](err); {
	case !d.asked.Load() || d.answered.Load() || errors.Is(err, context.Canceled):
		return err
	case isNet, h1.Lost(err):
		return fmt.Errorf("waiting for the proxy's answer to CONNECT: %w", err)
	}
	return errMalformed
}

// conn is a connection to a proxy. Until a request uses it, it has establishTime: net/http
// bounds neither SOCKS nor what is idle before its first request, and CONNECT by a minute.
type conn struct {
	net.Conn

	late *time.Timer
	open *atomic.Int64 // counts it from its first exchange until Close

	mu    sync.Mutex
	state connState
}

type connState uint8

const (
	unused connState = iota
	used             // by an exchange
	closed
)

func (t *Transport) dial(ctx context.Context, network, address string) (net.Conn, error) {
	opened, err := t.options.Dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	past := time.Unix(1, 0)
	late := time.AfterFunc(establishTime, func() { _ = opened.SetDeadline(past) })
	return &conn{Conn: opened, late: late, open: &t.open}, nil
}

// Close closes the connection.
func (c *conn) Close() error {
	c.late.Stop()
	if c.become(closed) == used {
		c.open.Add(-1)
	}
	return c.Conn.Close()
}

// use is called when an exchange gets the connection. It returns true the first time.
func (c *conn) use() bool {
	c.late.Stop()
	first := c.become(used) == unused
	if first {
		c.open.Add(1)
	}
	return first
}

// become sets the state, and returns the one before. It stays closed.
func (c *conn) become(next connState) (before connState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before = c.state
	c.state = max(before, next)
	return before
}

// connOf is the connection to the proxy under layers of TLS; nil where there is none.
func connOf(over net.Conn) *conn {
	for {
		switch c := over.(type) {
		case *conn:
			return c
		case *tls.Conn:
			over = c.NetConn()
		default:
			return nil
		}
	}
}

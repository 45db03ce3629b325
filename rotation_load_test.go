package resthook_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
	"github.com/wcskit/resthook/hooktest"
)

// changing is all that can change while a client runs, with the hooks that go on meanwhile.
type changing struct {
	client    *resthook.Client
	backends  []*rotating // the URL changes between them
	handlers  []*atomic.Pointer[http.Handler]
	authority *authority
	dir       string
	files     resthook.TLSFiles
	app       resthook.App
	changes   int

	hooks, failed atomic.Int64
	first         atomic.Pointer[error]
}

func newChanging(t *testing.T, dir string, network *hooktest.Network) *changing {
	t.Helper()
	c := &changing{authority: newAuthority(t), dir: dir, app: resthook.App{SigningSecrets: []resthook.Secret{secretOf(0)}}}
	c.files = c.authority.files(t, dir)
	opts := []resthook.Option{resthook.WithTLSFiles(c.files)}
	for range 2 {
		var listener net.Listener
		if network != nil {
			listener = network.Listen()
		}
		b, h := newRotating(t, listener, c.authority.server(t)), new(atomic.Pointer[http.Handler])
		b.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*h.Load()).ServeHTTP(w, r) })
		c.backends, c.handlers = append(c.backends, b), append(c.handlers, h)
	}
	c.accept(t, 0)
	c.app.URL = c.backends[0].URL
	if network != nil {
		opts = append(opts, resthook.WithDialContext(network.DialContext))
	}
	c.client = makeClient(t, retrying(0), append(opts, resthook.WithApp(c.app), resthook.WithLogger(new(logged).logger()))...)
	return c
}

// secretOf is the n-th secret of signatures.
func secretOf(n int) resthook.Secret {
	return resthook.NewSecret(fmt.Sprintf("whsec_%032d", n))
}

// accept has the backends take signatures of the secrets with these numbers.
func (c *changing) accept(t *testing.T, numbers ...int) {
	t.Helper()
	var secrets []resthook.Secret
	for _, n := range numbers {
		secrets = append(secrets, secretOf(n))
	}
	handler, err := backend.Wrap(backend.NewMux(), backend.WithSignature(secrets...))
	require.NoError(t, err)
	for _, h := range c.handlers {
		h.Store(&handler)
	}
}

func (c *changing) reload(t *testing.T) {
	t.Helper()
	c.changes++
	require.NoError(t, c.client.Reload(retrying(0), c.app))
}

// secret changes the secret: the backends take both, then the media server has the
// new one, then the backend takes that alone.
func (c *changing) secret(t *testing.T, n int, pause time.Duration) {
	t.Helper()
	c.accept(t, n, n+1)
	c.app.SigningSecrets = []resthook.Secret{secretOf(n + 1)}
	c.reload(t)
	time.Sleep(pause)
	c.accept(t, n+1)
}

// roots changes the authority: the media server trusts both, then the backends have new
// certificates, then it trusts the new one alone; and it has a new certificate itself.
func (c *changing) roots(t *testing.T, pause time.Duration) {
	t.Helper()
	next, old := newAuthority(t), c.authority
	both := x509.NewCertPool()
	both.AddCert(old.cert)
	both.AddCert(next.cert)
	write(t, c.files.Roots, append(append([]byte{}, old.pem...), next.pem...))
	c.reload(t)
	for _, b := range c.backends {
		config := next.server(t)
		config.ClientCAs, config.ClientAuth = both, tls.RequireAndVerifyClientCert
		b.config.Store(config)
	}
	time.Sleep(pause)
	next.files(t, c.dir)
	c.reload(t)
	time.Sleep(pause)
	for _, b := range c.backends {
		b.config.Store(next.server(t))
	}
	c.authority = next
}

// url changes the URL; the old backend ends its connections once its hooks are answered.
func (c *changing) url(t *testing.T, n int, pause time.Duration) {
	t.Helper()
	old := c.backends[n%2]
	c.app.URL = c.backends[(n+1)%2].URL
	c.reload(t)
	time.Sleep(pause)
	old.CloseClientConnections()
}

// send sends hooks of sessions at a rate until the end of ctx, and ends the sessions.
func (c *changing) send(ctx context.Context, all []*resthook.Session, every time.Duration) {
	var running sync.WaitGroup
	for i := 0; ctx.Err() == nil; i++ {
		running.Go(func() {
			_, err := resthook.PublishStream.Send(context.WithoutCancel(ctx), all[i%len(all)], &resthook.Stream{Name: "n"})
			c.note(err)
		})
		time.Sleep(every)
	}
	running.Wait()
	for _, s := range all {
		c.note(s.Disconnect(context.WithoutCancel(ctx)))
	}
}

func (c *changing) note(err error) {
	c.hooks.Add(1)
	if err != nil {
		c.failed.Add(1)
		c.first.CompareAndSwap(nil, &err)
	}
}

func (c *changing) play(t *testing.T, d, every time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	sessions := make([]*resthook.Session, 100)
	for i := range sessions {
		sessions[i] = connect(t, c.client, fmt.Sprint(i))
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		c.send(ctx, sessions, every)
	}()
	for n, pause := 0, 200*time.Millisecond; ctx.Err() == nil; n++ {
		c.secret(t, n, pause)
		c.roots(t, pause)
		c.url(t, n, pause)
	}
	<-over
	if first := c.first.Load(); first != nil {
		t.Error(*first)
	}
	assert.Zero(t, c.failed.Load())
	t.Logf("%d hooks, %d failed; %d reloads; connections to the backends: %d, %d", c.hooks.Load(), c.failed.Load(), c.changes, c.backends[0].opened.Load(), c.backends[1].opened.Load())
}

// TestChangesUnderLoad changes the secret, the roots, the certificates and the URL again and again
// while sessions send 1,000 hooks a second: none fails, and no session is lost.
func TestChangesUnderLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c := newChanging(t, dir, hooktest.NewNetwork())
		c.play(t, 5*time.Second, time.Millisecond)
		closeClient(t, c.client)
	})
}

// TestChangesUnderLoadOnLoopback is the same on loopback, to be measured.
func TestChangesUnderLoadOnLoopback(t *testing.T) {
	t.Parallel()
	if !*loopback {
		t.Skip("without -loopback")
	}
	c := newChanging(t, filepath.Clean(t.TempDir()), nil)
	c.play(t, 20*time.Second, time.Millisecond)
}

package resthook_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

func TestProxyErrors(t *testing.T) {
	t.Parallel()
	dial := new(net.Dialer).DialContext
	with := func(url string, more ...resthook.Option) []resthook.Option {
		return append(more, resthook.WithProxy(url))
	}
	for name, row := range map[string]struct {
		opts []resthook.Option
		says string
	}{
		"empty":              {with(""), "does not begin with http://, https://, socks5:// or socks5h://"},
		"no scheme":          {with("user:s3cret@proxy.example:3128"), "does not begin"},
		"other scheme":       {with("ftp://user:s3cret@proxy.example"), "does not begin"},
		"socks4":             {with("socks4://proxy.example"), "does not begin"},
		"no host":            {with("http://"), "proxy: no host"},
		"no host but a port": {with("http://:3128"), "no host"},
		"no port":            {with("http://user:s3cret@proxy.example:s3cret"), "proxy: it does not parse"},
		"path":               {with("http://user:s3cret@proxy.example/s3cret"), "a path"},
		"query":              {with("http://user:s3cret@proxy.example?s3cret"), "a query"},
		"placeholder":        {with("http://user:s3cret@{proxy}:3128"), "a character that no url has"},
		"control":            {with("http://user:s3cret%0d%0a@proxy.example"), "a control character"},
		"colon":              {with("http://us%3aer:s3cret@proxy.example"), "a user name with a colon"},
		"long for socks":     {with("socks5://user:" + strings.Repeat("s3cret", 50) + "@proxy.example"), "over 255 bytes"},
		"two":                {with("http://a.example", resthook.WithProxyFromEnvironment()), "two proxies"},
		"transport":          {with("http://a.example", resthook.WithTransport(roundTrip(nil))), "give one or the other"},
		"dial":               {with("http://a.example", resthook.WithDialContext(dial)), "give one or the other"},
		"guard":              {with("http://a.example", resthook.WithAddressGuard(func(netip.Addr) error { return nil })), "what a proxy dials"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := resthook.NewClient(resthook.DefaultConfig(), append(row.opts, resthook.WithApp(resthook.App{URL: "http://h"}))...)
			require.ErrorIs(t, err, resthook.ErrConfig)
			require.ErrorContains(t, err, row.says)
			assert.NotContains(t, err.Error(), "s3cret")
		})
	}
}

// trustingBoth trusts the backend and the proxy.
func trustingBoth(b *hooktest.Backend, f *forwarder) *tls.Config {
	roots := x509.NewCertPool()
	if b.RootCAs() != nil {
		roots = b.RootCAs().Clone()
	}
	if f.server.Certificate() != nil {
		roots.AddCert(f.server.Certificate())
	}
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

func backendFor(t *testing.T, secure bool) *hooktest.Backend {
	t.Helper()
	if secure {
		return hooktest.NewTLSBackend(t, hooktest.Trusted)
	}
	return hooktest.NewBackend(t)
}

// Hooks go through a proxy, decisions and events, over one connection.
func TestHooksThroughAProxy(t *testing.T) {
	t.Parallel()
	for _, secureProxy := range []bool{false, true} {
		for _, secure := range []bool{false, true} {
			t.Run(fmt.Sprintf("tls to the proxy %v, to the backend %v", secureProxy, secure), func(t *testing.T) {
				t.Parallel()
				b := backendFor(t, secure)
				f := newForwarder(t, secureProxy, func(f *forwarder) { f.user = "user:s3 cret" })
				client := newClient(t, b.URL(), resthook.WithProxy(f.url("user:s3%20cret")), resthook.WithTLSConfig(trustingBoth(b, f)))
				session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
				require.NoError(t, err)
				stream, err := resthook.PublishStream.Send(t.Context(), session, &resthook.Stream{Name: "cam"})
				require.NoError(t, err)
				assert.Equal(t, "cam", stream.Name)
				stream.Status = resthook.StreamPublishing
				require.NoError(t, resthook.StreamStatusEvent.Record(t.Context(), session, stream))
				require.NoError(t, session.Disconnect(t.Context()))
				assert.Len(t, b.Requests(), 4)
				for _, r := range b.Requests() {
					assert.Empty(t, r.Header.Get("Proxy-Authorization"))
				}
				tunnels, whole := f.seen()
				if secure {
					assert.Equal(t, []string{b.Addr()}, tunnels)
					assert.Empty(t, whole)
				} else {
					assert.Empty(t, tunnels)
					assert.Contains(t, whole, b.URL()+"/connect")
					assert.Len(t, whole, 4)
					f.mu.Lock()
					defer f.mu.Unlock()
					assert.Equal(t, 1, f.most)
				}
			})
		}
	}
}

func TestHooksThroughSOCKS5(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"socks5", "socks5h", "SOCKS5"} {
		for _, secure := range []bool{false, true} {
			b := backendFor(t, secure)
			address, asked := newSocks(t, "user", "s3cret", b.Addr())
			_, port, err := net.SplitHostPort(b.Addr())
			require.NoError(t, err)
			to := map[bool]string{true: "https://localhost:", false: "http://backend.test:"}[secure] + port
			opts := []resthook.Option{resthook.WithProxy(scheme + "://user:s3cret@" + address)}
			if secure {
				opts = append(opts, resthook.WithTLSConfig(b.TLSConfig()))
			}
			client := newClient(t, to, opts...)
			for range 3 {
				publish(t, client)
			}
			assert.Len(t, b.Requests(), 3)
			assert.Equal(t, []string{strings.TrimPrefix(strings.TrimPrefix(to, "https://"), "http://")}, asked(), "the name goes to the proxy, once")
		}
	}
}

func TestSOCKS5Refuses(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	address, _ := newSocks(t, "user", "right", b.Addr())
	client := newClient(t, b.URL(), resthook.WithProxy("socks5://user:s3cret@"+address))
	err := connecting(t, client)
	require.ErrorIs(t, err, resthook.ErrUnreachable)
	require.ErrorContains(t, err, "authentication failed")
	assert.NotContains(t, err.Error(), "s3cret")
	assert.Empty(t, b.Requests())
}

func connecting(t *testing.T, client *resthook.Client) error {
	t.Helper()
	_, err := client.Connect(t.Context(), &resthook.Connection{})
	return err
}

// A proxy that makes no tunnel has delivered nothing. Of an http backend, its answer counts
// as the backend's.
func TestProxyRefuses(t *testing.T) {
	t.Parallel()
	for _, status := range []int{407, 403, 502, 504, 204, 302} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			log := new(logged)
			f := newForwarder(t, false, func(f *forwarder) { f.status = status })
			secure, plain := backendFor(t, true), backendFor(t, false)
			opts := []resthook.Option{resthook.WithProxy(f.url("user:s3cret")), resthook.WithLogger(log.logger())}
			tunnelled := makeClient(t, retrying(1), append(opts, resthook.WithApp(resthook.App{URL: secure.URL()}), resthook.WithTLSConfig(secure.TLSConfig()))...)
			err := connecting(t, tunnelled)
			require.ErrorIs(t, err, resthook.ErrUnreachable)
			require.ErrorContains(t, err, fmt.Sprintf("the proxy made no connection: %d %s", status, http.StatusText(status)))
			assert.True(t, resthook.SafeToRepeat(err))
			failed, _ := errors.AsType[*resthook.Error](err)
			assert.Equal(t, 2, failed.Attempts)
			assert.Zero(t, failed.Status, "that of the proxy")

			whole := makeClient(t, retrying(1), append(opts, resthook.WithApp(resthook.App{URL: plain.URL()}))...)
			err = connecting(t, whole)
			require.ErrorIs(t, err, resthook.ErrStatus)
			failed, _ = errors.AsType[*resthook.Error](err)
			assert.Equal(t, status, failed.Status)
			assert.Equal(t, 1, failed.Attempts)

			assert.Empty(t, secure.Requests())
			assert.Empty(t, plain.Requests())
			assert.NotContains(t, log.String(), "s3cret")
			assert.NotContains(t, log.String(), base64.StdEncoding.EncodeToString([]byte("user:s3cret")))
		})
	}
}

// What is wrong with the proxy, or with the backend behind it, has a name, delivers nothing,
// and shows no secret.
func TestProxyFaults(t *testing.T) {
	t.Parallel()
	const secret = "http://user:s3cret@"
	b := hooktest.NewTLSBackend(t, hooktest.Trusted)
	elsewhere := hooktest.NewTLSBackend(t, hooktest.WrongHost)
	plain := hooktest.NewBackend(t)
	socket := func(script hooktest.Behaviour) string {
		return strings.TrimPrefix(hooktest.NewSocket(t, script).URL(), "http://")
	}
	answers := func(wire string, end hooktest.Ending) string { return secret + socket(hooktest.AnswerRaw(wire, end)) }
	f, secureProxy := newForwarder(t, false, nil), newForwarder(t, true, nil)
	for name, row := range map[string]struct {
		proxy string
		to    *hooktest.Backend
		kind  error
		says  string
	}{
		"refused":          {secret + strings.TrimPrefix(hooktest.RefusedURL(t), "http://"), b, resthook.ErrUnreachable, "refused"},
		"unknown name":     {secret + "proxy.invalid", b, resthook.ErrUnreachable, "proxy.invalid"},
		"reset at once":    {secret + socket(hooktest.AtAccept(hooktest.RST)), b, resthook.ErrUnreachable, "answer to CONNECT"},
		"closed":           {secret + socket(hooktest.AfterRequest(hooktest.FIN)), b, resthook.ErrUnreachable, "answer to CONNECT"},
		"reset":            {secret + socket(hooktest.AfterRequest(hooktest.RST)), b, resthook.ErrUnreachable, "answer to CONNECT"},
		"stalls":           {secret + socket(hooktest.AfterRequest(hooktest.Stall)), b, resthook.ErrUnreachable, "connecting: rest_request_timeout is over"},
		"says nothing":     {secret + socket(hooktest.AtAccept(hooktest.Stall)), b, resthook.ErrUnreachable, "connecting: rest_request_timeout is over"},
		"garbage":          {answers("user:s3cret is not HTTP\r\n\r\n", hooktest.FIN), b, resthook.ErrUnreachable, "is not HTTP"},
		"bad header":       {answers("HTTP/1.1 200 OK\r\ns3cret\r\n\r\n", hooktest.FIN), b, resthook.ErrUnreachable, "is not HTTP"},
		"cut short":        {answers("HTTP/1.1 200 OK\r\nX: s3cret", hooktest.FIN), b, resthook.ErrUnreachable, "answer to CONNECT"},
		"reason":           {answers("HTTP/1.1 503 s3cret\r\nContent-Length: 0\r\n\r\n", hooktest.Keep), b, resthook.ErrUnreachable, "503 Service Unavailable"},
		"no reason":        {answers("HTTP/1.1 599\r\nContent-Length: 0\r\n\r\n", hooktest.Keep), b, resthook.ErrUnreachable, "made no connection: 599"},
		"untrusted proxy":  {secureProxy.url("user:s3cret"), b, resthook.ErrTLS, "proxyconnect"},
		"http, not https":  {strings.Replace(f.url("user:s3cret"), "http:", "https:", 1), b, resthook.ErrTLSPlainText, ""},
		"wrong host":       {f.url("user:s3cret"), elsewhere, resthook.ErrTLSWrongHost, ""},
		"backend is gone":  {f.url("user:s3cret"), nil, resthook.ErrUnreachable, "502 Bad Gateway"},
		"reset, for http":  {secret + socket(hooktest.AfterRequest(hooktest.RST)), plain, resthook.ErrNoAnswer, ""},
		"stalls, for http": {secret + socket(hooktest.AfterRequest(hooktest.Stall)), plain, resthook.ErrTimeout, "rest_request_timeout is over"},
		"socks is http":    {"socks5://user:s3cret@" + socket(hooktest.PlainAnswer()), b, resthook.ErrUnreachable, "socks connect"},
		"socks stalls":     {"socks5://user:s3cret@" + socket(hooktest.AtAccept(hooktest.Stall)), b, resthook.ErrUnreachable, "connecting: rest_request_timeout is over"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log, cfg := new(logged), retrying(1)
			cfg.RequestTimeout = 300 * time.Millisecond
			opts := []resthook.Option{resthook.WithProxy(row.proxy), resthook.WithLogger(log.logger())}
			to := hooktest.RefusedURL(t)
			if row.to != nil {
				to = row.to.URL()
				if row.to.TLSConfig() != nil {
					opts = append(opts, resthook.WithTLSConfig(row.to.TLSConfig()))
				}
			} else {
				to = strings.Replace(to, "http:", "https:", 1)
			}
			client := makeClient(t, cfg, append(opts, resthook.WithApp(resthook.App{URL: to}))...)
			err := connecting(t, client)
			require.ErrorIs(t, err, row.kind)
			require.ErrorContains(t, err, row.says)
			failed, _ := errors.AsType[*resthook.Error](err)
			assert.Equal(t, row.to != plain, resthook.SafeToRepeat(err), "only what is not sent through a tunnel may have been delivered")
			if row.kind == resthook.ErrUnreachable { //nolint:errorlint // it is the row's
				assert.Equal(t, 2, failed.Attempts)
			}
			assert.NotContains(t, log.String(), "s3cret")
			assert.NotContains(t, fmt.Sprintf("%+v %#v", err, client), "s3cret")
		})
	}
	assert.Empty(t, b.Requests())
}

// net/http repeats no hook by itself, not even over a kept connection that dies.
func TestProxyAddsNoAttempts(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]hooktest.Ending{"FIN": hooktest.FIN, "RST": hooktest.RST} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			socket := hooktest.NewTLSSocket(t, hooktest.Trusted, hooktest.Answer(200, `{}`), hooktest.AfterRequest(end))
			f := newForwarder(t, false, nil)
			client := makeClient(t, retrying(0), resthook.WithApp(resthook.App{URL: socket.URL()}),
				resthook.WithProxy(f.url("")), resthook.WithTLSConfig(socket.TLSConfig()))
			require.NoError(t, connecting(t, client))
			require.ErrorIs(t, connecting(t, client), resthook.ErrNoAnswer)
			assert.Len(t, socket.Requests(), 2)
		})
	}
}

// Through a proxy, too, there are no more connections than the limit says, and Reload
// makes them anew under another one.
func TestProxyLimitAndReload(t *testing.T) {
	t.Parallel()
	b := hooktest.NewTLSBackend(t, hooktest.Trusted)
	meet := make(chan struct{})
	b.On("publishStream").Handle(func(w http.ResponseWriter, r *http.Request) {
		select {
		case meet <- struct{}{}:
		case <-meet:
		case <-r.Context().Done():
		}
		_, _ = w.Write([]byte(`{}`))
	})
	f := newForwarder(t, false, nil)
	cfg := resthook.DefaultConfig()
	cfg.MaxConnections = 1
	client := makeClient(t, cfg, resthook.WithApp(resthook.App{URL: b.URL()}), resthook.WithProxy(f.url("")), resthook.WithTLSConfig(b.TLSConfig()),
		resthook.WithHookPolicy(resthook.PublishStream, resthook.HookPolicy{Timeout: 200 * time.Millisecond}))
	two := func() (failed int) {
		var both sync.WaitGroup
		results := make([]error, 2)
		for i := range results {
			both.Go(func() {
				outcome, err := resthook.PublishStream.SendJSON(t.Context(), client, []byte(`{}`))
				results[i] = errors.Join(err, outcome.Err)
			})
		}
		both.Wait()
		for _, err := range results {
			if err != nil {
				assert.ErrorIs(t, err, resthook.ErrTimeout)
				failed++
			}
		}
		return failed
	}
	assert.Equal(t, 2, two(), "two hooks over one connection do not meet")
	cfg.MaxConnections = 2
	require.NoError(t, client.Reload(cfg))
	assert.Zero(t, two(), "over two they do")
}

// New files hold for connections that are made through the proxy after them.
func TestProxyWithTLSFiles(t *testing.T) {
	t.Parallel()
	dir, before := t.TempDir(), newAuthority(t)
	files := before.files(t, dir)
	b := newRotating(t, nil, before.server(t))
	f := newForwarder(t, false, nil)
	client := makeClient(t, retrying(0), resthook.WithApp(resthook.App{URL: b.URL}), resthook.WithProxy(f.url("")), resthook.WithTLSFiles(files))
	require.NoError(t, connecting(t, client))
	require.NoError(t, connecting(t, client))
	assert.EqualValues(t, 1, b.opened.Load())
	after := newAuthority(t)
	after.files(t, dir)
	b.config.Store(after.server(t))
	require.NoError(t, client.Reload(retrying(0)))
	require.NoError(t, connecting(t, client))
	assert.EqualValues(t, 2, b.opened.Load())
}

// A client that is closed leaves no connection, not even one that is being made.
func TestCloseEndsWhatTheProxyMakes(t *testing.T) {
	t.Parallel()
	stalls := hooktest.NewSocket(t, hooktest.AfterRequest(hooktest.Stall))
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: "https://backend.test"}), resthook.WithProxy(stalls.URL()))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := client.Connect(ctx, &resthook.Connection{})
		ended <- err
	}()
	require.NoError(t, stalls.WaitAccepted(t.Context(), 1))
	cancel()
	require.ErrorIs(t, <-ended, resthook.ErrCanceled)
	require.NoError(t, client.Close(t.Context()))
	require.NoError(t, stalls.WaitClosed(t.Context()))
}

// proxyEnv marks the process of TestProxyFromEnvironment that has the variables: net/http
// reads them once.
const proxyEnv = "RESTHOOK_TEST_PROXY_BACKEND"

func TestProxyFromEnvironment(t *testing.T) {
	t.Parallel()
	if direct := os.Getenv(proxyEnv); direct != "" {
		inProxyEnvironment(t, direct)
		return
	}
	behind, direct := hooktest.NewBackend(t), hooktest.NewBackend(t)
	f := newForwarder(t, false, func(f *forwarder) {
		f.user = "user:s3cret"
		f.hosts["backend.test"], f.hosts["none.test"] = behind.Addr(), strings.TrimPrefix(hooktest.RefusedURL(t), "http://")
	})
	out := runAgain(t, "HTTP_PROXY="+f.url("user:s3cret"), "NO_PROXY=direct.invalid", proxyEnv+"="+direct.URL())
	assert.NotContains(t, out, "s3cret")
	assert.Len(t, behind.Requests(), 1)
	assert.Len(t, direct.Requests(), 1, "this machine is not asked through a proxy")
	_, whole := f.seen()
	assert.Equal(t, []string{"http://backend.test/connect"}, whole)

	for _, bad := range []string{"HTTP_PROXY=http://user:s3cret@[proxy", "https_proxy=ftp://user:s3cret@proxy.example", "HTTP_PROXY=user:s3cret@proxy.example/s3cret"} {
		assert.NotContains(t, runAgain(t, bad, proxyEnv+"=bad"), "s3cret")
	}
	out = runAgain(t, "REQUEST_METHOD=GET", "HTTP_PROXY=http://user:s3cret@proxy.example", proxyEnv+"=bad")
	assert.NotContains(t, out, "s3cret", "a client of a CGI program may have set it")
}

// runAgain runs the test in a process with more variables.
func runAgain(t *testing.T, env ...string) (output string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxyFromEnvironment$", "-test.v")
	for _, one := range os.Environ() {
		name, _, _ := strings.Cut(one, "=")
		if !strings.HasSuffix(strings.ToUpper(name), "_PROXY") && name != "REQUEST_METHOD" {
			cmd.Env = append(cmd.Env, one)
		}
	}
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

func inProxyEnvironment(t *testing.T, direct string) {
	t.Helper()
	if direct == "bad" {
		_, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: "http://backend.test"}), resthook.WithProxyFromEnvironment())
		require.ErrorIs(t, err, resthook.ErrConfig)
		t.Log(err)
		return
	}
	client := makeClient(t, retrying(0), resthook.WithProxyFromEnvironment(),
		resthook.WithApp(resthook.App{Key: "behind", URL: "http://backend.test"}),
		resthook.WithApp(resthook.App{Key: "excepted", URL: "http://direct.invalid"}),
		resthook.WithApp(resthook.App{Key: "here", URL: direct}))
	for app, want := range map[string]error{"behind": nil, "excepted": resthook.ErrUnreachable, "here": nil} {
		_, err := client.Connect(t.Context(), &resthook.Connection{AppKey: app})
		require.ErrorIs(t, err, want, app)
		t.Log(app, err)
	}
}

package resthook_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/h1/situation"
)

// makeClient makes a client that is closed when the test ends.
func makeClient(t testing.TB, cfg resthook.Config, opts ...resthook.Option) *resthook.Client {
	t.Helper()
	client, err := resthook.NewClient(cfg, opts...)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close(context.Background())) })
	return client
}

// newClient is a client of one app.
func newClient(t testing.TB, url string, opts ...resthook.Option) *resthook.Client {
	t.Helper()
	return makeClient(t, resthook.DefaultConfig(), append(opts, resthook.WithApp(resthook.App{URL: url}))...)
}

func newClientVia(t *testing.T, via transport, url string, opts ...resthook.Option) *resthook.Client {
	t.Helper()
	limit := resthook.DefaultConfig().MaxConnections
	return newClient(t, url, append(opts, via.options(t, situation.Settings{Limit: limit})...)...)
}

// recorder is a client of a backend that mirrors, and the socket that keeps its requests.
func recorder(t *testing.T, cfg resthook.Config, app resthook.App, opts ...resthook.Option) (*resthook.Client, *hooktest.Socket) {
	t.Helper()
	socket := hooktest.NewSocket(t)
	app.URL = socket.URL() + app.URL
	return makeClient(t, cfg, append(opts, resthook.WithApp(app))...), socket
}

// sessionUnder is a session with a restClientConfig.
func sessionUnder(t testing.TB, client *resthook.Client, conn resthook.Connection, policy string) *resthook.Session {
	t.Helper()
	parsed, err := resthook.ParsePolicy([]byte(policy))
	require.NoError(t, err)
	conn.RestClientConfig = parsed
	session, err := client.Resume(&conn)
	require.NoError(t, err)
	return session
}

func publish(t *testing.T, to resthook.Target) {
	t.Helper()
	_, err := resthook.PublishStream.Send(t.Context(), to, &resthook.Stream{Name: "поток"})
	require.NoError(t, err)
}

// okAnswer is an answer that allows, as a backend writes it.
const okAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

const publishedBody = `{"name":"поток","published":false,"hasVideo":false,"hasAudio":false,"record":false}`

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func sendJSON(t *testing.T, hook resthook.Method, to resthook.Target, text string) error {
	t.Helper()
	outcome, err := hook.SendJSON(t.Context(), to, []byte(text))
	if err == nil {
		err = outcome.Err
	}
	return err
}

// recordedClient is a client whose backend mirrors everything.
func recordedClient(t *testing.T) (*resthook.Client, func() []hooktest.Request) {
	t.Helper()
	b := hooktest.NewBackend(t)
	return newClient(t, b.URL()), func() []hooktest.Request { return b.Requests() }
}

func retrying(count int) resthook.Config {
	cfg := resthook.DefaultConfig()
	cfg.RetryCount = count
	return cfg
}

func trusting(socket *hooktest.Socket) *tls.Config {
	if config := socket.TLSConfig(); config != nil {
		return config
	}
	return &tls.Config{MinVersion: tls.VersionTLS12}
}

func closeClient(t *testing.T, client *resthook.Client) {
	t.Helper()
	assert.NoError(t, client.Close(context.WithoutCancel(t.Context())))
}

type dialCounter struct {
	mu sync.Mutex
	n  int
}

func (d *dialCounter) dial(ctx context.Context, network, address string) (net.Conn, error) {
	d.mu.Lock()
	d.n++
	d.mu.Unlock()
	return new(net.Dialer).DialContext(ctx, network, address)
}

func (d *dialCounter) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.n
}

// endedContext is a context that has ended.
func endedContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

package resthook_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// A check makes the connection over which the next hook goes, and sends nothing.
func TestCheckMakesTheConnection(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		b := backendFor(t, secure)
		var opts []resthook.Option
		if secure {
			opts = append(opts, resthook.WithTLSConfig(b.TLSConfig()))
		}
		client := newClient(t, b.URL()+"/rest", opts...)
		for range 3 {
			require.NoError(t, client.Check(t.Context()))
		}
		assert.Equal(t, resthook.ConnectionStats{Open: 1, Idle: 1, Opened: 1}, client.Stats().Connections)
		assert.Empty(t, b.Requests())
		publish(t, client)
		require.NoError(t, client.Check(t.Context()))
		assert.Equal(t, 1, b.Accepted())
		assert.Len(t, b.Requests(), 1)
	}
}

// errorsOf are the errors of a check.
func errorsOf(t *testing.T, err error) (all []*resthook.Error) {
	t.Helper()
	joined, ok := err.(interface{ Unwrap() []error })
	require.True(t, ok, "%T", err)
	for _, one := range joined.Unwrap() {
		failed, ok := errors.AsType[*resthook.Error](one)
		require.True(t, ok)
		all = append(all, failed)
	}
	return all
}

func TestCheckSaysWhy(t *testing.T) {
	t.Parallel()
	elsewhere := hooktest.NewTLSBackend(t, hooktest.WrongHost)
	closes := hooktest.NewTLSSocket(t, hooktest.Trusted, hooktest.AtFirstByte(hooktest.FIN))
	for name, row := range map[string]struct {
		url  string
		kind error
		says string
	}{
		"refused":        {hooktest.RefusedURL(t), resthook.ErrUnreachable, "refused"},
		"unknown name":   {"http://backend.invalid", resthook.ErrUnreachable, "backend.invalid"},
		"wrong host":     {elsewhere.URL(), resthook.ErrTLSWrongHost, "certificate"},
		"lost handshake": {closes.URL(), resthook.ErrUnreachable, "tls handshake"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := strings.Replace(row.url, "://", "://user:s3cret@", 1) + "/rest"
			client := makeClient(t, resthook.DefaultConfig(), resthook.WithApp(resthook.App{Key: "room", URL: url}), resthook.WithTLSConfig(elsewhere.TLSConfig()))
			err := client.Check(t.Context())
			require.ErrorIs(t, err, row.kind)
			require.ErrorContains(t, err, `check: app "room": `+row.url+"/rest: ")
			require.ErrorContains(t, err, row.says)
			assert.NotContains(t, fmt.Sprintf("%+v %#v", err, err), "s3cret")
			all := errorsOf(t, err)
			require.Len(t, all, 1)
			assert.Equal(t, "room", all[0].App)
			assert.Equal(t, row.url+"/rest", all[0].URL)
			assert.Empty(t, all[0].Hook)
			assert.True(t, resthook.SafeToRepeat(all[0]))
		})
	}
}

// Each app needs one backend that is reached.
func TestCheckOfSeveralBackends(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, 3, resthook.App{Key: "room"})
		for _, down := range s.sockets[:2] {
			down.Down()
		}
		require.NoError(t, s.client.Check(t.Context()))
		s.sockets[2].Down()
		synctest.Wait()
		err := s.client.Check(t.Context())
		require.ErrorIs(t, err, resthook.ErrUnreachable)
		all := errorsOf(t, err)
		require.Len(t, all, 3)
		for i, one := range all {
			assert.Equal(t, s.sockets[i].URL(), one.URL)
			assert.Equal(t, "room", one.App)
		}
		s.sockets[1].Up()
		require.NoError(t, s.client.Check(t.Context()))
		require.NoError(t, s.client.Reload(resthook.DefaultConfig(),
			resthook.App{Key: "up", URL: s.sockets[1].URL()}, resthook.App{URL: s.sockets[0].URL()}))
		all = errorsOf(t, s.client.Check(t.Context()))
		require.Len(t, all, 1)
		assert.Equal(t, s.sockets[0].URL(), all[0].URL)
		assert.Empty(t, all[0].App)
	})
}

// Apps that have the same backend share a check.
func TestCheckAsksEachBackendOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network, dials := hooktest.NewNetwork(), new(dialCounter)
		socket := hooktest.NewSocketOn(t, network.Listen())
		opts := []resthook.Option{resthook.WithDialContext(func(ctx context.Context, n, a string) (net.Conn, error) {
			time.Sleep(100 * time.Millisecond)
			dials.mu.Lock()
			dials.n++
			dials.mu.Unlock()
			return network.DialContext(ctx, n, a)
		})}
		for i := range 10 {
			opts = append(opts, resthook.WithApp(resthook.App{Key: fmt.Sprint(i), URL: fmt.Sprintf("%s/%d", socket.URL(), i)}))
		}
		client := makeClient(t, resthook.DefaultConfig(), opts...)
		require.NoError(t, client.Check(t.Context()))
		assert.Equal(t, 1, dials.count())
	})
}

// A check ends with its context, however many backends do not answer, and asks 32 at a time.
func TestCheckEndsInTime(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		ctx  func(context.Context) (context.Context, context.CancelFunc)
		cfg  time.Duration
		took time.Duration
		kind error
		says string
	}{
		"deadline": {
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, 2*time.Second)
			},
			15 * time.Second, 2 * time.Second, resthook.ErrUnreachable, "connecting: context deadline exceeded",
		},
		"canceled": {
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(time.Second, cancel)
				return ctx, cancel
			}, 15 * time.Second, time.Second, resthook.ErrCanceled, "context canceled",
		},
		"rest_request_timeout": {context.WithCancel, time.Second, 4 * time.Second, resthook.ErrUnreachable, "connecting: rest_request_timeout is over"},
		"the dial":             {context.WithCancel, 0, 20 * time.Second, resthook.ErrUnreachable, "deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network, cfg := hooktest.NewNetwork(), resthook.DefaultConfig()
				cfg.RequestTimeout = row.cfg
				opts := []resthook.Option{resthook.WithDialContext(func(ctx context.Context, n, a string) (net.Conn, error) {
					return network.DialContext(ctx, n, network.BlackHole())
				})}
				for i := range 100 {
					opts = append(opts, resthook.WithApp(resthook.App{Key: fmt.Sprint(i), URL: fmt.Sprintf("http://backend-%d.test", i)}))
				}
				client := makeClient(t, cfg, opts...)
				ctx, cancel := row.ctx(t.Context())
				defer cancel()
				begun := time.Now()
				err := client.Check(ctx)
				assert.Equal(t, row.took, time.Since(begun))
				require.ErrorIs(t, err, row.kind)
				assert.ErrorContains(t, err, row.says)
				assert.Len(t, errorsOf(t, err), 100)
			})
		})
	}
}

// Where all connections are in use, there are some, and a check does not wait for one.
func TestCheckOfABusyBackend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := resthook.DefaultConfig()
		cfg.MaxConnections = 1
		b := newBubble(t, cfg, []hooktest.Behaviour{hooktest.Late(10*time.Second, hooktest.Answer(200, `{}`))})
		busy := make(chan error)
		go func() { busy <- b.send(t.Context()) }()
		synctest.Wait()
		require.NoError(t, b.client.Check(t.Context()))
		assert.Zero(t, time.Since(b.begun))
		require.NoError(t, <-busy)
		b.socket.Down()
		synctest.Wait()
		require.ErrorIs(t, b.client.Check(t.Context()), resthook.ErrUnreachable, "the connection is closed")
	})
}

func TestCheckWithoutAClientOrHooks(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, new(resthook.Client).Check(t.Context()), resthook.ErrConfig)
	cfg := resthook.DefaultConfig()
	cfg.DisableRestRequests = true
	disabled := makeClient(t, cfg, resthook.WithApp(resthook.App{URL: hooktest.RefusedURL(t)}))
	require.NoError(t, disabled.Check(t.Context()))
	client := newClient(t, hooktest.NewBackend(t).URL())
	require.ErrorIs(t, client.Check(nil), resthook.ErrConfig) //nolint:staticcheck // on purpose
	require.ErrorIs(t, client.Check(endedContext(t)), resthook.ErrCanceled)
	require.NoError(t, client.Close(t.Context()))
	require.ErrorIs(t, client.Check(t.Context()), resthook.ErrClosed)
}

// Over a transport of the media server, any answer to a HEAD request will do.
func TestCheckOverAGivenTransport(t *testing.T) {
	t.Parallel()
	for status, header := range map[int]http.Header{200: nil, 401: nil, 404: nil, 502: nil} {
		var seen []*http.Request
		client := makeClient(t, resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: "http://user:s3cret@backend.test/rest"}),
			resthook.WithHeader("X-Key", "s3cret"),
			resthook.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
				seen = append(seen, r)
				return &http.Response{StatusCode: status, Header: header, Body: http.NoBody}, nil
			})))
		require.NoError(t, client.Check(t.Context()))
		require.Len(t, seen, 1)
		assert.Equal(t, "HEAD http://backend.test/rest", seen[0].Method+" "+seen[0].URL.String())
		assert.Equal(t, http.Header{"User-Agent": {"resthook"}}, seen[0].Header)
	}
	client := makeClient(t, resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: "http://backend.test"}),
		resthook.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("no route")}
		})))
	require.ErrorIs(t, client.Check(t.Context()), resthook.ErrUnreachable)
}

// Through a proxy, what counts is the backend, not the proxy.
func TestCheckThroughAProxy(t *testing.T) {
	t.Parallel()
	secure, plain := backendFor(t, true), backendFor(t, false)
	gone := hooktest.RefusedURL(t)
	f := newForwarder(t, false, nil)
	refuses := newForwarder(t, false, func(f *forwarder) { f.user = "user:s3cret" })
	for name, row := range map[string]struct {
		proxy, url string
		want       error
		says       string
	}{
		"https":                        {f.url(""), secure.URL(), nil, ""},
		"http":                         {f.url(""), plain.URL(), nil, ""},
		"https, gone":                  {f.url(""), strings.Replace(gone, "http:", "https:", 1), resthook.ErrUnreachable, "the proxy made no connection: 502"},
		"http, gone":                   {f.url(""), gone, resthook.ErrUnreachable, "the proxy answered: 502"},
		"https, a proxy that refuses":  {refuses.url(""), secure.URL(), resthook.ErrUnreachable, "407"},
		"http, a proxy that refuses":   {refuses.url(""), plain.URL(), resthook.ErrUnreachable, "the proxy answered: 407"},
		"a proxy that is not there":    {gone, secure.URL(), resthook.ErrUnreachable, "proxyconnect"},
		"https, with a name that lies": {f.url(""), hooktest.NewTLSBackend(t, hooktest.WrongHost).URL(), resthook.ErrTLS, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, row.url, resthook.WithProxy(row.proxy), resthook.WithTLSConfig(secure.TLSConfig()))
			err := client.Check(t.Context())
			require.ErrorIs(t, err, row.want)
			if row.want != nil {
				require.ErrorContains(t, err, row.says)
			}
		})
	}
}

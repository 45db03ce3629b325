package hooktest_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// Every fault can be played for one hook: the n-th request gets it and is still
// recorded, and the next request is answered as usual. Other hooks are not affected.
func TestRoutePlaysFaults(t *testing.T) {
	t.Parallel()
	faults := map[string]hooktest.Behaviour{
		"garbage":     hooktest.Garbage(),
		"closed":      hooktest.AfterRequest(hooktest.Close),
		"body forged": hooktest.AnswerRaw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", hooktest.Close),
	}
	for name, moment := range moments {
		faults[name+"/FIN"], faults[name+"/RST"] = moment.make(hooktest.FIN), moment.make(hooktest.RST)
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := hooktest.NewBackend(t)
			b.On("publishStream").Mirror().Play(fault).Mirror()
			client := newClient(t)
			for _, fails := range []bool{false, true, false, false} {
				send(t, client, b.URL(), hook{name: "connect"})
				_, err := post(t, client, b.URL())
				assert.Equal(t, fails, err != nil, "%v", err)
			}
			assert.Len(t, b.Requests("publishStream"), 4)
			assert.Len(t, b.Requests("connect"), 4)
		})
	}
}

// The script of OnAny is played first. A hook that it passes gets the next answer of its
// own script.
func TestOnAny(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	b.On("publishStream").Answer("1").Answer("2").Answer("3")
	client := newClient(t)
	b.OnAny().Pass().Status(503, "").Times(2).Pass()
	for _, want := range []string{"1", "", "", "2", "3", "3"} {
		got, err := post(t, client, b.URL())
		require.NoError(t, err)
		assert.Equal(t, want, got.body)
	}
	b.OnAny().Deny(404, "gone").Mirror()
	for _, want := range []string{"gone", `{"name":"a"}`, `{"name":"a"}`} {
		got, err := post(t, client, b.URL())
		require.NoError(t, err)
		assert.Equal(t, want, got.body)
	}
	b.OnAny()
	got, err := post(t, client, b.URL())
	require.NoError(t, err)
	assert.Equal(t, "3", got.body)
}

// A fault that comes before the request is played on the next new connection, or on a
// reused one if there is no new one.
func TestOnAnyAtAccept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // on a busy machine net/http may close a connection instead of reusing it
		network := hooktest.NewNetwork()
		b := hooktest.NewBackendOn(t, network.Listen())
		b.OnAny().Play(hooktest.AtAccept(hooktest.RST)).Pass()
		client := newClient(t, on(network))
		_, err := post(t, client, b.URL())
		assertReset(t, err)
		assert.Empty(t, b.Requests())
		_, err = post(t, client, b.URL())
		require.NoError(t, err)
		assert.Equal(t, 2, b.Accepted())

		b.OnAny().Play(hooktest.AtFirstByte(hooktest.RST)).Pass()
		_, err = post(t, client, b.URL())
		assertReset(t, err)
		assert.Len(t, b.Requests(), 1)
		assert.Equal(t, 2, b.Accepted())
		_, err = post(t, client, b.URL())
		require.NoError(t, err)
	})
}

func TestOnAnyDelaysWhatHooksAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		b := hooktest.NewBackendOn(t, network.Listen())
		b.On("publishStream").Deny(403)
		b.OnAny().Delay(time.Hour)
		client := newClient(t, on(network))
		for range 2 {
			began := time.Now()
			got, err := post(t, client, b.URL())
			require.NoError(t, err)
			assert.Equal(t, http.StatusForbidden, got.StatusCode)
			assert.Equal(t, time.Hour, time.Since(began))
		}
	})
}

// While the backend is down, connections are refused. After Up it has the same address,
// scripts and record.
func TestDownAndUp(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	b.On("publishStream").Answer("1").Answer("2").Answer("3")
	comesBack(t, b, newClient(t))
	s := hooktest.NewSocket(t, hooktest.Answer(200, "1"), hooktest.Answer(200, "2"))
	s.Down()
	s.Up()
	got, err := post(t, newClient(t), s.URL())
	require.NoError(t, err)
	assert.Equal(t, "1", got.body)
}

func TestDownAndUpInMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		b := hooktest.NewBackendOn(t, network.Listen())
		b.On("publishStream").Answer("1").Answer("2").Answer("3")
		comesBack(t, b, newClient(t, on(network)))
	})
}

func comesBack(t *testing.T, b *hooktest.Backend, client *http.Client) {
	t.Helper()
	url := b.URL()
	for i, want := range []string{"1", "2", "3"} {
		got, err := post(t, client, url)
		require.NoError(t, err)
		assert.Equal(t, want, got.body)
		b.Down()
		b.Down()
		assert.Zero(t, b.Open())
		_, err = post(t, client, url) // on the connection that was open before
		require.Error(t, err)
		_, err = post(t, client, url)
		require.ErrorIs(t, err, syscall.ECONNREFUSED)
		b.Up()
		b.Up()
		assert.Len(t, b.Requests(), i+1)
		assert.Equal(t, url, b.URL())
	}
}

// Connections that the backend has closed stay in the kernel for a while (TIME_WAIT).
// The backend gets its port again all the same, and nobody else can take it meanwhile.
func TestDownKeepsPort(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the kernel decides who gets a port; this is about that of Linux")
	}
	b := hooktest.NewBackend(t)
	b.On("publishStream").Drop().Mirror().Drop()
	client := newClient(t)
	other, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer other.Close()
	for i := range 4 {
		if i > 0 { // the first time there are no such connections
			_, _ = post(t, client, b.URL())
		}
		b.Down()
		local, err := net.ResolveTCPAddr("tcp", b.Addr())
		require.NoError(t, err)
		_, err = (&net.Dialer{LocalAddr: local}).DialContext(t.Context(), "tcp", other.Addr().String())
		require.ErrorIs(t, err, syscall.EADDRINUSE)
		b.Up()
	}
	send(t, client, b.URL(), hook{name: "connect"})
}

// Down ends the answers in flight at once.
func TestDownEndsAnswers(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]func(*hooktest.Route){
		"stall": func(r *hooktest.Route) { r.Stall() },
		"delay": func(r *hooktest.Route) { r.Delay(time.Hour) },
		"drip":  func(r *hooktest.Route) { r.Play(hooktest.Drip(time.Hour, 200, "{}")) },
		"handler": func(r *hooktest.Route) {
			r.Handle(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		},
		"half a body": func(r *hooktest.Route) { r.Play(hooktest.InBody(hooktest.Stall)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := hooktest.NewNetwork()
				b := hooktest.NewBackendOn(t, network.Listen())
				script(b.On("publishStream"))
				began := time.Now()
				client := newClient(t, on(network))
				var sender sync.WaitGroup
				sender.Go(func() {
					_, err := post(t, client, b.URL())
					assertReset(t, err)
				})
				require.NoError(t, b.Wait(t.Context(), 1))
				synctest.Wait()
				b.Down()
				sender.Wait()
				assert.Zero(t, time.Since(began))
				assert.Zero(t, b.Open())
			})
		})
	}
}

func TestUpAfterClose(t *testing.T) {
	t.Parallel()
	failing := newFakeTB(t)
	b := hooktest.NewBackend(failing)
	b.Down()
	b.Close()
	failing.fails(b.Up)
	failing.wantFailure(t, "hooktest: up: the backend is closed")
}

// If another process has taken the port, Up fails the test.
func TestUpAtTakenAddress(t *testing.T) {
	t.Parallel()
	failing := newFakeTB(t)
	b := hooktest.NewBackend(failing)
	b.Down()
	thief, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", b.Addr())
	if err != nil {
		t.Skipf("the port can't be taken: %v", err)
	}
	defer thief.Close()
	failing.fails(b.Up)
	require.Len(t, failing.failures(), 1)
	assert.Contains(t, failing.failures()[0], "hooktest: up: listen tcp "+b.Addr())
}

func TestHandle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // on a busy machine net/http may close a connection instead of reusing it
		network := hooktest.NewNetwork()
		b := hooktest.NewTLSBackendOn(t, network.Listen(), hooktest.Trusted)
		b.On("publishStream").Handle(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			assert.NoError(t, err)
			assert.NoError(t, r.Context().Err())
			assert.Equal(t, "/rest/publishStream", r.URL.Path)
			assert.NotEmpty(t, r.RemoteAddr)
			w.Header().Set("X-Answer", "yes")
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.Copy(w, strings.NewReader(strings.ToUpper(string(body))))
		})
		client := newClient(t, on(network), func(transport *http.Transport) { transport.TLSClientConfig = b.TLSConfig() })
		for range 3 {
			got, err := post(t, client, b.URL()+"/rest")
			require.NoError(t, err)
			assert.Equal(t, http.StatusAccepted, got.StatusCode)
			assert.Equal(t, "yes", got.Header.Get("X-Answer"))
			assert.Equal(t, `{"NAME":"A"}`, got.body)
		}
		assert.Equal(t, 1, b.Accepted(), "the connection is kept")
	})
}

// The context of a handler ends when its client has gone.
func TestHandleEndsWithClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		b := hooktest.NewBackendOn(t, network.Listen())
		b.On("publishStream").Handle(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		client := newClient(t, on(network))
		client.Timeout = time.Minute
		began := time.Now()
		_, err := post(t, client, b.URL())
		require.Error(t, err)
		require.NoError(t, b.WaitClosed(t.Context()))
		assert.Equal(t, time.Minute, time.Since(began))
	})
}

// The certificate can become invalid and valid again; clients keep trusting the same
// pool.
func TestSecure(t *testing.T) {
	t.Parallel()
	b := hooktest.NewTLSBackend(t, hooktest.Trusted)
	client := b.Client()
	connect := func() error {
		_, err := client.Connect(t.Context(), &resthook.Connection{})
		return err
	}
	require.NoError(t, connect())
	for _, bad := range []hooktest.Security{
		hooktest.UnknownAuthority, hooktest.WrongHost, hooktest.Expired, hooktest.NotYetValid,
		hooktest.OldVersion, hooktest.WantsCertificate,
	} {
		b.Secure(bad)
		require.NoError(t, connect(), "%s: the connection that is open", bad)
		b.Down()
		b.Up()
		require.ErrorIs(t, connect(), resthook.ErrTLS, bad)
		b.Secure(hooktest.Trusted)
		require.NoError(t, connect(), bad)
	}
	assert.Len(t, b.Requests("connect"), 13)

	failing := newFakeTB(t)
	plain := hooktest.NewBackend(failing)
	failing.fails(func() { plain.Secure(hooktest.Trusted) })
	failing.wantFailure(t, "hooktest: secure: the backend has no TLS")
}

// A client of the backend is closed at the end of the test, which fails if events are
// still queued.
func TestClientIsClosedWithTest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, row := range []struct {
			delay time.Duration
			says  string
		}{
			{time.Second, ""},
			{time.Hour, "hooktest: close: 1 StreamStatusEvent not delivered: context deadline exceeded"},
		} {
			failing := newFakeTB(t)
			b := hooktest.NewBackendOn(failing, hooktest.NewNetwork().Listen(), hooktest.Within(10*time.Second))
			cfg := resthook.DefaultConfig()
			cfg.RequestTimeout = 0
			client := b.Client()
			require.NoError(t, client.Reload(cfg))
			session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
			require.NoError(t, err)
			b.On("StreamStatusEvent").Delay(row.delay)
			require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), session, &resthook.Stream{Status: resthook.StreamPublishing}))
			failing.end()
			if row.says == "" {
				assert.Empty(t, failing.failures())
				continue
			}
			failing.wantFailure(t, row.says)
		}
	})
}

func TestClientOptionsMustBeValid(t *testing.T) {
	t.Parallel()
	failing := newFakeTB(t)
	b := hooktest.NewBackend(failing)
	failing.fails(func() { b.Client(resthook.WithEventWorkers(-1)) })
	require.Len(t, failing.failures(), 1)
	assert.Contains(t, failing.failures()[0], "hooktest: ")
}

// A backend that is down is closed at the end of the test, too.
func TestCloseWhileDown(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	b.Down()
	b.Close()
	b.Down()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, b.WaitClosed(ctx))
	_, err := post(t, newClient(t), b.URL())
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

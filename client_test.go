package resthook_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

func TestAppIsPickedByKey(t *testing.T) {
	t.Parallel()
	one, two, rest := hooktest.NewSocket(t), hooktest.NewSocket(t), hooktest.NewSocket(t)
	apps := []resthook.Option{
		resthook.WithApp(resthook.App{Key: "defaultApp", URL: one.URL()}),
		resthook.WithApp(resthook.App{Key: "room", URL: two.URL()}),
	}
	client := makeClient(t, resthook.DefaultConfig(), apps...)
	send := func(client *resthook.Client, key string) error {
		_, err := resthook.PlayStream.Send(t.Context(), client, &resthook.Stream{AppKey: key, SessionID: "s-1"})
		return err
	}
	require.NoError(t, send(client, "room"))
	require.NoError(t, send(client, "defaultApp"))
	require.NoError(t, send(client, ""), "no key means defaultApp")
	assert.Len(t, one.Requests(), 2)
	assert.Len(t, two.Requests(), 1)

	err := send(client, "other")
	require.ErrorIs(t, err, resthook.ErrConfig)
	assert.EqualError(t, err, `hook playStream: invalid configuration: no app has the key "other"`)
	failed, _ := errors.AsType[*resthook.Error](err)
	assert.Equal(t, resthook.ActionBreak, failed.Action)
	assert.Equal(t, "s-1", failed.Session)

	client = makeClient(t, resthook.DefaultConfig(), append(apps, resthook.WithApp(resthook.App{URL: rest.URL()}))...)
	require.NoError(t, send(client, "other"))
	require.NoError(t, send(client, "room"))
	assert.Len(t, rest.Requests(), 1)
}

func TestNothingIsSent(t *testing.T) {
	t.Parallel()
	off := resthook.DefaultConfig()
	off.DisableRestRequests = true
	for name, row := range map[string]struct {
		cfg resthook.Config
		app resthook.App
	}{
		"hooks disabled":                 {off, resthook.App{}},
		"hooks disabled and app unknown": {off, resthook.App{Key: "other"}},
		"method not enabled":             {resthook.DefaultConfig(), resthook.App{Methods: []resthook.Method{resthook.PlayStream}, ConnectUnasked: true}},
		"no method enabled":              {resthook.DefaultConfig(), resthook.App{Methods: []resthook.Method{}, ConnectUnasked: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, socket := recorder(t, row.cfg, row.app)
			session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
			require.NoError(t, err)
			asked := &resthook.Stream{Name: "n"}
			stream, err := resthook.PublishStream.Send(t.Context(), session, asked)
			require.NoError(t, err)
			assert.Same(t, asked, stream)
			outcome, err := resthook.PublishStream.SendJSON(t.Context(), session, []byte(`{"name":"n"}`))
			require.NoError(t, err)
			assert.False(t, outcome.Sent)
			assert.Equal(t, resthook.ActionContinue, outcome.Action)
			require.NoError(t, session.Disconnect(t.Context()))
			assert.Empty(t, socket.Requests())
		})
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for _, status := range []int{300, 301, 302, 303, 307, 308} {
			trap := hooktest.NewSocket(t, hooktest.Answer(200, `{"name":"stolen"}`))
			socket := hooktest.NewSocket(t, hooktest.Redirect(status, trap.URL()))
			client := newClientVia(t, via, socket.URL())
			_, err := client.Connect(t.Context(), &resthook.Connection{})
			require.ErrorIs(t, err, resthook.ErrStatus)
			assert.False(t, resthook.Denied(err))
			assert.Zero(t, trap.Accepted(), "status %d", status)
		}
	})
}

// Hooks in turn use one connection, whatever the status and body of the answers.
func TestConnectionIsUsedAgain(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		big := strings.Repeat("an error page of some length\n", 1000)
		socket := hooktest.NewSocket(t,
			hooktest.Answer(200, `{}`), hooktest.Answer(200, `{"ok":true}`), hooktest.Answer(403, ``),
			hooktest.Answer(403, `{"reason":"no"}`), hooktest.Answer(500, big), hooktest.AnswerChunked(404, `<html>`, `</html>`),
			hooktest.Answer(200, `<html>`), hooktest.Answer(200, ``), hooktest.Answer(204, ``), hooktest.Redirect(302, "/x"),
			hooktest.AnswerGzip(200, `{"a":1}`), hooktest.AnswerChunked(200, `{`, `}`), hooktest.AnswerFalseGzip(200, `{}`),
			hooktest.Answer(200, `{"name":[]}`))
		client := newClientVia(t, via, socket.URL())
		for range 14 {
			_, _ = resthook.StreamStatusEvent.Send(t.Context(), client, &resthook.Stream{Status: resthook.StreamPublishing})
		}
		assert.Len(t, socket.Requests(), 14)
		assert.LessOrEqual(t, socket.Accepted(), 2, "a body that is not what its encoding says may cost its connection")
	})
}

func TestConnectionLimit(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		synctest.Test(t, func(t *testing.T) {
			cfg := resthook.DefaultConfig()
			cfg.MaxConnections = 5
			b := newBubbleVia(t, via, cfg, []hooktest.Behaviour{hooktest.Late(100*time.Millisecond, hooktest.Answer(200, `{}`))})
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() { assert.NoError(t, b.send(t.Context())) })
			}
			wg.Wait()
			assert.Equal(t, time.Second, time.Since(b.begun), "ten rounds of five")
			assert.Equal(t, 5, b.socket.Accepted())
		})
	})
}

func TestReload(t *testing.T) {
	t.Parallel()
	client, socket := recorder(t, resthook.DefaultConfig(), resthook.App{})
	publish(t, client)

	signed := resthook.DefaultConfig()
	signed.SendHash, signed.SecretKey = true, resthook.NewSecret("k")
	require.NoError(t, client.Reload(signed))
	publish(t, client)
	assert.Contains(t, socket.Requests()[1].Header.Get("Authorization"), "WCS ")
	assert.Equal(t, 2, socket.Accepted(), "a reload opens new connections")

	bad := resthook.DefaultConfig()
	bad.RetryCount = -1
	require.ErrorIs(t, client.Reload(bad), resthook.ErrConfig)
	publish(t, client)
	assert.Contains(t, socket.Requests()[2].Header.Get("Authorization"), "WCS ", "a refused reload changes nothing")
	assert.Equal(t, 2, socket.Accepted(), "nor does it cost a connection")

	narrow := resthook.DefaultConfig()
	narrow.MaxConnections = 1
	require.NoError(t, client.Reload(narrow))
	publish(t, client)
	assert.Equal(t, 3, socket.Accepted())

	off := narrow
	off.DisableRestRequests = true
	require.NoError(t, client.Reload(off))
	publish(t, client)
	assert.Len(t, socket.Requests(), 4)
}

func TestNilsAreErrors(t *testing.T) {
	t.Parallel()
	client := newClient(t, "http://backend.example")
	var none *resthook.Client
	var gone *resthook.Session
	stream := &resthook.Stream{}
	for name, send := range map[string]func() error{
		"nil payload": func() error { _, err := resthook.PublishStream.Send(t.Context(), client, nil); return err },
		"nil sender":  func() error { _, err := resthook.PublishStream.Send(t.Context(), nil, stream); return err },
		"nil client":  func() error { _, err := resthook.PublishStream.Send(t.Context(), none, stream); return err },
		"nil session": func() error { _, err := resthook.PublishStream.Send(t.Context(), gone, stream); return err },
		"zero hook":   func() error { _, err := resthook.Hook[resthook.Stream]{}.Send(t.Context(), client, stream); return err },
		"zero as json": func() error {
			_, err := resthook.Hook[resthook.Stream]{}.SendJSON(t.Context(), client, []byte(`{}`))
			return err
		},
		"nil conn":   func() error { _, err := client.Connect(t.Context(), nil); return err },
		"nil resume": func() error { _, err := client.Resume(nil); return err },
		"no json":    func() error { _, err := resthook.PublishStream.SendJSON(t.Context(), client, nil); return err },
		"no object":  func() error { _, err := resthook.PublishStream.SendJSON(t.Context(), client, []byte(`[]`)); return err },
		"no text": func() error {
			_, err := resthook.PublishStream.Send(t.Context(), client, &resthook.Stream{Custom: map[string]any{"f": func() {}}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ErrorIs(t, send(), resthook.ErrConfig)
		})
	}
}

// Each setting that lets clients in without a hook is in the log once, at the start and
// at each Reload.
func TestSettingsThatAdmitWithoutAHookAreLogged(t *testing.T) {
	t.Parallel()
	app := func(methods ...resthook.Method) resthook.App {
		return resthook.App{Key: "a", URL: "http://h", Methods: methods}
	}
	all := resthook.Methods()
	for name, row := range map[string]struct {
		change func(*resthook.Config)
		app    resthook.App
		opts   []resthook.Option
		says   []string // in this order
	}{
		"nothing":     {app: app()},
		"all methods": {app: app(all...)},
		"disabled": {
			change: func(c *resthook.Config) { c.DisableRestRequests, c.KeepAliveEnabled = true, true }, app: app(),
			says: []string{"disable_rest_requests is true: no backend is asked"},
		},
		"connect": {
			app:  resthook.App{URL: "http://h", ConnectUnasked: true},
			says: []string{"app: connect is not asked: every client is let in"},
		},
		"connect and methods": {
			app:  resthook.App{Key: "a", URL: "http://h", ConnectUnasked: true, Methods: all[1 : len(all)-1]},
			says: []string{`app \"a\": connect is not asked`},
		},
		"methods": {
			app:  app(resthook.Connect, resthook.PublishStream, resthook.PlayRTSP, resthook.OnCallEvent),
			says: []string{`app \"a\": not among its methods, so done unasked: call, answer, hold, unhold, transfer, hangup, sendDtmf, OnTransferEvent, `},
		},
		"keep-alive without keys": {
			change: func(c *resthook.Config) { c.KeepAliveEnabled = true }, app: app(),
			says: []string{"streaming_sessions_keep_alive_app_keys names no app: no stream is asked about"},
		},
		"keep-alive of others": {
			change: func(c *resthook.Config) { c.KeepAliveEnabled, c.KeepAliveAppKeys = true, []string{"a", "b"} }, app: app(),
			says: []string{`names \"b\", which is the key of no app`},
		},
		"keep-alive of all": {
			change: func(c *resthook.Config) { c.KeepAliveEnabled, c.KeepAliveAppKeys = true, []string{"a", "b"} },
			app:    resthook.App{URL: "http://h"},
		},
		"keep-alive not asked": {
			change: func(c *resthook.Config) { c.KeepAliveEnabled, c.KeepAliveAppKeys = true, []string{"a"} },
			app:    app(append(allBut(resthook.StreamKeepAliveEvent), resthook.StreamKeepAliveEvent)[:len(all)-1]...),
			says:   []string{`app \"a\": StreamKeepAliveEvent is not among its methods`},
		},
		"keep-alive off": {
			change: func(c *resthook.Config) { c.KeepAliveAppKeys = []string{"b"} }, app: app(),
		},
		"default rule": {
			app: app(), opts: []resthook.Option{resthook.WithDefaultRule(resthook.Rule{RestPolicy: resthook.RestPolicyDisable})},
			says: []string{"WithDefaultRule says DISABLE"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := resthook.DefaultConfig()
			if row.change != nil {
				row.change(&cfg)
			}
			log := new(logged)
			client := makeClient(t, cfg, append(row.opts, resthook.WithApp(row.app), resthook.WithLogger(log.logger()))...)
			for range 2 {
				lines := log.all("level=WARN msg=configuration warning=")
				require.Len(t, lines, len(row.says), log)
				for i, says := range row.says {
					assert.Contains(t, lines[i], says)
				}
				log.text.Reset()
				require.NoError(t, client.Reload(cfg))
			}
		})
	}
}

func allBut(one resthook.Method) []resthook.Method {
	var others []resthook.Method
	for _, method := range resthook.Methods() {
		if method.Name() != one.Name() {
			others = append(others, method)
		}
	}
	return others
}

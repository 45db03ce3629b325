package resthook_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
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

func TestNewClientRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	good := resthook.WithApp(resthook.App{URL: "http://backend.example"})
	app := func(a resthook.App) []resthook.Option { return []resthook.Option{resthook.WithApp(a)} }
	with := func(o resthook.Option) []resthook.Option { return []resthook.Option{good, o} }
	for name, row := range map[string]struct {
		change func(*resthook.Config)
		opts   []resthook.Option
		says   string
	}{
		"no app":                {opts: nil, says: "no app"},
		"nil option":            {opts: with(nil), says: "a nil option"},
		"two apps with one key": {opts: append(app(resthook.App{Key: "a", URL: "http://x"}), app(resthook.App{Key: "a", URL: "http://y"})...), says: `two apps with the key "a"`},
		"no url":                {opts: app(resthook.App{Key: "a"}), says: `app "a": url "": an app needs one`},
		"ftp":                   {opts: app(resthook.App{URL: "ftp://h/x"}), says: "it does not begin with http:// or https://"},
		"no host":               {opts: app(resthook.App{URL: "http:///rest"}), says: `url "http:": no host`},
		"only a port":           {opts: app(resthook.App{URL: "http://:80"}), says: "no host"},
		"port 0":                {opts: app(resthook.App{URL: "http://h:0"}), says: `"0" is no port`},
		"port 99999":            {opts: app(resthook.App{URL: "http://h:99999"}), says: `"99999" is no port`},
		"port without number":   {opts: app(resthook.App{URL: "http://h:"}), says: `"" is no port`},
		"query":                 {opts: app(resthook.App{URL: "http://h/?token=s3cret"}), says: "a query or fragment"},
		"fragment":              {opts: app(resthook.App{URL: "http://h/#x"}), says: "a query or fragment"},
		"no url at all":         {opts: app(resthook.App{URL: "http://user:s3cret@h:x/"}), says: "(unparsable URL)"},
		"user twice":            {opts: app(resthook.App{URL: "http://u:s3cret@h", Username: "v"}), says: "both in the url and beside it"},
		"password alone":        {opts: app(resthook.App{URL: "http://h", Password: resthook.NewSecret("s3cret")}), says: "a password without a user name"},
		"user with a colon":     {opts: app(resthook.App{URL: "http://h", Username: "a:b"}), says: "a user name with a colon"},
		"hash and basic auth": {
			change: func(c *resthook.Config) { c.SendHash, c.SecretKey = true, resthook.NewSecret("s3cret") },
			opts:   app(resthook.App{URL: "http://h", Username: "u", Password: resthook.NewSecret("s3cret")}), says: "both want the Authorization header",
		},
		"hash and basic auth in the url": {
			change: func(c *resthook.Config) { c.SendHash, c.SecretKey = true, resthook.NewSecret("s3cret") },
			opts:   app(resthook.App{URL: "http://u:s3cret@h"}), says: "both want the Authorization header",
		},
		"hash without a key": {change: func(c *resthook.Config) { c.SendHash = true }, opts: []resthook.Option{good}, says: "rest_hook_secret_key"},
		"negative retries":   {change: func(c *resthook.Config) { c.RetryCount = -1 }, opts: []resthook.Option{good}, says: "rest_client_request_retry_count"},
		"negative timeout":   {change: func(c *resthook.Config) { c.RequestTimeout = -1 }, opts: []resthook.Option{good}, says: "rest_request_timeout"},
		"nil transport":      {opts: with(resthook.WithTransport(nil)), says: "a nil transport"},
		"nil tls":            {opts: with(resthook.WithTLSConfig(nil)), says: "a nil TLS configuration"},
		"tls that trusts all": {
			opts: with(resthook.WithTLSConfig(&tls.Config{InsecureSkipVerify: true})), says: "verifies nothing",
		},
		"transport and dialer": {opts: []resthook.Option{
			good, resthook.WithTransport(http.DefaultTransport),
			resthook.WithDialContext(new(net.Dialer).DialContext),
		}, says: "give one or the other"},
		"nil dialer":           {opts: with(resthook.WithDialContext(nil)), says: "a nil dial function"},
		"nil logger":           {opts: with(resthook.WithLogger(nil)), says: "a nil logger"},
		"header of ours":       {opts: with(resthook.WithHeader("content-type", "text/plain")), says: `header "Content-Type"`},
		"authorization":        {opts: with(resthook.WithHeader("Authorization", "Bearer s3cret")), says: `header "Authorization"`},
		"idempotency key":      {opts: with(resthook.WithHeader("Idempotency-Key", "1")), says: `header "Idempotency-Key"`},
		"header with a blank":  {opts: with(resthook.WithHeader("a b", "x")), says: "not a header's name"},
		"header without name":  {opts: with(resthook.WithHeader("", "x")), says: "not a header's name"},
		"header with a break":  {opts: with(resthook.WithHeader("X-A", "s3cret\r\nX-B: 1")), says: "a control character"},
		"empty user agent":     {opts: with(resthook.WithUserAgent("")), says: "user agent"},
		"answer limit of 1":    {opts: with(resthook.WithAnswerLimit(1)), says: "an answer limit of 1 bytes: not from 2 to 1073741824"},
		"back-off of nothing":  {opts: with(resthook.WithBackoff(0, time.Second)), says: "a back-off from 0s to 1s"},
		"back-off upside down": {opts: with(resthook.WithBackoff(2*time.Second, time.Second)), says: "a back-off from 2s to 1s"},
		"retry of a yes":       {opts: with(resthook.WithRetryStatuses(200)), says: "retry status 200"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := resthook.DefaultConfig()
			if row.change != nil {
				row.change(&cfg)
			}
			client, err := resthook.NewClient(cfg, row.opts...)
			assert.Nil(t, client)
			require.ErrorIs(t, err, resthook.ErrConfig)
			assert.ErrorContains(t, err, row.says)
			assert.NotContains(t, err.Error(), "s3cret")
		})
	}
}

// A header that is the connection's or the hook's own is refused, however it is spelled,
// and says whose it is. Others go out.
func TestHeadersBelongToSomebody(t *testing.T) {
	t.Parallel()
	for owner, names := range map[string][]string{
		"the connection": {
			"Connection", "keep-alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer",
			"Transfer-Encoding", "Transfer_Encoding", "UPGRADE", "HTTP2-Settings", "Expect", "host",
		},
		"the hook": {
			"Authorization", "Content-Length", "content_length", "Content-MD5", "Content-Digest", "Content-Range", "Date", "Digest", "Range",
			"If-None-Match", "Accept", "Accept-Encoding", "User_Agent", "Idempotency-Key", "X-Idempotency-Key",
			"Webhook-Id", "webhook_signature", "Webhook-Timestamp", "Resthook-Sequence", resthook.HeaderCreated,
		},
		"web pages": {"Origin", "origin"},
	} {
		for _, name := range names {
			_, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: "http://h"}), resthook.WithHeader(name, "s3cret"))
			require.ErrorIs(t, err, resthook.ErrConfig, name)
			require.ErrorContains(t, err, "not for an option to set: it belongs to "+owner)
			assert.NotContains(t, err.Error(), "s3cret")
		}
	}
	for _, name := range []string{"X-Date", "X-Content-Length", "Cookie", "Accept-Language", "X_Tenant", "Iffy", "Forwarded", "Contents"} {
		client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: "http://h"}), resthook.WithHeader(name, "1"))
		require.NoError(t, err, name)
		require.NoError(t, client.Close(t.Context()))
	}
}

func TestNewClientReportsAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	cfg := resthook.DefaultConfig()
	cfg.RetryCount = -1
	_, err := resthook.NewClient(cfg, resthook.WithLogger(nil), resthook.WithAnswerLimit(0))
	for _, part := range []string{"retry_count", "nil logger", "answer limit", "no app"} {
		assert.ErrorContains(t, err, part)
	}
}

// recorder is a backend that mirrors, and the requests it saw.
func recorder(t *testing.T, cfg resthook.Config, app resthook.App, opts ...resthook.Option) (*resthook.Client, *hooktest.Socket) {
	t.Helper()
	socket := hooktest.NewSocket(t)
	app.URL = socket.URL() + app.URL
	client, err := resthook.NewClient(cfg, append(opts, resthook.WithApp(app))...)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close(context.Background())) })
	return client, socket
}

func publish(t *testing.T, to resthook.Target) {
	t.Helper()
	_, err := resthook.PublishStream.Send(t.Context(), to, &resthook.Stream{Name: "поток"})
	require.NoError(t, err)
}

const publishedBody = `{"name":"поток","published":false,"hasVideo":false,"hasAudio":false,"record":false}`

func TestRequestOnTheWire(t *testing.T) {
	t.Parallel()
	client, socket := recorder(t, resthook.DefaultConfig(), resthook.App{URL: "/rest/"},
		resthook.WithHeader("X-Node", "a"), resthook.WithHeader("X-Node", "b"))
	publish(t, client)
	seen := socket.Requests()
	require.Len(t, seen, 1)
	assert.Equal(t, "POST", seen[0].Method)
	assert.Equal(t, "/rest/publishStream", seen[0].Path)
	assert.Equal(t, socket.Addr(), seen[0].Host)
	assert.Equal(t, publishedBody, string(seen[0].Body))
	id, at := seen[0].Header.Get(resthook.HeaderID), seen[0].Header.Get(resthook.HeaderTimestamp)
	assert.Regexp(t, `^[A-Z2-7]{26}\.1$`, id)
	assert.Regexp(t, `^[0-9]{10}$`, at)
	assert.Equal(t, http.Header{
		"Webhook-Id":        {id},
		"Webhook-Timestamp": {at},
		"Content-Type":      {"application/json;charset=UTF-8"},
		"Accept":            {"application/json"},
		"Content-Length":    {"88"},
		"User-Agent":        {"resthook"},
		"X-Node":            {"a", "b"},
	}, seen[0].Header)
}

func TestURLIsTheBaseAndTheMethod(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"":                          "/publishStream",
		"/":                         "/publishStream",
		"/rest":                     "/rest/publishStream",
		"/EchoApp/index.php":        "/EchoApp/index.php/publishStream",
		"/a%2Fb/c%20d":              "/a%2Fb/c%20d/publishStream",
		"/%D0%BF%D1%83%D1%82%D1%8C": "/%D0%BF%D1%83%D1%82%D1%8C/publishStream",
	} {
		client, socket := recorder(t, resthook.DefaultConfig(), resthook.App{URL: base})
		publish(t, client)
		assert.Equal(t, want, socket.Requests()[0].Path)
	}
}

func TestBasicAuth(t *testing.T) {
	t.Parallel()
	const header = "Basic d2NzOnPDqWNyZXQ6MQ==" // wcs:sécret:1
	client, socket := recorder(t, resthook.DefaultConfig(), resthook.App{Username: "wcs", Password: resthook.NewSecret("sécret:1")})
	publish(t, client)
	assert.Equal(t, header, socket.Requests()[0].Header.Get("Authorization"))

	client = newClient(t, "http://wcs:s%C3%A9cret%3A1@"+socket.Addr())
	publish(t, client)
	assert.Equal(t, header, socket.Requests()[1].Header.Get("Authorization"))
}

func TestWCSHash(t *testing.T) {
	t.Parallel()
	cfg := resthook.DefaultConfig()
	cfg.SendHash, cfg.SecretKey = true, resthook.NewSecret("1234567890")
	client, socket := recorder(t, cfg, resthook.App{})
	hook, err := resthook.NewHook[map[string]any]("signed", resthook.KindDirect)
	require.NoError(t, err)
	for body, hash := range map[string]string{ // docs/protocol.md, 7
		`{}`:               "6ba3d7619d7c1dc5e0f8493b186198d3",
		`{"name":"поток"}`: "872de1ac5c1fd614cb4a41e56c285cc0",
	} {
		_, err := hook.SendJSON(t.Context(), client, []byte(body))
		require.NoError(t, err)
		seen := socket.Requests()
		last := seen[len(seen)-1]
		assert.Equal(t, body, string(last.Body))
		assert.Equal(t, "WCS "+hash, last.Header.Get("Authorization"))
	}
}

func TestAppIsPickedByKey(t *testing.T) {
	t.Parallel()
	one, two, rest := hooktest.NewSocket(t), hooktest.NewSocket(t), hooktest.NewSocket(t)
	apps := []resthook.Option{
		resthook.WithApp(resthook.App{Key: "defaultApp", URL: one.URL()}),
		resthook.WithApp(resthook.App{Key: "room", URL: two.URL()}),
	}
	client, err := resthook.NewClient(resthook.DefaultConfig(), apps...)
	require.NoError(t, err)
	defer closeClient(t, client)
	send := func(client *resthook.Client, key string) error {
		_, err := resthook.PlayStream.Send(t.Context(), client, &resthook.Stream{AppKey: key, SessionID: "s-1"})
		return err
	}
	require.NoError(t, send(client, "room"))
	require.NoError(t, send(client, "defaultApp"))
	require.NoError(t, send(client, ""), "no key means defaultApp")
	assert.Len(t, one.Requests(), 2)
	assert.Len(t, two.Requests(), 1)

	err = send(client, "other")
	require.ErrorIs(t, err, resthook.ErrConfig)
	assert.EqualError(t, err, `hook playStream: invalid configuration: no app has the key "other"`)
	failed, _ := errors.AsType[*resthook.Error](err)
	assert.Equal(t, resthook.ActionBreak, failed.Action)
	assert.Equal(t, "s-1", failed.Session)

	client, err = resthook.NewClient(resthook.DefaultConfig(), append(apps, resthook.WithApp(resthook.App{URL: rest.URL()}))...)
	require.NoError(t, err)
	defer closeClient(t, client)
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
	overBoth(t, func(t *testing.T, road road) {
		for _, status := range []int{300, 301, 302, 303, 307, 308} {
			trap := hooktest.NewSocket(t, hooktest.Answer(200, `{"name":"stolen"}`))
			socket := hooktest.NewSocket(t, hooktest.Redirect(status, trap.URL()))
			client := newClientOver(t, road, socket.URL())
			_, err := client.Connect(t.Context(), &resthook.Connection{})
			require.ErrorIs(t, err, resthook.ErrStatus)
			assert.False(t, resthook.Denied(err))
			assert.Zero(t, trap.Accepted(), "status %d", status)
		}
	})
}

// Whatever the status and body of the answers, one hook after the other takes
// one connection.
func TestConnectionIsUsedAgain(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, road road) {
		big := strings.Repeat("an error page of some length\n", 1000)
		socket := hooktest.NewSocket(t,
			hooktest.Answer(200, `{}`), hooktest.Answer(200, `{"ok":true}`), hooktest.Answer(403, ``),
			hooktest.Answer(403, `{"reason":"no"}`), hooktest.Answer(500, big), hooktest.AnswerChunked(404, `<html>`, `</html>`),
			hooktest.Answer(200, `<html>`), hooktest.Answer(200, ``), hooktest.Answer(204, ``), hooktest.Redirect(302, "/x"),
			hooktest.AnswerGzip(200, `{"a":1}`), hooktest.AnswerChunked(200, `{`, `}`), hooktest.AnswerFalseGzip(200, `{}`),
			hooktest.Answer(200, `{"name":[]}`))
		client := newClientOver(t, road, socket.URL())
		for range 14 {
			_, _ = resthook.StreamStatusEvent.Send(t.Context(), client, &resthook.Stream{Status: resthook.StreamPublishing})
		}
		assert.Len(t, socket.Requests(), 14)
		assert.LessOrEqual(t, socket.Accepted(), 2, "a body that is not what its encoding says may cost its connection")
	})
}

func TestConnectionLimit(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, road road) {
		synctest.Test(t, func(t *testing.T) {
			cfg := resthook.DefaultConfig()
			cfg.MaxConnections = 5
			b := newBubbleOver(t, road, cfg, []hooktest.Behaviour{hooktest.Late(100*time.Millisecond, hooktest.Answer(200, `{}`))})
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

func TestConnectMergesTheAnswer(t *testing.T) {
	t.Parallel()
	socket := hooktest.NewSocket(t, hooktest.Answer(200, `{"nodeId":"evil","appKey":"evil","sessionId":"evil",
		"login":null,"sipLogin":"100","sipPort":"5060","sipRegisterRequired":"false","extra":{"a":1},
		"custom":{"token":null,"role":"host"},"login":null,"mediaProviders":["WebRTC"]}`))
	client := newClient(t, socket.URL())
	conn := &resthook.Connection{
		NodeID: "n", AppKey: "a", SessionID: "s", Login: "alice", Origin: "https://page",
		Custom: map[string]any{"token": "t", "seat": "1"},
	}
	session, err := client.Connect(t.Context(), conn)
	require.NoError(t, err)
	got := session.Connection()
	assert.Equal(t, []string{"n", "a", "s"}, []string{got.NodeID, got.AppKey, got.SessionID}, "can't be overwritten")
	assert.Equal(t, "alice", got.Login, "null means unchanged")
	assert.Equal(t, "https://page", got.Origin, "missing means unchanged")
	assert.Equal(t, "100", got.SIPLogin)
	assert.Equal(t, 5060, got.SIPPort)
	assert.Equal(t, new(false), got.SIPRegisterRequired)
	assert.Equal(t, map[string]any{"token": "t", "role": "host"}, got.Custom, "the object is replaced; null inside it means unchanged")
	assert.Equal(t, json.RawMessage(`{"a":1}`), got.Unknown["extra"])
	assert.Equal(t, []string{"WebRTC"}, got.MediaProviders)
	assert.Empty(t, conn.SIPLogin, "the caller's value is never written")
	assert.Nil(t, conn.Unknown)
}

func TestConnectDeclines(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, road road) {
		for name, row := range map[string]struct {
			answer hooktest.Behaviour
			kind   error
			says   string
		}{
			"403":              {hooktest.Answer(403, ``), resthook.ErrStatus, "403 Forbidden"},
			"201":              {hooktest.Answer(201, `{}`), resthook.ErrStatus, "201 Created"},
			"206":              {hooktest.Answer(206, `{}`), resthook.ErrStatus, "206 Partial Content"},
			"799":              {hooktest.Answer(799, `{}`), resthook.ErrStatus, "status is not 200: 799"},
			"empty":            {hooktest.Answer(200, ``), resthook.ErrBody, "expected an object, found the end at byte 0 (application/json, 0 bytes)"},
			"null":             {hooktest.Answer(200, `null`), resthook.ErrBody, "expected an object, found 'n'"},
			"true":             {hooktest.Answer(200, `true`), resthook.ErrBody, "expected an object"},
			"array":            {hooktest.Answer(200, `[]`), resthook.ErrBody, "expected an object, found '['"},
			"html":             {hooktest.Answer(200, `<br />`, "Content-Type: text/html"), resthook.ErrBody, "found '<' at byte 0 (text/html, 6 bytes)"},
			"notice first":     {hooktest.Answer(200, "<b>Notice</b>\n{}"), resthook.ErrBody, "expected an object"},
			"two objects":      {hooktest.Answer(200, `{} {}`), resthook.ErrBody, "text after the object"},
			"cut short":        {hooktest.Answer(200, `{"a":1`), resthook.ErrBody, "found the end"},
			"invalid utf-8":    {hooktest.Answer(200, "{\"a\":\"\xff\"}"), resthook.ErrBody, "invalid UTF-8 at byte 6"},
			"a value in vain":  {hooktest.Answer(200, `{"sipPort":"mySipPort"}`), resthook.ErrBody, `field "sipPort": a string, not a whole number`},
			"policy misspelt":  {hooktest.Answer(200, `{"restClientConfig":{"call":{"restOnError":"FIAL"}}}`), resthook.ErrPolicy, `call.restOnError: "FIAL" is not LOG or FAIL`},
			"policy no object": {hooktest.Answer(200, `{"restClientConfig":"none"}`), resthook.ErrPolicy, "expected an object"},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				client := newClientOver(t, road, hooktest.NewSocket(t, row.answer).URL())
				session, err := client.Connect(t.Context(), &resthook.Connection{})
				assert.Nil(t, session)
				require.ErrorIs(t, err, row.kind)
				assert.ErrorContains(t, err, row.says)
				failed, _ := errors.AsType[*resthook.Error](err)
				assert.Equal(t, resthook.ActionBreak, failed.Action)
				assert.Equal(t, name == "403", resthook.Denied(err))
			})
		}
	})
}

func TestConnectAdmits(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, road road) {
		for name, answer := range map[string]hooktest.Behaviour{
			"white space":       hooktest.Answer(200, " \r\n\t{ } \n"),
			"no content type":   hooktest.Answer(200, `{}`, "Content-Type:"),
			"text/html":         hooktest.Answer(200, `{}`, "Content-Type: text/html"),
			"policy of php":     hooktest.Answer(200, `{"restClientConfig":[]}`),
			"policy null":       hooktest.Answer(200, `{"restClientConfig":null}`),
			"custom of php":     hooktest.Answer(200, `{"custom":[]}`),
			"escaped slashes":   hooktest.Answer(200, `{"origin":"https:\/\/page"}`),
			"a key twice":       hooktest.Answer(200, `{"sipPort":"x","sipPort":5060}`),
			"entry for connect": hooktest.Answer(200, `{"restClientConfig":{"connect":{"restOnError":"?"}}}`),
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				client := newClientOver(t, road, hooktest.NewSocket(t, answer).URL())
				_, err := client.Connect(t.Context(), &resthook.Connection{})
				assert.NoError(t, err)
			})
		}
	})
}

func TestCloseWaitsAndThenCancels(t *testing.T) {
	t.Parallel()
	t.Run("waits", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := newBubble(t, resthook.DefaultConfig(), []hooktest.Behaviour{hooktest.Late(5*time.Second, hooktest.Answer(200, `{}`))})
			sent := make(chan error, 1)
			go func() { sent <- b.send(t.Context()) }()
			synctest.Wait()
			require.NoError(t, b.client.Close(t.Context()))
			assert.Equal(t, 5*time.Second, time.Since(b.begun))
			require.NoError(t, <-sent)
			assert.ErrorIs(t, b.send(t.Context()), resthook.ErrClosed)
			assert.ErrorIs(t, b.client.Reload(resthook.DefaultConfig()), resthook.ErrClosed)
			assert.NoError(t, b.client.Close(t.Context()), "again")
			assert.NoError(t, b.socket.WaitClosed(t.Context()), "its connections are closed")
		})
	})
	t.Run("cancels", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := newBubble(t, resthook.DefaultConfig(), []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)})
			sent := make(chan error, 2)
			for range 2 {
				go func() { sent <- b.send(t.Context()) }()
			}
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err := b.client.Close(ctx)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.ErrorContains(t, err, "2 hooks")
			assert.Equal(t, time.Second, time.Since(b.begun))
			for range 2 {
				err := <-sent
				require.ErrorIs(t, err, resthook.ErrCanceled)
				assert.ErrorContains(t, err, "the client was closed")
				assert.NotErrorIs(t, err, resthook.ErrClosed, "it had begun")
			}
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

func TestOwnTransport(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	calls := 0
	cfg := resthook.DefaultConfig()
	cfg.RetryCount = 1
	client, err := resthook.NewClient(cfg, resthook.WithApp(resthook.App{URL: "http://backend.example"}),
		resthook.WithBackoff(time.Millisecond, time.Millisecond),
		resthook.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
			calls++
			return nil, boom
		})))
	require.NoError(t, err)
	defer closeClient(t, client)
	_, err = client.Connect(t.Context(), &resthook.Connection{})
	require.ErrorIs(t, err, resthook.ErrNoAnswer)
	require.ErrorIs(t, err, boom)
	assert.Equal(t, 2, calls)
}

func TestOwnTransportOfNetHTTP(t *testing.T) {
	t.Parallel()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	for name, row := range map[string]struct {
		plays    hooktest.Behaviour
		kind     error
		attempts int
	}{
		"yes":                {hooktest.Answer(200, `{}`), nil, 1},
		"no":                 {hooktest.Answer(403, ``), resthook.ErrStatus, 1},
		"lost":               {hooktest.AfterRequest(hooktest.FIN), resthook.ErrNoAnswer, 4},
		"cut in the headers": {hooktest.InHeaders(hooktest.FIN), resthook.ErrBody, 1},
		"cut in the body":    {hooktest.InBody(hooktest.RST), resthook.ErrBody, 1},
	} {
		t.Run(name, func(t *testing.T) {
			socket := hooktest.NewSocket(t, row.plays)
			client := newClient(t, socket.URL(), resthook.WithTransport(transport), resthook.WithBackoff(time.Millisecond, time.Millisecond))
			_, err := client.Connect(t.Context(), &resthook.Connection{})
			require.ErrorIs(t, err, row.kind)
			assert.Equal(t, row.attempts, socket.Accepted())
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

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

func TestNewHookRefuses(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", " ", "a b", "a/b", "../x", ".", "..", "a?b", "a#b", "a%2fb", "поток", "a\n"} {
		_, err := resthook.NewHook[resthook.Stream](name, resthook.KindDirect)
		require.ErrorIs(t, err, resthook.ErrConfig, "%q", name)
	}
	for _, kind := range []resthook.Kind{0, 5, 255} {
		_, err := resthook.NewHook[resthook.Stream]("ok", kind)
		require.ErrorIs(t, err, resthook.ErrConfig)
	}
}

func TestOwnHook(t *testing.T) {
	t.Parallel()
	type poll struct {
		SessionID string `json:"sessionId"`
		Question  string `json:"question"`
		Votes     int    `json:"votes"`
	}
	hook, err := resthook.NewHook[poll]("poll", resthook.KindDirect)
	require.NoError(t, err)
	assert.Equal(t, "poll", hook.PayloadType())
	socket := hooktest.NewSocket(t, hooktest.Answer(200, `{"question":"changed?","votes":7,"sessionId":"evil"}`))
	client := newClient(t, socket.URL())
	policy, err := resthook.NewPolicy(map[resthook.Method]resthook.Rule{
		hook: {RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"votes", "sessionId"}},
	})
	require.NoError(t, err)
	session, err := client.Resume(&resthook.Connection{SessionID: "s", RestClientConfig: policy})
	require.NoError(t, err)
	got, err := hook.Send(t.Context(), session, &poll{SessionID: "s", Question: "why <&>?"})
	require.NoError(t, err)
	assert.Equal(t, &poll{SessionID: "s", Question: "why <&>?", Votes: 7}, got)
	assert.JSONEq(t, `{"sessionId":"s","question":"why <&>?","votes":0}`, string(socket.Requests()[0].Body))
	assert.Equal(t, "/poll", socket.Requests()[0].Path)
}

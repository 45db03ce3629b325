package resthook_test

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

func TestNewClientErrors(t *testing.T) {
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
		"no base url":           {opts: app(resthook.App{Key: "a", URL: "http://h/?token=s3cret"}), says: `app "a": url "http://h/": a query or fragment`},
		"control in the user":   {opts: app(resthook.App{URL: "http://u:%0as3cret@h"}), says: "a control character"},
		"colon in the user":     {opts: app(resthook.App{URL: "http://u%3Ax:s3cret@h"}), says: "a colon"},
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
		"retry of 200":         {opts: with(resthook.WithRetryStatuses(200)), says: "retry status 200"},
		"event retry of 200":   {opts: with(resthook.WithEventRetryStatuses(503, 200)), says: "retry status 200"},
		"nil journal":          {opts: with(resthook.WithJournal(nil)), says: "a nil journal"},
		"no admissions":        {opts: with(resthook.WithAdmissionLimit(0)), says: "admission limit"},
		"too many admissions":  {opts: with(resthook.WithAdmissionLimit(10_000_001)), says: "admission limit"},
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

// WithHeader refuses headers that belong to the connection or to the hook, in any spelling.
// Others are sent.
func TestHeadersThatHaveAnOwner(t *testing.T) {
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

// A Config that is written as a literal fails with all that is wrong, and with what to
// do about it.
func TestNewClientReportsAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := resthook.NewClient(resthook.Config{RequestTimeout: 5 * time.Second, RetryCount: -1},
		resthook.WithApp(resthook.App{Key: "one", URL: "127.0.0.1:8081/x"}),
		resthook.WithApp(resthook.App{Key: "two", URL: "http://h:80:81/"}),
		resthook.WithLogger(nil), resthook.WithAnswerLimit(-1))
	require.ErrorIs(t, err, resthook.ErrConfig)
	for _, want := range []string{
		"starts from DefaultConfig", "retry_count", `app "one"`, "does not begin with http:// or https://", `app "two"`, "does not parse",
		"nil logger", "answer limit",
	} {
		assert.ErrorContains(t, err, want)
	}
}

// Without WithLogger the default logger is used.
func TestDefaultLogger(t *testing.T) { //nolint:paralleltest // it sets the default logger
	log, before := new(logged), slog.Default()
	slog.SetDefault(log.logger())
	defer slog.SetDefault(before)
	client := newClient(t, hooktest.NewSocket(t, hooktest.Answer(200, `{}`), hooktest.Answer(403, ``)).URL())
	session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
	require.NoError(t, err)
	_, err = resthook.PublishStream.Send(t.Context(), session, &resthook.Stream{Name: "cam"})
	require.NoError(t, err)
	assert.Contains(t, log.String(), `msg="hook failed" hook=publishStream`)
}

// WithDefaultRule holds for methods that no policy names, and for no others.
func TestDefaultRule(t *testing.T) {
	t.Parallel()
	const named = `{"restClientConfig":{"publishStream":{"restExclude":"sdp"},"playStream":null}}`
	fail := resthook.Rule{RestOnError: resthook.OnErrorFail}
	own := roomMessage(t)
	for name, row := range map[string]struct {
		rule   resthook.Rule
		policy string
		method resthook.Method
		want   resthook.Action
	}{
		"no policy":             {fail, `{}`, resthook.PublishStream, resthook.ActionBreak},
		"not named":             {fail, named, resthook.Snapshot, resthook.ActionBreak},
		"named as null":         {fail, named, resthook.PlayStream, resthook.ActionBreak},
		"own":                   {fail, named, own, resthook.ActionBreak},
		"event":                 {fail, named, resthook.StreamStatusEvent, resthook.ActionWarn},
		"named, without a key":  {fail, named, resthook.PublishStream, resthook.ActionContinue},
		"no rule":               {resthook.Rule{}, `{}`, resthook.PublishStream, resthook.ActionContinue},
		"log":                   {resthook.Rule{RestOnError: resthook.OnErrorLog}, `{}`, resthook.PublishStream, resthook.ActionContinue},
		"disabled":              {resthook.Rule{RestPolicy: resthook.RestPolicyDisable}, `{}`, resthook.PublishStream, resthook.ActionContinue},
		"not of those that ask": {resthook.Rule{RestPolicy: resthook.RestPolicyDisable}, `{}`, resthook.PlayHLS, resthook.ActionBreak},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			socket := hooktest.NewSocket(t, hooktest.Answer(200, row.policy), hooktest.Answer(403, ``))
			client := newClient(t, socket.URL(), resthook.WithDefaultRule(row.rule))
			session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
			require.NoError(t, err)
			for _, to := range []resthook.Target{session, client} {
				want := row.want
				if to == resthook.Target(client) && name == "named, without a key" {
					want = resthook.ActionBreak // there is no policy without a session
				}
				outcome, err := row.method.SendJSON(t.Context(), to, []byte(`{"status":"PLAYING"}`))
				require.NoError(t, err)
				assert.Equal(t, want, outcome.Action)
				assert.Equal(t, name != "disabled", outcome.Sent)
			}
		})
	}
}

// Connect is sent whatever the rule says. The rule's lists work like a policy's.
func TestDefaultRuleApplies(t *testing.T) {
	t.Parallel()
	client, socket := recorder(t, resthook.DefaultConfig(), resthook.App{}, resthook.WithDefaultRule(resthook.Rule{
		RestPolicy: resthook.RestPolicyDisable, RestExclude: []string{"login", "sdp"}, ClientExclude: []string{"custom.token"},
	}))
	session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s", Login: "l"})
	require.NoError(t, err)
	require.Len(t, socket.Requests(), 1)
	assert.Contains(t, string(socket.Requests()[0].Body), `"login":"l"`)
	stream := &resthook.Stream{Name: "n", Custom: map[string]any{"token": "t", "a": "b"}}
	_, err = resthook.PlayStream.ClientView(new(resthook.Session), stream) // one that no client has made
	require.NoError(t, err)
	view, err := resthook.PlayStream.ClientView(session, stream)
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"a": "b"}, view.Custom)
	require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), session, &resthook.Stream{Name: "n", Status: resthook.StreamPublishing}))
	require.NoError(t, session.Disconnect(t.Context()))
	assert.Len(t, socket.Requests(), 1)
}

func TestDefaultRuleIsChecked(t *testing.T) {
	t.Parallel()
	for says, rule := range map[string]resthook.Rule{
		`"FIAL" is not LOG or FAIL`:            {RestOnError: "FIAL"},
		"is not NOTIFY, OVERWRITE or DISABLE":  {RestPolicy: "NONE"},
		"restOverwrite without the restPolicy": {RestOverwrite: []string{"name"}},
		`the catalogue has no field "spd"`:     {RestExclude: []string{"sdp", "spd"}},
		`"sdp,custom" is not one field`:        {ClientExclude: []string{"sdp,custom"}},
	} {
		_, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: "http://h"}), resthook.WithDefaultRule(rule))
		require.ErrorIs(t, err, resthook.ErrConfig)
		assert.ErrorContains(t, err, says)
	}
}

// taken is a queue that another client has.
type taken struct{ resthook.Queue }

func (taken) Attach() error { return errors.New("it is taken") }

func TestQueueOfAnotherClient(t *testing.T) {
	t.Parallel()
	_, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: "http://127.0.0.1"}), resthook.WithQueue(taken{}))
	require.ErrorIs(t, err, resthook.ErrConfig)
	require.ErrorContains(t, err, "queue: it is taken")
}

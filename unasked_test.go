package resthook_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// What is switched off so that somebody gets in unasked is in the log once, at
// the start and at each Reload.
func TestChoicesThatLetPeopleInAreInTheLog(t *testing.T) {
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
			client, err := resthook.NewClient(cfg, append(row.opts, resthook.WithApp(row.app), resthook.WithLogger(log.logger()))...)
			require.NoError(t, err)
			defer closeClient(t, client)
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

// Players that are admitted unasked are in the log, the first of them.
func TestPlayersAdmittedUnaskedAreInTheLog(t *testing.T) {
	t.Parallel()
	log := new(logged)
	client := newClient(t, hooktest.RefusedURL(t), resthook.WithLogger(log.logger()))
	assert.Empty(t, log.String())
	for range 2 {
		for range 3 {
			require.NoError(t, client.AdmitHLS(t.Context(), hlsPlayer()))
			require.NoError(t, client.AdmitRTSP(t.Context(), rtspPlayer()))
		}
		require.Len(t, strings.Split(strings.TrimSpace(log.String()), "\n"), 2)
		assert.Len(t, log.all("hls_auth_enabled is false: AdmitHLS admits every player unasked"), 1)
		assert.Len(t, log.all("rtsp_server_auth_enabled is false: AdmitRTSP admits every player unasked"), 1)
		log.text.Reset()
		require.NoError(t, client.Reload(resthook.DefaultConfig()))
	}
}

// A program without a logger hears of a refusal all the same.
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

// The media server's own rule holds for what no policy names, and for nothing
// else.
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

// Connect is asked whatever the rule says, and the rule's lists hold like a
// policy's.
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

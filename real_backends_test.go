package resthook_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// realBackend is a backend in another language. The tests start it from
// testdata/backends, where it has three bases: /rest is an application, /echo
// mirrors, /signed wants the WCS hash.
type realBackend struct {
	name  string
	start func(t *testing.T) string // returns its URL
	keeps bool                      // it keeps connections
	files bool                      // /rest is a folder of files, and there is no /signed

	// numbers is what its language makes of numbers that it mirrors, where they
	// do not come back as they were.
	numbers map[string]string
	// emptyArray: an empty object comes back as [].
	emptyArray bool
}

var realBackends = []realBackend{
	{
		name: "php", start: realPHP("backend.php"), emptyArray: true,
		numbers: map[string]string{"over 64 bits": "9.223372036854776e+18", "huge": "1.2345678901234568e+29", "whole float": "1"},
	},
	{
		name: "express", start: realExpress, keeps: true,
		numbers: map[string]string{
			"over 53 bits": "9007199254740992", "64 bits": "9223372036854776000", "over 64 bits": "9223372036854776000",
			"huge": "1.2345678901234568e+29", "whole float": "1",
		},
	},
	{name: "apache", start: realApache, keeps: true, files: true},
	{name: "python HTTP 1.0", start: realPython("HTTP/1.0")},
	{name: "python HTTP 1.1", start: realPython("HTTP/1.1"), keeps: true},
}

func TestRealBackends(t *testing.T) {
	t.Parallel()
	for _, b := range realBackends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			url := b.start(t)
			for _, check := range []struct {
				name string
				run  func(t *testing.T, b realBackend, url string)
			}{
				{"connect admitted", realAdmits},
				{"connect refused", realRefuses},
				{"publishStream renamed", realRenames},
				{"events mirrored", realMirrorsEvents},
				{"unknown method", realUnknownMethod},
				{"signed", realSigned},
				{"names", realNames},
				{"numbers", realNumbers},
				{"20 in a row", realInARow},
				{"50 in parallel", realInParallel},
				{"payloads", realPayloads},
			} {
				t.Run(check.name, func(t *testing.T) {
					t.Parallel()
					check.run(t, b, url)
				})
			}
		})
	}
}

// realClient is a client for tests in which a slow machine must not look like a
// slow backend.
func realClient(t *testing.T, url string, opts ...resthook.Option) *resthook.Client {
	t.Helper()
	cfg := resthook.DefaultConfig()
	cfg.RequestTimeout = time.Minute
	return realClientOf(t, cfg, url, opts...)
}

func realClientOf(t *testing.T, cfg resthook.Config, url string, opts ...resthook.Option) *resthook.Client {
	t.Helper()
	client, err := resthook.NewClient(cfg, append(opts, resthook.WithApp(resthook.App{URL: url}))...)
	require.NoError(t, err)
	t.Cleanup(func() { closeClient(t, client) })
	return client
}

func realConnection(token string) *resthook.Connection {
	return &resthook.Connection{
		NodeID: "Zk8wQn2vRb7tLx4cMd9sHf3gJp6aYe1u@10.0.0.5", SessionID: "/10.0.0.17:51234/10.0.0.5:8443",
		MediaProviders: []string{"WebRTC"}, Origin: "https://app.example", Login: "мария",
		Custom: map[string]any{"token": token},
	}
}

func realSession(t *testing.T, client *resthook.Client) *resthook.Session {
	t.Helper()
	session, err := client.Connect(t.Context(), realConnection("secret"))
	require.NoError(t, err)
	return session
}

func realAdmits(t *testing.T, b realBackend, url string) {
	t.Helper()
	session := realSession(t, realClient(t, url+"/rest"))
	assert.Equal(t, resthook.Rule{
		RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"name"}, RestOnError: resthook.OnErrorFail,
	}, session.Policy().Rule("publishStream"))
	assert.Equal(t, resthook.Rule{RestPolicy: resthook.RestPolicyNotify, RestOnError: resthook.OnErrorFail}, session.Policy().Rule("playStream"))

	want := realConnection("secret")
	got := session.Connection()
	if b.files { // which know nothing of the client, but its SIP account
		required := false
		want.SIPRegisterRequired = &required
		want.SIPLogin, want.SIPAuthenticationName, want.SIPPassword = "desk-7", "desk-7-auth", "tr0ub4dor"
		want.SIPDomain, want.SIPOutboundProxy, want.SIPPort = "pbx.example", "proxy.pbx.example", 5070
	}
	want.RestClientConfig = got.RestClientConfig
	assertSameJSON(t, realJSON(t, want), realJSON(t, got))
}

func realRefuses(t *testing.T, b realBackend, url string) {
	t.Helper()
	base := "/rest"
	if b.files {
		base = "/closed"
	}
	session, err := realClient(t, url+base).Connect(t.Context(), realConnection("guessed"))
	assert.Nil(t, session)
	var failed *resthook.Error
	require.ErrorAs(t, err, &failed)
	require.ErrorIs(t, err, resthook.ErrStatus)
	assert.True(t, resthook.Denied(err))
	assert.Equal(t, http.StatusForbidden, failed.Status)
	assert.Equal(t, 1, failed.Attempts)
	assert.Equal(t, resthook.ActionBreak, failed.Action)
}

func realRenames(t *testing.T, b realBackend, url string) {
	t.Helper()
	session := realSession(t, realClient(t, url+"/rest"))
	for asked, want := range map[string]string{"cam": "live/cam", "поток 🎥/1": "live/поток 🎥/1"} {
		if b.files {
			want = "live/cam"
		}
		given := &resthook.Stream{MediaSessionID: "m-1", Name: asked, HasVideo: true, SDP: "v=0\r\n"}
		stream, err := resthook.PublishStream.Send(t.Context(), session, given)
		require.NoError(t, err)
		assert.Equal(t, want, stream.Name)
		assert.Equal(t, asked, given.Name, "the payload given")
		stream.Name = asked
		assertSameJSON(t, realJSON(t, given), realJSON(t, stream))
	}
}

func realMirrorsEvents(t *testing.T, b realBackend, url string) {
	t.Helper()
	for body, event := range map[string]resthook.Method{
		`{"status":"ESTABLISHED","authToken":"s"}`:                   resthook.ConnectionStatusEvent,
		`{"status":"REGISTERED"}`:                                    resthook.RegistrationStatusEvent,
		`{"status":"PUBLISHING","name":"поток","published":false}`:   resthook.StreamStatusEvent,
		`{"status":"FAILED","sipStatus":486,"callId":"c","more":[]}`: resthook.CallStatusEvent,
	} {
		given := []byte(body)
		tape := realTapeFor(t)
		outcome, err := event.SendJSON(t.Context(), realClient(t, url+"/rest", resthook.WithTransport(tape)), given)
		require.NoError(t, err)
		require.NoError(t, outcome.Err, event.Name())
		assert.Equal(t, resthook.ActionContinue, outcome.Action)
		assertSameJSON(t, given, outcome.Payload)
		assertSameJSON(t, given, tape.sent)
		if !b.files {
			assertSameJSON(t, given, tape.got)
		}
	}
	session := realSession(t, realClient(t, url+"/rest"))
	require.NoError(t, session.Disconnect(t.Context()))
}

// realUnknownMethod asks for what the backends have no handler for: 404.
func realUnknownMethod(t *testing.T, _ realBackend, url string) {
	t.Helper()
	session := realSession(t, realClient(t, url+"/rest"))
	stream := []byte(`{"name":"cam"}`)

	outcome, err := resthook.PauseStream.SendJSON(t.Context(), session, stream)
	require.NoError(t, err)
	require.ErrorIs(t, outcome.Err, resthook.ErrStatus)
	assert.Equal(t, http.StatusNotFound, outcome.Status)
	assert.Equal(t, resthook.ActionContinue, outcome.Action, "restOnError is LOG where the policy says nothing")

	outcome, err = resthook.PlayStream.SendJSON(t.Context(), session, stream)
	require.NoError(t, err)
	require.ErrorIs(t, outcome.Err, resthook.ErrStatus)
	assert.Equal(t, resthook.ActionBreak, outcome.Action, "restOnError is FAIL in the policy")
	assert.Equal(t, 1, outcome.Attempts)
}

// realSigned has another implementation of HMAC-MD5 judge the hash.
func realSigned(t *testing.T, b realBackend, url string) {
	t.Helper()
	if b.files {
		t.Skip("a folder of files checks no hash")
	}
	for key, want := range map[string]bool{"geheim-ключ": true, "geheim": false} {
		cfg := resthook.DefaultConfig()
		cfg.RequestTimeout = time.Minute
		cfg.SendHash, cfg.SecretKey = true, resthook.NewSecret(key)
		_, err := realClientOf(t, cfg, url+"/signed").Connect(t.Context(), realConnection("мария 🎥"))
		if want {
			require.NoError(t, err)
		} else {
			require.True(t, resthook.Denied(err), "%v", err)
		}
	}
	_, err := realClient(t, url+"/signed").Connect(t.Context(), realConnection("secret"))
	require.True(t, resthook.Denied(err), "%v", err)
}

func realNames(t *testing.T, _ realBackend, url string) {
	t.Helper()
	for _, name := range []string{
		"поток", "🎥", "👩‍👩‍👧", "e\u0301 is not \u00e9", "مرحبا", "\u2028\u2029", "\ufeff", "\u0000\u001f\u007f", "\U0010ffff",
		`C:\new "x" 'y'`, `<b>&amp;</b>`, "rtsp://cams.example/door?a=1&b=%2F", "\r\n\t", " ",
	} {
		want := realConnection(name)
		want.Login = name
		tape := realTapeFor(t)
		session, err := realClient(t, url+"/echo", resthook.WithTransport(tape)).Connect(t.Context(), want)
		require.NoError(t, err, "%q", name)
		assert.Equal(t, name, session.Connection().Login)
		assert.Equal(t, name, session.Connection().Custom["token"])
		assertSameJSON(t, tape.sent, tape.got)
	}
}

// realNumbers shows which numbers the backend's language can't mirror. The
// library sends them exactly, keeps what a backend was not to change, and takes
// what it did change as it is.
func realNumbers(t *testing.T, b realBackend, url string) {
	t.Helper()
	numbers := map[string]string{
		"date": "1790000000123", "over 53 bits": "9007199254740993", "64 bits": "9223372036854775807", "over 64 bits": "9223372036854775808",
		"huge": "123456789012345678901234567890", "whole float": "1.0", "float": "0.1", "negative": "-9007199254740991",
	}
	given, mirrored := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	for name, number := range numbers {
		given[name], mirrored[name] = json.RawMessage(number), json.RawMessage(number)
		if changed, ok := b.numbers[name]; ok {
			mirrored[name] = json.RawMessage(changed)
		}
	}
	for _, test := range []struct {
		hook resthook.Method
		want map[string]json.RawMessage
	}{
		{resthook.StreamStatusEvent, given},
		{resthook.Connect, mirrored}, // its answer is taken
	} {
		tape := realTapeFor(t)
		outcome, err := test.hook.SendJSON(t.Context(), realClient(t, url+"/echo", resthook.WithTransport(tape)), realJSON(t, given))
		require.NoError(t, err)
		require.NoError(t, outcome.Err)
		assertSameJSON(t, realJSON(t, given), tape.sent)
		assertSameJSON(t, realJSON(t, mirrored), tape.got)
		assertSameJSON(t, realJSON(t, test.want), outcome.Payload)
	}
}

func realInARow(t *testing.T, b realBackend, url string) {
	t.Helper()
	const hooks = 20
	dials := &dialCounter{}
	client := realClient(t, url+"/echo", resthook.WithDialContext(dials.dial))
	for i := range hooks {
		outcome, err := resthook.StreamStatusEvent.SendJSON(t.Context(), client, fmt.Appendf(nil, `{"name":"cam-%d"}`, i))
		require.NoError(t, err)
		require.NoError(t, outcome.Err)
		assert.Equal(t, 1, outcome.Attempts)
	}
	if b.keeps {
		assert.Equal(t, 1, dials.count(), "connections")
	} else {
		assert.Equal(t, hooks, dials.count(), "connections")
	}
}

func realInParallel(t *testing.T, b realBackend, url string) {
	t.Helper()
	const hooks = 50
	for _, limit := range []int{4, hooks} {
		cfg := resthook.DefaultConfig()
		cfg.RequestTimeout, cfg.MaxConnections = time.Minute, limit
		dials := &dialCounter{}
		session := realSession(t, realClientOf(t, cfg, url+"/rest", resthook.WithDialContext(dials.dial)))
		var outcomes [hooks]resthook.Outcome
		var faults [hooks]error
		var group sync.WaitGroup
		for i := range hooks {
			group.Go(func() {
				outcomes[i], faults[i] = resthook.PublishStream.SendJSON(t.Context(), session, fmt.Appendf(nil, `{"name":"cam-%d"}`, i))
			})
		}
		group.Wait()
		for i, outcome := range outcomes {
			require.NoError(t, faults[i])
			require.NoError(t, outcome.Err)
			assert.Equal(t, 1, outcome.Attempts)
			name := fmt.Sprintf("live/cam-%d", i)
			if b.files {
				name = "live/cam"
			}
			assert.Equal(t, fmt.Sprintf(`{"name":%q}`, name), string(outcome.Payload))
		}
		if b.keeps {
			assert.LessOrEqual(t, dials.count(), limit, "connections")
		} else {
			assert.GreaterOrEqual(t, dials.count(), hooks+1, "each hook has a connection of its own")
			assert.LessOrEqual(t, dials.count(), hooks+1+limit, "some are made for a hook that gets another one meanwhile")
		}
	}
}

// A PHP notice in front of a 403 makes it a 200: nobody is let in, and it does
// not look like a no either.
func TestRealCarelessPHP(t *testing.T) {
	t.Parallel()
	url := realPHP("careless.php")(t)
	for _, origin := range []string{"https://elsewhere.example", "https://app.example"} {
		tape := realTapeFor(t)
		session, err := realClient(t, url, resthook.WithTransport(tape)).Connect(t.Context(), &resthook.Connection{Origin: origin})
		assert.Nil(t, session)
		require.ErrorIs(t, err, resthook.ErrBody)
		assert.False(t, resthook.Denied(err))
		assert.Equal(t, http.StatusOK, tape.status)
		assert.Contains(t, string(tape.got), "Notice")
	}
}

// realTape is a transport that keeps the last request and answer.
type realTape struct {
	next      http.Transport
	sent, got []byte
	status    int
}

func realTapeFor(t *testing.T) *realTape {
	t.Helper()
	tape := &realTape{}
	t.Cleanup(tape.next.CloseIdleConnections)
	return tape
}

func (r *realTape) RoundTrip(req *http.Request) (*http.Response, error) {
	var err error
	if r.sent, err = io.ReadAll(req.Body); err != nil {
		return nil, err
	}
	req.Body = io.NopCloser(bytes.NewReader(r.sent))
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if r.got, err = io.ReadAll(resp.Body); err != nil {
		return nil, err
	}
	r.status = resp.StatusCode
	resp.Body = io.NopCloser(bytes.NewReader(r.got))
	return resp, nil
}

func realJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return text
}

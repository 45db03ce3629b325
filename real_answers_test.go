package resthook_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/h1/situation"
)

// realAnswer is an answer as a backend gave it, and what is made of it.
type realAnswer struct {
	name    string // of the row, where answer is no file
	answer  string // a file in the table's folder, or the body itself
	frame   func(body string) hooktest.Behaviour
	hook    resthook.Method
	request string // a file in the table's folder, or the body itself; default {}
	policy  string // of the session; without one the hook goes to the client

	takes  []string          // the fields taken from the answer, as it has them
	makes  map[string]string // the fields that become something else
	err    error             // nil where it allows
	says   string            // what the error names
	action resthook.Action   // default: continue, or break of a failed connect
}

// The frames of real answers: PHP's built-in server ends the body
// with the connection, Apache gives its length and keeps the connection.

func phpAnswers(kind string) func(string) hooktest.Behaviour {
	return func(body string) hooktest.Behaviour {
		return hooktest.AnswerRaw("HTTP/1.1 200 OK\r\nHost: 127.0.0.1:9000\r\nConnection: close\r\nX-Powered-By: PHP/8.2.29\r\n"+
			"Content-type: "+kind+"\r\n\r\n"+body, hooktest.Close)
	}
}

var (
	phpJSON = phpAnswers("application/json")
	phpHTML = phpAnswers("text/html; charset=UTF-8")
)

func apacheFile(body string) hooktest.Behaviour {
	return hooktest.Answer(http.StatusOK, body, "Server: Apache/2.4.65 (Debian)", `ETag: "2c9-63f"`)
}

func apacheNotFound(body string) hooktest.Behaviour {
	return hooktest.Answer(http.StatusNotFound, body, "Content-Type: text/html; charset=iso-8859-1")
}

const (
	edgeRequest    = `{"nodeId":"n","custom":{},"list":[],"name":"поток-1 / é \ud83d\ude00","createDate":1664260776957,"big":9223372036854775808,"f":1.0,"g":0.1,"null":null,"":"empty key","sdp":"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n"}`
	ownEdgeRequest = `{"nodeId":"n","custom":{},"list":[],"name":"сцена 2 / ü 🎥","createDate":1790000000123,"big":18446744073709551616,"f":2.0,"g":0.25,"null":null,"":"no name","sdp":"v=0\r\n"}`
	ownConnect     = `{"nodeId":"n","appKey":"defaultApp","sessionId":"/10.0.0.17:51234/10.0.0.5:8443","mediaProviders":["WebRTC","MSE"],"origin":"https://app.example:8888","custom":{"token":"secret"}}`
	ownStream      = `{"nodeId":"n","appKey":"defaultApp","sessionId":"/10.0.0.17:51234/10.0.0.5:8443","name":"cam","sdp":"v=0\r\n"}`
	ownCall        = `{"nodeId":"n","sessionId":"s","callId":"c-1","caller":"bob","callee":"100"}`

	overwriteAll    = `{"publishStream":{"restPolicy":"OVERWRITE","restOverwrite":"custom,createDate,name,sdp"}}`
	overwriteName   = `{"publishStream":{"restPolicy":"OVERWRITE","restOverwrite":"name"}}`
	overwriteSDP    = `{"publishStream":{"restPolicy":"OVERWRITE","restOverwrite":"name, sdp"}}`
	overwriteCallee = `{"call":{"restPolicy":"OVERWRITE","restOverwrite":"callee","restOnError":"FAIL"}}`
	failing         = `{"StreamStatusEvent":{"restOnError":"FAIL"},"OnCallEvent":{"restOnError":"FAIL"},"publishStream":{"restOnError":"FAIL"}}`
)

var sipAndPolicy = []string{
	"sipRegisterRequired", "sipLogin", "sipAuthenticationName", "sipDomain", "sipOutboundProxy", "sipPassword", "sipPort", "restClientConfig",
}

// sharedAnswers are files of the shared fixtures.
var sharedAnswers = []realAnswer{
	{answer: "answers/php-docs-connect-1.json", frame: phpJSON, hook: resthook.Connect, request: "payloads/connect-1.json", takes: []string{"restClientConfig"}},
	{answer: "answers/php-docs-connect-1-forbidden.html", frame: phpHTML, hook: resthook.Connect, request: "payloads/connect-1.json", err: resthook.ErrBody},
	{answer: "answers/php-docs-display_errors-StreamStatusEvent.html", frame: phpHTML, hook: resthook.StreamStatusEvent, request: "payloads/StreamStatusEvent-1.json", err: resthook.ErrBody},
	{answer: "answers/php-docs-display_errors-StreamStatusEvent.html", frame: phpHTML, hook: resthook.StreamStatusEvent, request: "payloads/StreamStatusEvent-1.json", policy: failing, err: resthook.ErrBody, action: resthook.ActionWarn},
	{answer: "answers/php-docs-edge.json", frame: phpJSON, hook: resthook.Connect, request: edgeRequest, takes: []string{"big", "f"}, makes: map[string]string{"custom": `{}`}},
	{answer: "answers/php-docs-edge.json", frame: phpJSON, hook: resthook.PublishStream, request: edgeRequest},
	{answer: "answers/php-docs-edge.json", frame: phpJSON, hook: resthook.PublishStream, request: edgeRequest, policy: overwriteAll, makes: map[string]string{"custom": `{}`}},
	{answer: "answers/php-docs-badutf8.json", frame: phpJSON, hook: resthook.PublishStream, request: `{"nodeId":"n","name":"bad"}`, err: resthook.ErrBody},
	{answer: "answers/php-docs-badutf8.json", frame: phpJSON, hook: resthook.Connect, request: `{"nodeId":"n","name":"bad"}`, err: resthook.ErrBody},
	{answer: "answers/click-to-call-connect-1.json", frame: apacheFile, hook: resthook.Connect, request: "payloads/connect-1.json", takes: sipAndPolicy},
	{answer: "answers/click-to-call-call-req.json", frame: apacheFile, hook: resthook.MakeCall, request: ownCall},
	{answer: "answers/click-to-call-call-req.json", frame: apacheFile, hook: resthook.MakeCall, request: ownCall, policy: overwriteCallee, takes: []string{"callee"}},
	{answer: "answers/click-to-call-ConnectionStatusEvent-1.json", frame: apacheFile, hook: resthook.ConnectionStatusEvent, request: "payloads/ConnectionStatusEvent-1.json"},
	{answer: "answers/click-to-call-CallStatusEvent-req.json", frame: apacheFile, hook: resthook.CallStatusEvent, request: ownCall},
	{answer: "answers/click-to-call-RegistrationStatusEvent-req.json", frame: apacheFile, hook: resthook.RegistrationStatusEvent, request: `{"status":"REGISTERED"}`},
	{answer: "answers/click-to-call-OnCallEvent-1.html", frame: apacheNotFound, hook: resthook.OnCallEvent, request: ownCall, err: resthook.ErrStatus, says: "404"},
	{answer: "answers/click-to-call-OnCallEvent-1.html", frame: apacheNotFound, hook: resthook.OnCallEvent, request: ownCall, policy: failing, err: resthook.ErrStatus, action: resthook.ActionBreak},

	// Published bodies that are answers.
	{answer: "payloads/connect-2.json", frame: apacheFile, hook: resthook.Connect, request: "payloads/connect-1.json", takes: []string{"sipRegisterRequired", "mediaProviders", "useSelfSigned"}},
	{answer: "payloads/connect-4.json", frame: apacheFile, hook: resthook.Connect, request: "payloads/connect-1.json", err: resthook.ErrBody, says: "sipPort"},
	{answer: "payloads/connect-4.json", frame: apacheFile, hook: resthook.ConnectionStatusEvent, request: "payloads/ConnectionStatusEvent-1.json"},
	{answer: "payloads/connect-5.json", frame: apacheFile, hook: resthook.Connect, request: "payloads/connect-1.json", takes: sipAndPolicy},
	{answer: "payloads/restClientConfig-1.json", frame: apacheFile, hook: resthook.Connect, request: "payloads/connect-1.json", takes: []string{"restClientConfig"}},
	{answer: "payloads/restClientConfig-2.json", frame: apacheFile, hook: resthook.Connect, request: "payloads/connect-1.json", takes: []string{"restClientConfig"}},
	{answer: "payloads/publishStream-2.json", frame: phpJSON, hook: resthook.PublishStream, request: "payloads/publishStream-1.json", policy: overwriteName},
	{answer: "payloads/publishStream-5.json", frame: phpJSON, hook: resthook.PublishStream, request: "payloads/publishStream-4.json", policy: overwriteName},
	{answer: "payloads/publishStream-5.json", frame: phpJSON, hook: resthook.PublishStream, request: "payloads/publishStream-4.json", policy: overwriteSDP, takes: []string{"sdp"}},
	{answer: "payloads/StreamStatusEvent-2.json", frame: phpJSON, hook: resthook.StreamStatusEvent, request: "payloads/StreamStatusEvent-1.json"},
}

// ownAnswers cover the same ground with the files of testdata/answers, so that
// the repository is alone.
var ownAnswers = []realAnswer{
	{answer: "php-mirror-and-policy.json", frame: phpJSON, hook: resthook.Connect, request: ownConnect, takes: []string{"restClientConfig"}},
	{answer: "php-refusal-as-200.html", frame: phpHTML, hook: resthook.Connect, request: ownConnect, err: resthook.ErrBody},
	{answer: "php-notice-then-json.html", frame: phpHTML, hook: resthook.StreamStatusEvent, request: ownStream, err: resthook.ErrBody},
	{answer: "php-notice-then-json.html", frame: phpHTML, hook: resthook.StreamStatusEvent, request: ownStream, policy: failing, err: resthook.ErrBody, action: resthook.ActionWarn},
	{answer: "php-notice-then-json.html", frame: phpHTML, hook: resthook.PublishStream, request: ownStream, policy: failing, err: resthook.ErrBody, action: resthook.ActionBreak},
	{answer: "php-edge.json", frame: phpJSON, hook: resthook.Connect, request: ownEdgeRequest, takes: []string{"big", "f"}, makes: map[string]string{"custom": `{}`}},
	{answer: "php-edge.json", frame: phpJSON, hook: resthook.PublishStream, request: ownEdgeRequest},
	{answer: "php-edge.json", frame: phpJSON, hook: resthook.PublishStream, request: ownEdgeRequest, policy: overwriteAll, makes: map[string]string{"custom": `{}`}},
	{answer: "php-null.json", frame: phpJSON, hook: resthook.PublishStream, request: ownStream, err: resthook.ErrBody},
	{answer: "php-null.json", frame: phpJSON, hook: resthook.Connect, request: ownConnect, err: resthook.ErrBody},
	{answer: "static-sip-and-policy.json", frame: apacheFile, hook: resthook.Connect, request: ownConnect, takes: sipAndPolicy},
	{answer: "static-callee.json", frame: apacheFile, hook: resthook.MakeCall, request: ownCall},
	{answer: "static-callee.json", frame: apacheFile, hook: resthook.MakeCall, request: ownCall, policy: overwriteCallee, takes: []string{"callee"}},
	{answer: "static-empty.json", frame: apacheFile, hook: resthook.ConnectionStatusEvent, request: ownConnect},
	{answer: "static-empty.json", frame: apacheFile, hook: resthook.Connect, request: ownConnect},
	{answer: "static-empty.json", frame: apacheFile, hook: resthook.MakeCall, request: ownCall, policy: overwriteCallee},
	{answer: "static-not-found.html", frame: apacheNotFound, hook: resthook.OnCallEvent, request: ownCall, err: resthook.ErrStatus, says: "404"},
	{answer: "static-not-found.html", frame: apacheNotFound, hook: resthook.OnCallEvent, request: ownCall, policy: failing, err: resthook.ErrStatus, action: resthook.ActionBreak},
	{answer: "port-no-number.json", frame: apacheFile, hook: resthook.Connect, request: ownConnect, err: resthook.ErrBody, says: "sipPort"},
	{answer: "port-no-number.json", frame: apacheFile, hook: resthook.ConnectionStatusEvent, request: ownConnect},
	{answer: "sdp-emptied.json", frame: phpJSON, hook: resthook.PublishStream, request: ownStream, policy: overwriteName},
	{answer: "sdp-emptied.json", frame: phpJSON, hook: resthook.PublishStream, request: ownStream, policy: overwriteSDP, takes: []string{"sdp"}},
}

// ruleAnswers are docs/protocol.md, 0.3, sentence by sentence.
var ruleAnswers = []realAnswer{
	{name: "another 2xx: 201", answer: `{}`, frame: status(201), err: resthook.ErrStatus, says: "201 Created"},
	{name: "another 2xx: 206", answer: `{}`, frame: status(206), err: resthook.ErrStatus, says: "206 Partial Content"},
	{name: "no status of HTTP: 799", answer: `{}`, frame: status(799), err: resthook.ErrStatus, says: "status is not 200: 799"},
	{name: "another 2xx: 204", answer: ``, frame: status(204), err: resthook.ErrStatus, says: "204"},
	{name: "3xx", answer: `{}`, frame: status(302), err: resthook.ErrStatus, says: "302"},
	{name: "4xx", answer: `{}`, frame: status(403), err: resthook.ErrStatus, says: "403 Forbidden"},
	{name: "5xx", answer: `{}`, frame: status(500), err: resthook.ErrStatus, says: "500"},
	{name: "empty", answer: ``, err: resthook.ErrBody, says: "expected an object, found the end at byte 0 (application/json, 0 bytes)"},
	{name: "blanks", answer: " \r\n", err: resthook.ErrBody},
	{name: "null", answer: `null`, err: resthook.ErrBody, says: "expected an object, found 'n'"},
	{name: "an array", answer: `[]`, err: resthook.ErrBody, says: "expected an object, found '['"},
	{name: "an array of an object", answer: `[{}]`, err: resthook.ErrBody},
	{name: "a string", answer: `"ok"`, err: resthook.ErrBody},
	{name: "true", answer: `true`, err: resthook.ErrBody},
	{name: "html", answer: `<html></html>`, frame: phpHTML, err: resthook.ErrBody, says: "found '<' at byte 0 (text/html; charset=UTF-8, 13 bytes)"},
	{name: "a notice before it", answer: "<b>Notice</b>\n{}", err: resthook.ErrBody, says: "expected an object"},
	{name: "two documents", answer: `{}{}`, err: resthook.ErrBody, says: "text after the object"},
	{name: "two lines", answer: "{}\n{}\n", err: resthook.ErrBody},
	{name: "a notice behind it", answer: "{}<br />", err: resthook.ErrBody},
	{name: "invalid utf-8", answer: "{\"login\":\"\xff\"}", err: resthook.ErrBody, says: "invalid UTF-8 at byte 10"},
	{name: "cut short", answer: `{"login":"x"`, err: resthook.ErrBody, says: "found the end"},
	{name: "not strict", answer: `{login:'x',}`, err: resthook.ErrBody},
	{name: "over the limit", answer: `{"a":"` + strings.Repeat("x", 1<<20) + `"}`, err: resthook.ErrBody, says: "too large"},
	{name: "over the limit, unpacked", answer: `{"a":"` + strings.Repeat("x", 1<<20) + `"}`, frame: packed, err: resthook.ErrBody, says: "too large"},

	{name: "no type", answer: `{"login":"x"}`, frame: noType, takes: []string{"login"}},
	{name: "wrong type", answer: `{"login":"x"}`, frame: phpHTML, takes: []string{"login"}},
	{name: "whitespace", answer: "\r\n\t { \"login\" :\n\"x\" } \n", takes: []string{"login"}},
	{name: "escaped slashes", answer: `{"login":"a\/b"}`, takes: []string{"login"}},
	{name: "chunked", answer: `{"login":"x"}`, frame: chunked, takes: []string{"login"}},
	{name: "ended by close", answer: `{"login":"x"}`, frame: phpJSON, takes: []string{"login"}},
	{name: "HTTP/1.0", answer: `{"login":"x"}`, frame: http10, takes: []string{"login"}},
	{name: "Connection: close", answer: `{"login":"x"}`, frame: closing, takes: []string{"login"}},
	{name: "packed", answer: `{"login":"x"}`, frame: packed, takes: []string{"login"}},

	{name: "missing is unchanged", answer: `{}`, request: ownConnect},
	{name: "null is unchanged", answer: `{"origin":null,"custom":null,"mediaProviders":null,"restClientConfig":null,"more":null}`, request: ownConnect},
	{name: "null is unchanged inside", answer: `{"custom":{"token":null,"seat":7}}`, request: ownConnect, makes: map[string]string{"custom": `{"token":"secret","seat":7}`}},
	{name: "[] is an empty object", answer: `{"custom":[]}`, request: ownConnect, makes: map[string]string{"custom": `{}`}},
	{name: "[] is an empty policy", answer: `{"restClientConfig":[]}`, request: ownConnect, takes: []string{"restClientConfig"}},
	{name: "[] is an empty rule", answer: `{"restClientConfig":{"call":[]}}`, request: ownConnect, takes: []string{"restClientConfig"}},
	{name: "null, then a value", answer: `{"login":null,"login":"b"}`, makes: map[string]string{"login": `"b"`}},
	{name: "strings for numbers and booleans", answer: `{"sipPort":"5060","sipRegisterRequired":"true","keepAlive":"false","width":"640"}`, makes: map[string]string{"sipPort": `5060`, "sipRegisterRequired": `true`, "keepAlive": `false`, "width": `640`}},
	{name: "a string that is no number", answer: `{"sipPort":"5060x"}`, err: resthook.ErrBody, says: `field "sipPort": a string, not a whole number`},
	{name: "a number with a fraction", answer: `{"sipPort":5060.5}`, err: resthook.ErrBody, says: "sipPort"},
	{name: "a string that is no boolean", answer: `{"keepAlive":"yes"}`, err: resthook.ErrBody, says: "keepAlive"},
	{name: "a value that does not convert and is not used", answer: `{"width":"wide","name":"live/cam"}`, hook: resthook.PublishStream, request: ownStream, policy: overwriteName, takes: []string{"name"}},
	{name: "a value that does not convert and is used", answer: `{"name":["live/cam"]}`, hook: resthook.PublishStream, request: ownStream, policy: overwriteName, err: resthook.ErrBody, says: "name"},
	{name: "unknown fields", answer: `{"vendor":{"deep":[1,{"er":null}]},"big":18446744073709551616}`, request: ownConnect, takes: []string{"vendor", "big"}},
	{name: "the last duplicate wins", answer: `{"login":"a","sipPort":"x","login":"b","sipPort":7}`, makes: map[string]string{"login": `"b"`, "sipPort": `7`}},
	{name: "who speaks can't be changed", answer: `{"nodeId":"m","appKey":"other","sessionId":"other"}`, request: ownConnect},
	{name: "a misspelled policy", answer: `{"restClientConfig":{"publishStream":{"restOnError":"FIAL"}}}`, request: ownConnect, err: resthook.ErrPolicy, says: `publishStream.restOnError: "FIAL" is not LOG or FAIL`},
	{name: "a policy that is no object", answer: `{"restClientConfig":"none"}`, request: ownConnect, err: resthook.ErrPolicy, says: "expected an object"},
	{name: "a rule for connect is ignored", answer: `{"restClientConfig":{"connect":{"restOnError":"?"}}}`, request: ownConnect, takes: []string{"restClientConfig"}},
}

func status(code int) func(string) hooktest.Behaviour {
	return func(body string) hooktest.Behaviour { return hooktest.Answer(code, body, "Location: /elsewhere") }
}

func plain(body string) hooktest.Behaviour   { return hooktest.Answer(http.StatusOK, body) }
func packed(body string) hooktest.Behaviour  { return hooktest.AnswerGzip(http.StatusOK, body) }
func http10(body string) hooktest.Behaviour  { return hooktest.AnswerHTTP10(http.StatusOK, body) }
func closing(body string) hooktest.Behaviour { return hooktest.AnswerClose(http.StatusOK, body) }

func chunked(body string) hooktest.Behaviour {
	return hooktest.AnswerChunked(http.StatusOK, body[:1], body[1:])
}

func noType(body string) hooktest.Behaviour {
	return hooktest.AnswerRaw("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"+body, hooktest.Close)
}

func TestRealAnswers(t *testing.T) {
	t.Parallel()
	t.Run("own", func(t *testing.T) { judgeAnswers(t, filepath.Join("testdata", "answers"), ownAnswers, ownTransport) })
	t.Run("shared", func(t *testing.T) { judgeAnswers(t, sharedFolder(t), sharedAnswers, ownTransport) })
	t.Run("rules", func(t *testing.T) {
		overBothTransports(t, func(t *testing.T, via transport) { judgeAnswers(t, "", ruleAnswers, via) })
	})
}

func judgeAnswers(t *testing.T, dir string, rows []realAnswer, via transport) {
	t.Helper()
	for _, row := range rows {
		row = row.filled()
		name := row.hook.Name() + " " + row.name
		if row.policy != "" {
			name += " under a policy"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row.judge(t, via, realText(t, dir, row.answer), realText(t, dir, row.request))
		})
	}
}

func (r realAnswer) filled() realAnswer {
	if r.hook == nil {
		r.hook = resthook.Connect
	}
	if r.frame == nil {
		r.frame = plain
	}
	if r.request == "" {
		r.request = `{}`
	}
	if r.name == "" {
		r.name = filepath.Base(r.answer)
	}
	if r.action == "" {
		r.action = resthook.ActionContinue
		if r.err != nil && r.hook.Kind() == resthook.KindConnect {
			r.action = resthook.ActionBreak
		}
	}
	return r
}

// realText returns a file's text, or the text itself.
func realText(t *testing.T, dir, name string) string {
	t.Helper()
	if dir == "" || !strings.HasSuffix(name, ".json") && !strings.HasSuffix(name, ".html") {
		return name
	}
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(data)
}

func (r realAnswer) judge(t *testing.T, via transport, answer, request string) {
	t.Helper()
	socket := hooktest.NewSocket(t, r.frame(answer))
	client := realClient(t, socket.URL()+"/rest", via.options(t, situation.Settings{Limit: 1})...)
	var to resthook.Target = client
	if r.policy != "" {
		to = sessionUnder(t, client, resthook.Connection{}, r.policy)
	}
	outcome, err := r.hook.SendJSON(t.Context(), to, []byte(request))
	require.NoError(t, err)
	assert.Equal(t, r.action, outcome.Action)
	assert.Equal(t, 1, outcome.Attempts)
	if r.err == nil {
		require.NoError(t, outcome.Err)
	} else {
		require.ErrorIs(t, outcome.Err, r.err)
		require.ErrorContains(t, outcome.Err, r.says)
		for _, sentence := range []string{"Notice", "tr0ub4dor", "mySipPassword"} {
			require.NotContains(t, outcome.Err.Error(), sentence, "the answer may hold secrets")
		}
	}
	want := realFields(t, request)
	for _, name := range r.takes {
		want[name] = realFields(t, answer)[name]
	}
	for name, value := range r.makes {
		want[name] = treeOf(t, []byte(value))
	}
	assert.Equal(t, want, realFields(t, string(outcome.Payload)))
	delete(want, "restClientConfig")
	if r.hook.Kind() == resthook.KindConnect && r.err == nil {
		for _, name := range accepted(t, outcome.Payload).RestClientConfig.Rule("ConnectionStatusEvent").ClientExclude {
			delete(want, name)
		}
	}
	assert.Equal(t, want, realFields(t, string(outcome.Client)), "what the client may see")
}

func accepted(t *testing.T, payload []byte) *resthook.Connection {
	t.Helper()
	conn, err := resthook.Connect.Decode(payload)
	require.NoError(t, err)
	return conn
}

func realFields(t *testing.T, text string) map[string]any {
	t.Helper()
	fields, ok := treeOf(t, []byte(text)).(map[string]any)
	require.True(t, ok, "%s", text)
	return fields
}

// The static sample backend governs a whole session over one connection.
func TestRealAnswersOfOneSession(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]struct {
		dir         func(*testing.T) string
		files       [4]string
		login, goes string
		port        int
	}{
		"own": {
			dir:   func(*testing.T) string { return filepath.Join("testdata", "answers") },
			files: [4]string{"static-sip-and-policy.json", "static-callee.json", "static-empty.json", "static-not-found.html"},
			login: "desk-7", goes: "helpdesk@pbx.example", port: 5070,
		},
		"shared": {
			dir: func(t *testing.T) string { return filepath.Join(sharedFolder(t), "answers") },
			files: [4]string{
				"click-to-call-connect-1.json", "click-to-call-call-req.json",
				"click-to-call-ConnectionStatusEvent-1.json", "click-to-call-OnCallEvent-1.html",
			},
			login: "your SIP login", goes: "your destination number", port: 5060,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := of.dir(t)
			text := func(i int) string { return realText(t, dir, of.files[i]) }
			socket := hooktest.NewSocket(t, apacheFile(text(0)), apacheFile(text(1)), apacheNotFound(text(3)), apacheFile(text(2)))
			session, err := realClient(t, socket.URL()).Connect(t.Context(), realConnection("any"))
			require.NoError(t, err)
			conn := session.Connection()
			assert.Equal(t, of.login, conn.SIPLogin)
			assert.Equal(t, of.port, conn.SIPPort)
			require.NotNil(t, conn.SIPRegisterRequired)
			assert.False(t, *conn.SIPRegisterRequired)
			assert.Equal(t, realConnection("any").Origin, conn.Origin)

			call, err := resthook.MakeCall.Send(t.Context(), session, &resthook.Call{Caller: "bob", Callee: "100"})
			require.NoError(t, err)
			assert.Equal(t, of.goes, call.Callee)
			assert.Equal(t, "bob", call.Caller)

			_, err = resthook.OnCallEvent.Send(t.Context(), session, &resthook.Call{Caller: "eve"})
			require.NoError(t, err, "404, but restOnError is LOG")

			status, err := resthook.ConnectionStatusEvent.SendJSON(t.Context(), session, realJSON(t, conn))
			require.NoError(t, err)
			require.NoError(t, status.Err)
			assert.Contains(t, string(status.Payload), of.login)
			assert.NotContains(t, string(status.Client), of.login)

			require.NoError(t, session.Disconnect(t.Context()))
			assert.Equal(t, 1, socket.Accepted(), "connections")
		})
	}
}

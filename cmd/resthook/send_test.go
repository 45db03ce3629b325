package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/hooktest"
)

// once is the flag that sends a hook once, without retries.
const once = "--set=rest_client_request_retry_count=0"

// onError is a policy with restOnError for one method.
func onError(method, value string) string {
	return fmt.Sprintf(`--policy={%q:{"restOnError":%q}}`, method, value)
}

func TestSendPrintsThePayload(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t)
	got := do(t, "send", "publishStream", "--url", backend.URL(), "--data", "{\n \"name\" : \"a<b>&\",\r\n \"mine\" : [1,\n 2.50 , {\"x\" : null}]\n}")
	assert.Equal(t, ran{exitFine, `{"name":"a<b>&","mine":[1,2.50,{"x":null}]}` + "\n", ""}, got)
	require.Len(t, backend.Requests(), 1)
	assert.Equal(t, "/publishStream", backend.Requests()[0].Path)
}

func TestSendJSONIsExact(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t)
	for _, tt := range []struct {
		name, want string
		args       []string
	}{
		{
			"as in the contract",
			`{"method":"publishStream","kind":"direct","action":"continue","sent":true,"attempts":1,"status":200,"error":"","payload":{},"client":{}}`,
			[]string{"publishStream"},
		},
		{
			"connect",
			`{"method":"connect","kind":"connect","action":"continue","sent":true,"attempts":1,"status":200,"error":"","payload":{"sessionId":"s"},"client":{"sessionId":"s"}}`,
			[]string{"connect", `--data={"sessionId":"s"}`},
		},
		{
			"hooks disabled",
			`{"method":"OnCallEvent","kind":"incoming","action":"continue","sent":false,"attempts":0,"status":0,"error":"","payload":{"caller":"a"},"client":{"caller":"a"}}`,
			[]string{"OnCallEvent", "--set=disable_rest_requests=true", `--data={"caller":"a"}`},
		},
		{
			"disabled by policy, clientExclude",
			`{"method":"StreamStatusEvent","kind":"event","action":"continue","sent":false,"attempts":0,"status":0,"error":"","payload":{"name":"s","sdp":"v=0"},"client":{"name":"s"}}`,
			[]string{"StreamStatusEvent", `--policy={"StreamStatusEvent":{"restPolicy":"DISABLE","clientExclude":"sdp"}}`, `--data={"name":"s","sdp":"v=0"}`},
		},
		{
			"unknown method",
			`{"method":"onMine","kind":"event","action":"continue","sent":true,"attempts":1,"status":200,"error":"","payload":{"a":12345678901234567890,"b":{"c":[]}},"client":{"a":12345678901234567890,"b":{"c":[]}}}`,
			[]string{"onMine", "--method-kind=event", `--data={"a": 12345678901234567890, "b": {"c": [ ]}}`},
		},
		{
			"method kind of a known method",
			`{"method":"StreamEvent","kind":"event","action":"continue","sent":true,"attempts":1,"status":200,"error":"","payload":{},"client":{}}`,
			[]string{"StreamEvent", "--method-kind=incoming"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := do(t, append([]string{"send", "--json", "--url", backend.URL()}, tt.args...)...)
			assert.Equal(t, ran{exitFine, tt.want + "\n", ""}, got)
		})
	}
}

// A skipped request is reported: otherwise the hook looks allowed. With --json the
// outcome says it.
func TestSendSaysThatNobodyWasAsked(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t)
	const disabled, policy = "--set=disable_rest_requests=true", `--policy={"call":{"restPolicy":"DISABLE"}}`
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{disabled}, "resthook: continue: nobody was asked: disable_rest_requests is true\n"},
		{[]string{policy}, "resthook: continue: nobody was asked: the policy says DISABLE\n"},
		{[]string{policy, disabled}, "resthook: continue: nobody was asked: disable_rest_requests is true\n"},
		{[]string{disabled, "--json"}, ""},
		{[]string{disabled, "--json", "-v"}, "resthook: continue: nobody was asked: disable_rest_requests is true\n"},
		{nil, ""},
	} {
		got := do(t, append([]string{"send", "call", "--url", backend.URL()}, tt.args...)...)
		assert.Equal(t, []any{exitFine, tt.want}, []any{got.code, got.err}, tt.args)
	}
	late := do(t, "send", "call", "--url", backend.URL(), "--deadline=1ns")
	assert.NotContains(t, late.err, "nobody was asked")
	assert.Len(t, backend.Requests(), 1)
}

func TestSendJSONOnFailure(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t, hooktest.Answer(403, `{"name":"other"}`))
	got := do(t, "send", "publishStream", "--json", "--url", backend.URL(), `--data={"name":"a","sdp":"v=0"}`,
		`--policy={"publishStream":{"restOnError":"FAIL","clientExclude":"sdp","restPolicy":"OVERWRITE","restOverwrite":"name"}}`)
	text := fmt.Sprintf("hook publishStream: post %s/publishStream: 1 attempt: status is not 200: 403 Forbidden", backend.URL())
	assert.Equal(t, ran{exitRefused, fmt.Sprintf(`{"method":"publishStream","kind":"direct","action":"break","sent":true,"attempts":1,"status":403,`+
		`"error":%q,"error_kind":"status","payload":{"name":"a","sdp":"v=0"},"client":{"name":"a","sdp":"v=0"}}`, text) + "\n", "resthook: backend: {\"name\":\"other\"}\n"}, got)
}

// outcome is the JSON line that send prints.
type outcome struct {
	Method, Kind, Action, Error string
	ErrorKind                   string `json:"error_kind"`
	Sent                        bool
	Attempts, Status            int
	Payload, Client             json.RawMessage
}

func outcomeOf(t testing.TB, got ran) outcome {
	t.Helper()
	var o outcome
	require.NoError(t, json.Unmarshal([]byte(got.out), &o), "stdout %q, stderr %q", got.out, got.err)
	assert.Equal(t, 1, strings.Count(got.out, "\n"))
	return o
}

// fault is one way in which a hook can fail.
type fault struct {
	name, kind string
	status     int
	url        func(t *testing.T) string
	args       []string
	slow       bool
	said       []string // parts of stderr about the answer
}

func socket(behaviour hooktest.Behaviour) func(*testing.T) string {
	return func(t *testing.T) string { t.Helper(); return hooktest.NewSocket(t, behaviour).URL() }
}

func secured(security hooktest.Security) func(*testing.T) string {
	return func(t *testing.T) string { t.Helper(); return hooktest.NewTLSSocket(t, security).URL() }
}

func faults() []fault {
	stall := socket(hooktest.AfterRequest(hooktest.Stall))
	return []fault{
		{name: "403", kind: "status", status: 403, url: socket(hooktest.Answer(403, ""))},
		{name: "500", kind: "status", status: 500, url: socket(hooktest.Answer(500, `{}`)), said: []string{"{}"}},
		{name: "204", kind: "status", status: 204, url: socket(hooktest.Answer(204, ""))},
		{name: "redirect", kind: "status", status: 302, url: socket(hooktest.Redirect(302, "/x")), said: []string{"<html>moved</html>", "Location: /x"}},
		{name: "html", kind: "body", status: 200, url: socket(hooktest.Answer(200, "<b>Notice</b>")), said: []string{"<b>Notice</b>"}},
		{name: "empty", kind: "body", status: 200, url: socket(hooktest.Answer(200, ""))},
		{name: "array", kind: "body", status: 200, url: socket(hooktest.Answer(200, "[]")), said: []string{"[]"}},
		{name: "cut short", kind: "body", status: 200, url: socket(hooktest.InBody(hooktest.FIN)), said: []string{"{}"}},
		{name: "no answer", kind: "no_answer", url: socket(hooktest.AfterRequest(hooktest.FIN)), args: []string{once}},
		{name: "refused", kind: "unreachable", url: func(t *testing.T) string { t.Helper(); return hooktest.RefusedURL(t) }, args: []string{once}},
		{name: "certificate", kind: "tls", url: secured(hooktest.UnknownAuthority)},
		{name: "handshake", kind: "unreachable", args: []string{once}, url: func(t *testing.T) string {
			t.Helper()
			return hooktest.NewTLSSocket(t, hooktest.Trusted, hooktest.AtAccept(hooktest.RST)).URL()
		}},
		{name: "deadline", kind: "canceled", url: stall, args: []string{"--deadline=50ms"}},
		{name: "timeout", kind: "timeout", url: stall, args: []string{"--set=rest_request_timeout=1"}, slow: true},
	}
}

// TestMatrix tests docs/protocol.md, 3.1, with each way to fail.
func TestMatrix(t *testing.T) {
	t.Parallel()
	for _, f := range faults() {
		url := f.url(t) // open until the last subtest has ended
		for _, row := range []struct{ method, log, fail string }{
			{"connect", "break", "break"},
			{"publishStream", "continue", "break"},
			{"OnDataEvent", "continue", "break"},
			{"StreamStatusEvent", "continue", "warn"},
			{"StreamKeepAliveEvent", "continue", "break"},
			{"OnCallEvent", "continue", "break"},
			{"playHLS", "break", "break"},
			{"playRTSP", "break", "break"},
			{"mine", "continue", "break"},
		} {
			if f.slow && row.method != "publishStream" {
				continue
			}
			for policy, action := range map[string]string{"": row.log, "LOG": row.log, "FAIL": row.fail} {
				if f.slow && policy == "" {
					continue
				}
				t.Run(f.name+"/"+row.method+"/"+policy, func(t *testing.T) {
					t.Parallel()
					f.check(t, url, row.method, policy, action)
				})
			}
		}
	}
}

func (f fault) check(t *testing.T, url, method, policy, action string) {
	t.Helper()
	const data = `{"sessionId":"s","custom":{"token":"s3cret"}}`
	args := append([]string{"send", method, "--url", url, "--data", data}, f.args...)
	if policy != "" {
		args = append(args, onError(method, policy))
	}
	got := do(t, append(args, "--json")...)
	o := outcomeOf(t, got)
	assert.Equal(t, []any{action, f.kind, f.status, true, 1}, []any{o.Action, o.ErrorKind, o.Status, o.Sent, o.Attempts}, o.Error)
	assert.JSONEq(t, data, string(o.Payload))
	assert.JSONEq(t, data, string(o.Client))
	assert.NotContains(t, o.Error, "s3cret")
	told := warned(method, policy)
	assert.Equal(t, told+f.told(), got.err)
	assert.Equal(t, map[string]int{"break": exitRefused}[action], got.code)
	if !f.slow {
		f.checkText(t, do(t, args...), told, action)
		f.checkText(t, withoutAttempts(do(t, append(args, "-v")...)), told, action)
	}
}

// warned is the warning on stderr about a policy without effect.
func warned(method, policy string) string {
	switch method {
	case "connect", "playHLS", "playRTSP":
		if policy != "" {
			return "resthook: warning: --policy: " + method + " is under no policy\n"
		}
	}
	return ""
}

func (f fault) told() string {
	lines := ""
	for _, line := range f.said {
		lines += "resthook: backend: " + line + "\n"
	}
	return lines
}

// withoutAttempts removes the lines that -v adds.
func withoutAttempts(got ran) ran {
	var kept strings.Builder
	for line := range strings.Lines(got.err) {
		if strings.HasPrefix(line, "resthook: ") {
			kept.WriteString(line)
		}
	}
	got.err = kept.String()
	return got
}

// checkText checks the output without --json.
func (f fault) checkText(t *testing.T, got ran, told, action string) {
	t.Helper()
	var ok bool
	got.err, ok = strings.CutSuffix(strings.TrimPrefix(got.err, told), f.told())
	assert.True(t, ok, got.err)
	got.isOneLine(t)
	assert.True(t, strings.HasPrefix(got.err, "resthook: "+action+": "), got.err)
	assert.NotContains(t, got.err, "s3cret")
	if action == "break" {
		assert.Equal(t, exitRefused, got.code)
		assert.Empty(t, got.out)
		return
	}
	assert.Equal(t, exitFine, got.code)
	assert.JSONEq(t, `{"sessionId":"s","custom":{"token":"s3cret"}}`, got.out)
}

func TestSendRetries(t *testing.T) {
	t.Parallel()
	lost := hooktest.AfterRequest(hooktest.FIN)
	backend := hooktest.NewSocket(t, lost, hooktest.Mirror())
	o := outcomeOf(t, do(t, "send", "call", "--json", "--url", backend.URL()))
	assert.Equal(t, []any{"continue", 2, 200, "", ""}, []any{o.Action, o.Attempts, o.Status, o.Error, o.ErrorKind})
}

func TestSendConnectWithAPolicyThatDoesNotRead(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t, hooktest.Answer(200, `{"restClientConfig":{"call":{"restOnError":"FALL"}}}`))
	got := do(t, "send", "connect", "--json", "--url", backend.URL())
	o := outcomeOf(t, got)
	assert.Equal(t, []any{"break", "policy", 200, exitRefused}, []any{o.Action, o.ErrorKind, o.Status, got.code})
	assert.Contains(t, o.Error, "FALL")
}

func TestSendWarnsOfWhatNobodyHeeds(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t, hooktest.Answer(200, `{"restClientConfig":{"call":{"restOnErorr":"FAIL"}}}`))
	got := do(t, "send", "connect", "--url", backend.URL())
	assert.Equal(t, exitFine, got.code)
	assert.Equal(t, "resthook: warning: the answer's restClientConfig: call.restOnErorr: unknown key, ignored; did you mean restOnError?\n", got.err)

	got = do(t, "send", "publishStream", "--url", backend.URL(), `--policy={"publishStrem":{"restOnError":"FAIL"}}`)
	assert.Equal(t, exitFine, got.code)
	assert.Equal(t, "resthook: warning: --policy: publishStrem: no such method; did you mean publishStream?\n", got.err)

	got = do(t, "send", "call", "--url", backend.URL(), `--policy={"call":{"x":""}}`, "--set=rest_request_timeout=90")
	assert.Equal(t, exitFine, got.code)
	assert.Equal(t, 2, strings.Count(got.err, "resthook: warning: "), got.err)
}

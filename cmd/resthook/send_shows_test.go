package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/catalogue"
	"github.com/wcskit/resthook/hooktest"
)

func TestVerboseShowsAnAttemptAsOnTheWire(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t, hooktest.AnswerRaw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 Go Away\r\ncontent-TYPE: text/plain\r\nSet-Cookie: s=s3cret\r\nX-Odd:\ta\r\n"+
		"Content-Length: 43\r\n\r\nno\tuser\x1b[31m\n{\"a\":1}\npassword=s3cret&x=1\n.", hooktest.FIN))
	got := do(t, "send", "connect", "-v", "--url", backend.URL(), "--user", "bob:s3cret", "--sign", oneSecret, "--header", "X-Tenant: acme",
		"--data", `{ "sessionId":"s", "sipPassword" : "s3cret","custom":{"token":"s3cret","room":7}, "n": 1.50}`)
	assert.Equal(t, exitRefused, got.code)
	assert.Empty(t, got.out)
	assert.NotContains(t, got.err, "s3cret")
	for pattern, with := range map[string]string{
		`(?m)^> Webhook-Id: \S+$`: "> Webhook-Id: ID", `(?m)^> Webhook-Timestamp: \d+$`: "> Webhook-Timestamp: T",
		`(?m)^> Resthook-Time: \d+$`: "> Resthook-Time: T", `, after [\d.]+(ms|µs)`: ", after TIME", `127\.0\.0\.1:\d+`: "HOST",
	} {
		got.err = regexp.MustCompile(pattern).ReplaceAllString(got.err, with)
	}
	assert.Equal(t, `> POST /connect HTTP/1.1
> Host: HOST
> User-Agent: resthook
> Accept: application/json
> Authorization: Basic ***
> Content-Type: application/json;charset=UTF-8
> X-Tenant: acme
> Content-Length: 86
> Webhook-Id: ID
> Webhook-Timestamp: T
> Resthook-Time: T
> Webhook-Signature: v1,***
>
> {"sessionId":"s","sipPassword":"***","custom":{"room":7,"token":"***"},"n":1.50}
< HTTP/1.1 100 Continue
<
< HTTP/1.1 403 Go Away
< content-TYPE: text/plain
< Set-Cookie: ***
< X-Odd:	a
< Content-Length: 43
<
< no	user�[31m
< {"a":1}
< password=***&x=1
< .
* attempt 1: status is not 200: 403 Forbidden, after TIME
resthook: break: hook connect: post http://HOST/connect: 1 attempt: status is not 200: 403 Forbidden
resthook: backend: no�user�[31m
resthook: backend: {"a":1}
resthook: backend: password=***&x=1
resthook: backend: .
`, got.err)
}

func TestVerboseShowsEachAttempt(t *testing.T) {
	t.Parallel()
	lost := hooktest.AfterRequest(hooktest.FIN)
	got := do(t, "send", "call", "--verbose", "--json", "--url", hooktest.NewSocket(t, lost, hooktest.Mirror()).URL())
	assert.Equal(t, exitFine, got.code)
	assert.Equal(t, 2, outcomeOf(t, got).Attempts)
	assert.Equal(t, 2, strings.Count(got.err, "> POST /call HTTP/1.1\n"))
	assert.Equal(t, 1, strings.Count(got.err, "< HTTP/1.1 200 OK\n"))
	assert.Regexp(t, `(?m)^\* attempt 1: connection lost before an answer: EOF, after \S+\n> POST`, got.err)
	assert.Regexp(t, `\* attempt 2: status 200, after \S+\n$`, got.err)

	got = do(t, "send", "call", "-v", "--url", hooktest.RefusedURL(t), once)
	assert.Regexp(t, `^\* attempt 1: backend unreachable: .*refused, after \S+\nresthook: continue: `, got.err)
}

func TestVerboseOverTLS(t *testing.T) {
	t.Parallel()
	b := hooktest.NewTLSBackend(t, hooktest.WantsCertificate)
	files := certificates(t, b)
	got := do(t, "send", "call", "-v", "--url", b.URL(), "--cacert", files.authority, "--cert", files.cert, "--key", files.key, `--data={"a":1}`)
	assert.Equal(t, exitFine, got.code, got.err)
	assert.Contains(t, got.err, "> POST /call HTTP/1.1\n")
	assert.Contains(t, got.err, "\n>\n> {\"a\":1}\n< HTTP/1.1 200 OK\n")
	assert.Contains(t, got.err, "\n<\n< {\"a\":1}\n* attempt 1: status 200, after ")
	got = do(t, "send", "call", "-v", "--url", b.URL(), once)
	assert.Regexp(t, `^\* attempt 1: no trusted connection: `, got.err)
}

func TestVerboseShowsTheFirst4KiB(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t, hooktest.Answer(200, `{"a":"`+strings.Repeat("x", 5000)+`"}`))
	got := do(t, "send", "call", "-v", "--url", backend.URL(), `--data={"b":"`+strings.Repeat("y", 9000)+`"}`)
	assert.Equal(t, exitFine, got.code)
	assert.Contains(t, got.err, "> {\"b\":\""+strings.Repeat("y", 9000)+"\"}\n")
	assert.Contains(t, got.err, "< {\"a\":\""+strings.Repeat("x", 4096-len(`{"a":"`))+"\n< (the first 4096 bytes)\n")
}

// A chunk may end in the middle of a field's name.
func TestVerboseMasksInChunks(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t, hooktest.AnswerRaw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{\"pass\r\n14\r\nword\":\"s3cret\",\"b\":1\r\n1\r\n}\r\n0\r\n\r\n", hooktest.FIN))
	got := do(t, "send", "call", "-v", "--url", backend.URL())
	assert.Equal(t, exitFine, got.code, got.err)
	assert.NotContains(t, got.err, "s3cret")
	assert.Contains(t, got.err, "< {\"password\":\"***\",\"b\":1}\n")
}

func TestSampleIsSent(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t)
	got := do(t, "send", "call", "--sample", `--data={"callee":"x"}`, "--url", backend.URL())
	assert.Equal(t, ran{exitFine, string(backend.Requests()[0].Body) + "\n", ""}, got)
	var sent, sample map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.out), &sent))
	require.NoError(t, json.Unmarshal(catalogue.Sample("call"), &sample))
	sample["callee"] = "x"
	assert.Equal(t, sample, sent)
	got = do(t, "send", "onMine", "--sample", "--url", backend.URL())
	got.isMisuse(t)
	assert.Equal(t, "resthook: --sample: the catalogue has no onMine\n", got.err)
}

// stderr warns of a METHOD that is probably misspelt, and of a policy without effect.
func TestSendWarnsOfItsArguments(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t)
	got := do(t, "send", "publishSteam", "--policy={}", "--url", backend.URL())
	assert.Equal(t, ran{exitFine, "{}\n", "resthook: warning: publishSteam is not in the catalogue; did you mean publishStream?\n" +
		"resthook: warning: --policy: it says nothing of publishSteam, so the defaults hold: NOTIFY, LOG\n"}, got)
}

// --policy accepts what connect printed, in either form.
func TestPolicyOfWhatConnectPrinted(t *testing.T) {
	t.Parallel()
	const policy = `{"playStream":{"restOnError":"FAIL"}}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/connect" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_, _ = w.Write([]byte(`{"restClientConfig":` + policy + `,"sipPort":"5060"}`))
	}))
	t.Cleanup(server.Close)
	for _, args := range [][]string{{}, {"--json"}} {
		printed := do(t, append([]string{"send", "connect", "--sample", "--url", server.URL}, args...)...)
		require.Equal(t, exitFine, printed.code)
		file := write(t, "c.json", printed.out)
		got := do(t, "send", "playStream", "--url", server.URL, "--policy", "@"+file)
		assert.Equal(t, exitRefused, got.code)
		got.isOneLine(t)
		got = do(t, "send", "publishStream", "--url", server.URL, "--policy", "@"+file)
		assert.Equal(t, exitFine, got.code)
		assert.True(t, strings.HasPrefix(got.err, "resthook: warning: --policy: it says nothing of publishStream, so the defaults hold: NOTIFY, LOG\n"), got.err)
	}
	mirror := hooktest.NewSocket(t)
	for _, args := range [][]string{{}, {"--json"}} {
		printed := do(t, append([]string{"send", "connect", "--sample", "--url", mirror.URL()}, args...)...)
		got := do(t, "send", "playStream", "--url", mirror.URL(), "--policy", "@"+write(t, "c.json", printed.out))
		assert.Equal(t, exitFine, got.code, got.err)
		assert.Equal(t, "resthook: warning: --policy: it says nothing of playStream, so the defaults hold: NOTIFY, LOG\n", got.err)
	}
}

func TestFaultOfAnInputHasItsPlace(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t)
	const text = "{\n  \"é\": \"s3cret\",\n  \"ü\": tru\n}\n"
	file := write(t, "p\u200bayload.json", text)
	plain := write(t, "payload.json", text)
	bom := write(t, "bom.json", "\ufeff{\"a\"}")
	bytes := write(t, "bytes.json", "{\"a\":\n\"b\xff\"}")
	values := write(t, "policy.json", `{"call":{"restOnError":"FALL"}}`)
	for _, tt := range []struct {
		args  []string
		stdin string
		want  string
	}{
		{[]string{"--data", "@" + plain}, "", "--data: " + plain + ":3:8: "},
		{[]string{"--data", "@" + file}, "", `ayload.json":3:8: `},
		{[]string{"--data", "@" + bom}, "", "--data: " + bom + ":1:5: "},
		{[]string{"--data", "@" + bytes}, "", "--data: " + bytes + ":2:3: invalid UTF-8"},
		{[]string{"--data", "-"}, text, "--data: stdin:3:8: "},
		{[]string{"--data", "-"}, "", "--data: stdin:1:1: expected an object"},
		{[]string{"--data", text}, "", "--data: line 3, column 8: "},
		{[]string{"--data", "{\"a\":\"b\xff\"}"}, "", "--data: line 1, column 8: invalid UTF-8"},
		{[]string{"--data", `{"a":"\ud83d"}`}, "", `--data: line 1, column 7: \u escape of half a character`},
		{[]string{"--data", `{"a":1}{}`}, "", "--data: line 1, column 8: text after the object"},
		{[]string{"--policy", "@" + plain}, "", "--policy: " + plain + ":3:8: "},
		{[]string{"--policy", "@" + values}, "", "--policy: " + values + `: invalid restClientConfig: call.restOnError: "FALL" is not LOG or FAIL`},
		{[]string{"--policy", "{\"a\xff\":{}}"}, "", "--policy: line 1, column 4: invalid UTF-8"},
	} {
		got := doWith(t.Context(), t, tt.stdin, append([]string{"send", "call", "--url", backend.URL()}, tt.args...)...)
		got.isMisuse(t)
		assert.Contains(t, got.err, tt.want)
		assert.NotContains(t, got.err, "s3cret")
	}
	assert.Empty(t, backend.Requests())
}

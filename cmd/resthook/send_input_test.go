package main

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/hooktest"
)

func TestDataForms(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t)
	file, marked := write(t, "data.json", "{\"name\":\n\"file\"}\n"), write(t, "marked.json", "\ufeff{\"name\":\"marked\"}")
	for _, tt := range []struct{ data, stdin, want string }{
		{`{"name":"inline"}`, "", `{"name":"inline"}`},
		{"@" + file, "", `{"name":"file"}`},
		{"@" + marked, "", `{"name":"marked"}`},
		{"-", "\ufeff{\"name\":\"stdin\"}\n", `{"name":"stdin"}`},
		{"-", "{\"name\":\"stdin\"}\n", `{"name":"stdin"}`},
	} {
		got := doWith(t.Context(), t, tt.stdin, "send", "playStream", "--url", backend.URL(), "--data", tt.data)
		assert.Equal(t, ran{exitFine, tt.want + "\n", ""}, got)
		got = doWith(t.Context(), t, tt.stdin, "send", "playStream", "--url", backend.URL(), "--data="+tt.data)
		assert.Equal(t, tt.want+"\n", got.out)
	}
}

func TestEmptyStdinIsMisuse(t *testing.T) {
	t.Parallel()
	doWith(t.Context(), t, "", "send", "playStream", "--data", "-").isMisuse(t)
}

func TestPolicyGoverns(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t, hooktest.Answer(200, `{"name":"b","sessionId":"other","custom":{"x":1}}`))
	file := write(t, "policy.json", "\ufeff"+`{"playStream":{"restPolicy":"OVERWRITE","restOverwrite":"name, sessionId","restExclude":"sdp","clientExclude":"custom.token"}}`)
	got := do(t, "send", "playStream", "--json", "--url", backend.URL(), "--policy", "@"+file,
		`--data={"nodeId":"n","appKey":"k","sessionId":"s","name":"a","sdp":"v=0","custom":{"token":"t","y":2}}`)
	assert.Equal(t, exitFine, got.code, got.err)
	o := outcomeOf(t, got)
	assert.JSONEq(t, `{"nodeId":"n","appKey":"k","sessionId":"s","name":"b","sdp":"v=0","custom":{"token":"t","y":2}}`, string(o.Payload))
	assert.JSONEq(t, `{"nodeId":"n","appKey":"k","sessionId":"s","name":"b","sdp":"v=0","custom":{"y":2}}`, string(o.Client))
	sent := backend.Requests()[0].Body
	assert.JSONEq(t, `{"nodeId":"n","appKey":"k","sessionId":"s","name":"a","custom":{"token":"t","y":2}}`, string(sent))
}

func TestPolicyAddsNoIdentity(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t)
	do(t, "send", "playStream", "--url", backend.URL(), onError("playStream", "FAIL"), `--data={"SESSIONID":"x"}`)
	assert.JSONEq(t, `{}`, string(backend.Requests()[0].Body), "a name that could be taken for an id is left out")
}

// A policy entry for a method that has no policy is ignored.
func TestPolicyDoesNotGovern(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"connect", "playHLS", "playRTSP"} {
		backend := hooktest.NewSocket(t)
		policy := `{"` + method + `":{"restPolicy":"DISABLE","restExclude":"name","clientExclude":"name"}}`
		o := outcomeOf(t, do(t, "send", method, "--json", "--url", backend.URL(), "--policy", policy, `--data={"name":"a"}`))
		assert.True(t, o.Sent, method)
		assert.JSONEq(t, `{"name":"a"}`, string(o.Client), method)
		assert.JSONEq(t, `{"name":"a"}`, string(backend.Requests()[0].Body), method)
	}
}

func TestSetIsOverConfig(t *testing.T) {
	t.Parallel()
	file := write(t, "wcs.properties", "disable_rest_requests=true\nclient_acl_property_name=x\n")
	backend := hooktest.NewSocket(t)
	o := outcomeOf(t, do(t, "send", "call", "--json", "--url", backend.URL(), "--config", file))
	assert.False(t, o.Sent)
	o = outcomeOf(t, do(t, "send", "call", "--json", "--url", backend.URL(), "--config", file,
		"--set", "disable_rest_requests=false", "--set", "streaming_sessions_keep_alive_app_keys=a,b"))
	assert.True(t, o.Sent)
}

func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewSocket(t, hooktest.Answer(403, `{"password":"s3cret"}`))
	withUser := strings.Replace(backend.URL(), "://", "://in:s3cret@", 1)
	for _, args := range [][]string{
		{"--user", "in:s3cret:x", "--url", backend.URL()},
		{"--url", withUser},
		{"--set", "rest_hook_send_hash=true", "--set", "rest_hook_secret_key=s3cret ", "--url", backend.URL()},
		{"--data", `{"sipPassword":"s3cret"}`, "--url", backend.URL()},
	} {
		got := do(t, append([]string{"send", "connect"}, args...)...)
		assert.Equal(t, exitRefused, got.code)
		assert.NotContains(t, got.out+got.err, "s3cret")
	}
	sent := backend.Requests()
	require.Len(t, sent, 4)
	assert.Equal(t, "Basic "+base64.StdEncoding.EncodeToString([]byte("in:s3cret:x")), sent[0].Header.Get("Authorization"))
	assert.Equal(t, "Basic "+base64.StdEncoding.EncodeToString([]byte("in:s3cret")), sent[1].Header.Get("Authorization"))
	assert.True(t, strings.HasPrefix(sent[2].Header.Get("Authorization"), "WCS "))
}

// A cancelled context, for example by a signal, has an outcome like any other error.
func TestCancelledHookHasAnOutcome(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		policy, action string
		code           int
	}{{"LOG", "continue", exitFine}, {"FAIL", "break", exitRefused}} {
		backend := hooktest.NewSocket(t, hooktest.AfterRequest(hooktest.Stall))
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			_ = backend.Wait(ctx, 1)
			cancel()
		}()
		got := doWith(ctx, t, "", "send", "call", "--json", "--url", backend.URL(), onError("call", tt.policy))
		o := outcomeOf(t, got)
		assert.Equal(t, []any{tt.action, "canceled", tt.code}, []any{o.Action, o.ErrorKind, got.code})
	}
}

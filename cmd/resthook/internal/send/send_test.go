package send_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/catalogue"
	"github.com/wcskit/resthook/cmd/resthook/internal/send"
	"github.com/wcskit/resthook/hooktest"
)

func ExamplePolicy() {
	_, warnings, err := send.Policy("call", []byte(`{"cal":{"restOnError":"FAIL"}}`), "")
	fmt.Println(warnings, err)
	_, _, err = send.Policy("call", []byte(`{"call":{"restOnError":"FALL"}}`), "policy.json")
	fmt.Println(err)
	// Output:
	// [--policy: cal: no such method; did you mean call?] <nil>
	// policy.json: invalid restClientConfig: call.restOnError: "FALL" is not LOG or FAIL
}

func TestPolicyIsDoubted(t *testing.T) {
	t.Parallel()
	const nothing = "it says nothing of call, so the defaults hold: NOTIFY, LOG"
	for _, tt := range []struct {
		method, policy string
		want           []string
	}{
		{"call", `{"call":{}}`, nil},
		{"call", `{"call":{"restOnError":"FAIL"},"own":{}}`, nil},
		{"call", `{}`, []string{nothing}},
		{"call", `[]`, []string{nothing}},
		{"call", `{"call":null}`, []string{nothing}},
		{"call", `{"hold":{}}`, []string{nothing}},
		{"call", `{"cal":{}}`, []string{"cal: no such method; did you mean call?"}},
		{"call", `{"Call":{}}`, []string{"Call: no such method; did you mean call?"}},
		{"call", `{"holt":{}}`, []string{"holt: no such method; did you mean hold?", nothing}},
		{"connect", `{"connect":{"restOnError":"FAIL"}}`, []string{"connect is under no policy"}},
		{"playRTSP", `{"playRTSP":{"restOnError":"FAIL"}}`, []string{"playRTSP is under no policy"}},
	} {
		var want []string
		for _, line := range tt.want {
			want = append(want, "--policy: "+line)
		}
		_, warnings, err := send.Policy(tt.method, []byte(tt.policy), "")
		require.NoError(t, err)
		assert.Equal(t, want, warnings, tt.policy)
	}
}

// The policy may be in what "send connect" printed, in either form.
func TestPolicyIsFoundInAnAnswerToConnect(t *testing.T) {
	t.Parallel()
	const policy = `{"call":{"restOnError":"FAIL"}}`
	for _, text := range []string{
		policy,
		`{"restClientConfig":` + policy + `}`,
		`{"sessionId":"s","restClientConfig":` + policy + `}`,
		`{"method":"connect","payload":{"restClientConfig":` + policy + `}}`,
	} {
		got, warnings, err := send.Policy("call", []byte(text), "")
		require.NoError(t, err)
		assert.Empty(t, warnings, text)
		again, err := json.Marshal(got)
		require.NoError(t, err)
		assert.Contains(t, string(again), `"restOnError":"FAIL"`, text)
	}
	for _, text := range []string{`{"appKey":"a"}`, `{"sessionId":"s","restClientConfig":null}`, `{"method":"connect","payload":{"nodeId":"n"}}`} {
		_, warnings, err := send.Policy("call", []byte(text), "")
		require.NoError(t, err)
		assert.Len(t, warnings, 1, "an answer without a policy is an empty one: %s", text)
	}
}

func TestMethodIsDoubted(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"publishSteam": {"publishSteam is not in the catalogue; did you mean publishStream?"},
		"Connect":      {"Connect is not in the catalogue; did you mean connect?"},
		"onMine":       nil,
		"connect":      nil,
	} {
		method, warnings, err := send.Method(name, resthook.KindDirect)
		require.NoError(t, err)
		assert.Equal(t, want, warnings)
		assert.Equal(t, name, method.Name())
	}
}

func TestPayloadIsLaidOverTheSample(t *testing.T) {
	t.Parallel()
	got, err := send.OverSample("publishStream", []byte(`{"name":"s1","custom":{"room":7},"own":[1],"constraints":"none","width":null}`))
	require.NoError(t, err)
	var changed, sample map[string]any
	require.NoError(t, json.Unmarshal(got, &changed))
	require.NoError(t, json.Unmarshal(catalogue.Sample("publishStream"), &sample))
	sample["name"], sample["own"], sample["constraints"], sample["width"] = "s1", []any{1.0}, "none", nil
	custom, ok := sample["custom"].(map[string]any)
	require.True(t, ok)
	custom["room"] = 7.0
	assert.Equal(t, sample, changed)
	_, err = send.OverSample("publishSteam", []byte("{}"))
	assert.EqualError(t, err, "--sample: the catalogue has no publishSteam; did you mean publishStream?")
}

// Every sample can be sent, and the answer equals it.
func TestEverySampleIsSent(t *testing.T) {
	t.Parallel()
	backend := hooktest.NewBackend(t)
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: backend.URL()}))
	require.NoError(t, err)
	defer client.Close(context.WithoutCancel(t.Context()))
	for _, m := range resthook.Methods() {
		payload, err := send.OverSample(m.Name(), []byte("{}"))
		require.NoError(t, err)
		r, err := send.Hook{Method: m, Payload: payload}.Send(t.Context(), client)
		require.NoError(t, err)
		assert.Equal(t, resthook.ActionContinue, r.Action, m.Name())
		assert.Empty(t, r.Warnings, m.Name())
		assert.JSONEq(t, string(payload), string(r.Payload))
	}
}

package inspector

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// explainedFor is the explanation of a policy for one method.
func explainedFor(t testing.TB, policy, method string) explainedRule {
	t.Helper()
	for _, e := range explainPolicy([]byte(policy)).Methods {
		if e.Method == method {
			return e
		}
	}
	require.Fail(t, "no such method", method)
	return explainedRule{}
}

func TestPolicyIsExplained(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ policy, method, effect, warning string }{
		{
			`{}`, "publishStream", "The backend is asked; the values of its answer change nothing. A denial or a failure is logged, and the media server goes on.",
			"a denial would stop nobody: there is no entry, and so restOnError is LOG",
		},
		{
			`{"publishStream":{}}`, "publishStream", "The backend is asked; the values of its answer change nothing. A denial or a failure is logged, and the media server goes on.",
			"a denial would stop nobody: restOnError is LOG",
		},
		{
			`{"publishStream":{"restOnError":"FAIL","restPolicy":"OVERWRITE","restOverwrite":"name,custom.room,record","restExclude":"sdp","clientExclude":"custom"}}`, "publishStream",
			"The backend is asked; these fields of its answer are used: name, custom.room and record. A denial or a failure refuses it: the client does not get what it asked for. The backend does not get sdp. The client is not shown custom.", "",
		},
		{`{"playStream":{"restPolicy":"DISABLE","restOnError":"FAIL"}}`, "playStream", "The backend is not asked: what the client sends is used unchanged.", "a denial would stop nobody: the backend is not asked"},
		{
			`{"call":{"restPolicy":"OVERWRITE"}}`, "call", "The backend is asked; nothing in its answer is used, because restOverwrite names no field. A denial or a failure is logged, and the media server goes on.",
			"a denial would stop nobody: restOnError is LOG",
		},
		{`{"StreamStatusEvent":{"restOnError":"FAIL"}}`, "StreamStatusEvent", "The backend is asked; the values of its answer change nothing. It has happened already: after a denial or a failure the media server goes on and warns the client.", ""},
		{`{"StreamKeepAliveEvent":{"restOnError":"FAIL"}}`, "StreamKeepAliveEvent", "The backend is asked; the values of its answer change nothing. A denial or a failure ends the stream.", ""},
		{`{"OnCallEvent":{"restOnError":"FAIL"}}`, "OnCallEvent", "The backend is asked; the values of its answer change nothing. A denial or a failure refuses it: the caller gets 403.", ""},
		{`{"OnDataEvent":{"restOnError":"FAIL"}}`, "OnDataEvent", "The backend is asked; the values of its answer change nothing. After a denial or a failure the client is told that its data failed.", ""},
		{`{"playHLS":{"restPolicy":"DISABLE"}}`, "playHLS", "No policy governs it, as it has no session: the backend is asked, and any answer but 200 refuses the player.", ""},
		{`[]`, "call", "The backend is asked; the values of its answer change nothing. A denial or a failure is logged, and the media server goes on.", "a denial would stop nobody: there is no entry, and so restOnError is LOG"},
	} {
		got := explainedFor(t, tt.policy, tt.method)
		assert.Equal(t, []string{tt.effect, tt.warning}, []string{got.Effect, got.Warning}, tt.policy)
	}
	assert.Equal(t, "direct", explainedFor(t, "{}", "call").Kind)
	own := explainedFor(t, `{"mine":{"restOnError":"FAIL"}}`, "mine")
	assert.Equal(t, []any{"", true}, []any{own.Kind, own.Entry})
	assert.Len(t, explainPolicy([]byte(`{"mine":{},"call":{}}`)).Methods, len(resthook.Methods()), "connect is under no policy")
}

func TestPolicyThatDoesNotRead(t *testing.T) {
	t.Parallel()
	s := open(t, "{}", Options{})
	ask := func(body string) explained { return page[explained](t, s, http.MethodPost, "/-/policy", body) }
	assert.Contains(t, ask(`{"policy":{"call":{"restOnError":"MAYBE"}}}`).Error, "MAYBE")
	assert.NotEmpty(t, ask(`{}`).Error)
	slips := ask(`{"policy":{"publishSteam":{"restOnErorr":"FAIL"}}}`)
	assert.Len(t, slips.Warnings, 2, slips.Warnings)
	assert.Contains(t, slips.Warnings[0]+slips.Warnings[1], "did you mean publishStream?")
	assert.Equal(t, 400, s.ask(t, http.MethodPost, s.root+"/-/policy", `{"policy":`).code)
}

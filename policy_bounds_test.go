package resthook_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// Errors and warnings quote and cut the texts of a restClientConfig.
func TestPolicyTextsAreQuotedAndCut(t *testing.T) {
	t.Parallel()
	evil := "x\\n\\u001b[2J\\u202e" + strings.Repeat("y", 100_000)
	for _, text := range []string{
		`{"call":{"restOnError":"` + evil + `"}}`,
		`{"call":{"restPolicy":"` + evil + `"}}`,
		`{"` + evil + `":5}`,
		`{"` + evil + `":{"restOnError":"x"}}`,
		`{"call":{"restExclude":["` + evil + `"]}}`,
	} {
		client := newClient(t, hooktest.NewSocket(t, hooktest.Answer(200, `{"restClientConfig":`+text+`}`)).URL())
		_, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
		require.ErrorIs(t, err, resthook.ErrPolicy)
		assertFitForALog(t, err.Error())
	}
	policy, err := resthook.ParsePolicy([]byte(`{"call":{"` + evil + `":1},"sendDTMF\n":{"x":1},"` + evil + `":{"` + evil[:300] + `":1}}`))
	require.NoError(t, err)
	require.NotEmpty(t, policy.Warnings())
	for _, warning := range policy.Warnings() {
		assertFitForALog(t, warning)
	}
}

func assertFitForALog(t *testing.T, text string) {
	t.Helper()
	assert.Less(t, len(text), 300)
	assert.False(t, strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }), "%q", text)
}

func TestPolicyWarningsAreFew(t *testing.T) {
	t.Parallel()
	var keys strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&keys, `"k%d":1,`, i)
	}
	policy, err := resthook.ParsePolicy([]byte(`{"call":{` + keys.String() + `"restOnError":"FAIL"}}`))
	require.NoError(t, err)
	assert.Len(t, policy.Warnings(), 11)
	assert.Equal(t, "call.k0: unknown key, ignored", policy.Warnings()[0])
	assert.Equal(t, "and 19990 more", policy.Warnings()[10])
}

// A list may be so long that its last names are not compared with the fields.
func TestPolicyComparesAFewNames(t *testing.T) {
	t.Parallel()
	for others, want := range map[int]int{999: 1, 1000: 0} {
		policy, err := resthook.ParsePolicy([]byte(`{"publishStream":{"restExclude":"` + strings.Repeat("own,", others) + `mediaSesionId"}}`))
		require.NoError(t, err)
		assert.Len(t, policy.Warnings(), want, "after %d others", others)
	}
}

func TestPolicyHasABound(t *testing.T) {
	t.Parallel()
	var methods strings.Builder
	for i := range 1025 {
		fmt.Fprintf(&methods, `,"m%d":{}`, i)
	}
	list := strings.Repeat("a,", 22_000)
	for says, text := range map[string]string{
		"600000 bytes, more than 524288":             `{"call":{}` + strings.Repeat(" ", 600_000-11) + `}`,
		"1025 methods, more than 1024":               "{" + methods.String()[1:] + "}",
		"66000 fields in its lists, more than 65536": `{"call":{"restExclude":"` + list + `","clientExclude":"` + list + `"},"hold":{"restOverwrite":"` + list + `"}}`,
	} {
		_, err := resthook.ParsePolicy([]byte(text))
		require.ErrorIs(t, err, resthook.ErrPolicy)
		require.ErrorContains(t, err, says)
		client := newClient(t, hooktest.NewSocket(t, hooktest.Answer(200, `{"restClientConfig":`+text+`}`)).URL())
		_, err = client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
		require.ErrorIs(t, err, resthook.ErrPolicy)
		require.ErrorContains(t, err, says)
	}
	fields := make([]string, 66_000)
	for i := range fields {
		fields[i] = "custom.a"
	}
	_, err := resthook.NewPolicy(map[resthook.Method]resthook.Rule{resthook.MakeCall: {RestExclude: fields}})
	require.ErrorIs(t, err, resthook.ErrPolicy)
}

// The client view of connect is that of ConnectionStatusEvent.
func TestClientViewOfConnect(t *testing.T) {
	t.Parallel()
	const answer = `{"sipLogin":"l","sipPassword":"p","custom":{"a":1,"token":"t"},` +
		`"restClientConfig":{"ConnectionStatusEvent":{"clientExclude":"sipPassword,custom.token"},"connect":{"clientExclude":"sipLogin"}}}`
	client := newClient(t, hooktest.NewSocket(t, hooktest.Answer(200, answer)).URL())
	const want = `{"sessionId":"s","sipLogin":"l","custom":{"a":1}}`

	outcome, err := resthook.Connect.SendJSON(t.Context(), client, []byte(`{"sessionId":"s"}`))
	require.NoError(t, err)
	assert.JSONEq(t, want, string(outcome.Client))
	assert.Contains(t, string(outcome.Payload), "sipPassword")

	session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
	require.NoError(t, err)
	text, err := session.ClientView(resthook.Connect, session.Connection())
	require.NoError(t, err)
	assert.JSONEq(t, want, string(text))
	for _, hook := range []resthook.Hook[resthook.Connection]{resthook.Connect, resthook.ConnectionStatusEvent} {
		view, err := hook.ClientView(session, session.Connection())
		require.NoError(t, err)
		assert.Equal(t, "l", view.SIPLogin)
		assert.Empty(t, view.SIPPassword)
		assert.Equal(t, map[string]any{"a": view.Custom["a"]}, view.Custom)
		assert.Nil(t, view.RestClientConfig)
	}

	own, err := resthook.NewHook[map[string]any]("ownConnect", resthook.KindConnect)
	require.NoError(t, err)
	outcome, err = own.SendJSON(t.Context(), client, []byte(`{"sessionId":"s"}`))
	require.NoError(t, err)
	assert.JSONEq(t, want, string(outcome.Client))
}

// The memory for a payload and an answer is in proportion to their size, however they are
// nested.
func TestHooksTakeLittleMemory(t *testing.T) { //nolint:paralleltest // measures the whole process
	const size, levels = 900_000, 197
	deep := strings.Repeat(`{"n":null,"a":`, levels) + `{"x":"` + strings.Repeat("y", size) + `"}` + strings.Repeat("}", levels)
	payload := []byte(`{"sessionId":"s","custom":` + deep + `}`)
	path := "custom" + strings.Repeat(".a", levels) + ".x"
	policy, err := resthook.ParsePolicy([]byte(`{"publishStream":{"restPolicy":"OVERWRITE","restOverwrite":"custom"},` +
		`"playStream":{"restPolicy":"OVERWRITE","restOverwrite":"` + path + `","clientExclude":"` + path + `"},"stopStream":{"restExclude":"` + path + `"}}`))
	require.NoError(t, err)
	client := newClient(t, hooktest.NewSocket(t, hooktest.Answer(200, string(payload))).URL())
	session, err := client.Resume(&resthook.Connection{SessionID: "s", RestClientConfig: policy})
	require.NoError(t, err)
	for _, hook := range []resthook.Method{resthook.PublishStream, resthook.PlayStream, resthook.StopStream, resthook.Hold} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		outcome, err := hook.SendJSON(t.Context(), session, payload)
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		require.NoError(t, outcome.Err)
		assert.Less(t, (after.TotalAlloc-before.TotalAlloc)/size, uint64(40), hook.Name())
	}
}

// The memory for a large answer to a media server's own hook is linear.
func TestLargeOwnAnswerIsLinear(t *testing.T) { //nolint:paralleltest // measures the whole process
	var answer strings.Builder
	const members = 16_000
	for i := range members {
		fmt.Fprintf(&answer, `,"a%d":{"b":null}`, i)
	}
	hook, err := resthook.NewHook[map[string]any]("ownConnect", resthook.KindConnect)
	require.NoError(t, err)
	client := newClient(t, hooktest.NewSocket(t, hooktest.Answer(200, "{"+answer.String()[1:]+"}")).URL())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := hook.Send(t.Context(), client, &map[string]any{"mine": 1})
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	assert.Len(t, *got, members+1)
	assert.Less(t, (after.TotalAlloc-before.TotalAlloc)/members, uint64(10_000))
}

// The warnings of a policy are logged once for each app, however many clients have it.
func TestPolicyWarningsAreLoggedOnce(t *testing.T) {
	t.Parallel()
	answers := []hooktest.Behaviour{}
	for i := range 4 {
		answers = append(answers, hooktest.Answer(200, fmt.Sprintf(`{"restClientConfig":{"publishStrem":{"restOnError":"FAIL"},"own%d":{}}}`, i/2)))
	}
	log := new(logged)
	client := newClient(t, hooktest.NewSocket(t, answers...).URL(), resthook.WithLogger(log.logger()))
	for range answers {
		session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		assert.Equal(t, resthook.OnErrorLog, session.Policy().Rule("publishStream").RestOnError)
	}
	assert.Equal(t, 1, strings.Count(log.String(), "publishStrem: no such method; did you mean publishStream?"))
	_, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s", AppKey: "other"})
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(log.String(), "did you mean publishStream?"), "whatever key a client gives")
}

func TestLongOverwriteListIsLinear(t *testing.T) {
	t.Parallel()
	var list, answer strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&list, "a%d,", i)
		fmt.Fprintf(&answer, `,"a%d":1`, i)
	}
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, retrying(0), []hooktest.Behaviour{hooktest.Answer(200, "{"+answer.String()[1:]+"}")})
		session := b.under(t, "publishStream", `{"restPolicy":"OVERWRITE","restOverwrite":"`+list.String()+`"}`)
		stream, err := resthook.PublishStream.Send(t.Context(), session, &resthook.Stream{})
		require.NoError(t, err)
		assert.Len(t, stream.Unknown, 50_000)
	})
}

package resthook_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// troubles are the ways in which an exchange fails, and one that succeeds.
var troubles = []struct {
	name  string
	plays hooktest.Behaviour
	kind  error
}{
	{"200", hooktest.Answer(200, `{"name":"changed","callee":"changed"}`), nil},
	{"403", hooktest.Answer(403, ``), resthook.ErrStatus},
	{"500", hooktest.Answer(500, ``), resthook.ErrStatus},
	{"timeout", hooktest.AfterRequest(hooktest.Stall), resthook.ErrTimeout},
	{"no answer", hooktest.AfterRequest(hooktest.FIN), resthook.ErrNoAnswer},
	{"unreachable", hooktest.Behaviour{}, resthook.ErrUnreachable},
	{"not JSON", hooktest.Answer(200, `<html>`), resthook.ErrBody},
}

// matrix is docs/protocol.md, 3.1 with the exceptions of 0.4: what
// the media server does when a hook fails, under LOG and under FAIL.
var matrix = []struct {
	hook      resthook.Method
	log, fail resthook.Action
}{
	{resthook.PublishStream, resthook.ActionContinue, resthook.ActionBreak},
	{resthook.MakeCall, resthook.ActionContinue, resthook.ActionBreak},
	{resthook.UnPublishStream, resthook.ActionContinue, resthook.ActionBreak},
	{resthook.OnDataEvent, resthook.ActionContinue, resthook.ActionBreak},
	{resthook.StreamStatusEvent, resthook.ActionContinue, resthook.ActionWarn},
	{resthook.ConnectionStatusEvent, resthook.ActionContinue, resthook.ActionWarn},
	{resthook.StreamKeepAliveEvent, resthook.ActionContinue, resthook.ActionBreak},
	{resthook.OnCallEvent, resthook.ActionContinue, resthook.ActionBreak},
	{resthook.OnMessageEvent, resthook.ActionContinue, resthook.ActionBreak},
	{resthook.PlayHLS, resthook.ActionBreak, resthook.ActionBreak},
	{resthook.PlayRTSP, resthook.ActionBreak, resthook.ActionBreak},
	{resthook.Connect, resthook.ActionBreak, resthook.ActionBreak},
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for _, row := range matrix {
			for _, policy := range []resthook.RestPolicy{resthook.RestPolicyNotify, resthook.RestPolicyOverwrite, resthook.RestPolicyDisable} {
				for onError, action := range map[resthook.OnError]resthook.Action{resthook.OnErrorLog: row.log, resthook.OnErrorFail: row.fail} {
					for _, trouble := range troubles {
						t.Run(fmt.Sprintf("%s %s %s %s", row.hook.Name(), policy, onError, trouble.name), func(t *testing.T) {
							t.Parallel()
							synctest.Test(t, func(t *testing.T) {
								b := newBubbleVia(t, via, retrying(0), []hooktest.Behaviour{trouble.plays})
								if trouble.name == "unreachable" {
									b.socket.Close()
								}
								session := b.under(t, row.hook.Name(), fmt.Sprintf(`{"restPolicy":%q,"restOnError":%q,"restOverwrite":"name,callee"}`, policy, onError))
								got, err := row.hook.SendJSON(t.Context(), session, []byte(`{"sessionId":"s"}`))
								require.NoError(t, err)
								if policy == resthook.RestPolicyDisable && row.log != resthook.ActionBreak {
									assert.False(t, got.Sent)
									assert.NoError(t, got.Err)
									assert.Equal(t, resthook.ActionContinue, got.Action)
									return
								}
								require.ErrorIs(t, got.Err, trouble.kind)
								want := resthook.ActionContinue
								if trouble.kind != nil {
									want = action
								}
								assert.Equal(t, want, got.Action)
								assert.True(t, got.Sent)
								governed := row.log != resthook.ActionBreak // connect, playHLS and playRTSP are under no policy
								changed := trouble.kind == nil && (policy == resthook.RestPolicyOverwrite && governed || row.hook.Kind() == resthook.KindConnect)
								assert.Equal(t, changed, strings.Contains(string(got.Payload), "changed"), "%s", got.Payload)
							})
						})
					}
				}
			}
		}
	})
}

func TestSendActsOnTheAction(t *testing.T) {
	t.Parallel()
	asked := &resthook.Stream{Name: "n"}
	for onError, want := range map[string]resthook.Action{"LOG": resthook.ActionContinue, "FAIL": resthook.ActionBreak} {
		synctest.Test(t, func(t *testing.T) {
			b := newBubble(t, retrying(0), []hooktest.Behaviour{hooktest.Answer(403, ``)})
			session := b.under(t, "playStream", `{"restOnError":"`+onError+`"}`)
			got, err := resthook.PlayStream.Send(t.Context(), session, asked)
			assert.Same(t, asked, got, "the payload given comes back")
			if want == resthook.ActionContinue {
				require.NoError(t, err)
				return
			}
			failed, ok := errors.AsType[*resthook.Error](err)
			require.True(t, ok)
			assert.Equal(t, want, failed.Action)
			assert.True(t, resthook.Denied(err))
		})
	}
}

func TestOverwrite(t *testing.T) {
	t.Parallel()
	const asked = `{"sessionId":"s","name":"asked","sdp":"v=0","custom":{"token":"t","seat":"1"}}`
	for name, row := range map[string]struct{ fields, answer, want string }{
		"only those named":   {" name , sdp ,", `{"name":"x","sdp":"y","custom":{}}`, `{"sessionId":"s","name":"x","sdp":"y","custom":{"token":"t","seat":"1"}}`},
		"a new field":        {"record", `{"record":"true"}`, `{"sessionId":"s","name":"asked","sdp":"v=0","record":true,"custom":{"token":"t","seat":"1"}}`},
		"an unknown field":   {"mine", `{"mine":{"a":[1]}}`, `{"sessionId":"s","name":"asked","sdp":"v=0","custom":{"token":"t","seat":"1"},"mine":{"a":[1]}}`},
		"inside an object":   {"custom.token", `{"custom":{"token":"new","seat":"2"}}`, `{"sessionId":"s","name":"asked","sdp":"v=0","custom":{"seat":"1","token":"new"}}`},
		"the protected ones": {"sessionId,nodeId,appKey,sessionId.x", `{"sessionId":"evil","nodeId":"evil","appKey":"evil"}`, asked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubble(t, retrying(0), []hooktest.Behaviour{hooktest.Answer(200, row.answer)})
				session := b.under(t, "publishStream", fmt.Sprintf(`{"restPolicy":"OVERWRITE","restOverwrite":%q}`, row.fields))
				got, err := resthook.PublishStream.SendJSON(t.Context(), session, []byte(asked))
				require.NoError(t, err)
				require.NoError(t, got.Err)
				assert.JSONEq(t, row.want, string(got.Payload))
			})
		})
	}
}

// A value that does not convert is an error only where the policy takes it.
func TestValueThatDoesNotConvert(t *testing.T) {
	t.Parallel()
	for fields, kind := range map[string]error{"name": nil, "name,width": resthook.ErrBody} {
		synctest.Test(t, func(t *testing.T) {
			b := newBubble(t, retrying(0), []hooktest.Behaviour{hooktest.Answer(200, `{"name":"x","width":"wide"}`)})
			session := b.under(t, "publishStream", fmt.Sprintf(`{"restPolicy":"OVERWRITE","restOnError":"FAIL","restOverwrite":%q}`, fields))
			_, err := resthook.PublishStream.Send(t.Context(), session, &resthook.Stream{Name: "n"})
			require.ErrorIs(t, err, kind)
			if kind != nil {
				field, ok := errors.AsType[*resthook.FieldError](err)
				require.True(t, ok)
				assert.Equal(t, "width", field.Field)
			}
		})
	}
}

func TestExclude(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, retrying(0), nil)
		session := b.under(t, "playStream", `{"restExclude":"custom.token,sdp","clientExclude":"mine, name.x,Custom"}`)
		const asked = `{"sessionId":"s","name":"n","sdp":"v=0","custom":{"token":"t"},"mine":1}`
		got, err := resthook.PlayStream.SendJSON(t.Context(), session, []byte(asked))
		require.NoError(t, err)
		assert.JSONEq(t, `{"sessionId":"s","name":"n","custom":{},"mine":1}`, string(b.socket.Requests()[0].Body), "what the backend sees")
		assert.JSONEq(t, `{"sessionId":"s","name":"n","sdp":"v=0","custom":{"token":"t"}}`, string(got.Client), "what the client sees")
		assert.JSONEq(t, asked, string(got.Payload), "what the server goes on with")
	})
}

func TestDisable(t *testing.T) {
	t.Parallel()
	for _, word := range []string{"DISABLE", "DISABLED"} {
		synctest.Test(t, func(t *testing.T) {
			b := newBubble(t, retrying(0), nil)
			session := b.under(t, "playStream", fmt.Sprintf(`{"restPolicy":%q,"restOnError":"FAIL"}`, word))
			got, err := resthook.PlayStream.SendJSON(t.Context(), session, []byte(`{}`))
			require.NoError(t, err)
			assert.False(t, got.Sent)
			assert.Equal(t, resthook.ActionContinue, got.Action)
			assert.Empty(t, b.socket.Requests())
			publish(t, session)
			assert.Len(t, b.socket.Requests(), 1, "other methods are sent")
		})
	}
}

package resthook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// troubles are the ways in which an exchange comes to nothing.
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

// matrix is docs/protocol.md, 3.1 with the rows of 0.4 that stand apart: what
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
	overBoth(t, func(t *testing.T, road road) {
		for _, row := range matrix {
			for _, policy := range []resthook.RestPolicy{resthook.RestPolicyNotify, resthook.RestPolicyOverwrite, resthook.RestPolicyDisable} {
				for onError, action := range map[resthook.OnError]resthook.Action{resthook.OnErrorLog: row.log, resthook.OnErrorFail: row.fail} {
					for _, trouble := range troubles {
						t.Run(fmt.Sprintf("%s %s %s %s", row.hook.Name(), policy, onError, trouble.name), func(t *testing.T) {
							t.Parallel()
							synctest.Test(t, func(t *testing.T) {
								b := newBubbleOver(t, road, retrying(0), []hooktest.Behaviour{trouble.plays})
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

// under is a session with a policy for one method.
func (b *bubble) under(t *testing.T, method, rule string) *resthook.Session {
	t.Helper()
	policy, err := resthook.ParsePolicy([]byte(fmt.Sprintf(`{%q:%s}`, method, rule)))
	require.NoError(t, err)
	session, err := b.client.Resume(&resthook.Connection{SessionID: "s", RestClientConfig: policy})
	require.NoError(t, err)
	return session
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
		"a field":                  {"name", `{"name":"x"}`, `{"sessionId":"s","name":"x","sdp":"v=0","custom":{"token":"t","seat":"1"}}`},
		"only those named":         {"name", `{"name":"x","sdp":"y"}`, `{"sessionId":"s","name":"x","sdp":"v=0","custom":{"token":"t","seat":"1"}}`},
		"blanks in the list":       {" name , sdp ,", `{"name":"x","sdp":"y"}`, `{"sessionId":"s","name":"x","sdp":"y","custom":{"token":"t","seat":"1"}}`},
		"missing":                  {"name", `{}`, asked},
		"null":                     {"name", `{"name":null}`, asked},
		"the last one counts":      {"name", `{"name":"x","name":"y"}`, `{"sessionId":"s","name":"y","sdp":"v=0","custom":{"token":"t","seat":"1"}}`},
		"the last one is null":     {"name", `{"name":"x","name":null}`, asked},
		"to nothing":               {"sdp", `{"sdp":""}`, `{"sessionId":"s","name":"asked","sdp":"","custom":{"token":"t","seat":"1"}}`},
		"a new field":              {"record", `{"record":"true"}`, `{"sessionId":"s","name":"asked","sdp":"v=0","record":true,"custom":{"token":"t","seat":"1"}}`},
		"an unknown field":         {"mine", `{"mine":{"a":[1]}}`, `{"sessionId":"s","name":"asked","sdp":"v=0","custom":{"token":"t","seat":"1"},"mine":{"a":[1]}}`},
		"case matters":             {"Name", `{"name":"x"}`, asked},
		"a whole object":           {"custom", `{"custom":{"a":1}}`, `{"sessionId":"s","name":"asked","sdp":"v=0","custom":{"a":1}}`},
		"a whole object with null": {"custom", `{"custom":{"token":null,"b":null,"c":2}}`, `{"sessionId":"s","name":"asked","sdp":"v=0","custom":{"token":"t","c":2}}`},
		"an object by php":         {"custom", `{"custom":[]}`, `{"sessionId":"s","name":"asked","sdp":"v=0","custom":{}}`},
		"inside an object":         {"custom.token", `{"custom":{"token":"new","seat":"2"}}`, `{"sessionId":"s","name":"asked","sdp":"v=0","custom":{"seat":"1","token":"new"}}`},
		"two inside":               {"custom.token,custom.seat", `{"custom":{"token":"new","seat":"2"}}`, `{"sessionId":"s","name":"asked","sdp":"v=0","custom":{"seat":"2","token":"new"}}`},
		"inside an object of none": {"constraints.video", `{"constraints":{"video":true}}`, `{"sessionId":"s","name":"asked","sdp":"v=0","constraints":{"video":true},"custom":{"token":"t","seat":"1"}}`},
		"the protected ones":       {"sessionId,nodeId,appKey,sessionId.x", `{"sessionId":"evil","nodeId":"evil","appKey":"evil"}`, asked},
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

// A value that does not convert is an error only where it would be used.
func TestValueInVain(t *testing.T) {
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
	const asked = `{"sessionId":"s","name":"n","sdp":"v=0","custom":{"token":"t"},"mine":1}`
	for fields, want := range map[string]string{
		"":                            asked,
		"sdp":                         `{"sessionId":"s","name":"n","custom":{"token":"t"},"mine":1}`,
		"sdp, name,mine":              `{"sessionId":"s","custom":{"token":"t"}}`,
		"custom.token":                `{"sessionId":"s","name":"n","sdp":"v=0","custom":{},"mine":1}`,
		"custom.x,name.x,sdpx,Custom": asked,
		"custom":                      `{"sessionId":"s","name":"n","sdp":"v=0","mine":1}`,
	} {
		t.Run(fields, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubble(t, retrying(0), nil)
				session := b.under(t, "playStream", fmt.Sprintf(`{"restExclude":%q,"clientExclude":%q}`, fields, fields))
				got, err := resthook.PlayStream.SendJSON(t.Context(), session, []byte(asked))
				require.NoError(t, err)
				assert.JSONEq(t, want, string(b.socket.Requests()[0].Body), "what the backend sees")
				assert.JSONEq(t, want, string(got.Client), "what the client sees")
				assert.JSONEq(t, asked, string(got.Payload), "what the server goes on with")
			})
		})
	}
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

func TestSessionSaysWhoSpeaks(t *testing.T) {
	t.Parallel()
	client, socket := recorder(t, resthook.DefaultConfig(), resthook.App{})
	session, err := client.Resume(&resthook.Connection{NodeID: "n", AppKey: "a", SessionID: "s"})
	require.NoError(t, err)
	_, err = resthook.Hold.Send(t.Context(), session, &resthook.Call{CallID: "c"})
	require.NoError(t, err)
	_, err = resthook.Hold.Send(t.Context(), session, &resthook.Call{NodeID: "x", SessionID: "y", CallID: "c"})
	require.NoError(t, err)
	seen := socket.Requests()
	assert.Equal(t, `{"callId":"c","sessionId":"s","appKey":"a","nodeId":"n"}`, string(seen[0].Body))
	assert.Equal(t, `{"nodeId":"n","sessionId":"s","callId":"c","appKey":"a"}`, string(seen[1].Body), "whatever a client says")
}

func TestDisconnectIsTheLastHook(t *testing.T) {
	t.Parallel()
	client, socket := recorder(t, resthook.DefaultConfig(), resthook.App{})
	session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s", Login: "alice", Status: resthook.ConnectionEstablished})
	require.NoError(t, err)
	require.NoError(t, session.Disconnect(t.Context()))
	require.NoError(t, session.Disconnect(t.Context()), "again")
	_, err = resthook.PublishStream.Send(t.Context(), session, &resthook.Stream{})
	require.ErrorIs(t, err, resthook.ErrClosed)
	seen := socket.Requests()
	require.Len(t, seen, 2)
	assert.Equal(t, "ConnectionStatusEvent", seen[1].Hook)
	assert.Equal(t, `{"sessionId":"s","login":"alice","status":"DISCONNECTED"}`, string(seen[1].Body))
}

func TestPolicyNeverLeavesTheServer(t *testing.T) {
	t.Parallel()
	socket := hooktest.NewSocket(t, hooktest.Answer(200, `{"restClientConfig":{"publishStream":{"restPolicy":"NOTIFY","oops":""}}}`))
	log := new(logged)
	client := newClient(t, socket.URL(), resthook.WithLogger(log.logger()))
	got, err := resthook.Connect.SendJSON(t.Context(), client, []byte(`{"sessionId":"s"}`))
	require.NoError(t, err)
	assert.Contains(t, string(got.Payload), "restClientConfig")
	assert.Equal(t, `{"sessionId":"s"}`, string(got.Client))

	session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
	require.NoError(t, err)
	assert.Contains(t, log.String(), `publishStream.oops: unknown key, ignored`)
	require.NoError(t, session.Disconnect(t.Context()))
	seen := socket.Requests()
	assert.NotContains(t, string(seen[len(seen)-1].Body), "restClientConfig")
}

// logged collects log lines.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// all are the lines in which a message stands.
func (l *logged) all(message string) []string {
	var lines []string
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, message) {
			lines = append(lines, line)
		}
	}
	return lines
}

func (l *logged) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

func TestOneLineForAFailedHook(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, road road) {
		for name, row := range map[string]struct {
			plays hooktest.Behaviour
			want  string
		}{
			"yes":  {hooktest.Answer(200, `{}`), ""},
			"no":   {hooktest.Answer(403, ``), `level=WARN msg="hook failed" hook=playStream app=a session=s id=ID url=URL/playStream attempts=1 status=403 kind=status action=continue error="403 Forbidden"`},
			"lost": {hooktest.AfterRequest(hooktest.FIN), `level=ERROR msg="hook failed" hook=playStream app=a session=s id=ID url=URL/playStream attempts=4 status=0 kind=no_answer action=continue error=EOF`},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				log := new(logged)
				socket := hooktest.NewSocket(t, row.plays)
				client := newClientOver(t, road, socket.URL(), resthook.WithLogger(log.logger()), resthook.WithBackoff(time.Millisecond, time.Millisecond))
				_, err := resthook.PlayStream.Send(t.Context(), client, &resthook.Stream{AppKey: "a", SessionID: "s", Custom: map[string]any{"token": "s3cret"}})
				require.NoError(t, err)
				want := strings.NewReplacer("URL", socket.URL(), "ID", socket.Requests()[0].Header.Get(resthook.HeaderID)).Replace(row.want)
				assert.Equal(t, want, strings.TrimSpace(log.String()))
			})
		}
	})
}

func TestObserverSeesEverything(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, road road) {
		type key struct{}
		var mu sync.Mutex
		var seen []string
		note := func(ctx context.Context, format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			assert.Equal(t, "span", ctx.Value(key{}))
			seen = append(seen, fmt.Sprintf(format, args...))
		}
		socket := hooktest.NewSocket(t, hooktest.AfterRequest(hooktest.FIN), hooktest.Answer(403, ``))
		client := newClientOver(t, road, socket.URL(), resthook.WithBackoff(time.Millisecond, time.Millisecond), resthook.WithObserver(resthook.Observer{
			Start: func(ctx context.Context, s resthook.Start) context.Context {
				ctx = context.WithValue(ctx, key{}, "span")
				note(ctx, "start %s %s %s %s", s.Hook, s.Kind, s.App, s.Session)
				return ctx
			},
			Attempt: func(ctx context.Context, a resthook.Attempt) {
				note(ctx, "attempt %s %d %d %v no answer %v", a.Hook, a.Number, a.Status, a.Reused, errors.Is(a.Err, resthook.ErrNoAnswer))
				assert.Positive(t, a.Duration)
			},
			End: func(ctx context.Context, o resthook.Outcome) {
				note(ctx, "end %s %s %s %d %d denied %v", o.Hook, o.Session, o.Action, o.Attempts, o.Status, resthook.Denied(o.Err))
				assert.Nil(t, o.Payload)
				assert.Positive(t, o.Duration)
			},
		}))
		_, err := resthook.PlayStream.Send(t.Context(), client, &resthook.Stream{AppKey: "a", SessionID: "s"})
		require.NoError(t, err)
		assert.Equal(t, []string{
			"start playStream direct a s",
			"attempt playStream 1 0 false no answer true",
			"attempt playStream 2 403 false no answer false",
			"end playStream s continue 2 403 denied true",
		}, seen)
	})
}

func TestErrorKeepsTheAnswer(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, road road) {
		long := strings.Repeat("s3cret ", 1000)
		for name, answer := range map[string]hooktest.Behaviour{
			"status": hooktest.Answer(403, long),
			"body":   hooktest.Answer(200, long),
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				client := newClientOver(t, road, hooktest.NewSocket(t, answer).URL())
				_, err := client.Connect(t.Context(), &resthook.Connection{})
				failed, ok := errors.AsType[*resthook.Error](err)
				require.True(t, ok)
				assert.Equal(t, long[:4096], string(failed.Answer))
				assert.NotContains(t, fmt.Sprintf("%v %+v %#v %s", failed, failed, failed, err), "s3cret")
			})
		}
	})
}

func TestCatalogue(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	names := map[string]bool{}
	for _, m := range resthook.Methods() {
		assert.False(t, names[m.Name()], "%s is there twice", m.Name())
		names[m.Name()] = true
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", m.Name(), m.Kind(), m.PayloadType(), m.Effect())
		found, ok := resthook.FindMethod(m.Name())
		require.True(t, ok)
		assert.Equal(t, m, found)
	}
	require.NoError(t, w.Flush())
	golden(t, "testdata/catalogue.txt", text.Bytes())
	_, ok := resthook.FindMethod("PublishStream")
	assert.False(t, ok, "names compare exactly")
}

func TestKindText(t *testing.T) {
	t.Parallel()
	for kind := resthook.KindConnect; kind <= resthook.KindIncoming; kind++ {
		text, err := json.Marshal(kind)
		require.NoError(t, err)
		var back resthook.Kind
		require.NoError(t, json.Unmarshal(text, &back))
		assert.Equal(t, kind, back)
	}
	var kind resthook.Kind
	require.ErrorIs(t, kind.UnmarshalText([]byte("Direct")), resthook.ErrConfig)
}

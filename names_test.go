package resthook_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// aliases are names that some reader takes for an id.
const aliases = `"SESSIONID":"alice","sessionid":1,"\u017feſſionId":"alice","sess\u0131onId":"alice","SESSİONID":{},"AppKey":"other","appKey":null,"NODEID":"x"`

func TestNoNameIsTakenForAnID(t *testing.T) {
	t.Parallel()
	type own struct {
		SessionID string         `json:"sessionId"`
		Alias     string         `json:"SESSIONID"`
		Custom    map[string]any `json:"custom"`
	}
	raw := func(text string) json.RawMessage { return json.RawMessage(text) }
	alice := raw(`"alice"`)
	unknown := map[string]json.RawMessage{"SESSIONID": alice, "appkey": alice, "nodeID": alice, "ſeſſionId": alice, "Session": alice}
	custom := map[string]any{"SESSIONID": "mine"}
	client, requests := recordedClient(t)
	session, err := client.Resume(&resthook.Connection{NodeID: "n", AppKey: "k", SessionID: "s"})
	require.NoError(t, err)
	ownHook, err := resthook.NewHook[own]("own", resthook.KindDirect)
	require.NoError(t, err)
	mapHook, err := resthook.NewHook[map[string]any]("map", resthook.KindDirect)
	require.NoError(t, err)
	rawHook, err := resthook.NewHook[json.RawMessage]("raw", resthook.KindDirect)
	require.NoError(t, err)
	const ids = `{"nodeId":"n","appKey":"k","sessionId":"s",`
	for name, c := range map[string]struct {
		send func() error
		want string
	}{
		"layout": {func() error {
			_, err := resthook.PublishStream.Send(t.Context(), session, &resthook.Stream{Unknown: unknown, Custom: custom, Published: true})
			return err
		}, ids + `"published":true,"hasVideo":false,"hasAudio":false,"record":false,"custom":{"SESSIONID":"mine"},"Session":"alice"}`},
		"struct": {func() error {
			_, err := ownHook.Send(t.Context(), session, &own{SessionID: "mallory", Alias: "alice", Custom: custom})
			return err
		}, ids + `"custom":{"SESSIONID":"mine"}}`},
		"struct without a session": {func() error {
			_, err := ownHook.Send(t.Context(), client, &own{SessionID: "mallory", Alias: "alice"})
			return err
		}, `{"sessionId":"mallory","custom":null}`},
		"map": {func() error {
			_, err := mapHook.Send(t.Context(), session, &map[string]any{"SESSIONID": "alice", "nodeid": 1, "APP\u212aEY": 2, "appKeys": 3, "sessionId": 5})
			return err
		}, ids + `"appKeys":3}`},
		"duplicates": {func() error {
			text := raw(`{"sessionId":"a","sessionId":"b","a":1,"SessionId":"c"}`)
			_, err := rawHook.Send(t.Context(), client, &text)
			return err
		}, `{"sessionId":"b","a":1}`},
		"JSON":           {func() error { return sendJSON(t, resthook.PlayStream, session, `{`+aliases+`,"x":1}`) }, ids + `"x":1}`},
		"JSON of a map":  {func() error { return sendJSON(t, mapHook, session, `{`+aliases+`,"x":1}`) }, ids + `"x":1}`},
		"JSON to client": {func() error { return sendJSON(t, resthook.PlayHLS, client, `{`+aliases+`,"x":1}`) }, `{"appKey":null,"x":1}`},
		"JSON of connect": {
			func() error {
				return sendJSON(t, resthook.Connect, client, `{`+aliases+`,"sessionId":"a","sessionId":"b"}`)
			},
			`{"appKey":null,"sessionId":"b"}`,
		},
	} {
		before := len(requests())
		require.NoError(t, c.send(), name)
		sent := requests()[before]
		assert.JSONEq(t, c.want, string(sent.Body), name)
		assert.Equal(t, strings.Count(c.want, `"sessionId"`), strings.Count(string(sent.Body), `"sessionId"`), name)
	}
}

// Events and keep-alives go the same road.
func TestNoEventHasANameThatIsTakenForAnID(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	client := newClient(t, b.URL())
	accepted, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s", Unknown: map[string]json.RawMessage{"SESSIONID": json.RawMessage(`"alice"`)}})
	require.NoError(t, err)
	require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), accepted, &resthook.Stream{Status: resthook.StreamPublishing, Unknown: map[string]json.RawMessage{"sessionID": json.RawMessage(`1`)}}))
	require.NoError(t, accepted.Disconnect(t.Context()))
	require.Len(t, b.Requests(), 3)
	for _, r := range b.Requests() {
		assert.Equal(t, 1, strings.Count(strings.ToLower(string(r.Body)), "sessionid"), "%s", r.Body)
	}
	view, err := accepted.ClientView(resthook.PlayStream, map[string]any{"SESSIONID": "alice", "name": "n"})
	require.NoError(t, err)
	assert.JSONEq(t, `{"name":"n"}`, string(view))
}

// The answer to connect sets no such name either.
func TestNoAnswerHasANameThatIsTakenForAnID(t *testing.T) {
	t.Parallel()
	client := newClient(t, hooktest.NewSocket(t, hooktest.Answer(200, `{`+aliases+`,"login":"bob"}`)).URL())
	session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
	require.NoError(t, err)
	assert.Equal(t, &resthook.Connection{SessionID: "s", Login: "bob"}, withoutOrigin(t, session.Connection()))
}

// withoutOrigin is the connection as one that was made in Go.
func withoutOrigin(t *testing.T, conn *resthook.Connection) *resthook.Connection {
	t.Helper()
	assert.Empty(t, conn.Unknown)
	return &resthook.Connection{SessionID: conn.SessionID, AppKey: conn.AppKey, NodeID: conn.NodeID, Login: conn.Login}
}

func sendJSON(t *testing.T, hook resthook.Method, to resthook.Target, text string) error {
	t.Helper()
	outcome, err := hook.SendJSON(t.Context(), to, []byte(text))
	if err == nil {
		err = outcome.Err
	}
	return err
}

// recordedClient is a client whose backend mirrors everything.
func recordedClient(t *testing.T) (*resthook.Client, func() []hooktest.Request) {
	t.Helper()
	b := hooktest.NewBackend(t)
	return newClient(t, b.URL()), func() []hooktest.Request { return b.Requests() }
}

type embedded struct {
	Deep   string `json:"deep"`
	Hidden string `json:"top"`
}

// exactly is a payload type whose names encoding/json would take in any case.
type exactly struct {
	embedded

	Top   string   `json:"top,omitempty"`
	Inner *exactly `json:"inner,omitempty"`
}

// Names compare exactly, for the payload types of a media server too.
func TestNamesCompareExactly(t *testing.T) {
	t.Parallel()
	hook, err := resthook.NewHook[exactly]("own", resthook.KindDirect)
	require.NoError(t, err)
	client := newClient(t, hooktest.NewSocket(t, hooktest.Answer(200, `{"TOP":"evil","top":"good","Inner":{"top":"evil"},"DEEP":"evil"}`)).URL())
	for list, want := range map[string]exactly{
		"TOP,Inner,DEEP,inner.TOP": {Top: "a", embedded: embedded{Deep: "b"}},
		"top":                      {Top: "good", embedded: embedded{Deep: "b"}},
	} {
		policy, err := resthook.ParsePolicy([]byte(`{"own":{"restPolicy":"OVERWRITE","restOverwrite":"` + list + `"}}`))
		require.NoError(t, err)
		session, err := client.Resume(&resthook.Connection{SessionID: "s", RestClientConfig: policy})
		require.NoError(t, err)
		got, err := hook.Send(t.Context(), session, &exactly{Top: "a", embedded: embedded{Deep: "b"}})
		require.NoError(t, err)
		assert.Equal(t, &want, got, list)
	}

	mine, err := resthook.NewHook[struct {
		ID   string `json:"sessionId"`
		Name string `json:"name"`
	}]("mine", resthook.KindConnect)
	require.NoError(t, err)
	client = newClient(t, hooktest.NewSocket(t, hooktest.Answer(200, `{"SESSIONID":"evil","sessionId":"evil","NAME":"evil","name":"good"}`)).URL())
	payload, err := mine.Decode([]byte(`{"sessionId":"s"}`))
	require.NoError(t, err)
	got, err := mine.Send(t.Context(), client, payload)
	require.NoError(t, err)
	assert.Equal(t, "s", got.ID)
	assert.Equal(t, "good", got.Name)
}

// A string that is no UTF-8 would reach the backend as another: it is refused.
func TestInvalidUTF8IsRefused(t *testing.T) {
	t.Parallel()
	const bad = "a\xffb"
	type inner struct {
		Name string `json:"name"`
	}
	type own struct {
		Inner  []inner         `json:"inner"`
		ByName map[string]*int `json:"byName"`
		Any    any             `json:"any"`
	}
	hook, err := resthook.NewHook[own]("own", resthook.KindDirect)
	require.NoError(t, err)
	client, requests := recordedClient(t)
	for field, send := range map[string]func() error{
		`field "name"`: func() error {
			_, err := resthook.PublishStream.Send(t.Context(), client, &resthook.Stream{Name: bad})
			return err
		},
		`field "mediaProviders"`: func() error {
			_, err := client.Connect(t.Context(), &resthook.Connection{MediaProviders: []string{"a", bad}})
			return err
		},
		`field "custom": field "room.0.name"`: func() error {
			_, err := resthook.PublishStream.Send(t.Context(), client, &resthook.Stream{Custom: map[string]any{"room": []any{inner{bad}}}})
			return err
		},
		`field "custom": field "a\xffb"`: func() error {
			_, err := resthook.PublishStream.Send(t.Context(), client, &resthook.Stream{Custom: map[string]any{bad: 1}})
			return err
		},
		`field "custom": not valid UTF-8`: func() error {
			_, err := resthook.PublishStream.Send(t.Context(), client, &resthook.Stream{Custom: map[string]any{"raw": json.RawMessage(`"` + bad + `"`)}})
			return err
		},
		`field "x" in Unknown`: func() error {
			_, err := resthook.PublishStream.Send(t.Context(), client, &resthook.Stream{Unknown: map[string]json.RawMessage{"x": json.RawMessage(`"` + bad + `"`)}})
			return err
		},
		`field "a\xffb" in Unknown`: func() error {
			_, err := resthook.PublishStream.Send(t.Context(), client, &resthook.Stream{Unknown: map[string]json.RawMessage{bad: json.RawMessage(`1`)}})
			return err
		},
		`field "audioState"`: func() error {
			_, err := resthook.PublishStream.Send(t.Context(), client, &resthook.Stream{AudioState: &resthook.MediaState{Unknown: map[string]json.RawMessage{bad: json.RawMessage(`1`)}}})
			return err
		},
		`field "inner.1.name"`: func() error {
			_, err := hook.Send(t.Context(), client, &own{Inner: []inner{{"fine \ufffd"}, {bad}}})
			return err
		},
		`field "byName.a\xffb"`: func() error {
			_, err := hook.Send(t.Context(), client, &own{ByName: map[string]*int{bad: nil}})
			return err
		},
		`field "any.x"`: func() error {
			_, err := hook.Send(t.Context(), client, &own{Any: map[string]string{"x": bad}})
			return err
		},
		"connection: field": func() error { _, err := client.Resume(&resthook.Connection{SessionID: bad}); return err },
	} {
		err := send()
		require.ErrorIs(t, err, resthook.ErrConfig, field)
		require.ErrorContains(t, err, field)
		require.ErrorContains(t, err, "not valid UTF-8")
	}
	assert.Empty(t, requests())
	_, err = resthook.PublishStream.Send(t.Context(), client, &resthook.Stream{Name: "\ufffd", Custom: map[string]any{"a": "\ufffd", "raw": json.RawMessage(`"\ufffd"`)}})
	require.NoError(t, err, "U+FFFD itself is a character like any other")
	assert.NotPanics(t, func() { _ = resthook.Stream{Name: bad, Custom: map[string]any{"a": bad}}.String() })
}

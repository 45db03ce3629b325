package resthook_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// aliases are names that some JSON readers take for an id.
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

// The same holds for events and client views.
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

// An answer to connect cannot set such a name.
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

// A payload, which may come from the client, cannot claim an id that its session does not
// have.
func TestPayloadCannotClaimAnID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)})
		s := b.session(t, "mallory")
		claim := `{"name":"x","appKey":"vip","nodeId":"other@1.2.3.4","sessionId":"alice","NodeId":"n","more":1}`
		_, err := resthook.PublishStream.SendJSON(t.Context(), s, []byte(claim))
		require.NoError(t, err)
		stream, err := resthook.PublishStream.Decode([]byte(claim))
		require.NoError(t, err)
		_, err = resthook.PublishStream.Send(t.Context(), s, stream)
		require.NoError(t, err)
		stream.Status, stream.Unknown = resthook.StreamPublishing, nil
		require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), s, stream))
		synctest.Wait()
		requests := b.socket.Requests()
		require.Len(t, requests, 3)
		for _, r := range requests {
			assert.Contains(t, string(r.Body), `"sessionId":"mallory"`)
			for _, claimed := range []string{"vip", "other@", "alice", "NodeId"} {
				assert.NotContains(t, string(r.Body), claimed, r.Hook)
			}
		}
	})
}

func TestSessionSetsTheIDs(t *testing.T) {
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

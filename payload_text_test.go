package resthook_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// A string that is not UTF-8 would be sent as another string: it is refused.
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

// A \u escape of a lone surrogate becomes U+FFFD when it is read, so two names would be
// equal. JSON that is given to be sent is refused; JSON from a peer is read.
func TestLoneSurrogatesAreRefused(t *testing.T) {
	t.Parallel()
	client, requests := recordedClient(t)
	own := resthook.MustHook[map[string]any]("own", resthook.KindEvent)
	loose := resthook.MustHook[any]("loose", resthook.KindEvent)
	for text, at := range map[string]string{
		`{"name":"\ud800","status":"PLAYING"}`:                "byte 9",
		`{"name":"x","custom":{"a":["\udc00\ud800"]}}`:        "byte 28",
		"\ufeff" + `{"\ud83d":1}`:                             "byte 2",
		`{"name":"\ud83d\ude00","unknown":"\ude00\ud83d"}`:    "byte 34",
		`{"name":"\\ud800","hasAudio":"no boolean: \uDABCx"}`: "byte 42",
	} {
		for _, method := range []resthook.Method{resthook.PublishStream, resthook.StreamStatusEvent, own, loose} {
			_, err := method.SendJSON(t.Context(), client, []byte(text))
			require.ErrorIs(t, err, resthook.ErrConfig, text)
			require.ErrorContains(t, err, `payload: \u escape of half a character (a lone surrogate) at `+at, text)
			require.Equal(t, err.Error(), method.NotifyJSON(t.Context(), client, []byte(text)).Error(), text)
		}
	}
	assert.Empty(t, requests())
	read, err := resthook.PublishStream.Decode([]byte(`{"name":"\ud800"}`))
	require.NoError(t, err)
	assert.Equal(t, "\ufffd", read.Name)
}

// A json.RawMessage is sent with its lone surrogates, also where ids are put into it.
func TestLoneSurrogatesInRawJSON(t *testing.T) {
	t.Parallel()
	client, requests := recordedClient(t)
	raw := resthook.MustHook[json.RawMessage]("raw", resthook.KindDirect)
	const text = `{"\ud800":"\udc00","sessionId":"s","SESSIONID":"t"}`
	_, err := raw.SendJSON(t.Context(), client, []byte(`{"a":"\ud800"}`))
	require.NoError(t, err)
	_, err = raw.SendJSON(t.Context(), client, []byte(text))
	require.NoError(t, err)
	sent := requests()
	assert.Equal(t, `{"a":"\ud800"}`, string(sent[0].Body))
	assert.Equal(t, `{"\ud800":"\udc00","sessionId":"s"}`, string(sent[1].Body))
}

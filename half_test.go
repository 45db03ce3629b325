package resthook_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// A \u escape of half a character becomes U+FFFD when it is read: two names would be
// one. What is given as JSON to be sent is refused; what a peer sends is read.
func TestHalfACharacterIsNotSent(t *testing.T) {
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

// What goes out to the byte goes out with halves, also where ids are laid over it.
func TestHalfACharacterInRawJSON(t *testing.T) {
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

package resthook_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// A payload that is JSON already goes out as it is: in the order of its names, with
// its duplicates, blanks and escapes.
func TestRawPayloadGoesOutAsItIs(t *testing.T) {
	t.Parallel()
	b := hooktest.NewSocket(t)
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: b.URL()}))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close(t.Context())) })
	hook, err := resthook.NewHook[json.RawMessage]("own", resthook.KindDirect)
	require.NoError(t, err)
	const text = `{"b": 1.0,  "a":"\u003c\/", "b" : [ 2 ,{"z":1,"y":2}]}`
	outcome, err := hook.SendJSON(t.Context(), client, []byte(" "+text+"\n"))
	require.NoError(t, err)
	require.NoError(t, outcome.Err)
	assert.Equal(t, text, string(b.Requests()[0].Body))

	payload := json.RawMessage(`["no object"]`)
	_, err = hook.Send(t.Context(), client, &payload)
	assert.ErrorIs(t, err, resthook.ErrConfig)
}

func TestErrorSaysWhereARedirectLed(t *testing.T) {
	t.Parallel()
	b := hooktest.NewSocket(t, hooktest.Redirect(302, "/login?token=s3cret"), hooktest.Answer(404, "no"))
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: b.URL()}))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close(t.Context())) })
	for _, want := range []string{"/login?token=s3cret", ""} {
		_, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
		var failed *resthook.Error
		require.ErrorAs(t, err, &failed)
		assert.Equal(t, want, failed.Location)
		assert.NotContains(t, err.Error(), "s3cret")
	}
}

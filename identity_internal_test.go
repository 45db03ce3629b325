package resthook

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/wcskit/resthook/internal/identity"
	"github.com/wcskit/resthook/internal/jsontext"
)

// Writing the ids with the payload has the same result as putting them into its text.
func TestEncodePutsTheIDs(t *testing.T) {
	t.Parallel()
	texts := rapid.SampledFrom([]string{"", "a", "b", `"quoted"`})
	rapid.Check(t, func(t *rapid.T) {
		who := &identity.IDs{texts.Draw(t, "session"), texts.Draw(t, "app"), texts.Draw(t, "node")}
		given := &Stream{
			NodeID: texts.Draw(t, "nodeId"), AppKey: texts.Draw(t, "appKey"), SessionID: texts.Draw(t, "sessionId"),
			Name: texts.Draw(t, "name"),
		}
		if rapid.Bool().Draw(t, "read") { // as zero, as null, as what is no text
			text := rapid.SampledFrom([]string{
				`{"sessionId":""}`, `{"appKey":null}`, `{"nodeId":5}`, `{"sessionId":["a"],"x":1}`, `{"appKey":"a","nodeId":""}`,
			}).Draw(t, "text")
			given = new(Stream)
			_ = given.UnmarshalJSON([]byte(text)) // a value that does not fit is in Unknown
		}
		assertPut(t, PublishStream, given, who)
		assertPut(t, Hook[map[string]any]{name: "own", kind: KindDirect, codec: codecOf[map[string]any]()}, &map[string]any{"sessionId": texts.Draw(t, "own"), "name": "n"}, who)
	})
}

func assertPut[P any](t *rapid.T, hook Hook[P], given *P, who *identity.IDs) {
	plain, err := hook.encode(nil, given, nil)
	require.NoError(t, err)
	before := bytes.Clone(plain)
	got, err := hook.encode(nil, given, who)
	require.NoError(t, err)
	assert.Equal(t, string(who.Put(plain)), string(got))
	assert.Equal(t, before, plain)

	var values map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(got, &values))
	for id, name := range identity.Names() {
		if want := who[id]; want != "" {
			assert.Equal(t, want, jsontext.Text(values[name]), name)
		} else {
			assert.NotContains(t, values, name)
		}
	}
}

package resthook

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/identity"
	"github.com/wcskit/resthook/internal/jsontext"
)

// Writing the ids with the payload has the same result as putting them into its text.
func TestEncodePutsTheIDs(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 1))
	oneOf := func(texts ...string) string { return texts[random.IntN(len(texts))] }
	text := func() string { return oneOf("", "a", "b", `"quoted"`) }
	for range 300 {
		who := &identity.IDs{text(), text(), text()}
		given := &Stream{NodeID: text(), AppKey: text(), SessionID: text(), Name: text()}
		if random.IntN(2) == 0 { // as zero, as null, as what is no text
			read := oneOf(`{"sessionId":""}`, `{"appKey":null}`, `{"nodeId":5}`, `{"sessionId":["a"],"x":1}`, `{"appKey":"a","nodeId":""}`)
			given = new(Stream)
			_ = given.UnmarshalJSON([]byte(read)) // a value that does not fit is in Unknown
		}
		assertPut(t, PublishStream, given, who)
		assertPut(t, Hook[map[string]any]{name: "own", kind: KindDirect, codec: codecOf[map[string]any]()}, &map[string]any{"sessionId": text(), "name": "n"}, who)
	}
}

func assertPut[P any](t *testing.T, hook Hook[P], given *P, who *identity.IDs) {
	t.Helper()
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

package recording_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

func TestChanges(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		was, is string
		want    []recording.Change
	}{
		{`{"a":1,"b":[1,{"c":2}]}`, `{ "b":[1.0,{"c":2e0}], "a":1 }`, nil},
		{`no`, `no`, nil},
		{`no`, `{}`, []recording.Change{{"", "no", "{}"}}},
		{`[1]`, `[ 1]`, []recording.Change{{"", "[1]", "[ 1]"}}},
		{`{"a":1}`, `{"b":"<"}`, []recording.Change{{"a", "1", ""}, {"b", "", `"<"`}}},
		{`{"a":null}`, `{}`, []recording.Change{{"a", "null", ""}}},
		{`{"c":{"t":"x","u":1}}`, `{"c":{"t":"y","u":1}}`, []recording.Change{{"c.t", `"x"`, `"y"`}}},
		{`{"c":{"t":"x"}}`, `{"c":"t"}`, []recording.Change{{"c", `{"t":"x"}`, `"t"`}}},
		{`{"n":12345678901234567890}`, `{"n":12345678901234567891}`, []recording.Change{{"n", "12345678901234567890", "12345678901234567891"}}},
		{`{"n":1}`, `{"n":"1"}`, []recording.Change{{"n", "1", `"1"`}}},
		{`{"n":1e999}`, `{"n":1.5}`, []recording.Change{{"n", "1e999", "1.5"}}},
		{`{"l":[1,2]}`, `{"l":[1]}`, []recording.Change{{"l", "[1,2]", "[1]"}}},
		{`{"l":[{"a":1}]}`, `{"l":[{"b":1}]}`, []recording.Change{{"l", `[{"a":1}]`, `[{"b":1}]`}}},
		{`{"l":[]}`, `{"l":{}}`, []recording.Change{{"l", "[]", "{}"}}},
	} {
		assert.Equal(t, tt.want, recording.Changes([]byte(tt.was), []byte(tt.is)), "%s, %s", tt.was, tt.is)
	}
}

func TestSameAnswer(t *testing.T) {
	t.Parallel()
	a := recording.Exchange{Status: 200, Answer: []byte(`{"a":1,"b":2}`)}
	assert.True(t, recording.SameAnswer(a, recording.Exchange{Status: 200, Answer: []byte(`{"b":2,"a":1}`)}))
	assert.False(t, recording.SameAnswer(a, recording.Exchange{Status: 201, Answer: a.Answer}))
	assert.False(t, recording.SameAnswer(a, recording.Exchange{Status: 200, Answer: []byte(`{"a":1}`)}))
}

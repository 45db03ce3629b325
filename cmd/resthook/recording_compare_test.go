package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestChanges(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		was, is string
		want    []change
	}{
		{`{"a":1,"b":[1,{"c":2}]}`, `{ "b":[1.0,{"c":2e0}], "a":1 }`, nil},
		{`no`, `no`, nil},
		{`no`, `{}`, []change{{"", "no", "{}"}}},
		{`[1]`, `[ 1]`, []change{{"", "[1]", "[ 1]"}}},
		{`{"a":1}`, `{"b":"<"}`, []change{{"a", "1", ""}, {"b", "", `"<"`}}},
		{`{"a":null}`, `{}`, []change{{"a", "null", ""}}},
		{`{"c":{"t":"x","u":1}}`, `{"c":{"t":"y","u":1}}`, []change{{"c.t", `"x"`, `"y"`}}},
		{`{"c":{"t":"x"}}`, `{"c":"t"}`, []change{{"c", `{"t":"x"}`, `"t"`}}},
		{`{"n":12345678901234567890}`, `{"n":12345678901234567891}`, []change{{"n", "12345678901234567890", "12345678901234567891"}}},
		{`{"n":1}`, `{"n":"1"}`, []change{{"n", "1", `"1"`}}},
		{`{"n":1e999}`, `{"n":1.5}`, []change{{"n", "1e999", "1.5"}}},
		{`{"l":[1,2]}`, `{"l":[1]}`, []change{{"l", "[1,2]", "[1]"}}},
		{`{"l":[{"a":1}]}`, `{"l":[{"b":1}]}`, []change{{"l", `[{"a":1}]`, `[{"b":1}]`}}},
		{`{"l":[]}`, `{"l":{}}`, []change{{"l", "[]", "{}"}}},
	} {
		assert.Equal(t, tt.want, changes([]byte(tt.was), []byte(tt.is)), "%s, %s", tt.was, tt.is)
	}
}

func TestSameAnswer(t *testing.T) {
	t.Parallel()
	a := exchange{status: 200, answer: []byte(`{"a":1,"b":2}`)}
	assert.True(t, sameAnswer(a, exchange{status: 200, answer: []byte(`{"b":2,"a":1}`)}))
	assert.False(t, sameAnswer(a, exchange{status: 201, answer: a.answer}))
	assert.False(t, sameAnswer(a, exchange{status: 200, answer: []byte(`{"a":1}`)}))
}

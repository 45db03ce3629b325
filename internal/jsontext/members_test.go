package jsontext_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/jsontext"
)

type member struct{ raw, name, value string }

func walk(text string) []member {
	var all []member
	for m := jsontext.Open([]byte(text)); m.Next(); {
		all = append(all, member{string(m.RawName()), string(m.Name()), string(m.Value())})
	}
	return all
}

func TestMembers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]member{
		`{}`: nil, " {\n} ": nil, ``: nil, `[]`: nil, `[1,"a"]`: nil, `null`: nil, `"{}"`: nil, `{`: nil, ` `: nil,
		`{"a":1}`: {{`"a"`, "a", "1"}},
		" {\r\n\t\"a\" \t:\n 1 ,\"b\"\n: \"x\" } ": {{`"a"`, "a", "1"}, {`"b"`, "b", `"x"`}},
		`{"a":1,"a":2,"":3}`:                       {{`"a"`, "a", "1"}, {`"a"`, "a", "2"}, {`""`, "", "3"}},
		`{"n\u0061me":1,"\"":2,"\\":3}`:            {{`"n\u0061me"`, "name", "1"}, {`"\""`, `"`, "2"}, {`"\\"`, `\`, "3"}},
		`{"a":{"b":[1,{"c":"}"}]},"d":[ ]}`:        {{`"a"`, "a", `{"b":[1,{"c":"}"}]}`}, {`"d"`, "d", "[ ]"}},
		`{"a":"\\","b":"\"}","c":"{["}`:            {{`"a"`, "a", `"\\"`}, {`"b"`, "b", `"\"}"`}, {`"c"`, "c", `"{["`}},
		`{"a":-1.5e+7,"b":true,"c":false,"d":null}`: {
			{`"a"`, "a", "-1.5e+7"},
			{`"b"`, "b", "true"},
			{`"c"`, "c", "false"},
			{`"d"`, "d", "null"},
		},
		"{\"a\":1\t,\"b\":2\n,\"c\":3\r,\"d\":4 }": {{`"a"`, "a", "1"}, {`"b"`, "b", "2"}, {`"c"`, "c", "3"}, {`"d"`, "d", "4"}},
		`{"a":["]",[]] , "b":{"}":{}}}`:            {{`"a"`, "a", `["]",[]]`}, {`"b"`, "b", `{"}":{}}`}},
	} {
		assert.Equal(t, want, walk(text), text)
	}
}

func TestElements(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		`[]`: nil, ` [ ] `: nil, `{}`: nil, `{"a":1}`: nil, ``: nil, `null`: nil, `"[1]"`: nil, `[`: nil,
		`[1]`:                                 {"1"},
		"[ 1 ,\n\"a]\",[2,[3]]\t,{\"b\":[]}]": {"1", `"a]"`, "[2,[3]]", `{"b":[]}`},
		`[null,true,-0.5,"\"",[],{}]`:         {"null", "true", "-0.5", `"\""`, "[]", "{}"},
	} {
		var got []string
		for e := jsontext.OpenArray([]byte(text)); e.Next(); {
			got = append(got, string(e.Value()))
		}
		assert.Equal(t, want, got, text)
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	const object = `{"a":1,"b":{"a":5},"A":2,"a":3,"n\u0061me":4,"x.y":6,"":7}`
	for name, want := range map[string]string{
		"a": "3", "A": "2", "b": `{"a":5}`, "name": "4", `n\u0061me`: "", "x.y": "6", "x": "", "": "7", "B": "",
	} {
		value, ok := jsontext.Get([]byte(object), name)
		assert.Equal(t, want != "", ok, name)
		assert.Equal(t, want, string(value), name)
	}
}

func TestShapes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value               string
		null, object, empty bool
	}{
		{"null", true, false, false},
		{"{}", false, true, false},
		{`{"a":null}`, false, true, false},
		{"[]", false, false, true},
		{"[ \t\r\n]", false, false, true},
		{"[null]", false, false, false},
		{"[}", false, false, false},
		{"[[", false, false, false},
		{"[", false, false, false},
		{"[[]]", false, false, false},
		{`"null"`, false, false, false},
		{`"[]"`, false, false, false},
		{`"{}"`, false, false, false},
		{"0", false, false, false},
		{"false", false, false, false},
		{"", false, false, false},
	} {
		assert.Equal(t, c.null, jsontext.IsNull([]byte(c.value)), c.value)
		assert.Equal(t, c.object, jsontext.IsObject([]byte(c.value)), c.value)
		assert.Equal(t, c.empty, jsontext.IsEmptyArray([]byte(c.value)), c.value)
	}
}

// ordered reads an object with encoding/json, member by member.
func ordered(t *testing.T, text []byte) []member {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	token, err := decoder.Token()
	require.NoError(t, err)
	require.Equal(t, json.Delim('{'), token)
	var all []member
	for decoder.More() {
		name, err := decoder.Token()
		require.NoError(t, err)
		var value json.RawMessage
		require.NoError(t, decoder.Decode(&value))
		text, ok := name.(string)
		require.True(t, ok)
		all = append(all, member{name: text, value: string(value)})
	}
	return all
}

// FuzzMembers: a walk yields what encoding/json decodes, in the same order, and Get returns
// the same duplicate as encoding/json.
func FuzzMembers(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		if jsontext.Check(text) != nil {
			return
		}
		want, got := ordered(t, text), walk(string(text))
		require.Len(t, got, len(want))
		last := map[string]json.RawMessage{}
		require.NoError(t, json.Unmarshal(text, &last))
		for i, m := range got {
			assert.Equal(t, want[i].name, m.name)
			assert.Equal(t, want[i].value, m.value)
			assert.Equal(t, m.name, jsontext.Unquote([]byte(m.raw)))
			value, ok := jsontext.Get(text, m.name)
			assert.True(t, ok)
			assert.Equal(t, string(last[m.name]), string(value))
			compareElements(t, []byte(m.value))
		}
		_, ok := jsontext.Get(text, strings.Repeat("x", len(text)))
		assert.False(t, ok)
	})
}

func compareElements(t *testing.T, value []byte) {
	t.Helper()
	if value[0] != '[' {
		return
	}
	var want []json.RawMessage
	require.NoError(t, json.Unmarshal(value, &want))
	assert.Equal(t, len(want) == 0, jsontext.IsEmptyArray(value))
	i := 0
	for e := jsontext.OpenArray(value); e.Next(); i++ {
		require.Less(t, i, len(want))
		assert.Equal(t, string(want[i]), string(e.Value()))
	}
	assert.Len(t, want, i)
}

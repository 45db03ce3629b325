package jsontext_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/internal/jsontext"
)

func TestSame(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":[true,null]}`, ` { "b" : [ true , null ] , "\u0061" : 1 } `, true},
		{`{"a":1,"a":2}`, `{"a":2}`, true},
		{`{"a":null}`, `{}`, false},
		{`[1,2]`, `[2,1]`, false},
		{`"\/"`, `"/"`, true},
		{`1`, `1.0`, false},
		{`12345678901234567890`, `12345678901234567891`, false},
		{``, `null`, true},
		{``, ``, true},
		{`{`, `{`, true},
		{`{`, `[`, false},
		{`{}`, `{} {}`, false},
	} {
		assert.Equal(t, row.want, jsontext.Same([]byte(row.a), []byte(row.b)), "%s, %s", row.a, row.b)
		assert.Equal(t, row.want, jsontext.Same([]byte(row.b), []byte(row.a)), "%s, %s", row.b, row.a)
	}
}

// FuzzSame: two texts are the same if encoding/json decodes both to the same value.
func FuzzSame(f *testing.F) {
	f.Add(`{"a":1}`, `{"\u0061":1}`)
	f.Add(`[1,{"b":null}]`, ` [ 1 , { "b" : null } ] `)
	f.Add(`{"a":"x","a":"y"}`, `{"a":"y"}`)
	f.Fuzz(func(t *testing.T, a, b string) {
		if jsontext.Check([]byte(`{"v":`+a+`}`)) != nil || jsontext.Check([]byte(`{"v":`+b+`}`)) != nil || !json.Valid([]byte(a)) || !json.Valid([]byte(b)) {
			return
		}
		want := reflect.DeepEqual(valueOf(t, []byte(a)), valueOf(t, []byte(b)))
		assert.Equal(t, want, jsontext.Same([]byte(a), []byte(b)), "%s, %s", a, b)
	})
}

func TestTypesAndTexts(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][2]string{
		`{}`: {"an object", ""}, `[]`: {"an array", ""}, `"a\u0062"`: {"a string", "ab"}, `true`: {"a boolean", ""},
		`false`: {"a boolean", ""}, `null`: {"null", ""}, `-1e5`: {"a number", ""}, `0`: {"a number", ""},
	} {
		assert.Equal(t, want, [2]string{jsontext.TypeOf([]byte(value)), jsontext.Text([]byte(value))}, value)
	}
	assert.Empty(t, jsontext.Text(nil))
}

func TestAppendNames(t *testing.T) {
	t.Parallel()
	b := append(jsontext.AppendName([]byte("{"), 1, "a\n\xff"), '1')
	b = append(jsontext.AppendRawName(b, 1, []byte(`"\u0062"`)), '2')
	assert.Equal(t, `{"a\n\ufffd":1,"\u0062":2`, string(b))
}

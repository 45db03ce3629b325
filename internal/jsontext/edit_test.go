package jsontext_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/jsontext"
)

func TestDrop(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ object, path, want string }{
		{`{"a":1,"b":2,"c":3}`, "a", `{"b":2,"c":3}`},
		{`{"a":1,"b":2,"c":3}`, "b", `{"a":1,"c":3}`},
		{`{"a":1,"b":2,"c":3}`, "c", `{"a":1,"b":2}`},
		{`{"a":1}`, "a", `{}`},
		{` { "a" : 1 , "b" : [ 1 , 2 ] } `, "a", `{"b":[ 1 , 2 ]}`},
		{`{"a":1,"b":2,"a":3}`, "a", `{"b":2}`}, // every duplicate: none may come to light
		{`{"n\u0061me":1,"b":2}`, "name", `{"b":2}`},
		{`{"n\u0061me":1,"b":2}`, "b", `{"n\u0061me":1}`}, // the name stays as it was written
		{`{"A":1,"a":2}`, "a", `{"A":1}`},
		{`{"custom":{"token":"x","y":1}}`, "custom.token", `{"custom":{"y":1}}`},
		{`{"custom":{"token":"x"},"z":1}`, "custom.token", `{"custom":{},"z":1}`},
		{`{"custom":{"t\u006fken":"x"}}`, "custom.token", `{"custom":{}}`},
		{`{"custom":{"a":1,"a":2},"custom":{"a":3}}`, "custom.a", `{"custom":{},"custom":{}}`},
		{`{"custom":{"a":{"b":{"c":1,"d":2}}}}`, "custom.a.b.c", `{"custom":{"a":{"b":{"d":2}}}}`},
		{`{"custom":"x","custom":[1],"custom":null}`, "custom.token", `{"custom":"x","custom":[1],"custom":null}`},
		{`{"a.b":1,"a":{"b":2,"c":3}}`, "a.b", `{"a.b":1,"a":{"c":3}}`},
		{`{"":{"":1}}`, ".", `{"":{}}`},
		{`{"":1,"b":2}`, "", `{"b":2}`},
	} {
		got := jsontext.Drop([]byte(c.object), c.path)
		assert.Equal(t, c.want, string(got), "%s without %s", c.object, c.path)
	}
	for _, path := range []string{"x", "A", "", "a.b", "b.x.y", "a."} {
		object := []byte(`{ "a":1 ,"b":{ } }`)
		got := jsontext.Drop(object, path)
		assert.JSONEq(t, string(object), string(got), path)
		if !strings.HasPrefix(path, "a") && !strings.HasPrefix(path, "b") {
			assert.Same(t, &object[0], &got[0], "an object that has no such member is returned itself")
		}
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ object, name, value, want string }{
		{`{}`, "a", "1", `{"a":1}`},
		{` { } `, "a", "1", `{"a":1}`},
		{`{"a":1,"b":2}`, "a", `{"x":[1, 2]}`, `{"a":{"x":[1, 2]},"b":2}`},
		{`{"a":1,"b":2}`, "c", "null", `{"a":1,"b":2,"c":null}`},
		{`{"a":1,"b":2,"a":3}`, "a", "4", `{"a":4,"b":2,"a":4}`},
		{`{"n\u0061me":1}`, "name", "2", `{"n\u0061me":2}`},
		{`{"a":1}`, "A", "2", `{"a":1,"A":2}`},
		{`{"a":1}`, "x.y", "2", `{"a":1,"x.y":2}`},
		{`{"a":{"b":1}}`, "a.b", "2", `{"a":{"b":1},"a.b":2}`},
		{`{"a":1}`, "q\"\\\n", "2", `{"a":1,"q\"\\\n":2}`},
		{`{"a":1}`, "", "2", `{"a":1,"":2}`},
	} {
		assert.Equal(t, c.want, string(jsontext.Set([]byte(c.object), c.name, []byte(c.value))), "%s: %s", c.object, c.name)
	}
}

func TestPut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ object, path, value, want string }{
		{`{"a":1}`, "a", "2", `{"a":2}`},
		{`{"a":1}`, "b", "2", `{"a":1,"b":2}`},
		{`{}`, "custom.token", `"x"`, `{"custom":{"token":"x"}}`},
		{`{"custom":{"a":1}}`, "custom.token", `"x"`, `{"custom":{"a":1,"token":"x"}}`},
		{`{"custom":{"token":1,"a":1},"z":0}`, "custom.token", `"x"`, `{"custom":{"token":"x","a":1},"z":0}`},
		{`{"custom":[]}`, "custom.token", `"x"`, `{"custom":{"token":"x"}}`},
		{`{"custom":null}`, "custom.token", `"x"`, `{"custom":{"token":"x"}}`},
		{`{"custom":"no object"}`, "custom.token", `"x"`, `{"custom":{"token":"x"}}`},
		{`{}`, "a.b.c.d", "1", `{"a":{"b":{"c":{"d":1}}}}`},
		{`{"a":{"b":{"x":1},"y":2}}`, "a.b.c", "1", `{"a":{"b":{"x":1,"c":1},"y":2}}`},
		{`{"a":{"x":1},"a":{"y":2}}`, "a.z", "3", `{"a":{"y":2,"z":3},"a":{"y":2,"z":3}}`},
		{`{"n\u0061me":{"t\u006fken":1}}`, "name.token", "2", `{"n\u0061me":{"t\u006fken":2}}`},
	} {
		assert.Equal(t, c.want, string(jsontext.Put([]byte(c.object), c.path, []byte(c.value))), "%s: %s", c.object, c.path)
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ value, old, want string }{
		{`{"a":1}`, `{"a":2,"b":3}`, `{"a":1}`}, // no merge: only nulls are filled
		{`{"a":null}`, `{"a":2}`, `{"a":2}`},
		{`{"a":null}`, `{}`, `{}`},
		{`{"a":null,"b":1}`, ``, `{"b":1}`},
		{`{"a":null,"b":1}`, `[]`, `{"b":1}`},
		{`{"a":null,"b":1}`, `"x"`, `{"b":1}`},
		{`{"a":null,"b":1}`, `null`, `{"b":1}`},
		{`{"a":null}`, `{"a":null}`, `{"a":null}`},
		{`{"a":{"b":null,"c":1}}`, `{"a":{"b":[1,2],"c":9,"d":8}}`, `{"a":{"b":[1,2],"c":1}}`},
		{`{"a":{"b":{"c":null}}}`, `{"a":{"b":{"c":{"x":1}}}}`, `{"a":{"b":{"c":{"x":1}}}}`},
		{`{"a":{"b":null}}`, `{"a":"flat"}`, `{"a":{}}`},
		{`{"a":{"b":null}}`, `{}`, `{"a":{}}`},
		{`{"a":[null,{"b":null}]}`, `{"a":[1,{"b":2}]}`, `{"a":[null,{"b":null}]}`},
		{`{"a":"null","nullable":1}`, `{"a":"x"}`, `{"a":"null","nullable":1}`},
		{`{"n\u0061me":null}`, `{"name":1}`, `{"n\u0061me":1}`},
		{`{"name":null}`, `{"n\u0061me":1}`, `{"name":1}`},
		{`{"a":null}`, `{"a":1,"a":2}`, `{"a":2}`},
		{`{"a":null,"a":1}`, `{"a":9}`, `{"a":1}`}, // of duplicates the last counts
		{`{"a":1,"a":null}`, `{"a":9}`, `{"a":9}`},
		{`{"a":1,"a":null,"b":null}`, `{"b":2}`, `{"b":2}`},
		{` { "a" : null , "b" : { } } `, `{"a":1}`, `{"a":1,"b":{ }}`},
		{`[]`, `{"a":1}`, `{}`}, // PHP's empty object
		{`[ ]`, `{}`, `{}`},
		{`[]`, `[1]`, `[]`},
		{`[]`, ``, `[]`},
		{`[]`, `null`, `[]`},
		{`{"a":[],"b":[],"c":[]}`, `{"a":{"x":1},"b":[2]}`, `{"a":{},"b":[],"c":[]}`},
		{`{"a":[ ]}`, `{"a":{"x":1}}`, `{"a":{}}`},
		{`{"a":{"b":[]}}`, `{"a":{"b":{"x":1}}}`, `{"a":{"b":{}}}`},
		{`{"a":[[],{"b":[]}]}`, `{"a":[{},{"b":{}}]}`, `{"a":[[],{"b":[]}]}`},
		{`null`, `{"a":1}`, `null`},
		{`[null]`, `{"a":1}`, `[null]`},
		{`"null"`, `{"a":1}`, `"null"`},
	} {
		got := jsontext.Settle([]byte(strings.TrimSpace(c.value)), []byte(c.old))
		assert.Equal(t, c.want, string(got), "%s over %s", c.value, c.old)
	}
}

// FuzzEdit: what an edit leaves is still an object in which every other member
// stands byte for byte, in its place.
func FuzzEdit(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":1,"b":{"a":2,"c":{"d":null}},"a":3}`, `{"n\u0061me":[1, {"a":null}],"":{"":{}}}`, ` { "a" : { } } `,
		`{"custom":{"token":"x"},"custom":[],"x.y":{"z":1}}`,
	} {
		f.Add([]byte(seed), "a", "b.c")
		f.Add([]byte(seed), "name", "custom.token")
		f.Add([]byte(seed), "", ".")
	}
	f.Fuzz(func(t *testing.T, object []byte, name, path string) {
		if !utf8.ValidString(name) || !utf8.ValidString(path) {
			return // no object has such a name
		}
		if jsontext.Check(object) != nil || depthOf(object)+strings.Count(path, ".") >= jsontext.MaxDepth {
			return
		}
		before := string(object)
		value := []byte(`{"put" : [1e400, null]}`)
		first, _, _ := strings.Cut(path, ".")
		for edited, own := range map[string]string{
			string(jsontext.Drop(object, name)):       firstOf(name),
			string(jsontext.Drop(object, path)):       first,
			string(jsontext.Set(object, name, value)): name,
			string(jsontext.Put(object, path, value)): first,
		} {
			require.NoError(t, jsontext.Check([]byte(edited)), edited)
			assert.Equal(t, others(before, own), others(edited, own), "%s: %s", own, edited)
		}
		require.Equal(t, before, string(object), "an edit makes a new text")

		got, ok := jsontext.Get(jsontext.Set(object, name, value), name)
		assert.True(t, ok)
		assert.Equal(t, string(value), string(got))
		got, ok = jsontext.At(jsontext.Put(object, path, value), path)
		assert.True(t, ok)
		assert.Equal(t, string(value), string(got))
		_, ok = jsontext.At(jsontext.Drop(object, path), path)
		assert.False(t, ok)

		filled := jsontext.Settle(object, object)
		require.NoError(t, jsontext.Check(filled))
		assert.Equal(t, valueOf(t, object), valueOf(t, filled), "nulls over themselves change nothing")
		assertNoNulls(t, valueOf(t, jsontext.Settle(object, []byte("{}"))))
	})
}

func firstOf(path string) string {
	first, _, _ := strings.Cut(path, ".")
	return first
}

func others(object, name string) []member {
	var all []member
	for _, m := range walk(object) {
		if m.name != name {
			all = append(all, m)
		}
	}
	return all
}

func valueOf(t *testing.T, text []byte) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var value any
	require.NoError(t, decoder.Decode(&value))
	return value
}

func assertNoNulls(t *testing.T, value any) {
	t.Helper()
	object, ok := value.(map[string]any)
	if !ok {
		return
	}
	for name, inner := range object {
		assert.NotNil(t, inner, name)
		assertNoNulls(t, inner)
	}
}

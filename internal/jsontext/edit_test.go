package jsontext_test

import (
	"encoding/json"
	"runtime"
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
		{` { "a" : 1 , "b" : [ 1 , 2 ] } `, "a", ` { "b" : [ 1 , 2 ] } `},
		{` { "a" : 1 , "b" : 2 , "c" : 3 } `, "b", ` { "a" : 1 , "c" : 3 } `},
		{` { "a" : 1 , "b" : 2 } `, "b", ` { "a" : 1 } `},
		{`{ "a" : 1 }`, "a", `{ }`},
		{`{"a":1,"a":2,"b":3,"a":4,"a":5,"c":6,"a":7}`, "a", `{"b":3,"c":6}`},
		{`{"a":1,"b":2,"a":3}`, "a", `{"b":2}`}, // all duplicates are removed
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
			assert.Same(t, &object[0], &got[0], "nothing to remove: the object itself")
		}
	}
}

func TestWithout(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ object, paths, want string }{
		{`{"a":1,"b":2,"c":3}`, "a,c", `{"b":2}`},
		{`{"a":1,"b":2,"c":3}`, "c,b,a,x", `{}`},
		{`{"a":1,"b":{"a":1,"b":2,"c":{"d":1}},"c":3}`, "a,b.c.d,b.a", `{"b":{"b":2,"c":{}},"c":3}`},
		{`{"b":{"a":1,"b":2}}`, "b.a,b", `{}`},
		{`{"b":{"a":1,"b":2}}`, "b,b.a", `{}`},
		{`{"b":{"a":{"x":1},"b":2}}`, "b.a,b.a.x", `{"b":{"b":2}}`},
		{`{"a":{"x":1,"y":2},"b":1,"a":{"x":3},"c":{"x":4,"y":5}}`, "a.x,b,c.y", `{"a":{"y":2},"a":{},"c":{"x":4}}`},
		{`{"a-b":1,"a":{"b":2},"a\u0000":3}`, "a.b,a-b", `{"a":{},"a\u0000":3}`},
		{`{"a":[{"b":1},{"b":2}],"b":"b"}`, "a.b,b.b,a.0", `{"a":[{"b":1},{"b":2}],"b":"b"}`},
		{`{"k1":1,"k2":2,"k3":3,"k4":4,"k5":5,"k6":6,"k7":7,"k8":8,"k9":9,"k10":10}`, "k10,k9,k8,k7,k6,k5,k4,k3,k2,x", `{"k1":1}`},
	} {
		got := jsontext.NewPaths(strings.Split(c.paths, ",")).Without([]byte(c.object))
		assert.Equal(t, c.want, string(got), "%s without %s", c.object, c.paths)
	}
	object := []byte(`{"a":1}`)
	assert.Same(t, &object[0], &jsontext.NewPaths(nil).Without(object)[0])
	deep := strings.Repeat("a.", jsontext.MaxDepth+1)
	assert.Empty(t, jsontext.NewPaths([]string{deep}), "deeper than any object")
	list := []string{"b", "a.x", "a"}
	jsontext.NewPaths(list)
	assert.Equal(t, []string{"b", "a.x", "a"}, list)
}

func TestMerge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ object, name, value, want string }{
		{`{}`, "a", "1", `{"a":1}`},
		{` { } `, "a", "1", `{"a":1}`},
		{`{"a":1,"b":2}`, "a", `{"x":[1, 2]}`, `{"a":{"x":[1, 2]},"b":2}`},
		{`{"a":1,"b":2}`, "c", "null", `{"a":1,"b":2,"c":null}`},
		{`{"a":1,"b":2,"a":3}`, "a", "4", `{"a":4,"b":2}`},
		{`{"n\u0061me":1}`, "name", "2", `{"n\u0061me":2}`},
		{`{"a":1}`, "A", "2", `{"a":1,"A":2}`},
		{`{"a":1}`, "x.y", "2", `{"a":1,"x.y":2}`},
		{`{"a":1}`, "q\"\\\n", "2", `{"a":1,"q\"\\\n":2}`},
		{`{"a":1}`, "", "2", `{"a":1,"":2}`},
	} {
		got := jsontext.Merge([]byte(c.object), map[string][]byte{c.name: []byte(c.value)})
		assert.Equal(t, c.want, string(got), "%s: %s", c.object, c.name)
	}
	got := jsontext.Merge([]byte(`{"b":1,"x":2}`), map[string][]byte{"c": []byte("3"), "b": []byte("4"), "a": []byte("5")})
	assert.Equal(t, `{"b":4,"x":2,"a":5,"c":3}`, string(got))
}

func TestTake(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ paths, old, answer, want string }{
		{"token", `{"token":1,"a":1}`, `{"token":"x"}`, `{"token":"x","a":1}`},
		{"token", `{"a":1}`, `{"token":"x","a":2}`, `{"a":1,"token":"x"}`},
		{"token", `[]`, `{"token":"x"}`, `{"token":"x"}`},
		{"token", `null`, `{"token":"x"}`, `{"token":"x"}`},
		{"token", `"no object"`, `{"token":"x"}`, `{"token":"x"}`},
		{"token", ``, `{"token":"x"}`, `{"token":"x"}`},
		{"b.c.d", ``, `{"b":{"c":{"d":1}}}`, `{"b":{"c":{"d":1}}}`},
		{"b.c", `{"b":{"x":1},"y":2}`, `{"b":{"c":1}}`, `{"b":{"x":1,"c":1},"y":2}`},
		{"a,b.c,z", `{"b":{"x":1},"y":2,"z":3}`, `{"a":0,"b":{"c":1},"z":null}`, `{"b":{"x":1,"c":1},"y":2,"z":3,"a":0}`},
		{"z", `{"z":1,"z":2,"y":3}`, `{"z":4,"z":5}`, `{"z":5,"y":3}`},
		{"z", `{"z":1,"z":2,"y":3}`, `{"z":4,"z":null}`, "none"},
		{"z", `{"z":{"a":1}}`, `{"z":{"a":null,"b":2}}`, `{"z":{"a":1,"b":2}}`},
		{"z", `{"z":{"a":1}}`, `{"z":[]}`, `{"z":{}}`},
		{"token", `{"t\u006fken":1}`, `{"tok\u0065n":2}`, `{"t\u006fken":2}`},
		{"z.y.x", `{"z":{"y":{"x":1}}}`, `{"z":{"y":[]}}`, "none"},
		{"z.y", `{"z":{"y":1}}`, `[]`, "none"},
		{"z", ``, `null`, "none"},
		{"z", ``, ``, "none"},
	} {
		path := jsontext.Path{Name: "custom", Inner: jsontext.NewPaths(strings.Split(c.paths, ","))}
		got, ok := path.Take([]byte(c.answer), []byte(c.old))
		if c.want == "none" {
			assert.False(t, ok, "%s: %s over %s", c.paths, c.answer, c.old)
			continue
		}
		assert.True(t, ok)
		assert.Equal(t, c.want, string(got), "%s: %s over %s", c.paths, c.answer, c.old)
	}
	_, ok := jsontext.Path{Name: "custom"}.Take([]byte("null"), []byte("1"))
	assert.False(t, ok)
}

func TestResolve(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ value, old, want string }{
		{`{"a":1}`, `{"a":2,"b":3}`, `{"a":1}`}, // only nulls are replaced
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
		{` { "a" : null , "b" : { } } `, `{"a":1}`, `{"a":1,"b":{}}`},
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
		got := jsontext.Resolve([]byte(strings.TrimSpace(c.value)), []byte(c.old))
		assert.Equal(t, c.want, string(got), "%s over %s", c.value, c.old)
	}
}

// FuzzEdit: after an edit the text is still an object, with all other members byte for byte
// in their places. An edit of a text has the same result as an edit of Go's maps.
func FuzzEdit(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":1,"b":{"a":2,"c":{"d":null}},"a":3}`, `{"n\u0061me":[1, {"a":null}],"":{"":{}}}`, ` { "a" : { } } `,
		`{"custom":{"token":"x"},"custom":[],"x.y":{"z":1}}`, `{"a":{"b":{"c":1,"d":[]},"x":null},"b":{"c":null}}`,
	} {
		f.Add([]byte(seed), []byte(`{"a":{"b":{"c":null,"x":2},"y":[]},"b":[]}`), "a,b.c")
		f.Add([]byte(seed), []byte(`{"custom":{"token":null},"b":{"c":1,"c":{"d":null}}}`), "name,custom.token,a.b.c,a.b.x")
		f.Add([]byte(seed), []byte(seed), ",.,b")
	}
	f.Fuzz(func(t *testing.T, object, answer []byte, list string) {
		if !utf8.ValidString(list) || jsontext.Check(object) != nil || jsontext.Check(answer) != nil {
			return
		}
		before, paths := string(object)+string(answer), strings.Split(list, ",")
		without := jsontext.NewPaths(paths).Without(object)
		require.NoError(t, jsontext.Check(without), "%s", without)
		model := valueOf(t, object)
		for _, path := range paths {
			modelDrop(model, strings.Split(path, "."))
		}
		require.Equal(t, model, valueOf(t, without), "%s without %q", object, paths)

		first, _, _ := strings.Cut(paths[0], ".")
		require.Equal(t, others(string(object), first), others(string(jsontext.Drop(object, paths[0])), first))
		value := []byte(`{"put" : [1e400, null]}`)
		merged := jsontext.Merge(object, map[string][]byte{first: value})
		require.Equal(t, others(string(object), first), others(string(merged), first))
		got, _ := jsontext.Get(merged, first)
		require.Equal(t, string(value), string(got))

		filled := jsontext.Resolve(object, object)
		require.NoError(t, jsontext.Check(filled))
		require.Equal(t, valueOf(t, object), valueOf(t, filled), "nulls over themselves change nothing")
		assertNoNulls(t, valueOf(t, jsontext.Resolve(object, []byte("{}"))))
		resolved := jsontext.Resolve(answer, object)
		require.Equal(t, modelResolve(valueOf(t, answer), valueOf(t, object)), valueOf(t, resolved))

		taken, ok := jsontext.Path{Name: "x", Inner: jsontext.NewPaths(paths)}.Take(answer, object)
		model = valueOf(t, object)
		some := false
		for _, path := range paths {
			some = modelTake(valueOf(t, answer), model, valueOf(t, object), strings.Split(path, ".")) || some
		}
		require.Equal(t, some, ok, "%q of %s over %s", paths, answer, object)
		if ok {
			require.NoError(t, jsontext.Check(taken), "%s", taken)
			require.Equal(t, model, valueOf(t, taken), "%q of %s over %s", paths, answer, object)
		}
		require.Equal(t, before, string(object)+string(answer), "an edit makes a new text")
		require.Equal(t, valueOf(t, object), jsontext.Value(object))
	})
}

// modelDrop removes the member at the path.
func modelDrop(value any, path []string) {
	object, ok := value.(map[string]any)
	switch {
	case !ok:
	case len(path) == 1:
		delete(object, path[0])
	default:
		modelDrop(object[path[0]], path[1:])
	}
}

// modelResolve is Resolve.
func modelResolve(now, old any) any {
	before, wasObject := old.(map[string]any)
	if list, ok := now.([]any); ok && len(list) == 0 && wasObject {
		return map[string]any{}
	}
	object, ok := now.(map[string]any)
	if !ok {
		return now
	}
	resolved := map[string]any{}
	for name, value := range object {
		was, had := before[name]
		if value != nil {
			resolved[name] = modelResolve(value, was)
		} else if had {
			resolved[name] = was
		}
	}
	return resolved
}

// modelTake sets the member at the path to that of the answer. was is the object before the
// first path.
func modelTake(answer, object, was any, path []string) bool {
	name := path[0]
	from, _ := answer.(map[string]any)
	old, _ := was.(map[string]any)
	to, _ := object.(map[string]any)
	value := from[name]
	if len(path) == 1 {
		if value != nil {
			to[name] = modelResolve(value, old[name])
		}
		return value != nil
	}
	inner, ok := to[name].(map[string]any)
	if !ok {
		inner = map[string]any{}
	}
	if !modelTake(value, inner, old[name], path[1:]) {
		return false
	}
	to[name] = inner
	return true
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

// The memory of an edit is proportional to the text at any depth.
func TestEditsTakeLittleMemory(t *testing.T) { //nolint:paralleltest // measures the whole process
	const levels = jsontext.MaxDepth - 3
	big := `"x":"` + strings.Repeat("y", 900_000) + `"`
	text := []byte(nested(`{"n":null,"a":`, levels, "{"+big+"}", "}"))
	path := strings.Repeat("a.", levels)
	for name, edit := range map[string]func(){
		"resolve": func() { jsontext.Resolve(text, text) },
		"take": func() {
			jsontext.Path{Inner: jsontext.NewPaths([]string{path + "x", path + "y", "n"})}.Take(text, text)
		},
		"without": func() { jsontext.Drop(text, path+"x") },
		"value":   func() { jsontext.Value(text) },
	} {
		assert.Less(t, allocated(edit), uint64(8*len(text)), name)
	}
}

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

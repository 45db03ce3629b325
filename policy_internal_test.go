package resthook

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/jsontext"
)

// FuzzRule: what a policy leaves out, and what it takes from an answer, is what the
// words of the protocol come to on Go's maps.
func FuzzRule(f *testing.F) {
	for _, fields := range []string{"name,custom.a", "custom,custom.a.b,x", "custom.a,custom.b.c.d,name.x", "sessionId,SESSIONID,a.b, ,.", "custom.a,custom,list"} {
		f.Add(`{"sessionId":"s","name":"n","custom":{"a":{"b":1},"b":{"c":null}},"list":[1,null]}`,
			`{"name":"m","name":"k","custom":{"a":{"b":null,"c":[]},"b":{"c":{"d":2,"d":3}}},"SESSIONID":"x","list":[],"x":{"y":null}}`, fields)
		f.Add(`{"custom":"flat","custom":[],"x":{"y":1}}`, `{"custom":{"a":{"b":[]}},"n\u0061me":null,"x":[]}`, fields)
		f.Add(`{}`, `{"":{"":{"":1}},"custom":null}`, fields)
	}
	f.Fuzz(func(t *testing.T, body, answer, list string) {
		if !utf8.ValidString(list) || jsontext.Check([]byte(body)) != nil || jsontext.Check([]byte(answer)) != nil {
			return
		}
		text := `{"call":{"restPolicy":"OVERWRITE","restExclude":` + asText(list) + `,"restOverwrite":` + asText(list) + `,"clientExclude":` + asText(list) + `}}`
		policy, err := ParsePolicy([]byte(text))
		require.NoError(t, err)
		r, fields := policy.rule("call", rule{}), splitFields(list)

		left := tree(t, body)
		for _, field := range fields {
			dropField(left, strings.Split(field, "."))
		}
		require.Equal(t, left, tree(t, string(r.outgoing([]byte(body)))))
		delete(left, restClientConfig)
		require.Equal(t, left, tree(t, string(r.clientView([]byte(body)))))

		want := tree(t, body)
		for _, field := range fields {
			if name, _, _ := strings.Cut(field, "."); likeID([]byte(name)) == noID {
				takeField(want, tree(t, body), tree(t, answer), strings.Split(field, "."))
			}
		}
		require.Equal(t, want, laidOver(t, body, r.take([]byte(body), []byte(answer), new(buffers))))

		want = tree(t, body)
		for name, value := range tree(t, answer) {
			if likeID([]byte(name)) == noID && value != nil {
				takeField(want, tree(t, body), map[string]any{name: value}, []string{name})
			}
		}
		require.Equal(t, want, laidOver(t, body, merged([]byte(body), []byte(answer))))
	})
}

func asText(text string) string { return string(jsontext.AppendString(nil, text)) }

func tree(t *testing.T, text string) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value map[string]any
	require.NoError(t, decoder.Decode(&value), "%s", text)
	return value
}

func laidOver(t *testing.T, body string, changes []jsontext.Member) map[string]any {
	t.Helper()
	object := tree(t, body)
	for _, c := range changes {
		object[c.Name] = tree(t, `{"v":`+string(c.Value)+`}`)["v"]
	}
	return object
}

func dropField(value any, path []string) {
	object, ok := value.(map[string]any)
	switch {
	case !ok:
	case len(path) == 1:
		delete(object, path[0])
	default:
		dropField(object[path[0]], path[1:])
	}
}

// takeField sets what the path names to what the answer has there, settled against
// what the request had, in an object that is made where there is none.
func takeField(to map[string]any, was, answer any, path []string) bool {
	given, _ := answer.(map[string]any)
	had, _ := was.(map[string]any)
	name := path[0]
	value := given[name]
	if len(path) == 1 {
		if value != nil {
			to[name] = settled(value, had[name])
		}
		return value != nil
	}
	inner, ok := to[name].(map[string]any)
	if !ok {
		inner = map[string]any{}
	}
	if !takeField(inner, had[name], value, path[1:]) {
		return false
	}
	to[name] = inner
	return true
}

// settled is what a value means where the request had another.
func settled(now, was any) any {
	before, wasObject := was.(map[string]any)
	if array, ok := now.([]any); ok && len(array) == 0 && wasObject {
		return map[string]any{}
	}
	object, ok := now.(map[string]any)
	if !ok {
		return now
	}
	result := map[string]any{}
	for name, value := range object {
		old, had := before[name]
		if value != nil {
			result[name] = settled(value, old)
		} else if had {
			result[name] = old
		}
	}
	return result
}

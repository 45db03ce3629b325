package resthook

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/jsontext"
)

// FuzzRule: a policy excludes, and takes from an answer, the values at its paths, but never
// the ids.
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

		left := []byte(body)
		for _, field := range fields {
			left = jsontext.Drop(left, field)
		}
		require.Equal(t, tree(t, string(left)), tree(t, string(r.outgoing([]byte(body)))))
		left = jsontext.Drop(left, restClientConfig)
		require.Equal(t, tree(t, string(left)), tree(t, string(r.clientView([]byte(body)))))

		taken := slices.DeleteFunc(fields, func(field string) bool { name, _, _ := strings.Cut(field, "."); return protected(name) })
		require.Equal(t, takenAt(t, body, answer, jsontext.NewPaths(taken)), laidOver(t, body, r.changes([]byte(body), []byte(answer), new(buffers))))

		var all jsontext.Paths
		for _, name := range slices.Sorted(maps.Keys(tree(t, answer))) {
			if !protected(name) {
				all = append(all, jsontext.Path{Name: name})
			}
		}
		require.Equal(t, takenAt(t, body, answer, all), laidOver(t, body, allChanges([]byte(body), []byte(answer))))
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

// takenAt is a body with what an answer has at the paths.
func takenAt(t *testing.T, body, answer string, paths jsontext.Paths) map[string]any {
	t.Helper()
	if text, ok := (jsontext.Path{Inner: paths}).Take([]byte(answer), []byte(body)); ok && len(paths) > 0 {
		body = string(text)
	}
	return tree(t, body)
}

func membersOf(members []jsontext.Member) string {
	b := []byte("{")
	for _, m := range members {
		b = append(jsontext.AppendName(b, 1, m.Name), m.Value...)
	}
	return string(append(b, '}'))
}

// TestChanges: what a rule takes from an answer (docs/protocol.md, 0.3 and 0.4).
func TestChanges(t *testing.T) {
	t.Parallel()
	b := new(buffers) // what an exchange leaves in them counts in no other
	for _, c := range []struct{ fields, body, answer, want string }{
		{"name", `{"name":"a","width":1}`, `{"name":"b","width":2}`, `{"name":"b"}`},
		{"name,width", `{"name":"a","width":1}`, `{"width":2,"name":"b"}`, `{"name":"b","width":2}`},
		{"name", `{"name":"a"}`, `{}`, `{}`},
		{"name", `{"name":"a"}`, `{"name":null}`, `{}`},
		{"name", `{"name":"a"}`, `{"name":""}`, `{"name":""}`},
		{"name", `{"name":"a"}`, `{"name":"b","name":"c"}`, `{"name":"c"}`},
		{"name", `{"name":"a"}`, `{"name":"b","name":null}`, `{}`},
		{"name", `{"name":"a"}`, `{"NAME":"b"}`, `{}`},
		{"name", `{}`, `{"n\u0061me":"b"}`, `{"name":"b"}`},
		{"", `{"name":"a"}`, `{"name":"b"}`, `{}`},
		{"nodeId,appKey,sessionId,name", `{}`, `{"nodeId":"x","appKey":"y","sessionId":"z","name":"b"}`, `{"name":"b"}`},
		{"appKey.x,sessionId.", `{}`, `{"appKey":{"x":1},"sessionId":{"":1}}`, `{}`},
		{"custom", `{"custom":{"a":1,"b":2}}`, `{"custom":{"a":3}}`, `{"custom":{"a":3}}`}, // the whole object
		{"custom", `{"custom":{"a":1,"b":2}}`, `{"custom":{"a":null,"c":null}}`, `{"custom":{"a":1}}`},
		{"custom", `{"custom":{"a":1}}`, `{"custom":[]}`, `{"custom":{}}`},
		{"custom.a", `{"custom":{"a":1,"b":2}}`, `{"custom":{"a":3,"b":4}}`, `{"custom":{"a":3,"b":2}}`},
		{"custom.a", `{}`, `{"custom":{"a":3}}`, `{"custom":{"a":3}}`},
		{"custom.a", `{"custom":"flat"}`, `{"custom":{"a":3}}`, `{"custom":{"a":3}}`},
		{"custom.a", `{"custom":{"b":2}}`, `{"custom":[]}`, `{}`},
		{"custom.a", `{"custom":{"a":1}}`, `{"custom":{"a":null}}`, `{}`},
		{"custom.a", `{"custom":{"a":{"x":1}}}`, `{"custom":{"a":{"x":null,"y":2}}}`, `{"custom":{"a":{"x":1,"y":2}}}`},
		{"custom.a.b", `{"custom":{"a":{"c":1}}}`, `{"custom":{"a":{"b":2}}}`, `{"custom":{"a":{"c":1,"b":2}}}`},
		{"custom.a.b", `{"custom":{"a":5}}`, `{"custom":{"a":{"b":2}}}`, `{"custom":{"a":{"b":2}}}`},
		// Several paths into one object.
		{"custom.a,custom.b", `{"custom":{"c":0}}`, `{"custom":{"a":1,"b":2}}`, `{"custom":{"c":0,"a":1,"b":2}}`},
		{"custom.a,custom.b,custom.c", `{}`, `{"custom":{"a":1,"b":2,"c":3}}`, `{"custom":{"a":1,"b":2,"c":3}}`},
		{"custom,custom.a", `{"custom":{"c":0}}`, `{"custom":{"a":1}}`, `{"custom":{"a":1}}`},
	} {
		rule := Rule{RestPolicy: RestPolicyOverwrite, RestOverwrite: splitFields(c.fields)}
		assert.Equal(t, c.want, membersOf(newRule(rule).changes([]byte(c.body), []byte(c.answer), b)), "%s: %s over %s", c.fields, c.answer, c.body)
		for _, policy := range []RestPolicy{"", RestPolicyNotify, RestPolicyDisable} {
			rule.RestPolicy = policy
			assert.Empty(t, newRule(rule).changes([]byte(c.body), []byte(c.answer), b))
		}
	}
}

func TestExclusions(t *testing.T) {
	t.Parallel()
	body := []byte(`{"name":"a","sdp":"v=0","custom":{"token":"t","room":1},"restClientConfig":{"call":{}}}`)
	before := string(body)
	none := newRule(Rule{})
	rule := newRule(Rule{RestExclude: []string{"sdp", "custom.token", "nothing", "name.x"}, ClientExclude: []string{"name", "custom.room"}})
	assert.JSONEq(t, `{"name":"a","custom":{"room":1},"restClientConfig":{"call":{}}}`, string(rule.outgoing(body)))
	assert.JSONEq(t, `{"sdp":"v=0","custom":{"token":"t"}}`, string(rule.clientView(body)), "restClientConfig is never for the client")
	assert.JSONEq(t, `{"name":"a","sdp":"v=0","custom":{"token":"t","room":1}}`, string(none.clientView(body)))
	assert.Equal(t, before, string(none.outgoing(body)))
	assert.Equal(t, before, string(body))
	assert.NoError(t, jsontext.Check(rule.outgoing(body)))
}

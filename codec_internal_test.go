package resthook

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/layout"
)

// TestLayouts: the origin of a payload has a bit for each field, and a hook of
// one's own with a payload of this package reads it alike.
func TestLayouts(t *testing.T) {
	t.Parallel()
	checkLayout(t, connectionLayout)
	checkLayout(t, registrationLayout)
	checkLayout(t, callLayout)
	checkLayout(t, dtmfLayout)
	checkLayout(t, messageLayout)
	checkLayout(t, subscriptionLayout)
	checkLayout(t, xcapLayout)
	checkLayout(t, streamLayout)
	checkLayout(t, mediaStateLayout)
	checkLayout(t, playbackLayout)
	checkLayout(t, streamSignalLayout)
	checkLayout(t, recordingLayout)
	checkLayout(t, dataLayout)
	checkLayout(t, bugReportLayout)
	checkLayout(t, debugSessionLayout)
	checkLayout(t, errorReportLayout)
	checkLayout(t, reportLayout)
}

func checkLayout[P any](t *testing.T, l *layout.Layout[P]) {
	t.Helper()
	assert.Equal(t, reflect.TypeFor[P]().Name(), l.Name())
	fields := l.Names()
	assert.LessOrEqual(t, len(fields), 64)
	for i, name := range fields {
		assert.False(t, strings.ContainsFunc(name, unicode.IsSpace) || strings.Contains(name, "."), "a dot would be a path: %q", name)
		assert.NotContains(t, fields[:i], name)
	}
	assert.Same(t, l, codecOf[P]())
}

// An overlay changes a copy: the payload that was given stays, and so do the
// maps and pointers in it.
func TestOverlay(t *testing.T) {
	t.Parallel()
	build := func() *Stream {
		return &Stream{
			Name: "a", Record: true, HasAudio: true, Width: 640, AudioState: &MediaState{Muted: true},
			Custom: map[string]any{"token": "t"}, Unknown: map[string]json.RawMessage{"x": json.RawMessage("1"), "fps": json.RawMessage(`"?"`)},
		}
	}
	given := build()
	changed, err := streamLayout.Overlay(given, nil, []jsontext.Member{
		{Name: "name", Value: []byte(`"b"`)},
		{Name: "record", Value: []byte("false")},
		{Name: "width", Value: []byte("0")},
		{Name: "audioState", Value: []byte(`{"muted":false}`)},
		{Name: "custom", Value: []byte(`{"room":7}`)},
		{Name: "x", Value: []byte("2")},
		{Name: "y", Value: []byte("[3]")},
		{Name: "fps", Value: []byte(`"25"`)},
		{Name: "mediaType", Value: []byte(`""`)},
	})
	require.NoError(t, err)
	assert.Equal(t, build(), given)
	text, err := changed.MarshalJSON()
	require.NoError(t, err)
	assert.Equal(t, `{"name":"b","published":false,"hasVideo":false,"hasAudio":true,"record":false,"width":0,"mediaType":"","fps":25,`+
		`"audioState":{"muted":false},"custom":{"room":7},"x":2,"y":[3]}`, string(text), "what a backend sets to zero is said as zero")

	same, err := streamLayout.Overlay(given, nil, nil)
	require.NoError(t, err)
	assert.Equal(t, given, same)
	assert.NotSame(t, given, same)

	var fault *FieldError
	none, err := streamLayout.Overlay(given, nil, []jsontext.Member{{Name: "name", Value: []byte(`"b"`)}, {Name: "width", Value: []byte(`"wide"`)}})
	require.ErrorAs(t, err, &fault)
	assert.Equal(t, "width", fault.Field)
	assert.Nil(t, none)
	assert.Equal(t, build(), given)
}

// What a backend mirrors stays as it was, converted or not.
func TestOverlayMirrored(t *testing.T) {
	t.Parallel()
	body := []byte(`{"sipPort":"none/1","login":"a","width":true}`)
	var given Connection
	require.Error(t, given.UnmarshalJSON(body))
	changed, err := connectionLayout.Overlay(&given, body, []jsontext.Member{{Name: "sipPort", Value: []byte(`"none\/1"`)}, {Name: "login", Value: []byte(`"b"`)}})
	require.NoError(t, err)
	text, err := changed.MarshalJSON()
	require.NoError(t, err)
	assert.JSONEq(t, `{"sipPort":"none/1","login":"b","width":true}`, string(text))
	_, err = connectionLayout.Overlay(&given, body, []jsontext.Member{{Name: "width", Value: []byte(`false`)}})
	require.Error(t, err)
	_, err = connectionLayout.Overlay(&given, body, []jsontext.Member{{Name: "height", Value: []byte(`"none/1"`)}})
	require.Error(t, err)
}

func TestOwnPayloadTypes(t *testing.T) {
	t.Parallel()
	type signal struct {
		Name  string         `json:"name,omitempty"`
		Count any            `json:"count,omitempty"`
		Inner map[string]any `json:"inner,omitempty"`
	}
	codec := codecOf[signal]()
	given := &signal{Name: "<a>", Count: json.Number("9223372036854775808")}
	body, _, err := codec.Append([]byte("x"), given, nil)
	require.NoError(t, err)
	assert.Equal(t, `x{"name":"<a>","count":9223372036854775808}`, string(body))
	changed, err := codec.Overlay(given, body[1:], []jsontext.Member{{Name: "name", Value: []byte(`"b"`)}, {Name: "inner", Value: []byte(`{"n":0.10}`)}})
	require.NoError(t, err)
	assert.Equal(t, &signal{Name: "b", Count: json.Number("9223372036854775808"), Inner: map[string]any{"n": json.Number("0.10")}}, changed)
	assert.Equal(t, "<a>", given.Name)
	_, err = codec.Overlay(given, body[1:], []jsontext.Member{{Name: "name", Value: []byte(`5`)}})
	require.Error(t, err)

	_, _, err = codecOf[[]int]().Append(nil, &[]int{1}, nil)
	require.Error(t, err, "no object")
	null := map[string]any(nil)
	_, _, err = codecOf[map[string]any]().Append(nil, &null, nil)
	require.Error(t, err, "null is no object")
	raw := json.RawMessage("{")
	_, _, err = codecOf[json.RawMessage]().Append(nil, &raw, nil)
	require.Error(t, err)
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
	for _, c := range []struct{ fields, body, answer, want string }{
		{"name", `{"name":"a","width":1}`, `{"name":"b","width":2}`, `{"name":"b"}`},
		{"name,width", `{"name":"a","width":1}`, `{"width":2,"name":"b"}`, `{"name":"b","width":2}`},
		{"name", `{"name":"a"}`, `{}`, `{}`},
		{"name", `{"name":"a"}`, `{"name":null}`, `{}`},
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
		assert.Equal(t, c.want, membersOf(rule.changes([]byte(c.body), []byte(c.answer))), "%s: %s over %s", c.fields, c.answer, c.body)
		for _, policy := range []RestPolicy{"", RestPolicyNotify, RestPolicyDisable} {
			rule.RestPolicy = policy
			assert.Empty(t, rule.changes([]byte(c.body), []byte(c.answer)))
		}
	}
}

// TestMerged: an answer to connect is taken whole, but for the ids.
func TestMerged(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ body, answer, want string }{
		{`{"login":"a"}`, `{}`, `{}`},
		{`{"login":"a"}`, `{"login":"b","new":1}`, `{"login":"b","new":1}`},
		{`{"login":"a"}`, `{"nodeId":"x","appKey":"y","sessionId":"z","login":"b"}`, `{"login":"b"}`},
		{`{"login":"a"}`, `{"login":null,"new":null}`, `{}`},
		{`{"login":"a"}`, `{"login":"b","x":1,"login":"c"}`, `{"login":"c","x":1}`},
		{`{"login":"a"}`, `{"login":"b","x":1,"login":null}`, `{"x":1}`},
		{`{"login":"a"}`, `{"login":null,"login":"b"}`, `{"login":"b"}`},
		{`{"custom":{"a":1}}`, `{"custom":{"a":null,"b":{"c":null}}}`, `{"custom":{"a":1,"b":{}}}`},
		{`{"custom":{"a":1}}`, `{"custom":[]}`, `{"custom":{}}`},
		{`{}`, `{"sipPort":"5060","NODEID":"x","ſeſſionId":"y"}`, `{"sipPort":"5060"}`},
	} {
		assert.Equal(t, c.want, membersOf(merged([]byte(c.body), []byte(c.answer))), "%s over %s", c.answer, c.body)
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

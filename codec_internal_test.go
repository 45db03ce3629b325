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
)

// A type that values.go forgets in one of its functions would be lost in
// silence: a field of an unknown type is always zero.
func TestUnknownFieldTypes(t *testing.T) {
	t.Parallel()
	var other float64 = 1
	assert.True(t, isZero(&other))
	clearValue(&other)
	assert.InDelta(t, 1, other, 0)
	assert.Empty(t, setValue(&other, []byte("2")))
	assert.InDelta(t, 1, other, 0)
	text, err := appendValue(nil, &other)
	require.NoError(t, err)
	assert.Equal(t, "1", string(text))
}

// TestLayouts: the origin of a payload has a bit for each field, and each field
// has a name and a place of its own.
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

func checkLayout[P any](t *testing.T, l *layout[P]) {
	t.Helper()
	p := new(P)
	assert.Equal(t, reflect.TypeFor[P]().Name(), l.name)
	assert.LessOrEqual(t, len(l.fields), 64)
	assert.Len(t, l.index, len(l.fields))
	places := map[uintptr]bool{}
	for i, f := range l.fields {
		assert.Equal(t, i, l.index[f.name])
		assert.False(t, strings.ContainsFunc(f.name, unicode.IsSpace) || strings.Contains(f.name, "."), "a dot would be a path: %q", f.name)
		places[reflect.ValueOf(f.at(p)).Pointer()] = true
	}
	assert.Len(t, places, len(l.fields))
	own, ok := any(p).(interface{ layout() *layout[P] })
	require.True(t, ok)
	assert.Same(t, l, own.layout())
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
	changed, err := streamLayout.overlay(given, nil, []member{
		{"name", []byte(`"b"`)},
		{"record", []byte("false")},
		{"width", []byte("0")},
		{"audioState", []byte(`{"muted":false}`)},
		{"custom", []byte(`{"room":7}`)},
		{"x", []byte("2")},
		{"y", []byte("[3]")},
		{"fps", []byte(`"25"`)},
		{"mediaType", []byte(`""`)},
	})
	require.NoError(t, err)
	assert.Equal(t, build(), given)
	text, err := changed.MarshalJSON()
	require.NoError(t, err)
	assert.Equal(t, `{"name":"b","published":false,"hasVideo":false,"hasAudio":true,"record":false,"width":0,"mediaType":"","fps":25,`+
		`"audioState":{"muted":false},"custom":{"room":7},"x":2,"y":[3]}`, string(text), "what a backend sets to zero is said as zero")

	same, err := streamLayout.overlay(given, nil, nil)
	require.NoError(t, err)
	assert.Equal(t, given, same)
	assert.NotSame(t, given, same)

	var fault *FieldError
	none, err := streamLayout.overlay(given, nil, []member{{"name", []byte(`"b"`)}, {"width", []byte(`"wide"`)}})
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
	changed, err := connectionLayout.overlay(&given, body, []member{{"sipPort", []byte(`"none\/1"`)}, {"login", []byte(`"b"`)}})
	require.NoError(t, err)
	text, err := changed.MarshalJSON()
	require.NoError(t, err)
	assert.JSONEq(t, `{"sipPort":"none/1","login":"b","width":true}`, string(text))
	_, err = connectionLayout.overlay(&given, body, []member{{"width", []byte(`false`)}})
	require.Error(t, err)
	_, err = connectionLayout.overlay(&given, body, []member{{"height", []byte(`"none/1"`)}})
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
	body, err := codec.encode([]byte("x"), given)
	require.NoError(t, err)
	assert.Equal(t, `x{"name":"<a>","count":9223372036854775808}`, string(body))
	changed, err := codec.overlay(given, body[1:], []member{{"name", []byte(`"b"`)}, {"inner", []byte(`{"n":0.10}`)}})
	require.NoError(t, err)
	assert.Equal(t, &signal{Name: "b", Count: json.Number("9223372036854775808"), Inner: map[string]any{"n": json.Number("0.10")}}, changed)
	assert.Equal(t, "<a>", given.Name)
	_, err = codec.overlay(given, body[1:], []member{{"name", []byte(`5`)}})
	require.Error(t, err)

	assert.Same(t, streamLayout, codecOf[Stream](), "a hook of one's own with a payload of this package reads it alike")
	_, err = codecOf[[]int]().encode(nil, &[]int{1})
	require.Error(t, err, "no object")
	null := map[string]any(nil)
	_, err = codecOf[map[string]any]().encode(nil, &null)
	require.Error(t, err, "null is no object")
	raw := json.RawMessage("{")
	_, err = codecOf[json.RawMessage]().encode(nil, &raw)
	require.Error(t, err)
}

func membersOf(members []member) string {
	b := []byte("{")
	for _, m := range members {
		b = append(appendName(b, 1, m.name), m.value...)
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

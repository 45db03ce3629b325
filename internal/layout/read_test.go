package layout_test

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/jsontext"
)

// The table holds how each type of field converts JSON values. A value that is not listed
// does not fit: the error names the field, and the value is kept as it is.
func TestConversions(t *testing.T) {
	t.Parallel()
	values := []string{
		`5060`, `"5060"`, `5060.0`, `5.06e3`, `"5.06E+3"`, `506000e-2`, `-0`, `-0.0`, `0e999999999999999999999`, `0`, `"0"`,
		`-7`, `"-7.0"`, `"+5"`, `"007"`, `5060.5`, `"0x10"`, `"1_000"`, `"Inf"`, `"NaN"`, `""`, `" 5"`, `"5 "`, `"\t5.0"`, `"5.0\n"`,
		`"\"5\""`, `"null"`, `"5060a"`, `"５"`, `1e400`, `1e-400`, `"1e-400"`, `1e999999999999999999999`, `1e9000000000000000`,
		`"0e1 "`, `"05.0"`, `"0e1x5"`, `"5."`, `9223372036854775808`,
		`-9223372036854775809`, `9007199254740993.0`, `9223372036854775807e0`, `92233720368547758070e-1`, `0.1e1`, `0.99999999999999999999`,
		`true`, `false`, `"true"`, `"false"`, `"True"`, `"1"`, `1`, `"yes"`, `"\u0035"`, `"7 ct"`,
		`[]`, `[ ]`, `["a","b"]`, `["a",1]`, `["a",null]`, `[[]]`, `[{}]`, `{}`, `{"warm":true}`, `{"warm":"true","x":[null]}`, `{"warm":1}`,
		`{"warm":null}`, `{"a":{"b":1.50}}`, `"text"`,
	}
	whole := map[string]string{
		`5060`: `5060`, `"5060"`: `5060`, `5060.0`: `5060`, `5.06e3`: `5060`, `"5.06E+3"`: `5060`, `506000e-2`: `5060`,
		`-0`: `0`, `-0.0`: `0`, `0e999999999999999999999`: `0`, `0`: `0`, `"0"`: `0`, `-7`: `-7`, `"-7.0"`: `-7`, `"+5"`: `5`, `"007"`: `7`,
		`1`: `1`, `"1"`: `1`, `0.1e1`: `1`, `"\u0035"`: `5`,
	}
	made := maps.Clone(whole)
	maps.Copy(made, map[string]string{
		`9223372036854775807e0`: `9223372036854775807`, `92233720368547758070e-1`: `9223372036854775807`, `9007199254740993.0`: `9007199254740993`,
	})
	if strconv.IntSize == 64 {
		whole = made
	}
	boolean := map[string]string{`true`: `true`, `false`: `false`, `"true"`: `true`, `"false"`: `false`}
	text, object := map[string]string{}, map[string]string{`[]`: `{}`, `[ ]`: `{}`}
	for _, value := range values {
		switch value[0] {
		case '"':
			text[value] = value
		case '{':
			object[value] = value
		}
	}
	bulb := maps.Clone(object)
	bulb[`{"warm":"true","x":[null]}`] = `{"warm":true,"x":[null]}`
	delete(bulb, `{"warm":1}`)
	for field, want := range map[string]map[string]string{
		"id": text, "colour": text, "lit": boolean, "dimmed": boolean, "watts": whole, "made": made, "notes": object, "bulb": bulb,
		"rooms": {`[]`: `[]`, `[ ]`: `[]`, `["a","b"]`: `["a","b"]`}, "price": {`"7 ct"`: `"7 ct"`},
	} {
		for _, value := range values {
			checkConversion(t, field, value, want[value])
		}
		checkConversion(t, field, "null", "null")
	}
}

func checkConversion(t *testing.T, field, value, want string) {
	t.Helper()
	l, p := lamps(), new(lamp)
	err := l.Unmarshal(p, []byte(`{"x":1,"`+field+`":`+value+`,"owner":"o"}`))
	assert.Equal(t, "o", p.Owner, "the fields after it are decoded")
	if want == "" {
		want = value
		var misfit *misfitError
		require.ErrorAs(t, err, &misfit, "%s: %s", field, value)
		assert.Equal(t, misfitError{field, has()[field], typeOf(value)}, *misfit)
		assert.Equal(t, value, string(p.Unknown[field]))
	} else {
		require.NoError(t, err, "%s: %s", field, value)
		assert.NotContains(t, p.Unknown, field)
	}
	got, err := l.Marshal(p)
	require.NoError(t, err)
	assert.Equal(t, 3, strings.Count(string(got), ":")-strings.Count(want, ":"), "%s", got)
	written, _ := jsontext.Get(got, field)
	assertSame(t, want, string(written))
}

func assertSame(t *testing.T, want, got string) {
	t.Helper()
	var a, b json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(want), &a))
	require.NoError(t, json.Unmarshal([]byte(got), &b))
	assert.Equal(t, valueOf(t, a), valueOf(t, b))
}

func typeOf(value string) string {
	switch {
	case strings.HasPrefix(value, `"`):
		return "a string"
	case value == "true" || value == "false":
		return "a boolean"
	case strings.HasPrefix(value, "["):
		return "an array"
	case strings.HasPrefix(value, "{"):
		return "an object"
	}
	return "a number"
}

func TestUnmarshalRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		``, `[]`, `"{}"`, `1`, `{`, `{}{}`, `{"id":"a}`, "{\"id\":\"\xff\"}", "{\"notes\":{\"\xff\":1}}",
		`{"notes":` + strings.Repeat(`{"a":`, 200) + `1` + strings.Repeat("}", 200) + `}`,
	} {
		p := lamp{ID: "before"}
		require.ErrorContains(t, lamps().Unmarshal(&p, []byte(text)), "lamp: ", text)
		assert.Equal(t, lamp{ID: "before"}, p, "no field is set")
	}
	p := lamp{ID: "before"}
	require.NoError(t, lamps().Unmarshal(&p, []byte(`null`)))
	assert.Equal(t, "before", p.ID)
}

// Objects are decoded and encoded again.
func TestReadAndWrite(t *testing.T) {
	t.Parallel()
	for object, want := range map[string]string{
		`{}`:             `{}`, // not even a field with Always
		`{"lit":false}`:  `{"lit":false}`,
		`{"watts":0}`:    `{"watts":0}`,
		`{"id":""}`:      `{"id":""}`,
		`{"rooms":[]}`:   `{"rooms":[]}`,
		`{"code":null}`:  `{"code":null}`,
		`{"mine":[1 ]}`:  `{"mine":[1 ]}`,
		`{"x":1,"id":2}`: `{"id":2,"x":1}`,
		// Names are compared exactly, after escapes are decoded.
		`{"ID":"a","id ":"b","ıd":"c","Watts":1}`: `{"ID":"a","Watts":1,"id ":"b","ıd":"c"}`,
		`{"i\u0064":"a","\u0063ode":"b"}`:         `{"id":"a","code":"b"}`,
		// Of duplicates the last counts.
		`{"id":"a","id":"b"}`:                     `{"id":"b"}`,
		`{"id":"a","i\u0064":"b"}`:                `{"id":"b"}`,
		`{"id":"a","id":null}`:                    `{"id":null}`,
		`{"id":null,"id":"b"}`:                    `{"id":"b"}`,
		`{"id":"a","id":""}`:                      `{"id":""}`,
		`{"id":"","id":null}`:                     `{"id":null}`,
		`{"id":null,"id":""}`:                     `{"id":""}`,
		`{"watts":1,"watts":0}`:                   `{"watts":0}`,
		`{"watts":"x","watts":2}`:                 `{"watts":2}`,
		`{"watts":"x","watts":0}`:                 `{"watts":0}`,
		`{"watts":"x","watts":null}`:              `{"watts":null}`,
		`{"watts":0,"watts":"x"}`:                 `{"watts":"x"}`,
		`{"watts":null,"watts":"x"}`:              `{"watts":"x"}`,
		`{"watts":7,"watts":"x"}`:                 `{"watts":7}`, // the field keeps its value
		`{"x":1,"x":[2]}`:                         `{"x":[2]}`,
		`{"notes":{"a":1,"b":2},"notes":{"c":3}}`: `{"notes":{"c":3}}`,
		`{"notes":{"a":1,"a":{"b":1,"b":2}}}`:     `{"notes":{"a":{"b":2}}}`,
		`{"bulb":{"warm":true,"x":1},"bulb":{}}`:  `{"bulb":{}}`,
		`{"bulb":{"warm":true,"warm":false}}`:     `{"bulb":{"warm":false}}`,
		`{"bulb":{"warm":true},"bulb":null}`:      `{"bulb":null}`,
		`{"lit":true,"lit":false,"lit":"true"}`:   `{"lit":true}`,
	} {
		p := new(lamp)
		_ = lamps().Unmarshal(p, []byte(object)) // values that do not fit are in Unknown
		got, err := lamps().Marshal(p)
		require.NoError(t, err)
		assert.Equal(t, want, string(got), object)
	}
}

// A value that fits removes an earlier one that did not. Of several errors the first is
// returned.
func TestMisfits(t *testing.T) {
	t.Parallel()
	l, p := lamps(), new(lamp)
	var misfit *misfitError
	require.ErrorAs(t, l.Unmarshal(p, []byte(`{"watts":"x","made":true,"lit":1,"x":1}`)), &misfit)
	assert.Equal(t, "watts", misfit.field)
	assert.Len(t, p.Unknown, 4)
	require.NoError(t, l.Unmarshal(p, []byte(`{"watts":1,"made":null,"lit":false}`)))
	assert.Len(t, p.Unknown, 1)
}

// A second Unmarshal sets further fields, like encoding/json.
func TestUnmarshalTwice(t *testing.T) {
	t.Parallel()
	l, p := lamps(), new(lamp)
	require.NoError(t, l.Unmarshal(p, []byte(`{"id":"a","watts":0,"code":null,"x":1,"notes":{"a":1}}`)))
	require.NoError(t, l.Unmarshal(p, []byte(`{"id":"","made":0,"y":2,"x":null,"notes":{"b":2}}`)))
	got, err := l.Marshal(p)
	require.NoError(t, err)
	assert.Equal(t, `{"id":"","watts":0,"made":0,"notes":{"b":2},"code":null,"x":null,"y":2}`, string(got))
}

// Unknown does not share memory with the text.
func TestUnknownIsCopied(t *testing.T) {
	t.Parallel()
	p, source := new(lamp), []byte(`{"x":"before","id":"before"}`)
	require.NoError(t, lamps().Unmarshal(p, source))
	copy(source, `{"x":"after!","id":"after!"}`)
	assert.Equal(t, `"before"`, string(p.Unknown["x"]))
	assert.Equal(t, "before", p.ID)
}

// Overlay changes a copy, and not the maps and pointers of the original.
func TestOverlay(t *testing.T) {
	t.Parallel()
	build := func() *lamp {
		return &lamp{
			ID: "a", Lit: true, Watts: 640, Bulb: &bulb{Warm: true}, Notes: map[string]any{"token": "t"},
			Unknown: map[string]json.RawMessage{"x": json.RawMessage("1"), "made": json.RawMessage(`"?"`)},
		}
	}
	l, given := lamps(), build()
	changed, err := l.Overlay(given, nil, members(`{"id":"b","lit":false,"watts":0,"bulb":{"warm":false},"notes":{"n":7},"x":2,"y":[3],"made":"25","code":""}`))
	require.NoError(t, err)
	assert.Equal(t, build(), given)
	text, err := l.Marshal(changed)
	require.NoError(t, err)
	assert.Equal(t, `{"id":"b","lit":false,"watts":0,"made":25,"notes":{"n":7},"bulb":{"warm":false},"code":"","x":2,"y":[3]}`, string(text),
		"what is set to zero is said as zero")

	same, err := l.Overlay(given, nil, nil)
	require.NoError(t, err)
	assert.Equal(t, given, same)
	assert.NotSame(t, given, same)

	none, err := l.Overlay(given, nil, members(`{"id":"b","watts":"wide"}`))
	var misfit *misfitError
	require.ErrorAs(t, err, &misfit)
	assert.Equal(t, "watts", misfit.field)
	assert.Nil(t, none)
	assert.Equal(t, build(), given)
}

// A value that does not fit may be sent back, also with other escapes.
func TestOverlayWithTheSameMisfit(t *testing.T) {
	t.Parallel()
	l, given, body := lamps(), new(lamp), []byte(`{"watts":"none/1","id":"a","made":true}`)
	require.Error(t, l.Unmarshal(given, body))
	changed, err := l.Overlay(given, body, members(`{"watts":"none\/1","id":"b"}`))
	require.NoError(t, err)
	text, err := l.Marshal(changed)
	require.NoError(t, err)
	assert.Equal(t, `{"id":"b","made":true,"watts":"none\/1"}`, string(text))
	for _, changes := range []string{`{"made":false}`, `{"lit":"none/1"}`, `{"watts":"none/2"}`} {
		_, err = l.Overlay(given, body, members(changes))
		require.Error(t, err, changes)
	}
}

func members(object string) (all []jsontext.Member) {
	for m := jsontext.Open([]byte(object)); m.Next(); {
		all = append(all, jsontext.Member{Name: string(m.Name()), Value: m.Value()})
	}
	return all
}

func TestWithout(t *testing.T) {
	t.Parallel()
	l := lamps()
	for object, name := range map[string]string{
		`{"lit":true,"watts":7}`: "watts", `{"lit":true,"watts":0}`: "watts", `{"lit":true,"watts":null}`: "watts",
		`{"lit":true,"watts":"x"}`: "watts", `{"lit":true,"x":1}`: "x", `{"lit":true}`: "none",
	} {
		given := new(lamp)
		_ = l.Unmarshal(given, []byte(object)) // values that do not fit are in Unknown
		before, err := l.Marshal(given)
		require.NoError(t, err)
		bare, err := l.Marshal(l.Without(given, name))
		require.NoError(t, err)
		assert.Equal(t, `{"lit":true}`, string(bare), object)
		after, err := l.Marshal(given)
		require.NoError(t, err)
		assert.Equal(t, string(before), string(after), "a copy")
	}
}

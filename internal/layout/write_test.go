package layout_test

import (
	"bytes"
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/jsontext"
)

func TestMarshalOfAStructMadeInGo(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		lamp lamp
		want string
	}{
		{lamp{}, `{"lit":false}`},
		{lamp{Lit: true, Dimmed: new(bool)}, `{"lit":true,"dimmed":false}`},
		{lamp{Rooms: []string{}, Notes: map[string]any{}, Bulb: &bulb{}}, `{"lit":false,"rooms":[],"notes":{},"bulb":{"warm":false}}`},
		{lamp{Price: &price{7}, Colour: "red", Made: -1}, `{"colour":"red","lit":false,"made":-1,"price":"7 ct"}`},
		{lamp{ID: "a", Unknown: map[string]json.RawMessage{
			"b": json.RawMessage(`{"x": 9223372036854775808}`), "a\n": nil, "c": {},
			"id": json.RawMessage(`"hidden"`), "lit": json.RawMessage("true"), "code": json.RawMessage(`"shown"`),
		}}, `{"id":"a","lit":false,"a\n":null,"b":{"x": 9223372036854775808},"c":null,"code":"shown"}`},
	} {
		got, err := lamps().Marshal(&row.lamp)
		require.NoError(t, err)
		assert.Equal(t, row.want, string(got))
	}
}

func TestMarshalRefuses(t *testing.T) {
	t.Parallel()
	unknown := func(name, value string) lamp {
		return lamp{Unknown: map[string]json.RawMessage{name: json.RawMessage(value)}}
	}
	for _, row := range []struct {
		lamp lamp
		says string
	}{
		{unknown("b", "{"), `field "b": its value in Unknown is not JSON`},
		{unknown("b", `1,"injected":2`), `field "b"`},
		{unknown("b", " "), `field "b"`},
		{unknown("b", "{}}"), `field "b"`},
		{unknown("b\xff", "1"), `field "b\xff" in Unknown: not valid UTF-8`},
		{unknown("b", "\"\xff\""), `field "b" in Unknown: not valid UTF-8`},
		{lamp{ID: "a\xff"}, `field "id": not valid UTF-8`},
		{lamp{Rooms: []string{"a", "\xc3"}}, `field "rooms": not valid UTF-8`},
		{lamp{Notes: map[string]any{"a": math.NaN()}}, `field "notes": `},
		{lamp{Bulb: &bulb{Unknown: map[string]json.RawMessage{"b": json.RawMessage("x")}}}, `field "bulb": field "b"`},
	} {
		_, err := lamps().Marshal(&row.lamp)
		require.ErrorContains(t, err, row.says)
	}
}

// A struct is encoded like encoding/json encodes a map with the same values.
func TestMarshalAsEncodingJSON(t *testing.T) {
	t.Parallel()
	nasty := "a\"\\/\b\f\n\r\t\x00\x1f\x7f é\u2028\u2029 😀 <&>' \ufffd"
	var want bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(map[string]any{
		"id": nasty, "colour": nasty, "lit": true, "watts": math.MinInt, "made": int64(math.MaxInt64), "rooms": []string{nasty, ""},
		"bulb": map[string]any{"warm": true, "x": []int{1, 2}}, nasty: json.Number("1.50"),
	}))
	got, err := lamps().Marshal(&lamp{
		ID: nasty, Colour: colour(nasty), Lit: true, Watts: math.MinInt, Made: math.MaxInt64, Rooms: []string{nasty, ""},
		Bulb:    &bulb{Warm: true, Unknown: map[string]json.RawMessage{"x": json.RawMessage(`[1,2]`)}},
		Unknown: map[string]json.RawMessage{nasty: json.RawMessage(`1.50`)},
	})
	require.NoError(t, err)
	assert.Equal(t, valueOf(t, want.Bytes()), valueOf(t, got))
	for m := jsontext.Open(want.Bytes()); m.Next(); {
		value, ok := jsontext.Get(got, string(m.Name()))
		assert.True(t, ok)
		assert.Equal(t, string(m.Value()), string(value))
	}
}

// Pins replace fields or are added at the end, in the order of Options.Pinned: owner, id,
// node.
func TestPins(t *testing.T) {
	t.Parallel()
	read := new(lamp)
	require.NoError(t, lamps().Unmarshal(read, []byte(`{"owner":"","id":null,"lit":true}`)))
	for _, row := range []struct {
		lamp *lamp
		pins []string
		want string
	}{
		{&lamp{ID: "a", Owner: "b"}, nil, `{"id":"a","owner":"b","lit":false}`},
		{&lamp{ID: "a", Owner: "b"}, []string{"o", "i", "n"}, `{"id":"i","owner":"o","lit":false,"node":"n"}`},
		{&lamp{ID: "a", Owner: "b"}, []string{"o", "", ""}, `{"owner":"o","lit":false}`},
		{&lamp{ID: "a", Owner: "b"}, []string{"", "", ""}, `{"lit":false}`},
		{&lamp{ID: "a"}, []string{`"`, "i", ""}, `{"id":"i","lit":false,"owner":"\""}`},
		{&lamp{}, []string{"o", "i", "n"}, `{"lit":false,"owner":"o","id":"i","node":"n"}`},
		{read, []string{"o", "i", ""}, `{"id":"i","owner":"o","lit":true}`},
		{read, []string{"", "", ""}, `{"lit":true}`},
	} {
		got, whole, err := lamps().Append([]byte("before "), row.lamp, row.pins)
		require.NoError(t, err)
		assert.True(t, whole)
		assert.Equal(t, "before "+row.want, string(got), "%q", row.pins)
	}
	given := &lamp{ID: "a", Unknown: map[string]json.RawMessage{"iD": json.RawMessage("1")}}
	got, whole, err := lamps().Append(nil, given, []string{"o", "i", "n"})
	require.NoError(t, err)
	assert.False(t, whole, "an unknown name may differ from a pinned one only in case")
	assert.Equal(t, `{"id":"a","lit":false,"iD":1}`, string(got))
	_, _, err = lamps().Append(nil, &lamp{ID: "a"}, []string{"", "\xff", ""})
	require.ErrorContains(t, err, `field "id": not valid UTF-8`)
}

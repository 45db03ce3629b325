package owntype_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/owntype"
)

type embedded struct {
	Deep   string `json:"deep"`
	Hidden string `json:"top"`
}

// exactly is a type with every way in which encoding/json finds a name.
type exactly struct {
	embedded

	Top    string `json:"top,omitempty"`
	Plain  string
	Inner  *exactly            `json:"inner,omitempty"`
	List   []exactly           `json:"list,omitempty"`
	ByName map[string]embedded `json:"byName,omitempty"`
	Any    any                 `json:"any,omitempty"`
	Raw    json.RawMessage     `json:"raw,omitempty"`
	Skip   string              `json:"-"`
}

func TestNamesCompareExactly(t *testing.T) {
	t.Parallel()
	codec := owntype.New[exactly]()
	for text, want := range map[string]exactly{
		`{"TOP":"x","Deep":"x","plain":"x","PLAIN":"x","skip":"x","Skip":"x"}`: {},
		`{"top":"a","TOP":"x","deep":"b","DEEP":"x","Plain":"c","plain":"x"}`:  {Top: "a", embedded: embedded{Deep: "b"}, Plain: "c"},
		`{"TOP":"x","top":"a"}`: {Top: "a"},
		`{"inner":{"TOP":"x","inner":{"top":"a","Top":"x"}},"INNER":{"top":"x"}}`: {Inner: &exactly{Inner: &exactly{Top: "a"}}},
		`{"list":[{"TOP":"x"},{"top":"a"}],"LIST":[]}`:                            {List: []exactly{{}, {Top: "a"}}},
		`{"byName":{"a":{"DEEP":"x","deep":"a"},"A":{"Deep":"x"}}}`:               {ByName: map[string]embedded{"a": {Deep: "a"}, "A": {}}},
		`{"any":{"TOP":1.50},"raw":{"TOP":1}}`:                                    {Any: map[string]any{"TOP": json.Number("1.50")}, Raw: json.RawMessage(`{"TOP":1}`)},
	} {
		var got exactly
		require.NoError(t, codec.Decode(&got, []byte(text)))
		assert.Equal(t, want, got, text)
	}
}

// An encoded value decodes to the same value, also with encoding/json.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	given := exactly{
		embedded: embedded{Deep: "<&>"}, Top: "\u2028\"", Inner: &exactly{List: []exactly{{Plain: "a"}}},
		ByName: map[string]embedded{"": {}, "b\n": {Deep: "b"}}, Any: map[string]any{"n": json.Number("9223372036854775808")}, Raw: json.RawMessage(`[1,{}]`),
	}
	text, whole, err := owntype.New[exactly]().Append([]byte("x"), &given, []string{"pinned"})
	require.NoError(t, err)
	assert.False(t, whole, "nothing is pinned")
	assert.Equal(t, "x{", string(text[:2]))
	assert.Contains(t, string(text), `"<&>"`)
	var got, oracle exactly
	require.NoError(t, owntype.New[exactly]().Decode(&got, text[1:]))
	assert.Equal(t, given, got)
	require.NoError(t, json.Unmarshal(text[1:], &oracle))
	oracle.Any = given.Any
	assert.Equal(t, given, oracle)
}

func TestOverlay(t *testing.T) {
	t.Parallel()
	codec, given := owntype.New[exactly](), &exactly{Top: "<a>", Any: json.Number("9223372036854775808")}
	changes := []jsontext.Member{{Name: "top", Value: []byte(`"b"`)}, {Name: "inner", Value: []byte(`{"any":0.10}`)}, {Name: "TOP", Value: []byte(`"x"`)}}
	changed, err := codec.Overlay(given, nil, changes)
	require.NoError(t, err)
	assert.Equal(t, &exactly{Top: "b", Any: given.Any, Inner: &exactly{Any: json.Number("0.10")}}, changed)
	assert.Equal(t, "<a>", given.Top, "a copy")
	_, err = codec.Overlay(given, nil, []jsontext.Member{{Name: "top", Value: []byte(`5`)}})
	require.Error(t, err)
}

func TestAppendRefusesOtherThanObjects(t *testing.T) {
	t.Parallel()
	for says, err := range map[string]error{
		"[]int is no JSON object":                  appendOf([]int{1}),
		"map[string]interface {} is no JSON":       appendOf(map[string]any(nil)),
		"json.RawMessage is no JSON object":        appendOf(json.RawMessage("{")),
		"json.RawMessage is no JSON object: text ": appendOf(json.RawMessage("{}{}")),
	} {
		require.ErrorContains(t, err, says)
	}
	raw := json.RawMessage("\n{ \"a\" : \"\\ud800\" } \n")
	text, _, err := owntype.New[json.RawMessage]().Append(nil, &raw, nil)
	require.NoError(t, err)
	assert.Equal(t, `{ "a" : "\ud800" }`, string(text), "raw JSON is kept as it is")
}

func appendOf[P any](v P) error {
	_, _, err := owntype.New[P]().Append(nil, &v, nil)
	return err
}

// An error names the field and does not quote the value, which may be secret.
func TestDecodeQuotesNoValue(t *testing.T) {
	t.Parallel()
	type own struct {
		When time.Time `json:"when"`
		Size int8      `json:"size"`
	}
	for text, says := range map[string]string{
		`{"when":"S3CRET"}`:       "a value that does not fit owntype_test.own",
		`{"size":123456789012}`:   `a value that does not fit owntype_test.own: field "size" is no int8`,
		`{"size":{"S3CRET":"b"}}`: `field "size" is no int8`,
	} {
		err := owntype.New[own]().Decode(new(own), []byte(text))
		require.ErrorContains(t, err, says)
		assert.NotContains(t, err.Error(), "S3CRET")
		assert.NotContains(t, err.Error(), "123456789012")
	}
	var fault *json.UnmarshalTypeError
	require.ErrorAs(t, owntype.New[own]().Decode(new(own), []byte(`{"size":"x"}`)), &fault)
}

func TestFieldsAndTexts(t *testing.T) {
	t.Parallel()
	codec := owntype.New[exactly]()
	assert.True(t, codec.Has("anything"))
	assert.False(t, codec.Has(""))
	assert.Empty(t, codec.Names())
	body := []byte(`{"top":"a\n","n":1,"top":"b"}`)
	assert.Equal(t, "b", codec.Text(nil, body, "top"))
	assert.Empty(t, codec.Text(nil, body, "n"))
	assert.Empty(t, codec.Text(nil, body, "none"))
}

type pair[A, B any] struct {
	First  A
	Second B
}

func TestName(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "exactly", owntype.New[exactly]().Name())
	assert.Equal(t, "pair[exactly,Time]", owntype.New[pair[exactly, time.Time]]().Name())
	assert.Equal(t, "map[string]exactly", owntype.New[map[string]exactly]().Name())
	assert.Equal(t, "map[string]any", owntype.New[map[string]any]().Name())
	assert.Equal(t, `struct { A *Time "json:\"a.b\"" }`, owntype.New[struct {
		A *time.Time `json:"a.b"`
	}]().Name())
}

func Example() {
	type room struct {
		Name string `json:"name"`
	}
	fmt.Println(owntype.Check(reflect.TypeFor[room]()), owntype.Check(reflect.TypeFor[[]room]()))
	codec, got := owntype.New[room](), new(room)
	text, _, err := codec.Append(nil, &room{Name: "<a>"}, nil)
	fmt.Println(string(text), err)
	err = codec.Decode(got, []byte(`{"NAME":"b"}`)) // no field has exactly this name
	fmt.Printf("%+v %v\n", *got, err)
	// Output:
	// <nil> type []owntype_test.room is no JSON object: a struct or a map is wanted
	// {"name":"<a>"} <nil>
	// {Name:} <nil>
}

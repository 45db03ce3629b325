package layout_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/layout"
)

func TestNames(t *testing.T) {
	t.Parallel()
	l := lamps()
	assert.Equal(t, "lamp", l.Name())
	assert.ElementsMatch(t, slices.Collect(maps.Keys(has())), l.Names())
	for _, name := range l.Names() {
		assert.True(t, l.Has(name))
	}
	assert.False(t, l.Has("ID"))
	assert.False(t, l.Has("x"))
}

func TestText(t *testing.T) {
	t.Parallel()
	l, p, body := lamps(), new(lamp), []byte(`{"id":"a","colour":"red","watts":"x","made":7,"x":"y\n","z":1}`)
	require.Error(t, l.Unmarshal(p, body))
	for name, want := range map[string]string{
		"id": "a", "colour": "red", "watts": "x", "made": "", "x": "y\n", "z": "", "owner": "", "none": "",
	} {
		assert.Equal(t, want, l.Text(p, body, name), name)
	}
}

func TestEqual(t *testing.T) {
	t.Parallel()
	l := lamps()
	read := func(text string) *lamp {
		p := new(lamp)
		_ = l.Unmarshal(p, []byte(text)) // values that do not fit are in Unknown
		return p
	}
	yes, no := true, false
	for _, row := range []struct {
		a, b *lamp
		want bool
	}{
		{read(`{"id":"a"}`), &lamp{ID: "a"}, true},
		{read(`{"id":"a","watts":0,"code":null}`), read(`{"id":"a"}`), true},
		{read(`{"id":"a"}`), read(`{"id":"A"}`), false},
		{read(`{"watts":1}`), read(`{"watts":1.0}`), true},
		{read(`{"watts":1}`), read(`{"made":1}`), false},
		{&lamp{Dimmed: &yes}, &lamp{Dimmed: new(true)}, true},
		{&lamp{Dimmed: &yes}, &lamp{Dimmed: &no}, false},
		{&lamp{Dimmed: &no}, &lamp{}, false},
		{&lamp{Rooms: []string{}}, &lamp{}, false},
		{&lamp{Rooms: []string{"a"}}, read(`{"rooms":["a"]}`), true},
		{&lamp{Rooms: []string{"a"}}, &lamp{Rooms: []string{"b"}}, false},
		{read(`{"notes":{"n":7,"o":{"b":1,"a":[]}}}`), &lamp{Notes: map[string]any{"n": 7, "o": map[string]int{"b": 1}}}, false},
		{read(`{"notes":{"n":7,"o":{"b":1}}}`), &lamp{Notes: map[string]any{"n": 7, "o": map[string]int{"b": 1}}}, true},
		{read(`{"notes":{}}`), &lamp{}, false},
		{&lamp{Notes: map[string]any{"f": make(chan int)}}, &lamp{Notes: map[string]any{"f": 1}}, false},
		{read(`{"bulb":{"warm":true}}`), &lamp{Bulb: &bulb{Warm: true}}, true},
		{read(`{"bulb":{"warm":true,"x":1}}`), &lamp{Bulb: &bulb{Warm: true}}, false},
		{&lamp{Bulb: &bulb{}}, &lamp{}, false},
		{&lamp{Price: &price{1}}, &lamp{Price: &price{1}}, true},
		{&lamp{Price: &price{1}}, &lamp{Price: &price{2}}, false},
		{read(`{"mine":{"a":1, "b":"\u0061"}}`), read(`{"mine":{"b":"a","a":1}}`), true},
		{read(`{"mine":12345678901234567890}`), read(`{"mine":12345678901234567891}`), false},
		{read(`{"mine":1}`), read(`{"other":1}`), false},
		{read(`{"watts":"wide"}`), read(`{"watts":"wide"}`), true},
		{read(`{"watts":"wide"}`), read(`{}`), false},
		{read(`{"mine":null}`), &lamp{Unknown: map[string]json.RawMessage{"mine": nil}}, true},
		{read(`{}`), &lamp{Unknown: map[string]json.RawMessage{}}, true},
		{&lamp{Unknown: map[string]json.RawMessage{"x": []byte("{")}}, &lamp{Unknown: map[string]json.RawMessage{"x": []byte("[")}}, false},
		{&lamp{Unknown: map[string]json.RawMessage{"x": []byte("{")}}, &lamp{Unknown: map[string]json.RawMessage{"x": []byte("{")}}, true},
	} {
		assert.Equal(t, row.want, l.Equal(row.a, row.b), "%s, %s", l.Print(row.a), l.Print(row.b))
		assert.Equal(t, row.want, l.Equal(row.b, row.a), "%s, %s", l.Print(row.b), l.Print(row.a))
	}
}

func TestPrint(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t"
	raw := map[string]json.RawMessage{secret: json.RawMessage(`"` + secret + `"`), "watts": json.RawMessage(`"` + secret + `"`)}
	p := lamp{
		ID: "shown", Code: secret, Notes: map[string]any{secret: secret}, Rooms: []string{"shown"}, Price: &price{7},
		Bulb: &bulb{Unknown: maps.Clone(raw)}, Unknown: maps.Clone(raw),
	}
	assert.Equal(t, `lamp{"id":"SHOWN","lit":false,"rooms":["shown"],"notes":"***","bulb":{"warm":false,"(unknown)":2},"price":"7 ct","code":"***","(unknown)":2}`,
		lamps().Print(&p))
	assert.Equal(t, secret, p.Code, "printing changes nothing")
	assert.Equal(t, raw, p.Unknown)
	assert.Equal(t, `lamp{"lit":false,"rooms":"(201 bytes)"}`, lamps().Print(&lamp{Rooms: []string{strings.Repeat("a", 197)}}))
	assert.Contains(t, lamps().Print(&lamp{Rooms: []string{strings.Repeat("a", 196)}}), `aa"]`)
	assert.Equal(t, `lamp{field "rooms": not valid UTF-8}`, lamps().Print(&lamp{Rooms: []string{"\xff"}}))
	read := new(lamp)
	require.NoError(t, lamps().Unmarshal(read, []byte(`{"code":"","watts":null}`)))
	assert.Equal(t, `lamp{"watts":null,"code":""}`, lamps().Print(read))
}

type door struct {
	Name string
	Open bool

	Unknown map[string]json.RawMessage

	origin layout.Origin
}

func doors() *layout.Layout[door] {
	return layout.New("door", layout.Options{},
		func(d *door) (*map[string]json.RawMessage, *layout.Origin) { return &d.Unknown, &d.origin },
		layout.Text("name", func(d *door) *string { return &d.Name }),
		layout.Bool("open", func(d *door) *bool { return &d.Open }).Always(),
	)
}

// Without options, texts are printed as they are, and a value that does not fit is still an
// error.
func TestWithoutOptions(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `door{"name":"a b","open":false}`, doors().Print(&door{Name: "a b"}))
	require.EqualError(t, doors().Unmarshal(new(door), []byte(`{"open":"ajar"}`)), `door: field "open": a string, not a boolean`)
}

func Example() {
	l, d := doors(), new(door)
	made, _ := l.Marshal(&door{Name: "back"})
	fmt.Println(string(made))

	err := l.Unmarshal(d, []byte(`{"name":"front","open":"ajar","hinges":3}`))
	fmt.Println(err)
	read, _ := l.Marshal(d)
	fmt.Println(string(read))
	// Output:
	// {"name":"back","open":false}
	// door: field "open": a string, not a boolean
	// {"name":"front","hinges":3,"open":"ajar"}
}

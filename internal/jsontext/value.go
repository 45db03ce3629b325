package jsontext

import (
	"bytes"
	"encoding/json"
	"reflect"
)

// Value decodes a value into maps and slices. A number becomes a [json.Number] and loses no
// digits.
func Value(text []byte) any {
	c := cursor{data: text}
	c.space()
	return c.value()
}

// Same reports whether two texts have the same meaning: it ignores white space, the form of
// escapes and the order of names. An empty text means null. A text that is not JSON is only
// the same as an equal text.
func Same(a, b []byte) bool {
	switch a, b = orNull(a), orNull(b); {
	case bytes.Equal(a, b):
		return true
	case !json.Valid(a) || !json.Valid(b):
		return false
	}
	return reflect.DeepEqual(Value(a), Value(b))
}

func orNull(text []byte) []byte {
	if len(text) == 0 {
		return []byte("null")
	}
	return text
}

// Text returns the text of a JSON string, or "" for any other value.
func Text(value []byte) string {
	if len(value) == 0 || value[0] != '"' {
		return ""
	}
	return Unquote(value)
}

// TypeOf returns the type of a value with its article: "an object".
func TypeOf(value []byte) string {
	switch value[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

func (c *cursor) value() any {
	switch c.data[c.pos] {
	case '{':
		return c.object()
	case '[':
		return c.array()
	case '"':
		return Unquote(c.skip())
	case 't', 'f':
		return c.skip()[0] == 't'
	case 'n':
		c.skip()
		return nil
	}
	return json.Number(c.skip())
}

func (c *cursor) object() map[string]any {
	object := map[string]any{}
	for item := c.enter(); item; item = c.more() {
		name := Unquote(c.name())
		object[name] = c.value()
	}
	return object
}

func (c *cursor) array() []any {
	array := []any{}
	for item := c.enter(); item; item = c.more() {
		array = append(array, c.value())
	}
	return array
}

package jsontext

import "encoding/json"

// Value reads a value that Check has passed into Go's maps and slices. A number
// stays as it is written, a [json.Number], so that big and fine ones lose
// nothing. Of duplicate names the last counts.
func Value(text []byte) any {
	c := cursor{data: text}
	c.space()
	return c.value()
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

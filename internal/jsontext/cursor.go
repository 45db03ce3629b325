package jsontext

// cursor walks a text that [Check] has passed from its beginning to its end, so
// that no byte is looked at twice, however deeply it is nested.
type cursor struct {
	data []byte
	pos  int
}

func (c *cursor) space() {
	for c.pos < len(c.data) && isSpace(c.data[c.pos]) {
		c.pos++
	}
}

// at reports whether the next value begins with that byte.
func (c *cursor) at(begin byte) bool { return c.pos < len(c.data) && c.data[c.pos] == begin }

// enter reads the bracket that opens an object or array and reports whether there
// is an item. Where there is none it has read the closing one.
func (c *cursor) enter() bool {
	c.pos++
	c.space()
	if c.at('}') || c.at(']') {
		c.pos++
		return false
	}
	return true
}

// more reads what follows an item, and reports whether there is another. Where
// there is none it has read the closing bracket.
func (c *cursor) more() bool {
	c.space()
	another := c.at(',')
	c.pos++
	if another {
		c.space()
	}
	return another
}

// name reads a member's name and its colon. The name comes as it stands.
func (c *cursor) name() []byte {
	from := c.pos
	c.pos += skipText(c.data[from:])
	name := c.data[from:c.pos]
	c.space()
	c.pos++
	c.space()
	return name
}

// skip reads a value. It comes as it stands.
func (c *cursor) skip() []byte {
	from := c.pos
	c.pos += skipValue(c.data[from:])
	return c.data[from:c.pos]
}

// unquotedName returns the text of a name. The bytes belong to the name.
func unquotedName(raw []byte) []byte {
	m := Members{name: raw}
	return m.Name()
}

package jsontext

// cursor walks a text that [Check] accepts. It reads each byte once at any depth.
type cursor struct {
	data []byte
	pos  int
}

func (c *cursor) space() {
	for c.pos < len(c.data) && isSpace(c.data[c.pos]) {
		c.pos++
	}
}

// at reports whether the next byte is begin.
func (c *cursor) at(begin byte) bool { return c.pos < len(c.data) && c.data[c.pos] == begin }

// enter reads an opening bracket and reports whether there is an item. If there is none, it
// reads the closing bracket too.
func (c *cursor) enter() bool {
	c.pos++
	c.space()
	if c.at('}') || c.at(']') {
		c.pos++
		return false
	}
	return true
}

// more reads the comma or the closing bracket after an item, and reports whether there is
// another item.
func (c *cursor) more() bool {
	c.space()
	another := c.at(',')
	c.pos++
	if another {
		c.space()
	}
	return another
}

// name reads a member's name and its colon, and returns the name with its quotes.
func (c *cursor) name() []byte {
	from := c.pos
	c.pos += skipText(c.data[from:])
	name := c.data[from:c.pos]
	c.space()
	c.pos++
	c.space()
	return name
}

// skip reads a value and returns its text.
func (c *cursor) skip() []byte {
	from := c.pos
	c.pos += skipValue(c.data[from:])
	return c.data[from:c.pos]
}

// unquotedName returns a name without quotes and escapes. It may share memory with raw.
func unquotedName(raw []byte) []byte {
	m := Members{name: raw}
	return m.Name()
}

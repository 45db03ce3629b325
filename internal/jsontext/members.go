package jsontext

import "bytes"

// Members walks the members of an object in order:
//
//	for m := jsontext.Open(object); m.Next(); {
//		use(m.Name(), m.Value())
//	}
type Members struct {
	rest        []byte
	name, value []byte
}

// Open starts a walk. A text that is not an object has no members.
func Open(object []byte) Members {
	object = trimSpace(object)
	if len(object) < 2 || object[0] != '{' {
		return Members{}
	}
	return Members{rest: object[1:]}
}

// Next moves to the next member and reports whether there is one.
func (m *Members) Next() bool {
	rest := trimLeft(m.rest)
	if len(rest) > 0 && rest[0] == ',' {
		rest = trimLeft(rest[1:])
	}
	if len(rest) == 0 || rest[0] != '"' {
		return false
	}
	n := skipText(rest)
	m.name, rest = rest[:n], trimLeft(rest[n:])
	rest = trimLeft(rest[1:]) // the colon
	n = skipValue(rest)
	m.value, m.rest = rest[:n], rest[n:]
	return true
}

// RawName returns the member's name with its quotes and escapes.
func (m *Members) RawName() []byte { return m.name }

// Name returns the member's name without quotes and escapes. It may share memory with the
// text and must not be changed.
func (m *Members) Name() []byte {
	inner := m.name[1 : len(m.name)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return inner
	}
	return appendUnquoted(nil, m.name)
}

// Value returns the text of the member's value. It shares memory with the object.
func (m *Members) Value() []byte { return m.value }

// Member is a name without quotes and escapes, and its value as JSON.
type Member struct {
	Name  string
	Value []byte
}

// Elements walks the elements of an array.
type Elements struct {
	rest, value []byte
}

// OpenArray starts a walk. A text that is not an array has no elements.
func OpenArray(array []byte) Elements {
	array = trimSpace(array)
	if len(array) < 2 || array[0] != '[' {
		return Elements{}
	}
	return Elements{rest: array[1:]}
}

// Next moves to the next element and reports whether there is one.
func (e *Elements) Next() bool {
	rest := trimLeft(e.rest)
	if len(rest) > 0 && rest[0] == ',' {
		rest = trimLeft(rest[1:])
	}
	if len(rest) == 0 || rest[0] == ']' {
		return false
	}
	n := skipValue(rest)
	e.value, e.rest = rest[:n], rest[n:]
	return true
}

// Value returns the text of the element.
func (e *Elements) Value() []byte { return e.value }

// Get returns the value of the object's last member with this name.
func Get(object []byte, name string) (value []byte, ok bool) {
	for m := Open(object); m.Next(); {
		if string(m.Name()) == name {
			value, ok = m.Value(), true
		}
	}
	return value, ok
}

// IsNull reports whether the value is null.
func IsNull(value []byte) bool { return string(value) == "null" }

// IsObject reports whether the value is an object.
func IsObject(value []byte) bool { return len(value) > 0 && value[0] == '{' }

// IsEmptyArray reports whether the value is []. PHP writes an empty object like this.
func IsEmptyArray(value []byte) bool {
	return len(value) >= 2 && value[0] == '[' && value[len(value)-1] == ']' && len(trimSpace(value[1:len(value)-1])) == 0
}

func skipText(data []byte) int {
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

func skipValue(data []byte) int {
	if len(data) == 0 {
		return 0
	}
	switch data[0] {
	case '"':
		return skipText(data)
	case '{', '[':
		return skipNested(data)
	}
	for i, c := range data {
		switch c {
		case ',', '}', ']', ' ', '\t', '\n', '\r':
			return i
		}
	}
	return len(data)
}

func skipNested(data []byte) int {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i += skipText(data[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(data)
}

func trimLeft(data []byte) []byte {
	for len(data) > 0 && isSpace(data[0]) {
		data = data[1:]
	}
	return data
}

func trimSpace(data []byte) []byte {
	data = trimLeft(data)
	for len(data) > 0 && isSpace(data[len(data)-1]) {
		data = data[:len(data)-1]
	}
	return data
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

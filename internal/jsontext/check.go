package jsontext

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// MaxDepth is how deeply objects and arrays may be nested. Real texts have three or four
// levels; the bound protects the stack from hostile ones.
const MaxDepth = 200

// SyntaxError says why and where a text is not one JSON object.
type SyntaxError struct {
	Offset int // in bytes, from 0
	Reason string
}

// Error returns the reason and the offset. It quotes at most one character of the text,
// which may hold secrets.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at byte %d", e.Reason, e.Offset)
}

// Check returns an error unless data is exactly one JSON object in valid UTF-8. White space
// around it is allowed.
func Check(data []byte) error {
	s := scanner{data: data}
	s.space()
	if s.peek() != '{' {
		return s.fail("expected an object, " + s.found())
	}
	if err := s.value(0); err != nil {
		return err
	}
	s.space()
	if s.pos < len(data) {
		return s.fail("text after the object, " + s.found())
	}
	if !utf8.Valid(data) {
		s.pos = invalidUTF8(data)
		return s.fail("invalid UTF-8")
	}
	return nil
}

// TrimBOM removes a byte order mark at the beginning. Some editors write one; RFC 8259,
// section 8.1, lets a reader ignore it.
func TrimBOM(data []byte) []byte { return bytes.TrimPrefix(data, []byte("\uFEFF")) }

func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(data)
}

// scanner checks a text. After each method, pos is behind what it has read.
type scanner struct {
	data []byte
	pos  int
}

func (s *scanner) fail(reason string) error {
	return &SyntaxError{Offset: s.pos, Reason: reason}
}

func (s *scanner) found() string {
	if s.pos >= len(s.data) {
		return "found the end"
	}
	r, _ := utf8.DecodeRune(s.data[s.pos:])
	return fmt.Sprintf("found %q", r)
}

// peek returns the next byte, or 0 at the end. A NUL byte is an error everywhere too, so
// the two need not be distinguished.
func (s *scanner) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

func (s *scanner) space() {
	for s.pos < len(s.data) && isSpace(s.data[s.pos]) {
		s.pos++
	}
}

// value reads one value. depth is how many objects and arrays it is in.
func (s *scanner) value(depth int) error {
	switch c := s.peek(); {
	case depth == MaxDepth && (c == '{' || c == '['):
		return s.fail(fmt.Sprintf("nested deeper than %d", MaxDepth))
	case c == '{':
		return s.object(depth)
	case c == '[':
		return s.array(depth)
	case c == '"':
		return s.text()
	case c == '-' || isDigit(c):
		return s.number()
	case c == 't':
		return s.literal("true")
	case c == 'f':
		return s.literal("false")
	case c == 'n':
		return s.literal("null")
	}
	return s.fail("expected a value, " + s.found())
}

func (s *scanner) object(depth int) error {
	if s.empty('}') {
		return nil
	}
	for {
		if err := s.name(); err != nil {
			return err
		}
		if err := s.value(depth + 1); err != nil {
			return err
		}
		if more, err := s.more('}'); !more {
			return err
		}
	}
}

func (s *scanner) array(depth int) error {
	if s.empty(']') {
		return nil
	}
	for {
		if err := s.value(depth + 1); err != nil {
			return err
		}
		if more, err := s.more(']'); !more {
			return err
		}
	}
}

// empty reads an opening bracket, and the closing one if it is next.
func (s *scanner) empty(end byte) bool {
	s.pos++
	s.space()
	if s.peek() != end {
		return false
	}
	s.pos++
	return true
}

// more reads what follows an item: a comma or the closing bracket.
func (s *scanner) more(end byte) (bool, error) {
	s.space()
	switch s.peek() {
	case ',':
		s.pos++
		s.space()
		return true, nil
	case end:
		s.pos++
		return false, nil
	}
	return false, s.fail(fmt.Sprintf("expected ',' or %q, %s", end, s.found()))
}

// name reads a name and its colon.
func (s *scanner) name() error {
	if s.peek() != '"' {
		return s.fail("expected a name, " + s.found())
	}
	if err := s.text(); err != nil {
		return err
	}
	s.space()
	if s.peek() != ':' {
		return s.fail("expected ':', " + s.found())
	}
	s.pos++
	s.space()
	return nil
}

func (s *scanner) text() error {
	for i := s.pos + 1; i < len(s.data); i++ {
		c := s.data[i]
		if c != '"' && c != '\\' && c >= ' ' {
			continue
		}
		s.pos = i
		switch c {
		case '"':
			s.pos++
			return nil
		case '\\':
			if err := s.escape(); err != nil {
				return err
			}
			i = s.pos - 1
		default:
			return s.fail("control character in a string")
		}
	}
	s.pos = len(s.data)
	return s.fail("string without an end")
}

func (s *scanner) escape() error {
	s.pos++
	switch s.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos++
		return nil
	case 'u':
		if _, ok := hex4(s.data[s.pos+1:]); !ok {
			return s.fail("bad \\u escape")
		}
		s.pos += 5
		return nil
	}
	return s.fail("bad escape")
}

func (s *scanner) number() error {
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
	} else if !s.digits() {
		return s.fail("expected a digit, " + s.found())
	}
	if s.peek() == '.' {
		s.pos++
		if !s.digits() {
			return s.fail("expected a digit, " + s.found())
		}
	}
	if c := s.peek(); c != 'e' && c != 'E' {
		return nil
	}
	s.pos++
	if c := s.peek(); c == '+' || c == '-' {
		s.pos++
	}
	if !s.digits() {
		return s.fail("expected a digit, " + s.found())
	}
	return nil
}

func (s *scanner) digits() bool {
	from := s.pos
	for isDigit(s.peek()) {
		s.pos++
	}
	return s.pos > from
}

func (s *scanner) literal(word string) error {
	if !bytes.HasPrefix(s.data[s.pos:], []byte(word)) {
		return s.fail("expected a value, " + s.found())
	}
	s.pos += len(word)
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

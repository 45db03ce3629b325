package properties

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// blanks are Java's characters for separation and indentation. It has no others: a
// no-break space is part of a key or a value.
const blanks = " \t\f"

// text decodes a file: as UTF-8 if it is valid UTF-8, else as ISO-8859-1, where each byte
// is the code point of a character. A byte order mark, which some editors write first, is
// skipped; Java would take it for a part of the first key.
func text(data []byte) string {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if utf8.Valid(data) {
		return string(data)
	}
	runes := make([]rune, len(data))
	for i, b := range data {
		runes[i] = rune(b)
	}
	return string(runes)
}

// line is a logical line: one physical line, or several that backslashes join.
type line struct {
	text  string
	parts []part
}

// part is a physical line of a logical one: its offset in the text, its number in the file.
type part struct{ offset, number int }

// number is the number of the physical line with the byte at an offset of the text.
func (l line) number(offset int) int {
	after, exact := slices.BinarySearchFunc(l.parts, offset, func(p part, offset int) int {
		return p.offset - offset
	})
	if exact {
		return l.parts[after].number
	}
	return l.parts[after-1].number
}

func logicalLines(text string) []line {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	physical := strings.Split(strings.ReplaceAll(text, "\r", "\n"), "\n")
	var lines []line
	for i := 0; i < len(physical); {
		if isSkipped(physical[i]) {
			i++
			continue
		}
		l, taken := join(physical[i:], i+1)
		lines = append(lines, l)
		i += taken
	}
	return lines
}

// isSkipped reports a blank line or a comment. A line with nothing but a backslash is
// skipped too, as in Java: the next line is not joined to it and may be a comment.
func isSkipped(physical string) bool {
	s := strings.TrimLeft(physical, blanks)
	return s == "" || s == `\` || s[0] == '#' || s[0] == '!'
}

// join joins the first physical line with those that continue it, and returns how many
// it took. number is that of the first.
func join(physical []string, number int) (l line, taken int) {
	var joined strings.Builder
	var parts []part
	for i, s := range physical {
		s, more := cutBackslash(strings.TrimLeft(s, blanks))
		if s != "" {
			parts = append(parts, part{joined.Len(), number + i})
		}
		joined.WriteString(s)
		if !more {
			return line{joined.String(), parts}, i + 1
		}
	}
	return line{joined.String(), parts}, len(physical)
}

// cutBackslash removes a backslash at the end of a line, unless the backslash is escaped.
func cutBackslash(s string) (rest string, found bool) {
	backslashes := len(s) - len(strings.TrimRight(s, `\`))
	if backslashes%2 == 0 {
		return s, false
	}
	return s[:len(s)-1], true
}

// cut splits a line at the first separator that is not escaped: blanks, "=" or ":", or one
// of the two with blanks around it. The value begins at the offset valueAt.
func cut(text string) (key, value string, valueAt int) {
	end := keyEnd(text)
	value = strings.TrimLeft(text[end:], blanks)
	if value != "" && (value[0] == '=' || value[0] == ':') {
		value = strings.TrimLeft(value[1:], blanks)
	}
	return text[:end], value, len(text) - len(value)
}

func keyEnd(text string) int {
	escaped := false
	for i := range len(text) {
		if !escaped && strings.IndexByte(blanks+"=:", text[i]) >= 0 {
			return i
		}
		escaped = !escaped && text[i] == '\\'
	}
	return len(text)
}

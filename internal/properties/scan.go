package properties

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// blanks are the characters that separate and indent. Java has no others, so
// a no-break space belongs to its key or value.
const blanks = " \t\f"

// text decodes a file: UTF-8 where it is valid, else ISO-8859-1, in which
// every byte is the character of that number. A byte order mark, which editors
// on Windows put first, is skipped; Java would take it for part of the key.
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

// line is a logical line: one physical line, or several that are joined by
// backslashes.
type line struct {
	text  string
	parts []part
}

// part is a physical line: its number in the file, and where it begins in the
// text of its logical line.
type part struct{ offset, number int }

// number tells on which physical line a byte of the text stands.
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

// isSkipped tells blank lines and comments. A backslash alone joins nothing to
// the next line, so Java too looks at that line afresh: it may be a comment.
func isSkipped(physical string) bool {
	s := strings.TrimLeft(physical, blanks)
	return s == "" || s == `\` || s[0] == '#' || s[0] == '!'
}

// join makes one line of the first physical line and of those that continue
// it, and tells how many it took.
func join(physical []string, number int) (line, int) {
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

// cutBackslash removes a backslash from the end of a line, unless it is itself
// escaped. The last line of a file may end in one; nothing follows then.
func cutBackslash(s string) (rest string, found bool) {
	backslashes := len(s) - len(strings.TrimRight(s, `\`))
	if backslashes%2 == 0 {
		return s, false
	}
	return s[:len(s)-1], true
}

// cut splits a line at the first separator that is not escaped: blanks, an
// equals sign or a colon, or one of the two among blanks. The value begins at
// the byte valueAt of the line.
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

package properties

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The reasons name no character of the text, which may be a secret.
const (
	malformedEscape = `malformed \uXXXX escape`
	loneSurrogate   = `\uXXXX escape for half a character (a lone surrogate)`
)

// badEscape is an escape that means nothing, and where it stands in the text.
type badEscape struct {
	offset int
	reason string
}

// escapeLength is the length of \uXXXX.
const escapeLength = 6

// joinSurrogates checks every \uXXXX of a text and writes the character for
// each surrogate pair, as the decoding library would read two halves. All
// other escapes stay as they are. A lone half is refused: Java keeps it, but
// no UTF-8 text can.
func joinSurrogates(raw string) (string, *badEscape) {
	var joined strings.Builder
	for at := 0; at < len(raw); {
		size := itemLength(raw[at:])
		item := raw[at:min(at+size, len(raw))]
		if size == escapeLength {
			r, taken, reason := codePoint(raw[at:])
			if reason != "" {
				return "", &badEscape{at, reason}
			}
			if taken > size {
				item, size = string(r), taken
			}
		}
		joined.WriteString(item)
		at += size
	}
	return joined.String(), nil
}

// itemLength is the length of the next byte or escape of a text.
func itemLength(raw string) int {
	switch {
	case raw[0] != '\\':
		return 1
	case strings.HasPrefix(raw, `\u`):
		return escapeLength
	}
	return 2
}

// codePoint reads the character that one \uXXXX names, or a pair of them, and
// tells how many bytes it took.
func codePoint(raw string) (r rune, taken int, reason string) {
	r, ok := codeUnit(raw)
	if !ok {
		return 0, 0, malformedEscape
	}
	if !utf16.IsSurrogate(r) {
		return r, escapeLength, ""
	}
	low, _ := codeUnit(raw[escapeLength:])
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, 0, loneSurrogate
	}
	return r, 2 * escapeLength, ""
}

// codeUnit reads the \uXXXX at the start of a text.
func codeUnit(raw string) (rune, bool) {
	if len(raw) < escapeLength || !strings.HasPrefix(raw, `\u`) {
		return 0, false
	}
	n, err := strconv.ParseUint(raw[2:escapeLength], 16, 16)
	return rune(n), err == nil
}

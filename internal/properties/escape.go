package properties

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	magiconair "github.com/magiconair/properties"
)

// The reasons quote nothing of the text, which may be a secret.
const (
	malformedEscape = `malformed \uXXXX escape`
	loneSurrogate   = `\uXXXX escape for half a character (a lone surrogate)`
)

// badEscape is a malformed escape and its offset in a text.
type badEscape struct {
	offset int
	reason string
}

// decode replaces the escapes in a key or a value. It returns a text with a malformed
// escape as it is.
func decode(raw string) (string, *badEscape) {
	if !strings.Contains(raw, `\`) {
		return raw, nil
	}
	joined, bad := joinSurrogates(raw)
	if bad != nil {
		return raw, bad
	}
	// The library reads files only: it gets a file with the text as its only value.
	loader := magiconair.Loader{Encoding: magiconair.UTF8, DisableExpansion: true}
	file, err := loader.LoadBytes([]byte("text=" + joined))
	if err != nil { // not seen yet: joinSurrogates has checked the escapes
		return raw, &badEscape{0, malformedEscape}
	}
	return file.GetString("text", ""), nil
}

// escapeLength is the length of \uXXXX.
const escapeLength = 6

// joinSurrogates checks every \uXXXX of a text and replaces each surrogate pair by its
// character: the library would decode the two halves apart. It keeps all other escapes.
// A lone half is refused: a Java string can hold it, UTF-8 cannot.
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

// itemLength is the length of the first byte or escape of a text.
func itemLength(raw string) int {
	switch {
	case raw[0] != '\\':
		return 1
	case strings.HasPrefix(raw, `\u`):
		return escapeLength
	}
	return 2
}

// codePoint reads the character at the start of a text, which is one \uXXXX or two of
// them, and returns how many bytes they take.
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

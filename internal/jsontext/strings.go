package jsontext

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string. It writes what encoding/json writes without HTML
// escaping: invalid UTF-8 becomes U+FFFD, and U+2028 and U+2029 are escaped, because
// JavaScript takes them for line ends.
func AppendString[T string | []byte](b []byte, s T) []byte {
	b, _ = AppendText(b, s)
	return b
}

// AppendText is AppendString. It also reports whether s is valid UTF-8.
func AppendText[T string | []byte](b []byte, s T) (_ []byte, valid bool) {
	b = append(b, '"')
	from := 0
	valid = true
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			b = appendEscaped(append(b, s[from:i]...), c)
			i++
			from = i
			continue
		}
		r, n := utf8.DecodeRuneInString(string(s[i:min(len(s), i+utf8.UTFMax)]))
		if invalid := r == utf8.RuneError && n == 1; invalid || r == '\u2028' || r == '\u2029' {
			valid = valid && !invalid
			b = appendUnicode(append(b, s[from:i]...), r)
			from = i + n
		}
		i += n
	}
	return append(append(b, s[from:]...), '"'), valid
}

func appendEscaped(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, '\\', 'b')
	case '\f':
		return append(b, '\\', 'f')
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return appendUnicode(b, rune(c))
}

func appendUnicode(b []byte, r rune) []byte {
	return append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// Unquote returns the text of a JSON string.
func Unquote(quoted []byte) string {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	return string(appendUnquoted(nil, quoted))
}

// appendUnquoted appends the text of a JSON string. A lone surrogate becomes U+FFFD, as in
// encoding/json.
func appendUnquoted(b, quoted []byte) []byte {
	s := quoted[1 : len(quoted)-1]
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b = append(b, s[i])
			continue
		}
		i++
		switch s[i] {
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			r, n, _ := unicode(s[i-1:])
			b = utf8.AppendRune(b, r)
			i += n - 2
		default:
			b = append(b, s[i])
		}
	}
	return b
}

// CheckCharacters returns an error for the first \uXXXX escape of half a character (a lone
// surrogate). A Go string cannot hold it, so it would be lost when the text is written
// again.
func CheckCharacters(data []byte) error {
	for i := 0; ; {
		next := bytes.IndexByte(data[i:], '\\')
		if next < 0 {
			return nil
		}
		i += next
		if data[i+1] != 'u' {
			i += 2
			continue
		}
		_, n, whole := unicode(data[i:])
		if !whole {
			return &SyntaxError{Offset: i, Reason: "\\u escape of half a character (a lone surrogate)"}
		}
		i += n
	}
}

// unicode reads the \uXXXX at the start of s, or two of them that are a surrogate pair. It
// returns the rune and its length in s. whole is false for a lone surrogate.
func unicode(s []byte) (r rune, n int, whole bool) {
	r, _ = hex4(s[2:])
	if !utf16.IsSurrogate(r) {
		return r, 6, true
	}
	if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if low, ok := hex4(s[8:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 12, true
			}
		}
	}
	return utf8.RuneError, 6, false
}

func hex4(s []byte) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range s[:4] {
		switch {
		case isDigit(c):
			r = r<<4 | rune(c-'0')
		case 'a' <= c && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case 'A' <= c && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

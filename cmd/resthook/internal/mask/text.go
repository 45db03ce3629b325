package mask

import (
	"strings"
	"unicode"
)

// Text is a text with the secrets masked that it names, as in token=s3cret and
// password: s3cret, and the users of its URLs.
func Text(text string) string { return pairs(users(text)) }

// users masks what stands before the @ of a URL.
func users(text string) string {
	var b strings.Builder
	for {
		at := strings.Index(text, "://")
		if at < 0 {
			return b.String() + text
		}
		at += len("://")
		end := at + strings.IndexFunc(text[at:]+" ", func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("/?#\"'<>", r) })
		b.WriteString(text[:at])
		if user := strings.LastIndexByte(text[at:end], '@'); user >= 0 {
			b.WriteString(stars)
			at += user
		}
		b.WriteString(text[at:end])
		text = text[end:]
	}
}

// pairs masks the values of secret names.
func pairs(text string) string {
	var b strings.Builder
	for {
		at := strings.IndexAny(text, "=:")
		if at < 0 {
			return b.String() + text
		}
		b.WriteString(text[:at+1])
		name := nameBefore(text[:at])
		sign, rest := text[at], text[at+1:]
		if Secret(name) {
			value := valueAfter(rest, sign)
			b.WriteString(stars)
			rest = rest[value:]
		}
		text = rest
	}
}

// nameBefore is the name at the end of a text, quotes and blanks behind it aside.
func nameBefore(text string) string {
	text = strings.TrimRight(text, " \t\"']")
	start := strings.LastIndexFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.", r)
	})
	return text[start+1:]
}

// valueAfter is how long the value at the begin of a text is: behind a colon up to the
// end of the line, else up to what ends a parameter.
func valueAfter(text string, sign byte) int {
	ends := "&;,\"'<> \t\r\n"
	if sign == ':' {
		ends = "\r\n"
	}
	blanks := len(text) - len(strings.TrimLeft(text, " \t\"'>"))
	if end := strings.IndexAny(text[blanks:], ends); end >= 0 {
		return blanks + end
	}
	return len(text)
}

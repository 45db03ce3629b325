// Package mask replaces the secrets in what is shown of requests and answers: passwords,
// tokens, keys and signatures. Everything else is kept.
package mask

import (
	"strings"
	"unicode"
)

// Text is a text with secrets masked: the values of secret names, as in token=s3cret,
// password: s3cret and <pin>1234</pin>, credentials after Bearer and Basic, and the users
// in URLs.
func Text(text string) string { return pairs(tags(schemes(users(text)))) }

// users masks what is before the @ in a URL. JSON may have escaped the slashes.
func users(text string) string {
	var b strings.Builder
	for {
		at, slashes := first(text, "//", `\/\/`)
		if at < 0 {
			return b.String() + text
		}
		at += len(slashes)
		end := at + until(text[at:], "/\\?#\"'<>")
		b.WriteString(text[:at])
		if user := strings.LastIndexByte(text[at:end], '@'); user >= 0 {
			b.WriteString(stars)
			at += user
		}
		b.WriteString(text[at:end])
		text = text[end:]
	}
}

// schemes masks the credentials after Bearer and Basic.
func schemes(text string) string {
	var b strings.Builder
	for {
		at, scheme := first(text, "bearer ", "basic ")
		if at < 0 {
			return b.String() + text
		}
		at += len(scheme)
		end := at + until(text[at:], "\"'<>,;\\")
		b.WriteString(text[:at])
		if isCredential(text[at:end]) {
			b.WriteString(stars)
			at = end
		}
		b.WriteString(text[at:end])
		text = text[end:]
	}
}

// isCredential distinguishes a credential from a word, as in "basic authentication".
func isCredential(text string) bool {
	inner := strings.TrimLeftFunc(text, unicode.IsUpper)
	return strings.ContainsFunc(text, unicode.IsDigit) || strings.ContainsFunc(inner, unicode.IsUpper)
}

// tags masks the text between tags with a secret name.
func tags(text string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(text, '<')
		end := strings.IndexByte(text[max(open, 0):], '>')
		if open < 0 || end < 0 {
			return b.String() + text
		}
		end += open + 1
		b.WriteString(text[:end])
		name, _, _ := strings.Cut(text[open+1:end-1], " ")
		text = text[end:]
		if name != "" && name[0] != '/' && Secret(name) {
			b.WriteString(stars)
			text = strings.TrimLeftFunc(text, func(r rune) bool { return r != '<' })
		}
	}
}

// pairs masks the values of secret names.
func pairs(text string) string {
	var b strings.Builder
	for {
		at, sign := first(text, "=", ":", "%3D")
		if at < 0 {
			return b.String() + text
		}
		name := nameBefore(text[:at])
		query := strings.HasSuffix(text[:at-len(name)], "?") || strings.HasSuffix(text[:at-len(name)], "&")
		b.WriteString(text[:at+len(sign)])
		text = text[at+len(sign):]
		if Secret(name) || query && secretInQuery(name) {
			b.WriteString(stars)
			text = text[valueAfter(text, sign):]
		}
	}
}

// first finds the first of several texts, ignoring case. It returns the index and the text;
// -1 if there is none.
func first(text string, of ...string) (at int, which string) {
	for at = range len(text) {
		for _, one := range of {
			if len(text)-at >= len(one) && strings.EqualFold(text[at:at+len(one)], one) {
				return at, one
			}
		}
	}
	return -1, ""
}

// until is the length of a text up to a blank or one of the characters in ends.
func until(text, ends string) int {
	end := strings.IndexFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(ends, r) })
	if end < 0 {
		return len(text)
	}
	return end
}

// nameBefore is the name at the end of a text, without quotes and blanks behind it.
func nameBefore(text string) string {
	text = strings.TrimRight(text, " \t\"']\\")
	start := strings.LastIndexFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-.", r)
	})
	return text[start+1:]
}

// valueAfter is the length of the value at the beginning of a text. After a colon it ends
// with the line, else with a parameter. It may begin on the next line, and with a type as
// PHP prints it: string(6) "s3cret".
func valueAfter(text, sign string) int {
	blanks := len(text) - len(strings.TrimLeft(text, " \t\"'>\r\n"))
	if rest, ok := strings.CutPrefix(text[blanks:], "string("); ok {
		quoted := strings.TrimLeft(rest, "0123456789)")
		blanks = len(text) - len(strings.TrimLeft(quoted, " \""))
	}
	ends := "&;,\"'<> \t\r\n"
	if sign == ":" {
		ends = "\r\n"
	}
	if end := strings.IndexAny(text[blanks:], ends); end >= 0 {
		return blanks + end
	}
	return len(text)
}

// Header is the value of a header with secrets masked. The scheme of an authorization and
// the version of a signature are kept.
func Header(name, value string) string {
	if !Secret(name) {
		return Text(value)
	}
	value = strings.TrimLeft(value, " \t")
	if scheme, _, found := strings.Cut(value, " "); found && strings.HasSuffix(strings.ToLower(name), "authorization") {
		return scheme + " " + stars
	}
	if version, _, found := strings.Cut(value, ","); found && len(version) <= 3 {
		return version + "," + stars
	}
	return stars
}

const stars = "***"

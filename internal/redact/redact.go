// Package redact makes text from elsewhere fit for a log: one line, no secrets of a URL,
// a bounded length.
package redact

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line is a text as one line of at most most bytes. White space becomes single blanks.
// Control characters, marks that change the direction of text and invalid UTF-8 are
// removed. A URL becomes what [URL] makes of it, and a user with a password before an @
// becomes ***.
func Line(text string, most int) string {
	if strings.Contains(text, "@") || strings.Contains(text, "://") {
		text = users(urls(text))
	}
	text = strings.Map(printable, strings.ToValidUTF8(text, ""))
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= most {
		return text
	}
	const more = "..."
	return strings.ToValidUTF8(text[:most-len(more)], "") + more
}

// Error wraps an error so that its text is a [Line]. It returns an error with such a text,
// and nil, as they are.
func Error(err error, most int) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if line := Line(text, most); line != text {
		return &lineError{line, err}
	}
	return err
}

type lineError struct {
	text string
	err  error
}

func (e *lineError) Error() string { return e.text }
func (e *lineError) Unwrap() error { return e.err }

func printable(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == utf8.RuneError:
		return -1
	}
	return r
}

// urls replaces each URL in a text by what [URL] makes of it.
func urls(text string) string {
	var b strings.Builder
	for {
		at := strings.Index(text, "://")
		if at < 0 {
			return b.String() + text
		}
		start := strings.LastIndexFunc(text[:at], func(r rune) bool { return !inScheme(r) }) + 1
		end := endOfURL(text, at+len("://"))
		b.WriteString(text[:start] + URL(text[start:end]))
		text = text[end:]
	}
}

func inScheme(r rune) bool {
	return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("+-.", r))
}

// endOfURL is the end of a URL whose user or host starts at from. A blank or a quote ends
// a URL, unless it is part of a password: then an @ follows before the next slash of the
// line, and the host comes after it.
func endOfURL(text string, from int) int {
	for {
		end := from + strings.IndexFunc(text[from:]+" ", endsURL)
		if strings.ContainsAny(text[from:end], "/?#") {
			return end
		}
		at := strings.IndexAny(text[end:], "@/?#\r\n")
		if at < 0 || text[end+at] != '@' {
			return end
		}
		from = end + at + 1
	}
}

// users removes users with passwords before an @ outside of URLs. The scheme of a phone or
// mail address, such as sip:, is not a user.
func users(text string) string {
	var b strings.Builder
	for {
		at := strings.IndexByte(text, '@')
		if at < 0 {
			return b.String() + text
		}
		start := strings.LastIndexFunc(text[:at], endsURL) + 1
		if user := withoutPhone(text[start:at]); strings.Contains(user, ":") {
			b.WriteString(text[:at-len(user)] + "***")
		} else {
			b.WriteString(text[:at])
		}
		b.WriteByte('@')
		text = text[at+1:]
	}
}

// withoutPhone removes the scheme of a phone or mail address.
func withoutPhone(address string) string {
	for _, scheme := range [...]string{"sip:", "sips:", "tel:", "mailto:", "xmpp:", "h323:"} {
		if len(address) > len(scheme) && strings.EqualFold(address[:len(scheme)], scheme) {
			return address[len(scheme):]
		}
	}
	return address
}

func endsURL(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"'<>`", r) }

// URL is the part of a URL that may be printed: scheme, host and path. In a URL without a
// host, or with an @ after it that may end a password, any part may be a secret: then it
// is the scheme alone.
func URL(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case raw == "":
		return ""
	case err != nil:
		return "(unparsable URL)"
	case u.Host != "" && !strings.Contains(afterAuthority(raw), "@"):
		shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
		return shown.String()
	case slices.Contains([]string{"http", "https", "rtsp", "rtsps", "rtmp", "ws", "wss"}, u.Scheme):
		return u.Scheme + ":"
	}
	return "(URL without a host)"
}

// afterAuthority is the path, query and fragment of a URL.
func afterAuthority(raw string) string {
	_, rest, _ := strings.Cut(raw, "//")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return rest[i:]
	}
	return ""
}

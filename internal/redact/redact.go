// Package redact makes text of others fit for a log.
package redact

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line is a text as one line of at most so many bytes. What breaks lines and
// other blanks are one blank; what is not printable, turns a line round or is no
// UTF-8 is left out; of a URL in it stays what [URL] leaves, and of a user and a
// password before an @ nothing.
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

// Error is an error whose text is [Line] of what it was. errors.Is and errors.As
// see the one behind it. A nil error stays nil.
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

// urls is the text with its URLs as they may be shown.
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

// endOfURL is where the URL ends whose host is to come at from. What ends one can
// stand in a password too: where an @ comes before the next slash of the line, the
// host is behind it.
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

// users is the text without the users and passwords that stand before an @ although
// it is no URL. The address of a phone has none.
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

// withoutPhone is the address without the schemes of phones and mail.
func withoutPhone(address string) string {
	for _, scheme := range [...]string{"sip:", "sips:", "tel:", "mailto:", "xmpp:", "h323:"} {
		if len(address) > len(scheme) && strings.EqualFold(address[:len(scheme)], scheme) {
			return address[len(scheme):]
		}
	}
	return address
}

func endsURL(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"'<>`", r) }

// URL leaves of a URL what may be printed: scheme, host and path. Where it
// has no host, or an @ that may be the end of a password, any part may be a
// secret: then that is its scheme alone.
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

// afterAuthority is what follows the host of a URL that has one.
func afterAuthority(raw string) string {
	_, rest, _ := strings.Cut(raw, "//")
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return rest[i:]
	}
	return ""
}

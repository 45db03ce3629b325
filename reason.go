package resthook

import (
	"encoding/json"
	"errors"
	"html"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/redact"
)

// longestReason is how much of a backend's words Reason returns, in bytes.
const longestReason = 200

// Reason returns what the backend said when it refused, as one line of at most
// 200 bytes; empty where it said nothing that reads as a reason. They are the
// backend's own words, which may hold secrets: show them to whom you would show
// the answer, and know that no error, log line or metric of this package has them.
//
// Of an answer in JSON it is the first of the members message, error, reason,
// detail, error_description, description, msg and title that is a text, or an
// object or list with one. A payload that comes back holds none. Of any other
// text, such as a PHP notice or the page of a proxy, it is the text without its
// HTML tags. Characters that are not printed or that turn a line round are left
// out.
func Reason(err error) string {
	failed, ok := errors.AsType[*Error](err)
	if !ok {
		return ""
	}
	return redact.Line(reasonIn(jsontext.TrimBOM(failed.Answer)), longestReason)
}

func reasonIn(answer []byte) string {
	text := strings.TrimSpace(string(answer))
	switch {
	case text == "" || strings.ContainsRune(text, 0): // no text, such as one that is compressed
		return ""
	case json.Valid([]byte(text)):
		return reasonOf([]byte(text), 0)
	case text[0] == '<':
		return withoutTags(text)
	case strings.ContainsRune("{[", rune(text[0])):
		return "" // JSON that was cut, which may be all of a payload
	}
	return text
}

// reasonOf finds the words in a JSON value.
func reasonOf(value []byte, depth int) string {
	const deepest = 4
	switch {
	case depth > deepest:
		return ""
	case value[0] == '"':
		return jsontext.Unquote(value)
	case value[0] == '[':
		for elements := jsontext.OpenArray(value); elements.Next(); {
			return reasonOf(elements.Value(), depth+1)
		}
	case value[0] == '{':
		for _, name := range [...]string{"message", "error", "reason", "detail", "error_description", "description", "msg", "title"} {
			if member, ok := jsontext.Get(value, name); ok {
				if words := reasonOf(member, depth+1); words != "" {
					return words
				}
			}
		}
	}
	return ""
}

// withoutTags is the text of a page.
func withoutTags(page string) string {
	var b strings.Builder
	for page != "" {
		text, rest, _ := strings.Cut(page, "<")
		b.WriteString(text + " ")
		for _, hidden := range [...]string{"script", "style"} {
			if len(rest) >= len(hidden) && strings.EqualFold(rest[:len(hidden)], hidden) {
				_, rest, _ = strings.Cut(rest, "</")
			}
		}
		_, page, _ = strings.Cut(rest, ">")
	}
	return html.UnescapeString(b.String())
}

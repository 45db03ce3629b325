package answer

import (
	"encoding/json"
	"html"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
)

// Reason returns the reason in an answer that denies, or "" if there is none. In JSON it is
// the first of the members message, error, reason, detail, error_description, description,
// msg and title that is a text, or an object or a list with one. In any other text, such as
// a PHP notice or the page of a proxy, it is the text without HTML tags. The reason may have
// any length and contain any character.
func Reason(body []byte) string { return reasonIn(jsontext.TrimBOM(body)) }

func reasonIn(answer []byte) string {
	text := strings.TrimSpace(string(answer))
	switch {
	case text == "" || strings.ContainsRune(text, 0): // binary data
		return ""
	case json.Valid([]byte(text)):
		return reasonOf([]byte(text), 0)
	case text[0] == '<':
		return withoutTags(text)
	case strings.ContainsRune("{[", rune(text[0])):
		return "" // JSON that was cut off, possibly a whole payload
	}
	return text
}

// reasonOf finds the reason in a JSON value.
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

// withoutTags is the text of an HTML page.
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

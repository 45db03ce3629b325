package answer

import (
	"encoding/json"
	"html"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
)

// Reason returns the words in an answer that refuses; empty where there are none that read
// as a reason. Of an answer in JSON they are the first of the members message, error,
// reason, detail, error_description, description, msg and title that is a text, or an object
// or list with one. Of any other text, such as a PHP notice or the page of a proxy, it is the
// text without its HTML tags. The words may have any length and any character in them.
func Reason(body []byte) string { return reasonIn(jsontext.TrimBOM(body)) }

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

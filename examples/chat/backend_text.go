package main

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wcskit/resthook/backend"
)

// textLimit is how long a message may be, in characters.
const textLimit = 500

// readText returns the text of a message, or an error if it is not allowed.
func readText(payload map[string]any) (string, error) {
	text, ok := payload["body"].(string)
	text = strings.TrimSpace(text)
	switch {
	case !ok || text == "":
		return "", backend.Deny("an empty message")
	case utf8.RuneCountInString(text) > textLimit:
		return "", backend.Deny("a message that is too long")
	case abusive(text):
		return "", backend.Deny("an abusive word")
	}
	return text, nil
}

// abusive compares whole words only: a longer word that contains one of them is allowed.
func abusive(text string) bool {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.ContainsFunc(words, func(word string) bool {
		return slices.Contains([]string{"blockhead", "nincompoop", "numskull"}, word)
	})
}

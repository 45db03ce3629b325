package resthook

import (
	"strings"
	"unicode/utf8"
)

// longestLabel is how many bytes of a text that a client may have chosen (an id,
// an app key, a stream's name) go into a log line, an outcome or a count.
const longestLabel = 128

// label is the text, or the first bytes of a longer one. It does not keep the longer
// one alive.
func label(text string) string {
	if len(text) <= longestLabel {
		return text
	}
	end := longestLabel
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return strings.Clone(text[:end])
}

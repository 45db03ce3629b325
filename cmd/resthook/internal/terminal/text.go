package terminal

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode"
)

// OneLine joins the lines of a text, such as that of joined errors, and takes
// out what a terminal would obey.
func OneLine(text string) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, strings.Join(lines, "; "))
}

// Printable is a text for a table or a log, quoted where a terminal would obey
// it.
func Printable(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}

// JSON writes a value as JSON without line ends, and with < > & as they are: the
// reader is no browser.
func JSON(value any) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

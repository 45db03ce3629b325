package recording

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// Change is a field in which two bodies differ. Its values are JSON, or empty if the field
// is missing. If a body is not an object, the field is empty and the values are the whole
// bodies.
type Change struct {
	Field string `json:"field"` // with dots: custom.token
	Was   string `json:"was"`
	Is    string `json:"is"`
}

// SameAnswer reports whether two exchanges have the same status and the same body. The
// order of fields does not matter.
func SameAnswer(was, is Exchange) bool {
	return was.Status == is.Status && len(Changes(was.Answer, is.Answer)) == 0
}

// Changes are the fields in which two bodies differ, sorted by name.
func Changes(was, is []byte) []Change {
	switch {
	case bytes.Equal(was, is):
		return nil
	case !IsObject(was) || !IsObject(is):
		return []Change{{Was: string(was), Is: string(is)}}
	}
	return objectChanges("", parsed(was), parsed(is))
}

// parsed reads an object; its numbers keep all their digits.
func parsed(body []byte) map[string]any {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var object map[string]any
	_ = decoder.Decode(&object) // IsObject has checked it
	return object
}

func objectChanges(above string, was, is map[string]any) []Change {
	fields := maps.Clone(was)
	maps.Copy(fields, is)
	var found []Change
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		before, had := was[field]
		after, has := is[field]
		if had && has {
			found = append(found, valueChanges(above+field, before, after)...)
			continue
		}
		found = append(found, Change{Field: above + field, Was: valueText(before, had), Is: valueText(after, has)})
	}
	return found
}

func valueChanges(field string, was, is any) []Change {
	before, wasObject := was.(map[string]any)
	after, isObject := is.(map[string]any)
	switch {
	case wasObject && isObject:
		return objectChanges(field+".", before, after)
	case sameValue(was, is):
		return nil
	}
	return []Change{{Field: field, Was: valueText(was, true), Is: valueText(is, true)}}
}

func sameValue(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, sameValue)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, sameValue)
	case json.Number:
		b, ok := b.(json.Number)
		return ok && sameNumber(a.String(), b.String())
	}
	return a == b
}

// sameNumber treats 1.0 and 1 as equal, since backends write either. Integers are compared
// digit by digit.
func sameNumber(a, b string) bool {
	if a == b || !strings.ContainsAny(a+b, ".eE") {
		return a == b
	}
	x, err := strconv.ParseFloat(a, 64)
	y, other := strconv.ParseFloat(b, 64)
	return err == nil && other == nil && x == y
}

func valueText(value any, there bool) string {
	if !there {
		return ""
	}
	text, _ := terminal.JSON(value) // it was parsed from JSON
	return text
}

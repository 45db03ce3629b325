package replay

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/mask"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// comparison compares answers.
type comparison struct {
	name   string   // of the recording
	ignore []string // fields that may differ, with dots
	show   bool     // differences have values
}

// of compares an answer with the recorded one. It returns nil if they are equal.
func (c comparison) of(was hook, is answer) *Difference {
	d := &Difference{
		Line: was.line, Method: was.Method, Session: was.session,
		Was: was.Status, Is: is.status, Fields: c.fields(was, is), name: c.name,
	}
	if is.fault != nil && (was.Status != 0 || !errors.Is(is.fault, resthook.ErrNoAnswer)) {
		d.Error, d.Kind = terminal.OneLine(is.fault.Error()), string(is.fault.Kind)
		d.cause = fmt.Sprintf("failed: %s: %v", d.Kind, is.fault.Err)
	}
	if d.Was == d.Is && d.Error == "" && len(d.Fields) == 0 {
		return nil
	}
	return d
}

func (c comparison) fields(was hook, is answer) []fieldChanged {
	found := []fieldChanged{}
	if was.Status == 0 || is.status == 0 {
		return found // there is nothing to compare
	}
	for _, one := range recording.Changes(was.Answer, is.body) {
		if !c.ignores(one.Field) {
			found = append(found, c.field(one))
		}
	}
	return found
}

// ignores reports whether a field, or one that contains it, may differ.
func (c comparison) ignores(field string) bool {
	return slices.ContainsFunc(c.ignore, func(name string) bool {
		return field == name || strings.HasPrefix(field, name+".")
	})
}

func (c comparison) field(one recording.Change) fieldChanged {
	f := fieldChanged{Field: one.Field, Was: typeOf(one.Field, one.Was), Is: typeOf(one.Field, one.Is)}
	if c.show {
		f.WasValue, f.IsValue = shownValue(one.Field, one.Was), shownValue(one.Field, one.Is)
	}
	return f
}

// typeOf is the type of a JSON value or, with field "", of a whole answer.
func typeOf(field, value string) string {
	switch {
	case field == "" && recording.IsObject([]byte(value)):
		return "object"
	case field == "":
		return "text"
	case value == "":
		return missing
	}
	switch value[0] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

// shownValue is a value as it may be printed: objects and lists are left out, secrets are
// masked.
func shownValue(field, value string) string {
	switch {
	case field == "", value == "", strings.HasPrefix(value, "{"), strings.HasPrefix(value, "["):
		return ""
	case secretPath(field):
		return "***"
	}
	return cut(mask.Text(value), longestValue)
}

const longestValue = 300 // bytes of a value, and of a field's name

// cut is the beginning of a text, of at most so many bytes.
func cut(text string, most int) string {
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}

// secretPath reports whether the name of a field, or of one that contains it, is a
// secret's.
func secretPath(field string) bool {
	return slices.ContainsFunc(strings.Split(field, "."), mask.Secret)
}

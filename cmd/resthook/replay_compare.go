package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/mask"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// differing is a hook whose answer is not the recorded one, as --json prints it:
// exactly these fields.
type differing struct {
	Line    int            `json:"line"`
	Method  string         `json:"method"`
	Session string         `json:"session"`
	Was     int            `json:"was"` // the status, 0 where the connection was dropped
	Is      int            `json:"is"`
	Error   string         `json:"error"`
	Kind    string         `json:"error_kind,omitempty"`
	Fields  []fieldChanged `json:"fields"`

	cause string // Error, without what stands in the line anyway
}

// fieldChanged is a field of an answer. Its values are there with --show only,
// and never those that are no text, number or the like, or may be secret: of an
// answer that is no object nobody can tell.
type fieldChanged struct {
	Field    string `json:"field"` // with dots; empty for an answer that is no object
	Was      string `json:"was"`   // the type; missing where there was none
	Is       string `json:"is"`
	WasValue string `json:"was_value,omitempty"` // as JSON
	IsValue  string `json:"is_value,omitempty"`
}

// comparison is how answers are compared.
type comparison struct {
	ignore []string // fields that may differ, with dots
	show   bool     // print values
}

// of compares an answer with the recorded one; nil where they are the same.
func (c comparison) of(was recordedHook, is again) *differing {
	d := &differing{
		Line: was.line, Method: was.Method, Session: was.sender,
		Was: was.Status, Is: is.Status, Fields: c.fields(was.Exchange, is.Exchange),
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

func (c comparison) fields(was, is recording.Exchange) []fieldChanged {
	found := []fieldChanged{}
	if was.Status == 0 || is.Status == 0 {
		return found // there is nothing to compare
	}
	for _, one := range recording.Changes(was.Answer, is.Answer) {
		if !c.ignores(one.Field) {
			found = append(found, c.field(one))
		}
	}
	return found
}

// ignores tells whether a field, or one above it, may differ.
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

// typeOf is the type of a value of JSON, or of an answer as a whole.
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

// shownValue is what may be printed of a value.
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

// cut is a text of at most so many bytes.
func cut(text string, most int) string {
	return strings.ToValidUTF8(text[:min(len(text), most)], "")
}

// secretPath tells by its names whether a field, or one above it, holds what nobody
// should read.
func secretPath(field string) bool {
	return slices.ContainsFunc(strings.Split(field, "."), mask.Secret)
}

// text is the difference in a line.
func (d *differing) text(name string) string {
	var parts []string
	switch {
	case d.Error != "":
		parts = append(parts, d.cause)
	case d.Was != d.Is:
		parts = append(parts, fmt.Sprintf("%s, was %s", statusText(d.Is), statusText(d.Was)))
	}
	for _, f := range d.Fields {
		parts = append(parts, f.text())
	}
	return terminal.OneLine(fmt.Sprintf("%s:%d: %s: %s", name, d.Line, d.Method, strings.Join(parts, "; ")))
}

func statusText(status int) string {
	if status == 0 {
		return "dropped"
	}
	return fmt.Sprintf("status %d", status)
}

func (f fieldChanged) text() string {
	name := f.Field
	if name == "" {
		name = "the answer"
	}
	switch {
	case f.Was == missing && f.IsValue != "":
		return fmt.Sprintf("%s is new: %s", name, f.IsValue)
	case f.Was == missing:
		return fmt.Sprintf("%s is new (%s)", name, f.Is)
	case f.Is == missing:
		return fmt.Sprintf("%s is gone, was %s", name, cmp.Or(f.WasValue, f.Was))
	case f.Was == f.Is && f.IsValue == f.WasValue:
		return fmt.Sprintf("%s is another %s", name, f.Is)
	}
	return fmt.Sprintf("%s is %s, was %s", name, cmp.Or(f.IsValue, f.Is), cmp.Or(f.WasValue, f.Was))
}

// missing is the type of a field that is not there.
const missing = "missing"

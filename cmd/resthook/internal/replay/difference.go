package replay

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// Difference is a hook whose answer differs from the recorded one. As JSON it has exactly
// these fields.
type Difference struct {
	Line    int            `json:"line"`
	Method  string         `json:"method"`
	Session string         `json:"session"`
	Was     int            `json:"was"` // the status, 0 where the connection was dropped
	Is      int            `json:"is"`
	Error   string         `json:"error"`
	Kind    string         `json:"error_kind,omitempty"`
	Fields  []fieldChanged `json:"fields"`

	name  string // of the recording
	cause string // Error, without what the line says anyway
}

// fieldChanged is a field of an answer. It has values if they are to be shown, but never
// an object, a list, a secret, or an answer that is not an object: that may contain a
// secret.
type fieldChanged struct {
	Field    string `json:"field"` // with dots; empty for an answer that is not an object
	Was      string `json:"was"`   // the type, or missing
	Is       string `json:"is"`
	WasValue string `json:"was_value,omitempty"` // as JSON
	IsValue  string `json:"is_value,omitempty"`
}

// Text is the difference in one line.
func (d *Difference) Text() string {
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
	return terminal.OneLine(fmt.Sprintf("%s:%d: %s: %s", d.name, d.Line, d.Method, strings.Join(parts, "; ")))
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

// missing is the type of a missing field.
const missing = "missing"

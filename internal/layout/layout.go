package layout

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/wcskit/resthook/internal/jsontext"
)

// Layout is the way of a struct of type P into JSON and back: its fields, in the
// order in which they are written. It does not change and is safe for concurrent use.
type Layout[P any] struct {
	Options

	name   string
	fields []Field[P]
	index  map[string]int
	rest   func(*P) (*map[string]json.RawMessage, *Origin)
}

// Options are what the layouts of a program have in common.
type Options struct {
	// Pinned are the names of members, at most 64, that a writer may give texts for;
	// see [Layout.Append].
	Pinned []string
	// Show returns a text as it may be printed. Default: as it is.
	Show func(text string) string
	// Misfit makes the error for a value that does not fit its field: what the field
	// takes, and the type of JSON value found, never the value.
	Misfit func(field, want, found string) error
}

// Origin remembers, of the object that a struct was read from, what Go's zero values
// can't tell: which fields were there as zero, and which as null. The zero Origin is
// that of a struct made in Go.
type Origin struct {
	read        bool
	zero, nulls uint64 // a bit for each field
}

// New makes the layout of a struct with at most 64 fields. rest says where a struct
// keeps the members that are none of its fields, and its origin.
func New[P any](name string, o Options, rest func(*P) (*map[string]json.RawMessage, *Origin), fields ...Field[P]) *Layout[P] {
	l := &Layout[P]{Options: o.filled(), name: name, fields: fields, index: make(map[string]int, len(fields)), rest: rest}
	for i := range fields {
		f := &fields[i]
		f.key = string(jsontext.AppendName(nil, 0, f.name))
		f.pin = slices.Index(o.Pinned, f.name)
		l.index[f.name] = i
	}
	return l
}

func (o Options) filled() Options {
	if o.Show == nil {
		o.Show = func(text string) string { return text }
	}
	if o.Misfit == nil {
		o.Misfit = func(field, want, found string) error { return fmt.Errorf("field %q: %s, not %s", field, found, want) }
	}
	return o
}

// Name returns the name of the struct.
func (l *Layout[P]) Name() string { return l.name }

// Has reports whether there is a field of that name.
func (l *Layout[P]) Has(name string) bool {
	_, known := l.index[name]
	return known
}

// Names returns the names of the fields, in their order.
func (l *Layout[P]) Names() []string {
	names := make([]string, len(l.fields))
	for i := range l.fields {
		names[i] = l.fields[i].name
	}
	return names
}

// Text returns the text of the member of that name, whether it is a field or not; ""
// of one that is no string. body is p as JSON.
func (l *Layout[P]) Text(p *P, body []byte, name string) string {
	i, known := l.index[name]
	if !known {
		unknown, _ := l.rest(p)
		return jsontext.Text((*unknown)[name])
	}
	if text := l.fields[i].text; text != nil {
		return text(p)
	}
	value, _ := jsontext.Get(body, name)
	return jsontext.Text(value)
}

package layout

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/wcskit/resthook/internal/jsontext"
)

// Layout encodes and decodes structs of type P: it holds the fields in the order in which
// they are written. It is immutable and safe for concurrent use.
type Layout[P any] struct {
	Options

	name   string
	fields []Field[P]
	index  map[string]int
	rest   func(*P) (*map[string]json.RawMessage, *Origin)
}

// Options are the options that the layouts of a program share.
type Options struct {
	// Pinned are the names of at most 64 members that can be replaced by texts when a
	// struct is encoded; see [Layout.Append].
	Pinned []string
	// Show makes a text fit to be printed. nil: texts are printed as they are.
	Show func(text string) string
	// Misfit makes the error for a value that does not fit its field. want is what the
	// field takes, found is the JSON type of the value. nil: an error with these texts.
	Misfit func(field, want, found string) error
}

// Origin records what zero values in Go do not show about the object that a struct was
// decoded from: which fields were there as zero and which as null. The zero Origin belongs
// to a struct made in Go.
type Origin struct {
	read        bool
	zero, nulls uint64 // a bit for each field
}

// New makes the layout of a struct with at most 64 fields. rest returns where a struct
// keeps its unknown members and its origin.
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

// Has reports whether there is a field with this name.
func (l *Layout[P]) Has(name string) bool {
	_, known := l.index[name]
	return known
}

// Names returns the names of the fields in order.
func (l *Layout[P]) Names() []string {
	names := make([]string, len(l.fields))
	for i := range l.fields {
		names[i] = l.fields[i].name
	}
	return names
}

// Text returns the string with this name, in a field or an unknown member, or "" if there
// is none. body is p as JSON.
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

package resthook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"unicode/utf8"

	"github.com/wcskit/resthook/internal/jsontext"
)

// codec turns a payload into JSON and back. The payloads of the catalogue have
// a layout; a media server's own types go through encoding/json.
type codec[P any] interface {
	// encode appends the payload as one JSON object.
	encode(b []byte, p *P) ([]byte, error)
	// encodeAs is encode with the ids of who is speaking, where they are known,
	// instead of those in the payload. It returns false where the ids may still
	// be other ones: identity.put sees to that.
	encodeAs(b []byte, p *P, who *identity) ([]byte, bool, error)
	// decode reads the payload from an object that jsontext.Check has passed.
	decode(p *P, object []byte) error
	// overlay returns a copy of p in which the members named have those
	// values. body is p as JSON.
	overlay(p *P, body []byte, changes []member) (*P, error)
	// text returns the text of the field of that name. body is p as JSON.
	text(p *P, body []byte, name string) string
	// payloadType is the name of P.
	payloadType() string
	// hasField reports whether the JSON object has a field of that name.
	hasField(name string) bool
	// fieldNames are the fields that are known; none of a type that has others too.
	fieldNames() []string
}

// member is one name and value of a JSON object.
type member struct {
	name  string
	value []byte
}

// FieldError is a value in a JSON object that can't be read as the field's
// type. The field keeps what it had, and the value stays in Unknown, so that
// nothing is lost.
type FieldError struct {
	Field string // the field's name on the wire
	Want  string // what the field takes
	Found string // the type of JSON value found; never the value, which may be secret
}

// Error names the field, and what was found in place of what is wanted.
func (e *FieldError) Error() string {
	return fmt.Sprintf("field %q: %s, not %s", e.Field, e.Found, e.Want)
}

// field ties one member of the JSON object to one field of P.
type field[P any] struct {
	name   string
	key    string       // the name as JSON, with its colon
	at     func(*P) any // a pointer to the field, of a type that values.go knows
	always bool         // sent as zero too, where the payload was made in Go
	secret bool         // masked when the payload is printed
	id     idField
}

// layout is the codec of a payload type: its fields in the order in which they
// are sent.
type layout[P any] struct {
	name   string
	fields []field[P]
	rest   func(*P) (*map[string]json.RawMessage, *origin)
	index  map[string]int
}

// origin remembers, of the JSON object that a payload was read from, what Go's
// zero values can't tell: which fields were there as zero, and which as null.
type origin struct {
	read        bool
	zero, nulls uint64
}

func newLayout[P any](name string, rest func(*P) (*map[string]json.RawMessage, *origin), fields []field[P]) *layout[P] {
	l := &layout[P]{name: name, fields: fields, rest: rest, index: make(map[string]int, len(fields))}
	for i := range fields {
		f := &fields[i]
		f.key = string(append(jsontext.AppendString(nil, f.name), ':'))
		f.id = idFieldOf([]byte(f.name))
		l.index[f.name] = i
	}
	return l
}

func (l *layout[P]) encode(b []byte, p *P) ([]byte, error) {
	b, _, err := l.encodeAs(b, p, nil)
	return b, err
}

func (l *layout[P]) encodeAs(b []byte, p *P, who *identity) (_ []byte, done bool, err error) {
	if b == nil {
		b = make([]byte, 0, 1024) // most payloads, SDP aside
	}
	unknown, _ := l.rest(p)
	done = len(*unknown) == 0
	if !done {
		who = nil // an id that is no text may be there, or a name that could be taken for one
	}
	b, err = l.write(b, p, who, func(_ *field[P], b []byte, at any) ([]byte, error) { return appendValue(b, at) })
	return b, done, err
}

// write appends the object; value appends one field. The ids of who is speaking
// stand in their places, or at the end where the payload has none.
func (l *layout[P]) write(b []byte, p *P, who *identity, value func(*field[P], []byte, any) ([]byte, error)) ([]byte, error) {
	_, from := l.rest(p)
	b = append(b, '{')
	start := len(b)
	var said [idFields]bool
	for i := range l.fields {
		f := &l.fields[i]
		at := f.at(p)
		zero := isZero(at)
		if zero && !from.sends(i, f.always) {
			continue
		}
		if f.id != noID && who != nil {
			id := who.of(f.id)
			if id == nil {
				continue
			}
			at, zero, said[f.id] = id, false, true
		}
		if len(b) > start {
			b = append(b, ',')
		}
		b = append(b, f.key...)
		if zero && from.nulls&(1<<i) != 0 {
			b = append(b, "null"...)
			continue
		}
		var err error
		if b, err = value(f, b, at); err != nil {
			return nil, fmt.Errorf("field %q: %w", f.name, err)
		}
	}
	b = who.appendMissing(b, start, said)
	b, err := l.appendUnknown(b, start, p)
	return append(b, '}'), err
}

// sends reports whether the i-th field is sent although it is zero: it was read
// so, or the payload was made in Go and the field says something as zero.
func (o *origin) sends(i int, always bool) bool {
	return (o.zero|o.nulls)&(1<<i) != 0 || always && !o.read
}

func appendName(b []byte, start int, name string) []byte {
	return append(jsontext.AppendString(appendComma(b, start), name), ':')
}

func appendRawName(b []byte, start int, name []byte) []byte {
	return append(append(appendComma(b, start), name...), ':')
}

// appendComma appends what stands before each member but the first.
func appendComma(b []byte, start int) []byte {
	if len(b) > start {
		b = append(b, ',')
	}
	return b
}

// appendUnknown appends what the layout does not know, and what did not convert
// for a field that is not sent itself.
func (l *layout[P]) appendUnknown(b []byte, start int, p *P) ([]byte, error) {
	unknown, from := l.rest(p)
	if len(*unknown) == 0 {
		return b, nil
	}
	for _, name := range slices.Sorted(maps.Keys(*unknown)) {
		if i, known := l.index[name]; known && (!isZero(l.fields[i].at(p)) || from.sends(i, l.fields[i].always)) {
			continue
		}
		value := (*unknown)[name]
		switch {
		case !utf8.ValidString(name) || !utf8.Valid(value):
			return nil, fmt.Errorf("field %.40q in Unknown: %w", name, errUTF8)
		case len(value) == 0:
			value = json.RawMessage("null")
		case !json.Valid(value):
			return nil, fmt.Errorf("field %.40q: its value in Unknown is not JSON", name)
		}
		b = append(appendName(b, start, name), value...)
	}
	return b, nil
}

func (l *layout[P]) decode(p *P, object []byte) error {
	var fault error
	for m := jsontext.Open(object); m.Next(); {
		if err := l.setRaw(p, m.Name(), m.Value()); err != nil && fault == nil {
			fault = err
		}
	}
	_, from := l.rest(p)
	from.read = true
	return fault
}

// set gives one field the value; a name that the layout does not know goes to
// Unknown, and so does a value that does not convert.
func (l *layout[P]) set(p *P, name string, value []byte) error {
	i, known := l.index[name]
	if !known {
		unknown, _ := l.rest(p)
		l.keep(unknown, name, value)
		return nil
	}
	return l.setField(p, i, value)
}

// setRaw is set, without a copy of a name that is known.
func (l *layout[P]) setRaw(p *P, name, value []byte) error {
	if i, known := l.index[string(name)]; known {
		return l.setField(p, i, value)
	}
	return l.set(p, string(name), value)
}

func (l *layout[P]) setField(p *P, i int, value []byte) error {
	unknown, from := l.rest(p)
	name, at := l.fields[i].name, l.fields[i].at(p)
	delete(*unknown, name)
	from.zero &^= 1 << i
	from.nulls &^= 1 << i
	if jsontext.IsNull(value) {
		clearValue(at)
		from.nulls |= 1 << i
		return nil
	}
	if want := setValue(at, value); want != "" {
		l.keep(unknown, name, value)
		return &FieldError{Field: name, Want: want, Found: typeOf(value)}
	}
	if isZero(at) {
		from.zero |= 1 << i
	}
	return nil
}

func (l *layout[P]) keep(unknown *map[string]json.RawMessage, name string, value []byte) {
	if *unknown == nil {
		*unknown = map[string]json.RawMessage{}
	}
	(*unknown)[name] = bytes.Clone(value)
}

func (l *layout[P]) overlay(p *P, body []byte, changes []member) (*P, error) {
	changed := *p
	unknown, _ := l.rest(&changed)
	*unknown = maps.Clone(*unknown)
	for _, c := range changes {
		if err := l.set(&changed, c.name, c.value); err != nil && !mirrored(body, c) {
			return nil, err
		}
	}
	return &changed, nil
}

// mirrored reports whether the change is what the body says already, however it
// is escaped.
func mirrored(body []byte, c member) bool {
	value, ok := jsontext.Get(body, c.name)
	return ok && reflect.DeepEqual(jsontext.Value(value), jsontext.Value(c.value))
}

// unmarshal is UnmarshalJSON of the payload types: the fields that the text
// has are set, the others stay.
func (l *layout[P]) unmarshal(p *P, data []byte) error {
	if jsontext.IsNull(data) {
		return nil
	}
	if err := jsontext.Check(data); err != nil {
		return fmt.Errorf("%s: %w", l.name, err)
	}
	if err := l.decode(p, data); err != nil {
		return fmt.Errorf("%s: %w", l.name, err)
	}
	return nil
}

func (l *layout[P]) text(p *P, body []byte, name string) string {
	if i, known := l.index[name]; known {
		if at, ok := l.fields[i].at(p).(*string); ok {
			return *at
		}
		return textAt(body, name)
	}
	unknown, _ := l.rest(p)
	return textOf((*unknown)[name])
}

func (l *layout[P]) payloadType() string { return l.name }

func (l *layout[P]) fieldNames() []string {
	names := make([]string, len(l.fields))
	for i := range l.fields {
		names[i] = l.fields[i].name
	}
	return names
}

func (l *layout[P]) hasField(name string) bool {
	_, known := l.index[name]
	return known
}

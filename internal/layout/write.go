package layout

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/wcskit/resthook/internal/jsontext"
)

// Marshal returns the struct as one JSON object.
func (l *Layout[P]) Marshal(p *P) ([]byte, error) {
	b, _, err := l.Append(nil, p, nil)
	return b, err
}

// Append appends the struct as one JSON object. pins are texts for the members of
// Options.Pinned, in their order: they stand in the places of the fields of those
// names, or at the end where the struct has none to write. An empty one leaves its
// field out. Nil pins leave the struct as it is.
//
// whole is false where the struct has unknown members: one of them may have a name
// that is close to a pinned one, so nothing is pinned then.
func (l *Layout[P]) Append(b []byte, p *P, pins []string) (_ []byte, whole bool, err error) {
	if b == nil {
		b = make([]byte, 0, 1024) // most objects
	}
	unknown, _ := l.rest(p)
	if whole = len(*unknown) == 0; !whole {
		pins = nil
	}
	b, err = l.write(b, p, pins, false)
	return b, whole, err
}

// write appends the object, or what may be shown of it.
func (l *Layout[P]) write(b []byte, p *P, pins []string, shown bool) (_ []byte, err error) {
	_, from := l.rest(p)
	b = append(b, '{')
	start := len(b)
	var written uint64 // of the pins
	for i := range l.fields {
		f := &l.fields[i]
		zero, pinned := f.isZero(p), f.pin >= 0 && pins != nil
		if zero && !from.writes(i, f.always) || pinned && pins[f.pin] == "" {
			continue
		}
		if len(b) > start {
			b = append(b, ',')
		}
		b = append(b, f.key...)
		switch {
		case pinned:
			written |= 1 << f.pin
			b, err = appendText(b, pins[f.pin])
		case zero && from.nulls&(1<<i) != 0:
			b = append(b, "null"...)
		case shown:
			b, err = l.appendShown(b, f, p)
		default:
			b, err = f.append(b, p)
		}
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", f.name, err)
		}
	}
	for i, pin := range pins {
		if pin != "" && written&(1<<i) == 0 {
			b = jsontext.AppendString(jsontext.AppendName(b, start, l.Pinned[i]), pin)
		}
	}
	b, err = l.appendUnknown(b, start, p)
	return append(b, '}'), err
}

// writes reports whether the i-th field is written although it is zero: it was read
// so, or the struct was made in Go and the field says something as zero.
func (o *Origin) writes(i int, always bool) bool {
	return (o.zero|o.nulls)&(1<<i) != 0 || always && !o.read
}

// appendUnknown appends what is no field, and what did not fit a field that is not
// written itself.
func (l *Layout[P]) appendUnknown(b []byte, start int, p *P) ([]byte, error) {
	unknown, from := l.rest(p)
	if len(*unknown) == 0 {
		return b, nil
	}
	for _, name := range slices.Sorted(maps.Keys(*unknown)) {
		if i, known := l.index[name]; known && (!l.fields[i].isZero(p) || from.writes(i, l.fields[i].always)) {
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
		b = append(jsontext.AppendName(b, start, name), value...)
	}
	return b, nil
}

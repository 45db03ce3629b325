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

// Append appends the struct as a JSON object. pins are texts for the names in
// Options.Pinned, in the same order: each replaces the field of its name, or is added at the
// end if there is none to write. An empty pin removes its field. With nil pins, the struct
// is written as it is.
//
// If the struct has unknown members, Append ignores the pins and returns whole as false: an
// unknown name may differ from a pinned one only in case.
func (l *Layout[P]) Append(b []byte, p *P, pins []string) (_ []byte, whole bool, err error) {
	if b == nil {
		b = make([]byte, 0, 1024) // enough for most objects
	}
	unknown, _ := l.rest(p)
	if whole = len(*unknown) == 0; !whole {
		pins = nil
	}
	b, err = l.write(b, p, pins, false)
	return b, whole, err
}

// write appends the object, or the masked form of it if shown is set.
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

// writes reports whether the i-th field is written although it is zero: it was decoded as
// zero or null, or the struct was made in Go and the field is always written.
func (o *Origin) writes(i int, always bool) bool {
	return (o.zero|o.nulls)&(1<<i) != 0 || always && !o.read
}

// appendUnknown appends the unknown members, without those whose field has been written.
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

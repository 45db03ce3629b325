package layout

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"

	"github.com/wcskit/resthook/internal/jsontext"
)

// Unmarshal decodes JSON into the struct. Like encoding/json, it sets the fields that are in
// the text and leaves the others, and null as the whole text sets none. A value that does
// not fit its field becomes an unknown member; all others are still decoded before it
// returns the error.
func (l *Layout[P]) Unmarshal(p *P, data []byte) error {
	if jsontext.IsNull(data) {
		return nil
	}
	err := jsontext.Check(data)
	if err == nil {
		err = l.Decode(p, data)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", l.name, err)
	}
	return nil
}

// Decode is Unmarshal for an object that jsontext.Check accepts.
func (l *Layout[P]) Decode(p *P, object []byte) error {
	var fault error
	for m := jsontext.Open(object); m.Next(); {
		if err := l.set(p, m.Name(), m.Value()); err != nil && fault == nil {
			fault = err
		}
	}
	_, from := l.rest(p)
	from.read = true
	return fault
}

// Overlay returns a copy of p with the changes applied. body is p as JSON. A value that does
// not fit its field is an error, unless body has the same value.
func (l *Layout[P]) Overlay(p *P, body []byte, changes []jsontext.Member) (*P, error) {
	changed := *p
	unknown, _ := l.rest(&changed)
	*unknown = maps.Clone(*unknown)
	for _, c := range changes {
		if err := l.set(&changed, []byte(c.Name), c.Value); err != nil && !isIn(body, c) {
			return nil, err
		}
	}
	return &changed, nil
}

// isIn reports whether the body has the member with the same meaning.
func isIn(body []byte, m jsontext.Member) bool {
	value, ok := jsontext.Get(body, m.Name)
	return ok && jsontext.Same(value, m.Value)
}

// Without returns a copy of p without the member of this name.
func (l *Layout[P]) Without(p *P, name string) *P {
	bare := *p
	unknown, from := l.rest(&bare)
	if _, ok := (*unknown)[name]; ok {
		*unknown = maps.Clone(*unknown)
		delete(*unknown, name)
	}
	if i, known := l.index[name]; known {
		l.fields[i].clear(&bare)
		from.forget(i)
	}
	return &bare
}

// set sets one member. A member without a field, or with a value that does not fit, becomes
// an unknown one.
func (l *Layout[P]) set(p *P, name, value []byte) error {
	unknown, from := l.rest(p)
	i, known := l.index[string(name)]
	if !known {
		keep(unknown, string(name), value)
		return nil
	}
	f := &l.fields[i]
	delete(*unknown, f.name)
	from.forget(i)
	if jsontext.IsNull(value) {
		f.clear(p)
		from.nulls |= 1 << i
		return nil
	}
	if !f.read(p, value) {
		keep(unknown, f.name, value)
		return l.Misfit(f.name, f.want, jsontext.TypeOf(value))
	}
	if f.isZero(p) {
		from.zero |= 1 << i
	}
	return nil
}

func (o *Origin) forget(i int) {
	o.zero &^= 1 << i
	o.nulls &^= 1 << i
}

func keep(unknown *map[string]json.RawMessage, name string, value []byte) {
	if *unknown == nil {
		*unknown = map[string]json.RawMessage{}
	}
	(*unknown)[name] = bytes.Clone(value)
}

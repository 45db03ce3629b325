package resthook

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
)

// equal is what the Equal methods of the payloads say: all fields have the same
// values, and Unknown holds the same. Values that are JSON are compared as such.
// Which zero fields were in the text that a payload was read from does not matter.
func (l *layout[P]) equal(p, q *P) bool {
	for i := range l.fields {
		if !sameValue(l.fields[i].at(p), l.fields[i].at(q)) {
			return false
		}
	}
	unknown, _ := l.rest(p)
	other, _ := l.rest(q)
	return sameUnknown(*unknown, *other)
}

// sameValue compares two fields of one type, given pointers to them.
func sameValue(at, other any) bool {
	switch v := at.(type) {
	case *[]string:
		w, ok := other.(*[]string)
		return ok && (*v == nil) == (*w == nil) && slices.Equal(*v, *w)
	case *map[string]any:
		w, ok := other.(*map[string]any)
		return ok && sameObject(*v, *w)
	case **Policy:
		w, ok := other.(**Policy)
		return ok && (*v).Equal(*w)
	case **MediaState:
		w, ok := other.(**MediaState)
		return ok && samePointer(*v, *w, MediaState.Equal)
	case **bool:
		w, ok := other.(**bool)
		return ok && samePointer(*v, *w, func(a, b bool) bool { return a == b })
	}
	return reflect.ValueOf(at).Elem().Equal(reflect.ValueOf(other).Elem())
}

func samePointer[T any](p, q *T, equal func(T, T) bool) bool {
	if p == nil || q == nil {
		return p == q
	}
	return equal(*p, *q)
}

// sameObject compares what was made in Go with what was read, such as 7 with
// json.Number("7").
func sameObject(a, b map[string]any) bool {
	if reflect.DeepEqual(a, b) {
		return true
	}
	text, err := marshal(&a)
	other, fault := marshal(&b)
	return err == nil && fault == nil && bytes.Equal(text, other)
}

func sameUnknown(a, b map[string]json.RawMessage) bool {
	if len(a) != len(b) {
		return false
	}
	for name, value := range a {
		other, ok := b[name]
		if !ok || !sameJSON(value, other) {
			return false
		}
	}
	return true
}

// sameJSON compares two texts, whatever their blanks and the order of their
// names. No text stands for null.
func sameJSON(a, b []byte) bool { return bytes.Equal(canonical(a), canonical(b)) }

func canonical(text []byte) []byte {
	if len(text) == 0 {
		return []byte("null")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return text
	}
	written, err := json.Marshal(value)
	if err != nil {
		return text
	}
	return written
}

// Equal reports whether two policies say the same, as JSON. Either may be nil.
func (p *Policy) Equal(q *Policy) bool {
	if p == nil || q == nil {
		return p == q
	}
	return sameJSON(p.text, q.text)
}

// Equal reports whether two hooks have the same name and kind.
func (h Hook[P]) Equal(other Hook[P]) bool { return h.name == other.name && h.kind == other.kind }

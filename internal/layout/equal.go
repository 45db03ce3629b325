package layout

import (
	"bytes"
	"encoding/json"
	"reflect"

	"github.com/wcskit/resthook/internal/jsontext"
)

// Equal reports whether two structs have the same fields and the same unknown members. JSON
// values are compared by meaning. It does not matter which zero fields were in the text
// that a struct was decoded from.
func (l *Layout[P]) Equal(p, q *P) bool {
	for i := range l.fields {
		if !l.fields[i].equal(p, q) {
			return false
		}
	}
	unknown, _ := l.rest(p)
	other, _ := l.rest(q)
	return sameUnknown(*unknown, *other)
}

func sameUnknown(a, b map[string]json.RawMessage) bool {
	if len(a) != len(b) {
		return false
	}
	for name, value := range a {
		other, ok := b[name]
		if !ok || !jsontext.Same(value, other) {
			return false
		}
	}
	return true
}

// sameObject compares objects made in Go with decoded ones: 7 equals json.Number("7").
func sameObject(a, b map[string]any, marshal func(any) ([]byte, error)) bool {
	if reflect.DeepEqual(a, b) {
		return true
	}
	text, err := marshal(a)
	other, fault := marshal(b)
	return err == nil && fault == nil && bytes.Equal(text, other)
}

func same[T comparable](a, b T) bool { return a == b }

func samePointer[T any](equal func(p, q *T) bool) func(p, q *T) bool {
	return func(p, q *T) bool {
		if p == nil || q == nil {
			return p == q
		}
		return equal(p, q)
	}
}

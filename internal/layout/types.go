package layout

import (
	"slices"
	"strconv"

	"github.com/wcskit/resthook/internal/jsontext"
)

// Text is a field for a string.
func Text[P any, T ~string](name string, at func(*P) *T) Field[P] {
	f := Of(name, Type[T]{
		Want:   "a string",
		Append: func(b []byte, v T) ([]byte, error) { return appendText(b, string(v)) },
		Read:   func(value []byte) (T, bool) { v, ok := readText(value); return T(v), ok },
		Equal:  same[T],
	}, at)
	f.text = func(p *P) string { return string(*at(p)) }
	f.shown = func(b []byte, p *P, show func(string) string) ([]byte, error) {
		return jsontext.AppendString(b, show(string(*at(p)))), nil
	}
	return f
}

// Texts is a field for an array of strings. nil is no array.
func Texts[P any](name string, at func(*P) *[]string) Field[P] {
	return ofMany(name, Type[[]string]{
		Want:   "an array of strings",
		Append: appendTexts,
		Read:   readTexts,
		Equal:  func(a, b []string) bool { return (a == nil) == (b == nil) && slices.Equal(a, b) },
	}, at)
}

// Bool is a field for true or false.
func Bool[P any](name string, at func(*P) *bool) Field[P] {
	return Of(name, Type[bool]{Want: "a boolean", Append: appendBool, Read: readBool, Equal: same[bool]}, at)
}

// OptionalBool is a field for true, false or no value.
func OptionalBool[P any](name string, at func(*P) **bool) Field[P] {
	return Of(name, Type[*bool]{
		Want:   "a boolean",
		Append: func(b []byte, v *bool) ([]byte, error) { return appendBool(b, *v) },
		Read:   func(value []byte) (*bool, bool) { v, ok := readBool(value); return &v, ok },
		Equal:  samePointer(func(p, q *bool) bool { return *p == *q }),
	}, at)
}

// Int is a field for a whole number.
func Int[P any, T ~int | ~int64](name string, at func(*P) *T) Field[P] {
	return Of(name, Type[T]{
		Want:   "a whole number",
		Append: func(b []byte, v T) ([]byte, error) { return strconv.AppendInt(b, int64(v), 10), nil },
		Read:   readWhole[T],
		Equal:  same[T],
	}, at)
}

// Object is a field for an object with any members. nil is no object. marshal encodes it;
// numbers are decoded as json.Number. It is printed as "***".
func Object[P any](name string, marshal func(any) ([]byte, error), at func(*P) *map[string]any) Field[P] {
	f := ofMany(name, Type[map[string]any]{
		Want: "an object",
		Append: func(b []byte, v map[string]any) ([]byte, error) {
			text, err := marshal(v)
			return append(b, text...), err
		},
		Read:  readObject,
		Equal: func(a, b map[string]any) bool { return sameObject(a, b, marshal) },
	}, at)
	f.shown = func(b []byte, _ *P, _ func(string) string) ([]byte, error) {
		return jsontext.AppendString(b, masked), nil
	}
	return f
}

// Struct is a field for a struct with a layout of its own. nil is no object.
func Struct[P, Q any](name string, l *Layout[Q], at func(*P) **Q) Field[P] {
	f := Of(name, Type[*Q]{
		Want:   "an object",
		Append: func(b []byte, v *Q) ([]byte, error) { b, _, err := l.Append(b, v, nil); return b, err },
		Read:   l.readNew,
		Equal:  samePointer(l.Equal),
	}, at)
	f.shown = func(b []byte, p *P, _ func(string) string) ([]byte, error) { return l.appendMasked(b, *at(p)) }
	return f
}

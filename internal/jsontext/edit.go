package jsontext

import (
	"maps"
	"slices"
)

// Drop removes a member from an object. The path is a name, or names joined by dots for a
// member of an inner object ("custom.token"). Without this member, Drop returns object
// itself. An inner object that becomes empty is kept as {}.
func Drop(object []byte, path string) []byte { return NewPaths([]string{path}).Without(object) }

// Merge sets members of an object. A dot in a name has no meaning. A member that the object
// has already keeps its place; the others are added at the end.
func Merge(object []byte, values map[string][]byte) []byte {
	left := maps.Clone(values)
	b := append(make([]byte, 0, len(object)), '{')
	for m := Open(object); m.Next(); {
		name := string(m.Name())
		value, ok := values[name]
		if !ok {
			value = m.Value()
		} else if _, first := left[name]; !first {
			continue
		}
		delete(left, name)
		b = append(AppendRawName(b, 1, m.RawName()), value...)
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		b = append(AppendRawName(b, 1, AppendString(nil, name)), left[name]...)
	}
	return append(b, '}')
}

// Index returns the values of all members by name. It is faster than many calls of [Get].
func Index(object []byte) map[string][]byte {
	values := map[string][]byte{}
	for m := Open(object); m.Next(); {
		values[string(m.Name())] = m.Value()
	}
	return values
}

// AppendName appends a comma if needed, a member's name and its colon to an object whose
// members begin at start.
func AppendName(b []byte, start int, name string) []byte {
	if len(b) > start {
		b = append(b, ',')
	}
	return append(AppendString(b, name), ':')
}

// AppendRawName is AppendName for a name with its quotes and escapes.
func AppendRawName(b []byte, start int, name []byte) []byte {
	if len(b) > start {
		b = append(b, ',')
	}
	return append(append(b, name...), ':')
}

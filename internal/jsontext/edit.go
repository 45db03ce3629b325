package jsontext

import (
	"maps"
	"slices"
)

// Drop returns the object without the member that path names: a name, or names
// joined by dots for a member of an object inside ("custom.token"). Where there
// is no such member it returns object itself. An object that loses its last
// member stays, as {}.
func Drop(object []byte, path string) []byte { return NewPaths([]string{path}).Without(object) }

// Merge returns the object with those members set; the names are names, dots and
// all. Where the object has a member already, its place is kept.
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

// Index returns the value of each member; of duplicates the last. With it, an
// object of many members is not searched through for each of them.
func Index(object []byte) map[string][]byte {
	values := map[string][]byte{}
	for m := Open(object); m.Next(); {
		values[string(m.Name())] = m.Value()
	}
	return values
}

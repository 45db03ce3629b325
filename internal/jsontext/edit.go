package jsontext

import (
	"bytes"
	"strings"
)

// Drop returns the object without the member that path names: a name, or names
// joined by dots for a member of an object inside ("custom.token"). Where there
// is no such member it returns object itself. An object that loses its last
// member stays, as {}.
func Drop(object []byte, path string) []byte {
	name, inner, nested := strings.Cut(path, ".")
	return edit(object, name, func(value []byte) ([]byte, bool) {
		if !nested {
			return nil, false
		}
		if !IsObject(value) {
			return value, true
		}
		return Drop(value, inner), true
	})
}

// Put returns the object with the member that path names set to value. Objects
// on the way that are missing, or are no objects, are made.
func Put(object []byte, path string, value []byte) []byte {
	name, inner, nested := strings.Cut(path, ".")
	if !nested {
		return Set(object, name, value)
	}
	old, _ := Get(object, name)
	if !IsObject(old) {
		old = []byte("{}")
	}
	return Set(object, name, Put(old, inner, value))
}

// Set returns the object with the member of that name, dots and all, set to
// value. Where the object has the member already, its place is kept.
func Set(object []byte, name string, value []byte) []byte {
	if _, ok := Get(object, name); !ok {
		return appendMember(object, name, value)
	}
	return edit(object, name, func([]byte) ([]byte, bool) { return value, true })
}

// At returns the value that path names, dots leading into objects.
func At(object []byte, path string) ([]byte, bool) {
	name, inner, nested := strings.Cut(path, ".")
	value, ok := Get(object, name)
	if !ok || !nested {
		return value, ok
	}
	return At(value, inner)
}

// edit rewrites the object with change applied to each member of that name;
// change returns the new value and whether the member stays.
func edit(object []byte, name string, change func([]byte) ([]byte, bool)) []byte {
	if _, ok := Get(object, name); !ok {
		return object
	}
	b := append(make([]byte, 0, len(object)), '{')
	for m := Open(object); m.Next(); {
		value, stays := m.Value(), true
		if string(m.Name()) == name {
			value, stays = change(value)
		}
		if stays {
			b = appendRaw(b, m.RawName(), value)
		}
	}
	return append(b, '}')
}

func appendMember(object []byte, name string, value []byte) []byte {
	b := append(make([]byte, 0, len(object)+len(name)+len(value)+4), '{')
	for m := Open(object); m.Next(); {
		b = appendRaw(b, m.RawName(), m.Value())
	}
	return append(appendRaw(b, AppendString(nil, name), value), '}')
}

func appendRaw(b, name, value []byte) []byte {
	if len(b) > 1 {
		b = append(b, ',')
	}
	b = append(b, name...)
	b = append(b, ':')
	return append(b, value...)
}

// Settle returns what a value in an answer means, given what the request had at
// the same place: null is "unchanged" at every depth, so it is replaced by the
// old value, or left out where there was none; [] for an object is the empty
// object, as PHP writes it (protocol.md section 0.3). Nulls in arrays stay, since
// an array has no names by which they could be unchanged.
func Settle(value, old []byte) []byte {
	settled, _ := settle(value, old)
	return settled
}

// NeedsSettling reports whether Settle may make another text of the value: it is
// an array, or an object with a null or an array somewhere in it.
func NeedsSettling(value []byte) bool {
	if !IsObject(value) {
		return len(value) > 0 && value[0] == '['
	}
	return bytes.Contains(value, []byte("null")) || bytes.Contains(value, []byte("["))
}

// settle also reports whether the meaning differs from the text; where it does
// not, the text comes back as it was.
func settle(value, old []byte) (settled []byte, differs bool) {
	switch {
	case IsEmptyArray(value) && IsObject(old):
		return []byte("{}"), true
	case !IsObject(value) || !NeedsSettling(value):
		return value, false
	}
	b := append(make([]byte, 0, len(value)), '{')
	given, before := Index(value), Index(old)
	for m := Open(value); m.Next(); {
		name := string(m.Name())
		now, left := given[name]
		if !left { // a duplicate, which was written already
			differs = true
			continue
		}
		delete(given, name)
		was, had := before[name]
		if !IsNull(now) {
			inner, other := settle(now, was)
			b, differs = appendRaw(b, m.RawName(), inner), differs || other
			continue
		}
		differs = true
		if had {
			b = appendRaw(b, m.RawName(), was)
		}
	}
	if !differs {
		return value, false
	}
	return append(b, '}'), true
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

package jsontext

import (
	"slices"
	"strings"
)

// Paths are members of an object, sorted by name and without duplicates.
type Paths []Path

// Path is a member, or with Inner members of the object in it.
type Path struct {
	Name  string
	Inner Paths // nil: the whole member
}

// NewPaths parses names, and names joined by dots for members of an inner object:
// "custom.token". It ignores paths deeper than MaxDepth.
func NewPaths(list []string) Paths {
	list = slices.Clone(list)
	slices.SortFunc(list, comparePaths)
	return group(list, 1)
}

// group makes paths from a list in which paths with the same first name are adjacent.
func group(list []string, depth int) Paths {
	var paths Paths
	for len(list) > 0 {
		name, _, _ := strings.Cut(list[0], ".")
		n, whole := 0, false
		for ; n < len(list); n++ {
			other, inner, nested := strings.Cut(list[n], ".")
			if other != name {
				break
			}
			whole = whole || !nested
			list[n] = inner
		}
		path := Path{Name: name}
		if !whole && depth < MaxDepth {
			path.Inner = group(list[:n], depth+1)
		}
		if whole || path.Inner != nil {
			paths = append(paths, path)
		}
		list = list[n:]
	}
	return paths
}

// comparePaths compares the first names, then the next ones: a dot is less than any other
// character.
func comparePaths(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return rank(a[i]) - rank(b[i])
		}
	}
	return len(a) - len(b)
}

func rank(c byte) int {
	if c == '.' {
		return -1
	}
	return int(c)
}

// Find returns the index of the path with this name, or -1.
func (p Paths) Find(name []byte) int {
	const few = 8 // a linear search is faster
	if len(p) <= few {
		for i := range p {
			if p[i].Name == string(name) {
				return i
			}
		}
		return -1
	}
	i, ok := slices.BinarySearchFunc(p, name, func(path Path, name []byte) int {
		switch {
		case path.Name < string(name):
			return -1
		case path.Name > string(name):
			return 1
		}
		return 0
	})
	if !ok {
		return -1
	}
	return i
}

// Without removes the members at the paths, as [Keep] does. An object that becomes empty is
// kept as {}.
func (p Paths) Without(object []byte) []byte {
	if len(p) == 0 {
		return object
	}
	return Keep(object, p)
}

// Member keeps all members but those at the paths.
func (p Paths) Member(name []byte) (Filter, bool) {
	i := p.Find(name)
	if i < 0 {
		return nil, true
	}
	if inner := p[i].Inner; inner != nil {
		return inner, true
	}
	return nil, false
}

// Element keeps everything: no path leads into an array.
func (p Paths) Element() Filter { return nil }

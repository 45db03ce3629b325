package jsontext

import (
	"bytes"
	"slices"
)

// tree is a value with the members of all its objects, except those in arrays, which are
// never looked up.
type tree struct {
	name    []byte // with its quotes; nil unless it is a member
	value   []byte
	members []tree
}

func treeOf(value []byte) tree {
	c := cursor{data: value}
	c.space()
	if len(value) == 0 {
		return tree{}
	}
	return c.tree(nil)
}

func (c *cursor) tree(name []byte) tree {
	t, from := tree{name: name}, c.pos
	if c.at('{') {
		for item := c.enter(); item; item = c.more() {
			name := c.name()
			t.members = append(t.members, c.tree(name))
		}
	} else {
		c.skip()
	}
	t.value = c.data[from:c.pos]
	return t
}

// index finds the members of an object by name, of duplicates the last.
type index struct {
	members []tree
	places  map[string]int // nil if there are few members
}

func (t tree) index() index {
	const few = 8 // a linear search is faster
	if len(t.members) <= few {
		return index{members: t.members}
	}
	places := make(map[string]int, len(t.members))
	for i, m := range t.members {
		places[string(unquotedName(m.name))] = i
	}
	return index{t.members, places}
}

// last returns the index of the last member with this name, or -1.
func (x index) last(name []byte) int {
	if x.places != nil {
		if i, ok := x.places[string(name)]; ok {
			return i
		}
		return -1
	}
	for i, m := range slices.Backward(x.members) {
		if bytes.Equal(unquotedName(m.name), name) {
			return i
		}
	}
	return -1
}

// get returns the last member with this name, or the zero tree.
func (x index) get(name []byte) tree {
	if i := x.last(name); i >= 0 {
		return x.members[i]
	}
	return tree{}
}

// each yields the members with their names, of duplicates the last.
func (x index) each(yield func([]byte, tree) bool) {
	for i, m := range x.members {
		name := unquotedName(m.name)
		if x.last(name) == i && !yield(name, m) {
			return
		}
	}
}

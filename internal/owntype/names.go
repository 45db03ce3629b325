package owntype

import (
	"encoding"
	"encoding/json"
	"iter"
	"reflect"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
)

// shape holds the names of a type's fields in JSON, at every depth. It is nil for a type
// without such names: a basic type, an interface, or a type that decodes itself.
type shape struct {
	fields map[string]*shape // of a struct, by name
	inner  *shape            // of the elements of a map, slice or array
}

// shapeOf makes the shape of a type. known holds the shapes made so far, finished or not.
func shapeOf(t reflect.Type, known map[reflect.Type]*shape) *shape {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if s, ok := known[t]; ok || readsItself(t) {
		return s
	}
	switch t.Kind() {
	case reflect.Struct:
		s := &shape{fields: map[string]*shape{}}
		known[t] = s
		s.add(t, known)
		return s
	case reflect.Map, reflect.Slice, reflect.Array:
		s := &shape{}
		known[t] = s // it may contain itself
		if s.inner = shapeOf(t.Elem(), known); s.inner != nil {
			return s
		}
		known[t] = nil
	}
	return nil
}

func readsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

func (s *shape) add(t reflect.Type, known map[reflect.Type]*shape) {
	for name, of := range jsonFields(t) {
		s.fields[name] = shapeOf(of, known)
	}
}

// jsonFields yields the fields of a struct with their names in JSON, then those of the
// structs embedded in it. A field hides a deeper one with the same name.
func jsonFields(t reflect.Type) iter.Seq2[string, reflect.Type] {
	return func(yield func(string, reflect.Type) bool) {
		taken, seen := map[string]bool{"": true}, map[reflect.Type]bool{}
		for level := []reflect.Type{t}; len(level) > 0; level = level[1:] {
			t := level[0]
			if seen[t] {
				continue
			}
			seen[t] = true
			for field := range t.Fields() {
				name, embedded := jsonName(field)
				switch {
				case embedded != nil:
					level = append(level, embedded)
				case taken[name]:
				case !yield(name, field.Type):
					return
				}
				taken[name] = true
			}
		}
	}
}

// jsonName is the name of a field in JSON, "" for a field without one. For an embedded
// struct whose fields count as fields of the outer one, it returns the struct instead.
func jsonName(f reflect.StructField) (name string, embedded reflect.Type) {
	tag := f.Tag.Get("json")
	name, _, _ = strings.Cut(tag, ",")
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case tag == "-" || !f.IsExported() && (!f.Anonymous || t.Kind() != reflect.Struct):
		return "", nil
	case f.Anonymous && name == "" && t.Kind() == reflect.Struct:
		return "", t
	case name == "":
		name = f.Name
	}
	return name, nil
}

// exact removes the members of an object whose name is not exactly that of a field.
func (s *shape) exact(object []byte) []byte {
	if s == nil {
		return object
	}
	return jsontext.Keep(object, s)
}

// Member keeps the members whose name is exactly that of a field, and all of a map.
func (s *shape) Member(name []byte) (jsontext.Filter, bool) {
	if s.fields == nil {
		return s.inner.filter(), true
	}
	inner, ok := s.fields[string(name)]
	return inner.filter(), ok
}

// Element filters the elements of a list.
func (s *shape) Element() jsontext.Filter { return s.inner.filter() }

func (s *shape) filter() jsontext.Filter {
	if s == nil {
		return nil
	}
	return s
}

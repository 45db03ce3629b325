package owntype

import (
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Check returns an error for a type that cannot be encoded as a JSON object. It does not
// check a type that encodes itself: the result is checked when it is encoded.
func Check(of reflect.Type) error {
	if implements[json.Marshaler](of, true) {
		return nil
	}
	switch of.Kind() {
	case reflect.Struct, reflect.Interface, reflect.Map:
	default:
		return fmt.Errorf("type %v is no JSON object: a struct or a map is wanted", of)
	}
	if implements[encoding.TextMarshaler](of, true) {
		return fmt.Errorf("type %v is no JSON object: it writes itself as a text", of)
	}
	if bad := (typeWalk{}).find("", of, true); bad != nil {
		return fmt.Errorf("type %v can't be written as JSON: %w", of, bad)
	}
	return nil
}

// implements reports whether encoding/json finds the methods of M in a value of the type.
// It uses those of a pointer if the value is addressable.
func implements[M any](of reflect.Type, addressable bool) bool {
	m := reflect.TypeFor[M]()
	return of.Implements(m) || addressable && of.Kind() != reflect.Pointer && reflect.PointerTo(of).Implements(m)
}

// unwritableError is a part of a type that JSON cannot hold.
type unwritableError struct {
	path string // names joined by dots, [] for the elements of a map or a list
	what string
}

func (u *unwritableError) Error() string {
	return cmp.Or(strings.TrimPrefix(u.path, "."), "it") + " is " + u.what
}

// typeWalk holds the types that were visited: a type may contain itself. Interfaces are not
// visited: their values are checked when they are encoded.
type typeWalk map[seenType]bool

type seenType struct {
	of          reflect.Type
	addressable bool
}

func (w typeWalk) find(path string, of reflect.Type, addressable bool) *unwritableError {
	seen := seenType{of, addressable}
	if w[seen] || implements[json.Marshaler](of, addressable) || implements[encoding.TextMarshaler](of, addressable) {
		return nil
	}
	w[seen] = true
	switch of.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return &unwritableError{path, "a " + of.String()}
	case reflect.Pointer:
		return w.find(path, of.Elem(), true)
	case reflect.Slice:
		return w.find(path+"[]", of.Elem(), true)
	case reflect.Array:
		return w.find(path+"[]", of.Elem(), addressable)
	case reflect.Map:
		if !isName(of.Key()) {
			return &unwritableError{path, "a map by " + of.Key().String()}
		}
		return w.find(path+"[]", of.Elem(), false)
	case reflect.Struct:
		for name, field := range jsonFields(of) {
			if bad := w.find(path+"."+name, field, addressable); bad != nil {
				return bad
			}
		}
	}
	return nil
}

// isName reports whether JSON can write the keys of a map as names.
func isName(key reflect.Type) bool {
	switch key.Kind() {
	case reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return true
	}
	return implements[encoding.TextMarshaler](key, false)
}

package owntype

import (
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Check reports a type that is never written as a JSON object. What a type writes by
// itself is seen when it is written.
func Check(of reflect.Type) error {
	if writes[json.Marshaler](of, true) {
		return nil
	}
	switch of.Kind() {
	case reflect.Struct, reflect.Interface, reflect.Map:
	default:
		return fmt.Errorf("type %v is no JSON object: a struct or a map is wanted", of)
	}
	if writes[encoding.TextMarshaler](of, true) {
		return fmt.Errorf("type %v is no JSON object: it writes itself as a text", of)
	}
	if bad := (typeWalk{}).find("", of, true); bad != nil {
		return fmt.Errorf("type %v can't be written as JSON: %w", of, bad)
	}
	return nil
}

// writes reports whether a value of the type has the methods of W as encoding/json looks
// for them: those of a pointer count where the value can be pointed to.
func writes[W any](of reflect.Type, addressable bool) bool {
	w := reflect.TypeFor[W]()
	return of.Implements(w) || addressable && of.Kind() != reflect.Pointer && reflect.PointerTo(of).Implements(w)
}

// unwritableError is something in a type for which JSON has no value.
type unwritableError struct {
	path string // names joined by dots, [] for what a map or a list holds
	what string
}

func (u *unwritableError) Error() string {
	return cmp.Or(strings.TrimPrefix(u.path, "."), "it") + " is " + u.what
}

// typeWalk are the types that were looked into; a type may hold itself. An interface is
// not looked into: what it holds is seen when it is sent.
type typeWalk map[seenType]bool

type seenType struct {
	of          reflect.Type
	addressable bool
}

func (w typeWalk) find(path string, of reflect.Type, addressable bool) *unwritableError {
	seen := seenType{of, addressable}
	if w[seen] || writes[json.Marshaler](of, addressable) || writes[encoding.TextMarshaler](of, addressable) {
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

// isName reports whether the keys of a map are written as names.
func isName(key reflect.Type) bool {
	switch key.Kind() {
	case reflect.String, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return true
	}
	return writes[encoding.TextMarshaler](key, false)
}

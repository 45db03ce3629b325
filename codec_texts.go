package resthook

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// checkTexts returns an error for a string in v that is no UTF-8, which says where
// it stands. text is v as encoding/json has written it: such a string has left
// U+FFFD in it.
func checkTexts(v any, text []byte) error {
	valid := utf8.Valid(text)
	if valid && !bytes.Contains(text, []byte(`\ufffd`)) && !bytes.Contains(text, []byte("\uFFFD")) {
		return nil
	}
	if path, bad := badText("", reflect.ValueOf(v)); bad {
		return fmt.Errorf("field %.40q: %w", strings.TrimPrefix(path, "."), errUTF8)
	}
	if !valid {
		return errUTF8
	}
	return nil
}

// badText looks for a string that is no UTF-8. The value has been written by
// encoding/json, so there is no circle in it.
func badText(path string, v reflect.Value) (at string, bad bool) {
	if v.IsValid() && v.CanInterface() {
		switch own := v.Interface().(type) {
		case json.Marshaler:
			return "", false
		case encoding.TextMarshaler:
			text, err := own.MarshalText()
			return path, err == nil && !utf8.Valid(text)
		}
	}
	switch v.Kind() {
	case reflect.String:
		return path, !utf8.ValidString(v.String())
	case reflect.Pointer, reflect.Interface:
		return badText(path, v.Elem())
	case reflect.Map, reflect.Struct, reflect.Slice, reflect.Array:
		for name, inner := range parts(v) {
			if at, bad := badText(path+"."+name, inner); bad || !utf8.ValidString(name) {
				return max(at, path+"."+name), true
			}
		}
	}
	return "", false
}

// parts yields what a value consists of, with its names in JSON.
func parts(v reflect.Value) func(yield func(string, reflect.Value) bool) {
	return func(yield func(string, reflect.Value) bool) {
		switch v.Kind() {
		case reflect.Map:
			for entry := v.MapRange(); entry.Next() && yield(fmt.Sprint(entry.Key()), entry.Value()); {
			}
		case reflect.Struct:
			for i := range v.NumField() {
				name, embedded := jsonName(v.Type().Field(i))
				if (name != "" || embedded != nil) && !yield(name, v.Field(i)) {
					return
				}
			}
		default:
			for i := range v.Len() {
				if v.Type().Elem().Kind() == reflect.Uint8 || !yield(strconv.Itoa(i), v.Index(i)) {
					return
				}
			}
		}
	}
}

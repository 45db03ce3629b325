package owntype

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

var errUTF8 = errors.New("not valid UTF-8")

// checkTexts returns an error with the path of a string in v that is not valid UTF-8. text
// is v as encoding/json has written it: it has put U+FFFD in place of invalid bytes.
func checkTexts(v any, text []byte) error {
	valid := utf8.Valid(text)
	if valid && !bytes.Contains(text, []byte(`\ufffd`)) && !bytes.Contains(text, []byte("\uFFFD")) {
		return nil
	}
	if path, bad := badText("", reflect.ValueOf(v), 0); bad {
		return fmt.Errorf("field %.40q: %w", strings.TrimPrefix(path, "."), errUTF8)
	}
	if !valid {
		return errUTF8
	}
	return nil
}

// deepest bounds the depth of badText: a value may contain itself in a place that
// encoding/json does not write.
const deepest = 1000

// badText finds a string that is not valid UTF-8.
func badText(path string, v reflect.Value, depth int) (at string, bad bool) {
	if depth == deepest {
		return "", false
	}
	switch own := writerOf(v).(type) {
	case json.Marshaler:
		return "", false
	case encoding.TextMarshaler:
		text, err := own.MarshalText()
		return path, err == nil && !utf8.Valid(text)
	}
	switch v.Kind() {
	case reflect.String:
		return path, !utf8.ValidString(v.String())
	case reflect.Pointer, reflect.Interface:
		return badText(path, v.Elem(), depth+1)
	case reflect.Map, reflect.Struct, reflect.Slice, reflect.Array:
		for step, inner := range parts(v) {
			if at, bad := badText(path+step, inner, depth+1); bad || !utf8.ValidString(step) {
				return max(at, path+step), true
			}
		}
	}
	return "", false
}

// writerOf is the value, or a pointer to it, which may have methods to encode itself. It is
// nil if they cannot be called.
func writerOf(v reflect.Value) any {
	if !v.IsValid() || !v.CanInterface() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil
	}
	if v.CanAddr() {
		v = v.Addr()
	}
	return v.Interface()
}

// parts yields the elements of a value, each with its step of the path. The step into an
// embedded struct is empty.
func parts(v reflect.Value) func(yield func(string, reflect.Value) bool) {
	return func(yield func(string, reflect.Value) bool) {
		switch v.Kind() {
		case reflect.Map:
			for entry := v.MapRange(); entry.Next() && yield("."+keyName(entry.Key()), entry.Value()); {
			}
		case reflect.Struct:
			for i := range v.NumField() {
				name, embedded := jsonName(v.Type().Field(i))
				step := ""
				if embedded == nil {
					step = "." + name
				}
				if step != "." && !yield(step, v.Field(i)) {
					return
				}
			}
		default:
			for i := range v.Len() {
				if v.Type().Elem().Kind() == reflect.Uint8 || !yield("."+strconv.Itoa(i), v.Index(i)) {
					return
				}
			}
		}
	}
}

// keyName is the name of a map's key in JSON.
func keyName(key reflect.Value) string {
	if key.Kind() == reflect.String {
		return key.String()
	}
	if own, ok := writerOf(key).(encoding.TextMarshaler); ok {
		text, _ := own.MarshalText() // encoding/json has called it without an error
		return string(text)
	}
	if key.CanInt() {
		return strconv.FormatInt(key.Int(), 10)
	}
	return strconv.FormatUint(key.Uint(), 10)
}

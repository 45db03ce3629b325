package owntype

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime/debug"
	"strings"

	"github.com/wcskit/resthook/internal/redact"
)

// Marshal writes a Go value as JSON, without escapes for HTML. A string that is no UTF-8,
// which encoding/json would change, is an error that names its place; so is a method of
// the value that panics.
func Marshal(v any) (text []byte, err error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err = guarded(v, func() error {
		if err := encoder.Encode(v); err != nil {
			return err
		}
		text = bytes.TrimSuffix(b.Bytes(), []byte("\n"))
		return checkTexts(v, text)
	})
	if err != nil {
		return nil, err
	}
	return text, nil
}

// guarded calls methods that a value brings along, such as MarshalJSON: that one panics is
// an error.
func guarded(v any, call func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("a method of %.80s, or of a value in it: %w",
				strings.TrimLeft(typeName(reflect.TypeOf(v)), "*"), &redact.PanicError{Cause: cause, Stack: string(debug.Stack())})
		}
	}()
	return call()
}

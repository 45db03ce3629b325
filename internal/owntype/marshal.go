package owntype

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/wcskit/resthook/internal/redact"
)

// Marshal encodes a value as JSON, without escapes for HTML. Invalid UTF-8, which
// encoding/json would replace, is an error with the path of the string. A panic of a method
// of the value is an error too.
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

// guarded turns a panic of a value's own method, such as MarshalJSON, into an error.
func guarded(v any, call func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("a method of %.80s, or of a value in it: %w",
				strings.TrimLeft(typeName(reflect.TypeOf(v)), "*"), &redact.PanicError{Cause: cause, Stack: string(debug.Stack())})
		}
	}()
	return call()
}

// typeName is the name of a type without the packages in it: "Stream", "Pair[Room]",
// "map[string]Room".
func typeName(t reflect.Type) string {
	text := strings.ReplaceAll(t.String(), "interface {}", "any")
	var b strings.Builder
	for text != "" {
		if tag, err := strconv.QuotedPrefix(text); err == nil {
			b.WriteString(tag)
			text = text[len(tag):]
			continue
		}
		end := strings.IndexAny(text+" ", " []{}()*,;<\"`")
		name, _, _ := strings.Cut(text[:end], "·") // without the number of a type inside a function
		b.WriteString(name[strings.LastIndexByte(name, '.')+1:])
		rest := min(end+1, len(text))
		b.WriteString(text[end:rest])
		text = text[rest:]
	}
	return b.String()
}

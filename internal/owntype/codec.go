package owntype

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/redact"
)

// Codec encodes and decodes values of a type. It is immutable and safe for concurrent use.
type Codec[P any] struct{ shape *shape }

// New makes the codec of a type.
func New[P any]() Codec[P] {
	return Codec[P]{shapeOf(reflect.TypeFor[P](), map[reflect.Type]*shape{})}
}

// Append appends a value as a JSON object. A [json.RawMessage] is appended as it is. The
// type decides which fields are written, so pinned names are ignored and whole is false.
func (Codec[P]) Append(b []byte, p *P, _ []string) (_ []byte, whole bool, err error) {
	text, err := written(p)
	if err != nil {
		return nil, false, err
	}
	if err := jsontext.Check(text); err != nil {
		return nil, false, fmt.Errorf("%T is no JSON object: %w", *p, err)
	}
	return append(b, text...), false, nil
}

// written is a value as JSON. A json.RawMessage is kept byte for byte.
func written(v any) ([]byte, error) {
	if text, ok := v.(*json.RawMessage); ok {
		return bytes.Trim(*text, " \t\r\n"), nil
	}
	return Marshal(v)
}

// Decode reads a value from an object that jsontext.Check accepts. It compares names
// exactly; encoding/json would ignore case. Its errors quote no value.
func (c Codec[P]) Decode(p *P, object []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(c.shape.exact(object)))
	decoder.UseNumber()
	err := guarded(p, func() error { return decoder.Decode(p) })
	if _, panicked := errors.AsType[*redact.PanicError](err); err == nil || panicked {
		return err
	}
	return &misfitError{fmt.Sprintf("a value that does not fit %T", *p), err}
}

// misfitError wraps an error of encoding/json or of a type's own methods and hides its
// text, which may quote a value.
type misfitError struct {
	text string
	err  error
}

func (e *misfitError) Error() string {
	if typed, ok := errors.AsType[*json.UnmarshalTypeError](e.err); ok {
		return fmt.Sprintf("%s: field %q is no %v", e.text, typed.Field, typed.Type)
	}
	return e.text
}

func (e *misfitError) Unwrap() error { return e.err }

// Overlay returns a copy of p with the changes applied.
func (c Codec[P]) Overlay(p *P, _ []byte, changes []jsontext.Member) (*P, error) {
	body, _, err := c.Append(nil, p, nil)
	if err != nil {
		return nil, err
	}
	values := make(map[string][]byte, len(changes))
	for _, change := range changes {
		values[change.Name] = change.Value
	}
	changed := new(P)
	if err := c.Decode(changed, jsontext.Merge(body, values)); err != nil {
		return nil, err
	}
	return changed, nil
}

// Text returns the string with that name in body, which is p as JSON. It is "" if there is
// none.
func (Codec[P]) Text(_ *P, body []byte, name string) string {
	value, _ := jsontext.Get(body, name)
	return jsontext.Text(value)
}

// Name returns the name of P without the packages in it: "Room", "Pair[Room]".
func (Codec[P]) Name() string { return typeName(reflect.TypeFor[P]()) }

// Has is true for any name: the fields of a type are not listed.
func (Codec[P]) Has(name string) bool { return name != "" }

// Names is empty: the fields of a type are not listed.
func (Codec[P]) Names() []string { return nil }

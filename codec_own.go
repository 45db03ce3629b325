package resthook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/redact"
)

// jsonCodec is the codec of a media server's own payload types.
type jsonCodec[P any] struct{ shape *shape }

func (jsonCodec[P]) encode(b []byte, p *P) ([]byte, error) {
	text, err := encoded(p)
	if err != nil {
		return nil, err
	}
	if err := jsontext.Check(text); err != nil {
		return nil, fmt.Errorf("%T is no JSON object: %w", *p, err)
	}
	return append(b, text...), nil
}

// encoded is a payload as JSON. One that is JSON goes out as it is, to the byte.
func encoded(payload any) ([]byte, error) {
	if text, ok := payload.(*json.RawMessage); ok {
		return bytes.Trim(*text, " \t\r\n"), nil
	}
	return marshal(payload)
}

func (c jsonCodec[P]) encodeAs(b []byte, p *P, _ *identity) ([]byte, bool, error) {
	b, err := c.encode(b, p)
	return b, false, err
}

// decode compares names exactly, where encoding/json would take any case.
func (c jsonCodec[P]) decode(p *P, object []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(c.shape.exact(object)))
	decoder.UseNumber()
	err := guarded(p, func() error { return decoder.Decode(p) })
	if isType[*redact.PanicError](err) {
		return err
	}
	if err != nil {
		return &unfit{fmt.Sprintf("a value that does not fit %T", *p), err}
	}
	return nil
}

// unfit is an error of encoding/json or of a payload type's own methods, whose text
// may hold the value, which may be secret.
type unfit struct {
	text string
	err  error
}

func (e *unfit) Error() string {
	if typed, ok := errors.AsType[*json.UnmarshalTypeError](e.err); ok {
		return fmt.Sprintf("%s: field %q is no %v", e.text, typed.Field, typed.Type)
	}
	return e.text
}

func (e *unfit) Unwrap() error { return e.err }

// overlay begins with what P says itself, without the ids that the session put
// into the body.
func (c jsonCodec[P]) overlay(p *P, _ []byte, changes []member) (*P, error) {
	body, err := c.encode(nil, p)
	if err != nil {
		return nil, err
	}
	values := make(map[string][]byte, len(changes))
	for _, change := range changes {
		values[change.name] = change.value
	}
	changed := new(P)
	if err := c.decode(changed, jsontext.Merge(body, values)); err != nil {
		return nil, err
	}
	return changed, nil
}

func (jsonCodec[P]) text(_ *P, body []byte, name string) string { return textAt(body, name) }

func (jsonCodec[P]) payloadType() string { return typeName(reflect.TypeFor[P]()) }

// hasField is true for any name: a media server's own types have whatever they
// say.
func (jsonCodec[P]) hasField(name string) bool { return name != "" }

func (jsonCodec[P]) fieldNames() []string { return nil }

// marshal writes a Go value as JSON without escaping HTML, which hooks are
// not. A string that is no UTF-8, which encoding/json would change, is an error.
func marshal(v any) (text []byte, err error) {
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

// guarded calls methods that a payload type brings along, such as MarshalJSON: that one
// panics is an error.
func guarded(payload any, call func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("a method of %.80s, or of a value in it: %w",
				strings.TrimLeft(typeName(reflect.TypeOf(payload)), "*"), &redact.PanicError{Cause: cause, Stack: string(debug.Stack())})
		}
	}()
	return call()
}

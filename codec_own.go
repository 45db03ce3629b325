package resthook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
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
	if err := decoder.Decode(p); err != nil {
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

func (jsonCodec[P]) payloadType() string {
	name := fmt.Sprintf("%T", *new(P))
	return name[strings.LastIndexByte(name, '.')+1:]
}

// hasField is true for any name: a media server's own types have whatever they
// say.
func (jsonCodec[P]) hasField(name string) bool { return name != "" }

func (jsonCodec[P]) fieldNames() []string { return nil }

// marshal writes a Go value as JSON without escaping HTML, which hooks are
// not. A string that is no UTF-8, which encoding/json would change, is an error.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	text := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if err := checkTexts(v, text); err != nil {
		return nil, err
	}
	return text, nil
}

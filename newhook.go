package resthook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// HookOption is something that [NewHook] is told of a hook.
type HookOption func(*hookOptions) error

type hookOptions struct {
	priority Priority
	ranked   bool
}

// WithPriority says how much the hook's events matter when there is room for few.
// Default: what a method of that name in the catalogue has, else [PriorityStatus].
func WithPriority(priority Priority) HookOption {
	return func(o *hookOptions) error {
		if priority >= priorities {
			return fmt.Errorf("priority %d: not PriorityProgress, PriorityStatus or PriorityClosing", priority)
		}
		o.priority, o.ranked = priority, true
		return nil
	}
}

// NewHook makes a hook for a media server's own signalling; it is the equal of
// those in the catalogue. The name is the last part of the URL: letters,
// digits, '_', '-', '.' and '~', 128 at most; one that the catalogue has keeps its
// kind. P is a struct or a map that encoding/json writes as an object, a type that
// writes one itself, or one of the payload types of this package; a
// [json.RawMessage] goes out as it is, to the byte.
//
// An error matches [ErrConfig]: for a name or a kind that is none, and for a payload
// that can't be sent, such as a string, a list, a struct with a channel, or one that
// embeds a payload of this package and would lose its own fields.
func NewHook[P any](name string, kind Kind, opts ...HookOption) (Hook[P], error) {
	var o hookOptions
	err := checkName(name)
	if err == nil {
		err = checkKind(name, kind)
	}
	if err == nil {
		err = checkPayload(name, reflect.TypeFor[P]())
	}
	for _, opt := range opts {
		switch {
		case err != nil:
		case opt == nil:
			err = fmt.Errorf("hook %s: a nil option", name)
		default:
			if err = opt(&o); err != nil {
				err = fmt.Errorf("hook %s: %w", name, err)
			}
		}
	}
	if err != nil {
		return Hook[P]{}, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return Hook[P]{name: name, kind: kind, codec: codecOf[P](), priority: o.priority, ranked: o.ranked}, nil
}

// MustHook is [NewHook] for a variable of a package. It panics where NewHook returns
// an error.
func MustHook[P any](name string, kind Kind, opts ...HookOption) Hook[P] {
	h, err := NewHook[P](name, kind, opts...)
	if err != nil {
		panic(err) //nolint:forbidigo // what Must stands for
	}
	return h
}

func checkName(name string) error {
	if name == "" {
		return errors.New("a hook without a name")
	}
	if len(name) > longestLabel {
		return fmt.Errorf("hook name %.40q...: longer than %d bytes", name, longestLabel)
	}
	if strings.Trim(name, ".") == "" {
		return fmt.Errorf("hook name %q: only dots", name)
	}
	for _, r := range name {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.~", r) {
			return fmt.Errorf("hook name %q: %q can't stand in it", name, r)
		}
	}
	return nil
}

// checkKind: what a failure means follows from the kind, so a documented method has
// its own.
func checkKind(name string, kind Kind) error {
	if kind < KindConnect || kind > KindIncoming {
		return fmt.Errorf("hook %s: %v is no kind", name, kind)
	}
	if known, ok := FindMethod(name); ok && known.Kind() != kind {
		return fmt.Errorf("method %s is of the kind %v, not %v", name, known.Kind(), kind)
	}
	return nil
}

// checkPayload reports a type that is never written as a JSON object. What a type
// writes by itself is seen when it is sent.
func checkPayload(name string, of reflect.Type) error {
	if inner := hidesFields(of); inner != "" {
		return fmt.Errorf("hook %s: a payload of type %v would be written as the %s that it embeds, without its own fields: give that a name", name, of, inner)
	}
	writesItself := reflect.TypeFor[json.Marshaler]()
	if of.Implements(writesItself) || reflect.PointerTo(of).Implements(writesItself) {
		return nil
	}
	sample := reflect.New(of)
	switch of.Kind() {
	case reflect.Struct, reflect.Interface:
	case reflect.Map:
		sample.Elem().Set(reflect.MakeMap(of))
		sample.Elem().SetMapIndex(reflect.Zero(of.Key()), reflect.Zero(of.Elem()))
	default:
		return fmt.Errorf("hook %s: a payload of type %v is no JSON object: a struct or a map is wanted", name, of)
	}
	if _, err := zeroJSON(sample.Interface()); isType[*json.UnsupportedTypeError](err) {
		return fmt.Errorf("hook %s: a payload of type %v can't be written as JSON: %w", name, of, err)
	}
	return nil
}

// hidesFields names the payload of this package that a struct embeds beside fields of
// its own, and whose way to be written it takes over with that. One that embeds it and
// writes itself is in order.
func hidesFields(of reflect.Type) string {
	if of.Kind() != reflect.Struct || of.NumField() < 2 {
		return ""
	}
	for field := range of.Fields() {
		inner := field.Type
		ours := inner.Kind() == reflect.Struct && inner.PkgPath() == reflect.TypeFor[Stream]().PkgPath()
		if !field.Anonymous || !ours || !reflect.PointerTo(inner).Implements(reflect.TypeFor[json.Marshaler]()) {
			continue
		}
		whole, _ := zeroJSON(reflect.New(of).Interface())
		part, _ := zeroJSON(reflect.New(inner).Interface())
		if bytes.Equal(whole, part) {
			return inner.Name()
		}
	}
	return ""
}

// zeroJSON tries how a value is written. A panic is that of a type which writes itself
// and does not take its zero value: it says nothing of others.
func zeroJSON(sample any) (text []byte, err error) {
	defer func() { _ = recover() }()
	return marshal(sample)
}

func codecOf[P any]() codec[P] {
	if own, ok := any((*P)(nil)).(interface{ layout() *layout[P] }); ok {
		return own.layout()
	}
	return jsonCodec[P]{shapeOf(reflect.TypeFor[P](), map[reflect.Type]*shape{})}
}

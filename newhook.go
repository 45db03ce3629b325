package resthook

import (
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
// that can't be sent, such as a string, a list, a type with a channel anywhere in it, or
// a struct that embeds a payload of this package and would lose its own fields.
//
// What a payload type brings along, such as MarshalJSON, may panic: then the hook is not
// sent, with an error that says so. One that ends its goroutine ([runtime.Goexit], or
// FailNow of a test) ends that of the caller.
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

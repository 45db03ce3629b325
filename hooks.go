package resthook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/owntype"
)

// Kind is what a hook is about, which decides what a failure means (docs/protocol.md,
// 2.1). The zero Kind is none.
type Kind uint8

// The four kinds.
const (
	// KindConnect: a client connects. The backend always decides.
	KindConnect Kind = iota + 1
	// KindDirect: a client asks for something. Under restOnError=FAIL the
	// backend decides.
	KindDirect
	// KindEvent: something has happened. The backend is informed.
	KindEvent
	// KindIncoming: something arrives for a client. Under restOnError=FAIL the
	// backend decides before the client learns of it.
	KindIncoming
)

// String returns the kind's word: "connect", "direct", "event" or "incoming".
func (k Kind) String() string {
	switch k {
	case KindConnect:
		return "connect"
	case KindDirect:
		return "direct"
	case KindEvent:
		return "event"
	case KindIncoming:
		return "incoming"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// MarshalText writes the kind's word.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads the kind's word. It returns an error that matches
// [ErrConfig] for any other.
func (k *Kind) UnmarshalText(text []byte) error {
	for kind := KindConnect; kind <= KindIncoming; kind++ {
		if kind.String() == string(text) {
			*k = kind
			return nil
		}
	}
	return fmt.Errorf("%w: hook kind %q: not connect, direct, event or incoming", ErrConfig, text)
}

// Hook is one method of the protocol, with P the type of its payload. It is a
// value: the same PublishStream names the method to send, to handle in a
// backend, to script in a test. It is safe for concurrent use. The zero Hook
// sends nothing and returns an error.
type Hook[P any] struct {
	name     string
	kind     Kind
	codec    codec[P]
	priority Priority
	ranked   bool // priority was given; else it depends on the payload's status
}

// Name returns the method's name, which is the last part of the URL.
func (h Hook[P]) Name() string { return h.name }

// Kind returns what the hook is about.
func (h Hook[P]) Kind() Kind { return h.kind }

// PayloadType returns the name of the payload's type: "Stream".
func (h Hook[P]) PayloadType() string {
	if h.codec == nil {
		return ""
	}
	return h.codec.Name()
}

// Equal reports whether two hooks have the same name and kind.
func (h Hook[P]) Equal(other Hook[P]) bool { return h.name == other.name && h.kind == other.kind }

func (h Hook[P]) hasField(name string) bool { return h.codec != nil && h.codec.Has(name) }

func (h Hook[P]) fieldNames() []string {
	if h.codec == nil {
		return nil
	}
	return h.codec.Names()
}

// ClientView returns what the session's client may see of a payload: a copy less
// what the policy's clientExclude names (docs/protocol.md, 3.2). An error
// matches [ErrConfig].
func (h Hook[P]) ClientView(s *Session, payload *P) (*P, error) {
	body, err := h.encode(nil, payload, nil)
	if err == nil && s == nil {
		err = fmt.Errorf("%w: a nil session", ErrConfig)
	}
	if err != nil {
		return nil, err
	}
	return h.Decode(s.view(h.name, h.kind).clientView(body))
}

// Decode reads a payload that came as JSON, such as from a client or in a backend:
// exactly one object in UTF-8, which may follow a byte order mark. Numbers keep their
// digits, unknown fields are
// kept, and a value that does not fit its field is kept in Unknown and is no error.
// Half a character (a lone surrogate), which Java permits, is read as U+FFFD. An error matches [ErrConfig].
func (h Hook[P]) Decode(data []byte) (*P, error) {
	payload, err := h.decode(data)
	if err != nil {
		return nil, fmt.Errorf("%w: hook %s: %w", ErrConfig, h.name, err)
	}
	return payload, nil
}

func (h Hook[P]) decode(data []byte) (*P, error) {
	if h.codec == nil {
		return nil, errZeroHook
	}
	data = jsontext.TrimBOM(data)
	if err := jsontext.Check(data); err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	payload := new(P)
	if err := h.codec.Decode(payload, data); err != nil && !isType[*FieldError](err) {
		return nil, fmt.Errorf("payload: %w", err)
	}
	return payload, nil
}

// decodeToSend is decode for a payload that is sent again. Half a character is an error:
// it would be changed silently.
func (h Hook[P]) decodeToSend(data []byte) (*P, error) {
	payload, err := h.decode(data)
	if err != nil {
		return nil, err
	}
	if _, asItIs := any(payload).(*json.RawMessage); asItIs {
		return payload, nil
	}
	if err := jsontext.CheckCharacters(jsontext.TrimBOM(data)); err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	return payload, nil
}

var errZeroHook = errors.New("a hook that NewHook did not make")

// HookOption is an option of [NewHook].
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
// Where a method of the payload type, such as MarshalJSON, panics, the hook is not sent, and
// the error says so. Where it ends the goroutine ([runtime.Goexit], or FailNow of a test),
// it ends the caller's.
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
		panic(err) //nolint:forbidigo // Must says so
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
	if err := owntype.Check(of); err != nil {
		return fmt.Errorf("hook %s: a payload of %w", name, err)
	}
	return nil
}

// hidesFields names the payload of this package that a struct embeds beside fields of
// its own. Such a struct inherits MarshalJSON from it and loses its own fields, unless it
// has a MarshalJSON of its own.
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
		if bytes.Equal(zeroJSON(of), zeroJSON(inner)) {
			return inner.Name()
		}
	}
	return ""
}

// zeroJSON returns how a zero value is written; nil where it fails. A MarshalJSON may fail
// on the zero value, or end the goroutine.
func zeroJSON(of reflect.Type) []byte {
	written := make(chan []byte, 1)
	go func() {
		defer close(written)
		if text, err := owntype.Marshal(reflect.New(of).Interface()); err == nil {
			written <- text
		}
	}()
	return <-written
}

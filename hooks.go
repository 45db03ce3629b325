package resthook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/wcskit/resthook/internal/jsontext"
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
	// KindEvent: something has happened. The backend is told.
	KindEvent
	// KindIncoming: something arrives for a client. Under restOnError=FAIL the
	// backend decides before the client is told.
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
	ranked   bool // priority was given; else what the payload tells of decides
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

// Send sends the hook to a session, or to the client itself where there is
// none, and returns the payload to go on with: the one given, or a copy of it
// with what the backend was allowed to change. The one given is never written. In a
// session, nodeId, appKey and sessionId are those of the session, whatever the payload
// says; one that the session does not have is not sent.
//
// An error means: act. It is an [*Error], whose Action says what to do; the
// payload is then the one given. Under restOnError=LOG a failure is logged and
// observed, and Send returns the payload given and nil (docs/protocol.md,
// 3.1).
//
// Send does not wait for events of the session that are queued: it may reach the
// backend before them, and [HeaderSequence] tells which was first.
//
// Send takes at most rest_request_timeout for each attempt, and ctx bounds all
// of them together; when ctx ends, Send returns at once, and that is a failure
// like any other. It is safe for concurrent use.
func (h Hook[P]) Send(ctx context.Context, to Target, payload *P) (*P, error) {
	changed, _, err := h.exchange(ctx, to, payload, h.complete)
	return changed, err
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
// exactly one object in UTF-8, a byte order mark before it aside. Numbers keep their digits, unknown fields are
// kept, and a value that does not fit its field is no fault but stands in
// Unknown. Half a character (a lone surrogate), which Java lets stand, is read as
// U+FFFD. An error matches [ErrConfig].
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

// decodeToSend is decode for a payload that goes out again. What would be changed on
// the way without a word, half a character, is an error.
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

// SendJSON is Send for callers that hold the payload as JSON and want to know
// all that came of it, such as a command: the outcome carries the failure under
// restOnError=LOG too. The error is about the call itself: data that is no JSON
// object, or has a \u escape of half a character (a lone surrogate), which only a hook
// of [json.RawMessage] sends; no such app. It matches [ErrConfig] or [ErrClosed]. A
// value in data that does not fit its field goes out as it is.
func (h Hook[P]) SendJSON(ctx context.Context, to Target, data []byte) (Outcome, error) {
	payload, err := h.decodeToSend(data)
	if err != nil {
		return Outcome{}, h.trip().refuse(ctx, to, fmt.Errorf("%w: %w", ErrConfig, err))
	}
	changed, trip, err := h.exchange(ctx, to, payload, asItIs)
	if trip.refused {
		return Outcome{}, err
	}
	if trip.Payload, err = h.encode(nil, changed, nil); err != nil {
		return Outcome{}, err
	}
	trip.Client = trip.Payload
	if trip.Action != ActionBreak {
		trip.Client = trip.view(trip.Payload)
	}
	return trip.Outcome, nil
}

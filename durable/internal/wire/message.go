package wire

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/wcskit/resthook"
)

// The headers of a message. The body is the payload.
const (
	HeaderEvent  = "Resthook-Event"  // all of the event but its body, as JSON
	HeaderReason = "Resthook-Reason" // of a dead letter: how it ended
	HeaderFence  = "Resthook-Fence"  // of an entry of the journal: who has put it again
)

// Message is an event as a message without a subject.
func Message(e *resthook.Event) (*nats.Msg, error) {
	body := e.Body
	rest := *e
	rest.Body = nil
	text, err := json.Marshal(stored{plain(rest), uint8(rest.Kind)})
	if err != nil {
		return nil, fmt.Errorf("event %.64q: %w", e.ID, err)
	}
	return &nats.Msg{Data: body, Header: nats.Header{HeaderEvent: {string(text)}}}, nil
}

// stored is an event as its header has it: all fields, the kind as a number, so that an event of any
// kind can be read back.
type stored struct {
	plain

	Kind uint8
}

// plain is an event without its methods.
type plain resthook.Event

var errNoEvent = errors.New("the message has no event")

// Event reads an event from the header and the body of a message.
func Event(header nats.Header, body []byte) (resthook.Event, error) {
	text := header.Get(HeaderEvent)
	if text == "" {
		return resthook.Event{}, errNoEvent
	}
	var s stored
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return resthook.Event{}, fmt.Errorf("%w: %w", errNoEvent, err)
	}
	e := resthook.Event(s.plain)
	e.Kind, e.Body = resthook.Kind(s.Kind), body
	return e, nil
}

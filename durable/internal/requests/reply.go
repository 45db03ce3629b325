package requests

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
)

// APIError is an error that JetStream replied with.
type APIError struct {
	Status      int    `json:"code"`
	Code        int    `json:"err_code"` // of the list of JetStream's errors
	Description string `json:"description"`
}

// Error is JetStream's description, with its code.
func (e *APIError) Error() string {
	return fmt.Sprintf("jetstream: %.200s (%d)", e.Description, e.Code)
}

// The codes that mean something to this module.
const (
	codeNoMessage     = 10037
	codeNoSequence    = 10043 // of a message that was deleted meanwhile
	codeDeleteFailed  = 10057 // whatever the reason
	codeWrongSequence = 10071
	codeTooLarge      = 10054
	codeHeader        = 10097 // its header alone
	codeStoreFailed   = 10077 // such as a bound of the stream
	codeStorage       = 10047
	codeResources     = 10023
)

// Reply is the reply to a publish, a delete or a purge.
type Reply struct {
	Sequence  uint64    `json:"seq"`
	Duplicate bool      `json:"duplicate"`
	Err       *APIError `json:"error"`
}

// Read reads a reply; err is what [Requests.Send] gave instead of one.
func Read(m *nats.Msg, err error) (Reply, error) {
	if err != nil {
		return Reply{}, err
	}
	var r Reply
	if err := json.Unmarshal(m.Data, &r); err != nil {
		return Reply{}, fmt.Errorf("a reply that is no json: %w", err)
	}
	if r.Err != nil {
		return r, r.Err
	}
	return r, nil
}

func code(err error) int {
	if f, ok := errors.AsType[*APIError](err); ok {
		return f.Code
	}
	return 0
}

// WrongSequence reports whether a message was refused because another one is there, or gone, that it
// was to follow.
func WrongSequence(err error) bool { return code(err) == codeWrongSequence }

// NotFound reports whether what was to be deleted is not there.
func NotFound(err error) bool {
	if f, ok := errors.AsType[*APIError](err); ok {
		return f.Code == codeNoMessage || f.Code == codeNoSequence || f.Code == codeDeleteFailed && strings.Contains(f.Description, "no message found")
	}
	return false
}

// TooLarge reports whether a message is larger than the server takes.
func TooLarge(err error) bool {
	return code(err) == codeTooLarge || code(err) == codeHeader || errors.Is(err, nats.ErrMaxPayload)
}

// Full reports whether the store has no room.
func Full(err error) bool {
	switch code(err) {
	case codeStoreFailed, codeStorage, codeResources:
		return true
	}
	return false
}

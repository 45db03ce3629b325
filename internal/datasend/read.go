package datasend

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/wcskit/resthook/internal/jsontext"
)

// refusal is an answer with another status than 200.
type refusal struct {
	status int
	reason string
}

func (r *refusal) Error() string { return r.reason }

// read is whom a request is for, and what it says, of a sender who may say so.
func (h *Handler[T]) read(w http.ResponseWriter, r *http.Request) ([]string, Message[T], error) {
	body, err := h.bodyOf(w, r)
	if err != nil {
		return nil, Message[T]{}, err
	}
	message, err := h.Read(body)
	if err != nil {
		return nil, Message[T]{}, &refusal{http.StatusBadRequest, err.Error()}
	}
	sessions, err := sessionsIn(body)
	switch {
	case err != nil:
	case len(sessions) == 0:
		err = errors.New("no sessionIds")
	case message.OperationID == "":
		err = errors.New("no operationId")
	case !message.HasPayload:
		err = errors.New("no payload")
	default:
		return sessions, message, nil
	}
	return nil, Message[T]{}, &refusal{http.StatusBadRequest, err.Error()}
}

func (h *Handler[T]) bodyOf(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	switch {
	case r.Method != http.MethodPost:
		return nil, &refusal{http.StatusMethodNotAllowed, "data are sent with POST"}
	case !h.Auth.allows(r.Header):
		return nil, &refusal{http.StatusUnauthorized, "wrong or no credentials"}
	}
	// A page of some site can post in its visitor's name, but not with this type.
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, &refusal{http.StatusUnsupportedMediaType, "the Content-Type is not application/json"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.Limit))
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("over %d bytes", tooLarge.Limit)}
	}
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, "the body was cut short"}
	}
	return body, nil
}

const (
	manyName = "sessionIds"
	oneName  = "sessionId"
)

// sessionsIn is whom a message is for, each once: the list first.
func sessionsIn(body []byte) (sessions []string, err error) {
	if twice := namedTwice(body); twice != "" {
		return nil, errors.New(twice + " is there twice")
	}
	if half := halfNamed(body); half != "" {
		return nil, errors.New("half a character in " + half)
	}
	named, err := listed(body)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{"": true}
	for _, id := range named {
		if !seen[id] {
			seen[id], sessions = true, append(sessions, id)
		}
	}
	return sessions, nil
}

// listed is whom the body names, in its order.
func listed(body []byte) (names []string, err error) {
	var many []*string
	if list, ok := jsontext.Get(body, manyName); ok {
		if err := json.Unmarshal(list, &many); err != nil {
			return nil, errNoList
		}
	}
	for _, name := range many {
		if name == nil {
			return nil, errNoList
		}
		names = append(names, *name)
	}
	var one *string
	if text, ok := jsontext.Get(body, oneName); ok {
		if err := json.Unmarshal(text, &one); err != nil {
			return nil, errors.New(oneName + " is not a text")
		}
	}
	if one != nil {
		names = append(names, *one)
	}
	return names, nil
}

var errNoList = errors.New(manyName + " is not a list of texts")

// namedTwice is the first name of whom a message is for that stands there twice.
func namedTwice(body []byte) string {
	seen := map[string]bool{}
	for m := jsontext.Open(body); m.Next(); {
		name := string(m.Name())
		if seen[name] && (name == manyName || name == oneName) {
			return name
		}
		seen[name] = true
	}
	return ""
}

// halfNamed is the name of whom a message is for that has half a character in it: of
// two such sessions, one would become the other.
func halfNamed(body []byte) string {
	for _, name := range [...]string{manyName, oneName} {
		value, _ := jsontext.Get(body, name)
		if jsontext.CheckCharacters(value) != nil {
			return name
		}
	}
	return ""
}

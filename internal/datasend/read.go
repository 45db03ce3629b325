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

// refusal is an error with the status of its answer.
type refusal struct {
	status int
	reason string
}

func (r *refusal) Error() string { return r.reason }

// read checks a request and returns the sessions it is for and its message.
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
	// A browser lets a page of any site post here, but not with this type (CSRF).
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

// sessionsIn returns the sessions that a message is for, each once and none empty: those of
// sessionIds first, then sessionId.
func sessionsIn(body []byte) (sessions []string, err error) {
	if name := duplicateMember(body); name != "" {
		return nil, errors.New(name + " is there twice")
	}
	if name := loneSurrogate(body); name != "" {
		return nil, errors.New("half a character in " + name)
	}
	ids, err := listed(body)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{"": true}
	for _, id := range ids {
		if !seen[id] {
			seen[id], sessions = true, append(sessions, id)
		}
	}
	return sessions, nil
}

// listed returns all sessions in the body.
func listed(body []byte) (ids []string, err error) {
	var many []*string
	if list, ok := jsontext.Get(body, manyName); ok {
		if err := json.Unmarshal(list, &many); err != nil {
			return nil, errNoList
		}
	}
	for _, id := range many {
		if id == nil {
			return nil, errNoList
		}
		ids = append(ids, *id)
	}
	var one *string
	if text, ok := jsontext.Get(body, oneName); ok {
		if err := json.Unmarshal(text, &one); err != nil {
			return nil, errors.New(oneName + " is not a text")
		}
	}
	if one != nil {
		ids = append(ids, *one)
	}
	return ids, nil
}

var errNoList = errors.New(manyName + " is not a list of texts")

// duplicateMember returns sessionIds or sessionId if the body has it twice, else "".
func duplicateMember(body []byte) string {
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

// loneSurrogate returns sessionIds or sessionId if its value has half a character, else "".
// Decoding would turn different ids of this kind into the same one.
func loneSurrogate(body []byte) string {
	for _, name := range [...]string{manyName, oneName} {
		value, _ := jsontext.Get(body, name)
		if jsontext.CheckCharacters(value) != nil {
			return name
		}
	}
	return ""
}

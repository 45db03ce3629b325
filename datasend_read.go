package resthook

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/wcskit/resthook/internal/jsontext"
)

// dataSendError is an answer with another status than 200.
type dataSendError struct {
	status int
	reason string
}

func (r *dataSendError) Error() string { return r.reason }

// read is whom a request is for, and what it says, of a backend that may say so.
func (d *dataSend) read(w http.ResponseWriter, r *http.Request) ([]string, *Data, error) {
	switch {
	case r.Method != http.MethodPost:
		return nil, nil, &dataSendError{http.StatusMethodNotAllowed, "data are sent with POST"}
	case !d.auth.allows(r.Header):
		return nil, nil, &dataSendError{http.StatusUnauthorized, "wrong or no credentials"}
	}
	// A page of some site can post in its visitor's name, but not with this type.
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, nil, &dataSendError{http.StatusUnsupportedMediaType, "the Content-Type is not application/json"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, d.limit))
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, nil, &dataSendError{http.StatusRequestEntityTooLarge, fmt.Sprintf("over %d bytes", tooLarge.Limit)}
	}
	if err != nil {
		return nil, nil, &dataSendError{http.StatusBadRequest, "the body was cut short"}
	}
	return readDataSend(body)
}

// readDataSend is whom a message is for, and the message.
func readDataSend(body []byte) ([]string, *Data, error) {
	data := new(Data)
	if err := dataLayout.Unmarshal(data, body); err != nil {
		return nil, nil, &dataSendError{http.StatusBadRequest, err.Error()}
	}
	if twice := namedTwice(body); twice != "" {
		return nil, nil, &dataSendError{http.StatusBadRequest, twice + " is there twice"}
	}
	sessions, err := takeSessions(data)
	switch half := halfNamed(body); {
	case half != "":
		return nil, nil, &dataSendError{http.StatusBadRequest, "half a character in " + half}
	case err != nil:
		return nil, nil, &dataSendError{http.StatusBadRequest, "sessionIds is not a list of texts"}
	case len(sessions) == 0:
		return nil, nil, &dataSendError{http.StatusBadRequest, "no sessionIds"}
	case data.OperationID == "":
		return nil, nil, &dataSendError{http.StatusBadRequest, "no operationId"}
	case data.Payload == nil:
		return nil, nil, &dataSendError{http.StatusBadRequest, "no payload"}
	}
	return sessions, data, nil
}

// namedTwice is the first name of whom a message is for that stands there twice.
func namedTwice(body []byte) string {
	seen := map[string]bool{}
	for m := jsontext.Open(jsontext.TrimBOM(body)); m.Next(); {
		name := string(m.Name())
		if seen[name] && (name == "sessionIds" || name == "sessionId") {
			return name
		}
		seen[name] = true
	}
	return ""
}

// halfNamed is the name of whom a message is for that has half a character in it: of
// two such sessions, one would become the other.
func halfNamed(body []byte) string {
	for _, name := range [...]string{"sessionIds", "sessionId"} {
		value, _ := jsontext.Get(body, name)
		if jsontext.CheckCharacters(value) != nil {
			return name
		}
	}
	return ""
}

// takeSessions takes out of data whom they are for, each once.
func takeSessions(data *Data) (sessions []string, err error) {
	var named []*string
	if list, ok := data.Unknown["sessionIds"]; ok {
		if err := json.Unmarshal(list, &named); err != nil {
			return nil, err
		}
		delete(data.Unknown, "sessionIds")
	}
	named = append(named, &data.SessionID)
	seen := map[string]bool{"": true}
	for _, id := range named {
		switch {
		case id == nil:
			return nil, errors.New("null is no session")
		case !seen[*id]:
			seen[*id], sessions = true, append(sessions, *id)
		}
	}
	data.SessionID = ""
	return sessions, nil
}

// Package backend is the receiving side of the hooks for Go backends: an
// http.Handler that reads each hook into its typed payload, asks the handler
// for it, and writes the answer as the protocol asks.
//
//	mux := backend.NewMux()
//	backend.Handle(mux, resthook.PublishStream, func(ctx context.Context, s *resthook.Stream) (*resthook.Stream, error) {
//		if s.Custom["token"] != "secret" {
//			return nil, backend.Deny("wrong token")
//		}
//		s.Name = "live/" + s.Name
//		return s, nil
//	})
//	http.Handle("/rest/", mux)
package backend

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/internal/jsontext"
)

// bodyLimit is how large a hook may be, in bytes. Real ones have 4 KiB.
const bodyLimit = 1 << 20

// Handler answers one hook. It returns the payload with its changes, which the
// media server takes as the session's restClientConfig lets it; nil mirrors
// what came. An error refuses: [Deny] with status 403, any other with 500.
type Handler[P any] func(ctx context.Context, payload *P) (*P, error)

// Mux is an http.Handler that serves hooks under any path: the last element of
// the path is the method. A hook without a handler is mirrored, as the protocol
// asks (protocol.md section 2.3). It is safe for concurrent use once all
// handlers are there.
type Mux struct {
	handlers map[string]answerer
}

// answerer turns the body of a request into the body of an answer.
type answerer func(ctx context.Context, body []byte) ([]byte, error)

// NewMux returns a Mux that mirrors every hook.
func NewMux() *Mux { return &Mux{handlers: map[string]answerer{}} }

// Echo returns a handler that answers every hook with what came, as the media
// server's own EchoApp does (protocol.md section 1).
func Echo() *Mux { return NewMux() }

// Handle has a hook answered by handle. A second handler for a hook takes the
// place of the first.
func Handle[P any](mux *Mux, hook resthook.Hook[P], handle Handler[P]) {
	if mux.handlers == nil {
		mux.handlers = map[string]answerer{}
	}
	mux.handlers[hook.Name()] = func(ctx context.Context, body []byte) ([]byte, error) {
		payload, err := read[P](body)
		if err != nil {
			return nil, &refusal{http.StatusBadRequest, fmt.Sprintf("%s: %v", hook.Name(), err)}
		}
		changed, err := handle(ctx, payload)
		if err != nil {
			return nil, err
		}
		if changed == nil {
			return body, nil
		}
		return json.Marshal(changed)
	}
}

// read reads a payload. Numbers lose nothing; a value that does not fit its field
// is no reason to refuse a hook, and is in Unknown.
func read[P any](body []byte) (*P, error) {
	payload := new(P)
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	err := decoder.Decode(payload)
	if _, misfit := errors.AsType[*resthook.FieldError](err); misfit {
		return payload, nil
	}
	return payload, err
}

// refusal is an answer with another status than 200.
type refusal struct {
	status int
	reason string
}

func (r *refusal) Error() string { return r.reason }

// Deny is the error with which a handler says no: the answer is 403 with the
// reason as its text.
func Deny(reason string) error { return &refusal{http.StatusForbidden, reason} }

// ServeHTTP answers one hook.
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := m.answer(r)
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer) // a media server that is gone needs no answer
}

func (m *Mux) answer(r *http.Request) ([]byte, error) {
	body, err := readHook(r)
	if err != nil {
		return nil, err
	}
	answer, ok := m.handlers[path.Base(r.URL.Path)]
	if !ok {
		return body, nil
	}
	return answer(r.Context(), body)
}

// readHook reads a request that can be a hook: a POST of one JSON object.
func readHook(r *http.Request) ([]byte, error) {
	if r.Method != http.MethodPost {
		return nil, &refusal{http.StatusMethodNotAllowed, "a hook is a POST"}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, bodyLimit+1))
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, "the hook was cut short"}
	}
	if len(body) > bodyLimit {
		return nil, &refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("a hook over %d bytes", bodyLimit)}
	}
	if err := jsontext.Check(body); err != nil {
		return nil, &refusal{http.StatusBadRequest, "not a JSON object: " + err.Error()}
	}
	return body, nil
}

// refuse writes the status of a refusal; what went wrong inside the backend is
// not for the media server to read.
func refuse(w http.ResponseWriter, err error) {
	if r, ok := errors.AsType[*refusal](err); ok {
		if r.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", http.MethodPost)
		}
		http.Error(w, r.reason, r.status)
		return
	}
	http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
}

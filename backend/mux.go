package backend

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/redact"
)

// Handler answers one hook. It returns the payload with its changes, which the media
// server applies as far as the session's restClientConfig allows; nil mirrors the
// request. An error refuses the hook: [Deny] with status 403, any other error with 500,
// and its text goes to the log only. [DeliveryOf] returns what came with the hook.
//
// ctx ends with the request, and so when the media server closes the connection. There is
// one exception: behind [Wrap], unless with [WithoutRepeats], a hook with an id is handled
// to the end, because its repeat will get the answer. Its ctx has the values of the
// request's context, and ends after a minute, when the handler returns, or when [Serve]
// gives up waiting.
type Handler[P any] func(ctx context.Context, payload *P) (*P, error)

// Mux is an http.Handler that serves hooks under any path: the last element of
// the path is the method. A hook without a handler is mirrored, as the protocol
// asks (docs/protocol.md, 2.3). A restClientConfig in the request of connect is
// neither passed to its handler nor mirrored: the backend decides about a session's
// policy, not a client.
//
// A Mux does not authenticate and accepts hooks of up to 1 MiB; [Wrap] adds the rest. It
// is safe for concurrent use once all handlers are added.
type Mux struct {
	handlers map[string]answerer
}

// answerer makes the body of an answer from the body of a request.
type answerer func(ctx context.Context, body []byte) ([]byte, error)

// NewMux returns a Mux that mirrors every hook.
func NewMux() *Mux { return &Mux{handlers: map[string]answerer{}} }

// Echo returns a handler that mirrors every hook, as the media server's own EchoApp does
// (docs/protocol.md, 1).
func Echo() *Mux { return NewMux() }

// Handle sets the handler for a hook and replaces an earlier one; nil mirrors the hook.
func Handle[P any](mux *Mux, hook resthook.Hook[P], handle Handler[P]) {
	if mux.handlers == nil {
		mux.handlers = map[string]answerer{}
	}
	if handle == nil {
		delete(mux.handlers, hook.Name())
		return
	}
	mux.handlers[hook.Name()] = func(ctx context.Context, body []byte) ([]byte, error) {
		payload, err := hook.Decode(body)
		if _, crashed := errors.AsType[*redact.PanicError](err); crashed {
			return nil, err // a fault of the payload type, not of the request: 500
		}
		if err != nil {
			return nil, &refusal{http.StatusBadRequest, err.Error()}
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

// ServeHTTP answers one hook.
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := m.answer(r)
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer) // an error means that the media server is gone
}

func (m *Mux) answer(r *http.Request) ([]byte, error) {
	d, wrapped := of(r)
	if !wrapped {
		var err error
		if d, err = receive(r, defaultBodyLimit); err != nil {
			return nil, err
		}
	}
	method, body := methodOf(r), d.body
	answer, ok := m.handlers[method]
	if !ok {
		return body, nil
	}
	if method == resthook.Connect.Name() {
		body = jsontext.Drop(body, "restClientConfig")
	}
	if !wrapped {
		d.Delivery = describe(r)
		d.Session = sessionOf(d.body)
	}
	text, err := answer(d.within(r.Context()), body)
	d.fail(err)
	return text, err
}

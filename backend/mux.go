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

// Handler answers one hook. It returns the payload with its changes, which the
// media server takes as the session's restClientConfig lets it; nil mirrors
// what came. An error refuses: [Deny] with status 403, any other with 500, and
// its text is for the log alone. [DeliveryOf] tells what came with the hook.
//
// ctx ends with the request, and so when the media server hangs up. Only behind
// [Wrap], for a hook with an id, it does not: the answer is for the repeat that
// follows, unless there is [WithoutRepeats]. There ctx has the values of the
// request's, and ends a minute after the handler was asked, when it returns, or
// when [Serve] gives up.
type Handler[P any] func(ctx context.Context, payload *P) (*P, error)

// Mux is an http.Handler that serves hooks under any path: the last element of
// the path is the method. A hook without a handler is mirrored, as the protocol
// asks (docs/protocol.md, 2.3). A handler of connect is not shown a
// restClientConfig that came, and its answer does not mirror it: what governs a
// session is the backend's to say, and not a client's.
//
// A Mux lets everybody in and takes hooks of up to 1 MiB; [Wrap] adds the rest.
// It is safe for concurrent use once all handlers are there.
type Mux struct {
	handlers map[string]answerer
}

// answerer turns the body of a request into the body of an answer.
type answerer func(ctx context.Context, body []byte) ([]byte, error)

// NewMux returns a Mux that mirrors every hook.
func NewMux() *Mux { return &Mux{handlers: map[string]answerer{}} }

// Echo returns a handler that answers every hook with what came, as the media
// server's own EchoApp does (docs/protocol.md, 1).
func Echo() *Mux { return NewMux() }

// Handle has a hook answered by handle; nil mirrors it. A second handler for a
// hook takes the place of the first.
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
			return nil, err // the fault is the payload type's, and no denial
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
	_, _ = w.Write(answer) // a media server that is gone needs no answer
}

func (m *Mux) answer(r *http.Request) ([]byte, error) {
	d, known := of(r)
	if !known {
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
	if !known {
		d.Delivery = describe(r)
		d.Session = sessionOf(d.body)
	}
	text, err := answer(d.within(r.Context()), body)
	d.fail(err)
	return text, err
}

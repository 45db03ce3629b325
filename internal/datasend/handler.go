package datasend

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/wcskit/resthook/internal/redact"
)

// Message is the content of a request without the sessions it is for.
type Message[T any] struct {
	OperationID string
	HasPayload  bool
	Data        T
}

// Handler serves messages. All fields but Auth have to be set, before the first request.
// It is safe for concurrent use.
type Handler[T any] struct {
	Auth   *Auth // nil: everybody may send
	Limit  int64 // of a request's body, in bytes
	Logger *slog.Logger

	// Read parses a body, which may be invalid JSON. The sender sees its error.
	Read func(body []byte) (Message[T], error)
	// Deliver passes data on to sessions, each listed once. ctx ends with the request. Its
	// error or panic is logged, and the sender sees nothing of it.
	Deliver func(ctx context.Context, sessions []string, data T) error
	// NotConnected is the error of Deliver if none of the sessions is connected. The
	// answer is 404 then.
	NotConnected error
}

// ServeHTTP serves one request.
func (h *Handler[T]) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sessions, message, err := h.read(w, r)
	if err == nil {
		err = h.deliver(r.Context(), sessions, message.Data)
	}
	status := h.answer(w, err)
	h.log(r, status, len(sessions), message.OperationID, err)
}

// deliver calls Deliver and turns a panic into an error.
func (h *Handler[T]) deliver(ctx context.Context, sessions []string, data T) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &redact.PanicError{Cause: cause, Stack: string(debug.Stack())}
		}
	}()
	return h.Deliver(ctx, sessions, data)
}

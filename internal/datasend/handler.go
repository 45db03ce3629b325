package datasend

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/wcskit/resthook/internal/redact"
)

// Message is what a request says, beside whom it is for.
type Message[T any] struct {
	OperationID string
	HasPayload  bool
	Data        T
}

// Handler serves messages. All fields but Auth have to be set, and do not change after
// that; it is safe for concurrent use then.
type Handler[T any] struct {
	Auth   *Auth // nil lets in anybody
	Limit  int64 // of a request's body, in bytes
	Logger *slog.Logger

	// Read reads a body, which is JSON or is not. Its error is told to the sender.
	Read func(body []byte) (Message[T], error)
	// Deliver passes data on to sessions, each named once. ctx ends with the request. What
	// it returns, or panics with, goes to the log alone.
	Deliver func(ctx context.Context, sessions []string, data T) error
	// NotConnected is what Deliver returns where none of the sessions is connected, which
	// is told to the sender as 404.
	NotConnected error
}

// ServeHTTP takes one request.
func (h *Handler[T]) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sessions, message, err := h.read(w, r)
	if err == nil {
		err = h.deliver(r.Context(), sessions, message.Data)
	}
	status := h.answer(w, err)
	h.log(r, status, len(sessions), message.OperationID, err)
}

// deliver delivers. A panic is an error: the handler serves on.
func (h *Handler[T]) deliver(ctx context.Context, sessions []string, data T) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &redact.PanicError{Cause: cause, Stack: string(debug.Stack())}
		}
	}()
	return h.Deliver(ctx, sessions, data)
}

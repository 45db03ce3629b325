package datasend

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/wcskit/resthook/internal/redact"
)

// answer writes the answer to a request and returns its status.
func (h *Handler[T]) answer(w http.ResponseWriter, err error) (status int) {
	refused, ok := errors.AsType[*refusal](err)
	switch {
	case err == nil:
		w.WriteHeader(http.StatusOK)
		return http.StatusOK
	case errors.Is(err, h.NotConnected):
		refused = &refusal{http.StatusNotFound, h.NotConnected.Error()}
	case !ok:
		refused = &refusal{http.StatusInternalServerError, "the data were not delivered"}
	}
	switch refused.status {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	case http.StatusUnauthorized:
		w.Header()["Www-Authenticate"] = h.Auth.challenges()
	}
	http.Error(w, refused.reason, refused.status)
	return refused.status
}

// longestLogged is how many bytes of a foreign text are logged.
const longestLogged = 400

// log logs the outcome of a request, and nothing of its payload.
func (h *Handler[T]) log(r *http.Request, status, sessions int, operation string, err error) {
	level := slog.LevelDebug
	switch {
	case status >= http.StatusInternalServerError:
		level = slog.LevelError
	case status >= http.StatusBadRequest:
		level = slog.LevelInfo
	}
	attrs := []slog.Attr{slog.Int("status", status), slog.Int("sessions", sessions), slog.String("remote", r.RemoteAddr)}
	if operation != "" {
		attrs = append(attrs, slog.String("operation", redact.Line(operation, longestLogged)))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", redact.Line(err.Error(), longestLogged)))
	}
	if crash, ok := errors.AsType[*redact.PanicError](err); ok {
		attrs = append(attrs, slog.String("stack", crash.Stack))
	}
	h.Logger.LogAttrs(r.Context(), level, "data sent", attrs...)
}

package resthook

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/wcskit/resthook/internal/redact"
)

func (d *dataSend) answer(w http.ResponseWriter, err error) (status int) {
	refused, ok := errors.AsType[*dataSendError](err)
	switch {
	case err == nil:
		w.WriteHeader(http.StatusOK)
		return http.StatusOK
	case errors.Is(err, ErrNotConnected):
		refused = &dataSendError{http.StatusNotFound, ErrNotConnected.Error()}
	case !ok:
		refused = &dataSendError{http.StatusInternalServerError, "the data were not delivered"}
	}
	switch refused.status {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	case http.StatusUnauthorized:
		w.Header()["Www-Authenticate"] = d.auth.challenges()
	}
	http.Error(w, refused.reason, refused.status)
	return refused.status
}

// note logs a request: what came of it, never what it said.
func (d *dataSend) note(r *http.Request, status, sessions int, data *Data, err error) {
	level := slog.LevelDebug
	switch {
	case status >= http.StatusInternalServerError:
		level = slog.LevelError
	case status >= http.StatusBadRequest:
		level = slog.LevelInfo
	}
	attrs := []slog.Attr{slog.Int("status", status), slog.Int("sessions", sessions), slog.String("remote", r.RemoteAddr)}
	if data != nil {
		attrs = append(attrs, slog.String("operation", redact.Line(data.OperationID, longestCause)))
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", redact.Line(err.Error(), longestCause)))
	}
	if crash, ok := errors.AsType[*redact.PanicError](err); ok {
		attrs = append(attrs, slog.String("stack", crash.Stack))
	}
	d.logger.LogAttrs(r.Context(), level, "data sent", attrs...)
}

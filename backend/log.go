package backend

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/wcskit/resthook/internal/redact"
)

// longest is how much of a text from outside goes into the log, in bytes.
const longest = 256

// note logs a hook and its status, but never its payload.
func (g *guard) note(r *http.Request, d *delivery, status int, took time.Duration) {
	if g.logger == nil {
		return
	}
	level := slog.LevelDebug
	switch {
	case status >= http.StatusInternalServerError:
		level = slog.LevelError
	case status >= http.StatusBadRequest:
		level = slog.LevelInfo
	}
	if g.logger.Enabled(r.Context(), level) {
		g.logger.LogAttrs(r.Context(), level, "hook answered", d.attrs(r, status, took)...)
	}
}

func (d *delivery) attrs(r *http.Request, status int, took time.Duration) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("hook", short(d.Method)),
		slog.String("session", short(d.Session)),
		slog.String("id", short(d.ID)),
		slog.Int("status", status),
		slog.Duration("duration", took),
		slog.String("remote", r.RemoteAddr),
	}
	if d.Repeat {
		attrs = append(attrs, slog.Bool("repeat", true))
	}
	fault := d.cause()
	if fault != nil {
		attrs = append(attrs, slog.String("error", redact.Line(fault.Error(), longest)))
	}
	if crash, ok := errors.AsType[*redact.PanicError](fault); ok {
		attrs = append(attrs, slog.String("stack", crash.Stack))
	}
	return attrs
}

// short bounds a text from outside.
func short(text string) string {
	if len(text) <= longest {
		return text
	}
	return text[:longest] + "..."
}

// failed makes an error of a panic. http.ErrAbortHandler, with which a handler drops the
// connection, is passed on.
func (d *delivery) failed(cause any) error {
	if cause == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
		panic(cause) //nolint:forbidigo // net/http recovers it
	}
	err := &redact.PanicError{Cause: cause, Stack: string(debug.Stack())}
	d.fail(err)
	return err
}

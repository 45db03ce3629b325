package resthook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/wcskit/resthook/internal/redact"
)

// shown is what a value shows of itself, wherever it is shown: in a log, in JSON
// and printed, with the same names.
type shown []slog.Attr

// json writes one object, as log/slog does: a time.Duration is a number of
// nanoseconds.
func (s shown) json() ([]byte, error) {
	return s.written(func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewJSONHandler(w, o) })
}

// LogValue is a group of the attributes.
func (s shown) LogValue() slog.Value { return slog.GroupValue(s...) }

// text is a value of that type as its attributes, as log/slog writes them.
func (s shown) text(name string) string {
	line, err := s.written(func(w io.Writer, o *slog.HandlerOptions) slog.Handler { return slog.NewTextHandler(w, o) })
	if err != nil {
		return err.Error()
	}
	return "resthook." + name + "{" + string(line) + "}"
}

func (s shown) written(handler func(io.Writer, *slog.HandlerOptions) slog.Handler) ([]byte, error) {
	var b bytes.Buffer
	record := slog.NewRecord(time.Time{}, 0, "", 0)
	record.AddAttrs(s...)
	err := handler(&b, &slog.HandlerOptions{ReplaceAttr: withoutHead}).Handle(context.Background(), record)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// withoutHead drops what a handler adds to the attributes.
func withoutHead(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && (a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
		return slog.Attr{}
	}
	return a
}

// failing are the attributes of an error, which may be nil.
func failing(err error) shown {
	if err == nil {
		return nil
	}
	attrs := shown{slog.String("error", redact.Line(err.Error(), longestCause))}
	if failed, ok := errors.AsType[*Error](err); ok {
		attrs = append(attrs, slog.String("error_kind", string(failed.Kind)))
	}
	return attrs
}

// printTo prints a text for any verb, so that none shows what is not in it.
func printTo(f fmt.State, verb rune, text string) {
	if verb == 'q' {
		text = fmt.Sprintf("%q", text)
	}
	_, _ = io.WriteString(f, text) // to fmt's own buffer
}

// longestCause is how much of an error that others have written is kept, in bytes.
const longestCause = 400

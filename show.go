package resthook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
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
	attrs := shown{slog.String("error", plain(err.Error(), longestCause))}
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

// quiet is an error whose text is fit for a log: one line, bounded, with no user
// and no query in its URLs. errors.Is and errors.As see the error behind it.
func quiet(err error) error {
	if err == nil {
		return nil
	}
	if text := plain(err.Error(), longestCause); text != err.Error() {
		return &unquotedError{text, err}
	}
	return err
}

// unquotedError says in its own words what another error says by quoting others.
type unquotedError struct {
	text string
	err  error
}

func (e *unquotedError) Error() string { return e.text }
func (e *unquotedError) Unwrap() error { return e.err }

// plain is a text of others as one line of at most so many bytes.
func plain(text string, most int) string { return oneLine(maskURLs(text), most) }

// oneLine is a text as one line of at most so many bytes: what breaks lines and
// other blanks are a blank, and what is no text or turns it round is left out.
func oneLine(text string, most int) string {
	text = strings.ToValidUTF8(text[:min(len(text), 2*most)], "")
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == utf8.RuneError:
			return -1
		}
		return r
	}, text)
	if text = strings.Join(strings.Fields(text), " "); len(text) <= most {
		return text
	}
	const more = "..."
	return strings.ToValidUTF8(text[:most-len(more)], "") + more
}

// maskURLs leaves of the URLs in a text what may be printed.
func maskURLs(text string) string {
	var b strings.Builder
	for {
		at := strings.Index(text, "://")
		if at < 0 {
			return b.String() + text
		}
		end := at + strings.IndexFunc(text[at:]+" ", endsURL)
		start := strings.LastIndexFunc(text[:at], func(r rune) bool { return !isSchemeRune(r) }) + 1
		b.WriteString(text[:start])
		b.WriteString(maskURL(text[start:end]))
		text = text[end:]
	}
}

func endsURL(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"'<>`", r) }

func isSchemeRune(r rune) bool {
	return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("+-.", r))
}

package resthook

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wcskit/resthook/internal/redact"
)

const masked = "***"

// errMasked is the error for a secret that has been through a log or a file
// that was written without secrets.
var errMasked = errors.New(`"` + masked + `" stands for a secret that was masked, and can't be one`)

// Secret is a text that is not shown: fmt prints it as "***" whatever the verb,
// and so do log/slog and encoders such as encoding/json. It holds its text where
// reflection cannot see it, so that a Secret in an unexported field, or one that
// is printed by a package that walks through values, shows nothing either. Make
// one with [NewSecret] and read it with [Secret.Reveal]. The zero value is the
// empty secret.
//
// Compare two with [Secret.Equal]: a Secret can't be compared with ==, and
// [reflect.DeepEqual] takes two for equal only where both are empty.
//
// Reading "***" as a secret, from JSON or any other text, is an error: what was
// masked when it was written is lost.
type Secret struct {
	reveal func() string // nil where it is empty
}

// NewSecret returns a secret with that text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{func() string { return text }}
}

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// Equal reports whether both have the same text. How long it takes depends on
// their lengths alone.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// Format prints what String returns, whatever the verb.
func (s Secret) Format(f fmt.State, verb rune) {
	text := s.String()
	if verb == 'q' || verb == 'v' && f.Flag('#') {
		text = `"` + text + `"`
	}
	_, _ = io.WriteString(f, text) // to fmt's own buffer
}

// String returns "***", or nothing for an empty secret.
func (s Secret) String() string {
	if s.Reveal() == "" {
		return ""
	}
	return masked
}

// LogValue masks the secret in log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText masks the secret in encoders such as encoding/json.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the text as it is. "***" is an error that matches
// [ErrConfig].
func (s *Secret) UnmarshalText(text []byte) error {
	if string(text) == masked {
		return fmt.Errorf("%w: %w", ErrConfig, errMasked)
	}
	*s = NewSecret(string(text))
	return nil
}

// markURL is [redact.URL] with a mark where a user was, so that the URL is refused
// when it comes back.
func markURL(raw string) string {
	shown := redact.URL(raw)
	if u, err := url.Parse(raw); err != nil || u.User == nil {
		return shown
	}
	return strings.Replace(shown, "://", "://"+masked+"@", 1)
}

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

// longestLabel is how many bytes of a text that a client may have chosen (an id,
// an app key, a stream's name) go into a log line, an outcome or a count.
const longestLabel = 128

// label is the text, or the first bytes of a longer one. It does not keep the longer
// one alive.
func label(text string) string {
	if len(text) <= longestLabel {
		return text
	}
	end := longestLabel
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return strings.Clone(text[:end])
}

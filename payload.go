package resthook

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/wcskit/resthook/internal/identity"
	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/layout"
	"github.com/wcskit/resthook/internal/owntype"
	"github.com/wcskit/resthook/internal/redact"
)

// codec turns a payload into JSON and back. The payloads of this package have a
// layout; a media server's own types go through encoding/json.
type codec[P any] interface {
	// Append appends the payload as one JSON object, with the given ids in place of those
	// in the payload. It returns false where other ids may be left, for identity.IDs.Put
	// to replace.
	Append(b []byte, p *P, ids []string) (_ []byte, whole bool, err error)
	// Decode reads the payload from an object that jsontext.Check has passed.
	Decode(p *P, object []byte) error
	// Overlay returns a copy of p in which the members named have those values. body is
	// p as JSON.
	Overlay(p *P, body []byte, changes []jsontext.Member) (*P, error)
	// Text returns the text of the member of that name. body is p as JSON.
	Text(p *P, body []byte, name string) string
	// Name is the name of P.
	Name() string
	// Has reports whether the JSON object has a field of that name.
	Has(name string) bool
	// Names are the fields that are known; none of a type that has others too.
	Names() []string
}

// codecOf is the codec of a payload type.
func codecOf[P any]() codec[P] {
	if own, ok := any((*P)(nil)).(interface{ codec() codec[P] }); ok {
		return own.codec()
	}
	return owntype.New[P]()
}

// FieldError is a value in a JSON object that can't be read as the field's
// type. The field keeps what it had, and the value stays in Unknown, so that
// nothing is lost.
type FieldError struct {
	Field string // the field's name on the wire
	Want  string // what the field takes
	Found string // the type of JSON value found; never the value, which may be secret
}

// Error names the field, and what was found in place of what is wanted.
func (e *FieldError) Error() string {
	return fmt.Sprintf("field %q: %s, not %s", e.Field, e.Found, e.Want)
}

// newLayout makes the layout of a payload.
func newLayout[P any](name string, rest func(*P) (*map[string]json.RawMessage, *layout.Origin), fields ...layout.Field[P]) *layout.Layout[P] {
	return layout.New(name, layout.Options{Pinned: identity.Names(), Show: shownText, Misfit: misfit}, rest, fields...)
}

func misfit(field, want, found string) error {
	return &FieldError{Field: field, Want: want, Found: found}
}

// object is a field for what others have put together.
func object[P any](name string, at func(*P) *map[string]any) layout.Field[P] {
	return layout.Object(name, owntype.Marshal, at)
}

// longestShown is how much of a text a payload prints, in bytes.
const longestShown = 200

// shownText is a text of a payload as it may be printed.
func shownText(text string) string { return withoutQuery(redact.Line(text, longestShown)) }

// withoutQuery is the name of a stream as it may be printed. The name of an RTSP stream
// can have a token behind it.
func withoutQuery(name string) string {
	at := strings.IndexAny(name, "?&#")
	if at >= 0 && strings.Contains(name[at:], "=") {
		return name[:at+1] + masked
	}
	return name
}

// UnixMilli is a moment in milliseconds since 1970, as createDate has it. Zero
// means that it is not known.
type UnixMilli int64

// UnixMilliOf returns the moment t.
func UnixMilliOf(t time.Time) UnixMilli { return UnixMilli(t.UnixMilli()) }

// Time returns the moment in local time.
func (m UnixMilli) Time() time.Time { return time.UnixMilli(int64(m)) }

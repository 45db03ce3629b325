package layout

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/wcskit/resthook/internal/jsontext"
)

const (
	masked       = "***"
	longestShown = 200 // bytes of a value that are printed
)

// Print returns the struct as text for a log. It masks what may be secret: fields marked as
// secret, all objects, and unknown members with their names.
func (l *Layout[P]) Print(p *P) string {
	b, err := l.appendMasked([]byte(l.name), p)
	if err != nil {
		return l.name + "{" + err.Error() + "}"
	}
	return string(b)
}

func (l *Layout[P]) appendMasked(b []byte, p *P) ([]byte, error) {
	shown := *p
	unknown, _ := l.rest(&shown)
	if n := len(*unknown); n > 0 {
		*unknown = map[string]json.RawMessage{"(unknown)": strconv.AppendInt(nil, int64(n), 10)}
	}
	return l.write(b, &shown, nil, true)
}

func (l *Layout[P]) appendShown(b []byte, f *Field[P], p *P) ([]byte, error) {
	if f.secret && !f.isZero(p) {
		return jsontext.AppendString(b, masked), nil
	}
	return f.shown(b, p, l.Show)
}

// appendShort appends a value, or the length of a value that is too long.
func appendShort[T any](b []byte, v T, appendTo func([]byte, T) ([]byte, error)) ([]byte, error) {
	start := len(b)
	b, err := appendTo(b, v)
	if n := len(b) - start; n > longestShown {
		b = jsontext.AppendString(b[:start], fmt.Sprintf("(%d bytes)", n))
	}
	return b, err
}

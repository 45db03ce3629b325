package resthook

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/redact"
)

// longestShown is how much of a field's value a payload prints, in bytes.
const longestShown = 200

// print renders the payload for a log. What may be secret is masked: fields that
// are marked so, all maps, and unknown fields with their names, since a client may
// have chosen them.
func (l *layout[P]) print(p *P) string {
	shown := *p
	unknown, _ := l.rest(&shown)
	if n := len(*unknown); n > 0 {
		*unknown = map[string]json.RawMessage{"(unknown)": strconv.AppendInt(nil, int64(n), 10)}
	}
	b, err := l.write([]byte(l.name), &shown, nil, func(f *field[P], b []byte, at any) ([]byte, error) {
		if f.secret && !isZero(at) {
			return jsontext.AppendString(b, masked), nil
		}
		return appendShown(b, at)
	})
	if err != nil {
		return l.name + "{" + err.Error() + "}"
	}
	return string(b)
}

// appendShown appends a field as it may be printed.
func appendShown(b []byte, at any) ([]byte, error) {
	switch v := at.(type) {
	case *map[string]any:
		return jsontext.AppendString(b, masked), nil
	case **MediaState:
		return append(b, strings.TrimPrefix(mediaStateLayout.print(*v), mediaStateLayout.name)...), nil
	case *string:
		return jsontext.AppendString(b, withoutQuery(redact.Line(*v, longestShown))), nil
	}
	start := len(b)
	b, err := appendValue(b, at)
	if n := len(b) - start; n > longestShown {
		b = jsontext.AppendString(b[:start], fmt.Sprintf("(%d bytes)", n))
	}
	return b, err
}

// withoutQuery is the name of a stream as it may be printed: that of an RTSP
// stream can have a token behind it.
func withoutQuery(name string) string {
	at := strings.IndexAny(name, "?&#")
	if at >= 0 && strings.Contains(name[at:], "=") {
		return name[:at+1] + masked
	}
	return name
}

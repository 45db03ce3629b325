package inspector

import (
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
)

// summary is a few fields of a payload, for a row of the page and for rules.
type summary struct {
	session, mediaSession, appKey string
	name                          string // the stream's name, the callee, a login, a URL; see naming
	caller                        string
	state                         string // the payload's status
}

// naming ranks the fields that can be the summary's name. Rank 1 is the best; 0 means that
// the field cannot.
func naming(field string) int {
	switch field {
	case "name":
		return 1
	case "callee":
		return 2
	case "to":
		return 3
	case "login", "sipLogin":
		return 4
	case "rtspUrl", "url", "rtmpUrl":
		return 5
	case "recordName", "filename", "apiMethod":
		return 6
	}
	return 0
}

// summaryOf reads a body. The summary is empty if the body is not a JSON object.
func summaryOf(body []byte) summary {
	var s summary
	if jsontext.Check(body) != nil {
		return s
	}
	best := 0
	for m := jsontext.Open(body); m.Next(); {
		field := string(m.Name())
		s.note(field, m.Value())
		rank, text := naming(field), textOf(m.Value())
		if rank > 0 && text != "" && (best == 0 || rank <= best) {
			best, s.name = rank, cut(text, longestName)
		}
	}
	return s
}

const (
	// longestID is how much of an id is kept, in bytes.
	longestID = 200
	// longestName is how much of a name is shown, in bytes.
	longestName = 120
)

func (s *summary) note(field string, value []byte) {
	switch field {
	case "sessionId":
		s.session = cut(textOf(value), longestID)
	case "mediaSessionId", "callId":
		s.mediaSession = cut(textOf(value), longestID)
	case "appKey":
		s.appKey = cut(textOf(value), longestID)
	case "status":
		s.state = cut(textOf(value), longestName)
	case "caller", "from":
		s.caller = cut(textOf(value), longestName)
	}
}

// textOf is a JSON value as text: a string without its quotes, a number or boolean as it
// is written. It is empty for an object, a list or null.
func textOf(value []byte) string {
	switch value[0] {
	case '"':
		return jsontext.Unquote(value)
	case '{', '[', 'n':
		return ""
	}
	return string(value)
}

// cut is the beginning of a text, of at most so many bytes, in whole characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

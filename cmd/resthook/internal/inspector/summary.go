package inspector

import (
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
)

// about is what a payload says it is about, for a row of the page and for rules.
type about struct {
	session, mediaSession, appKey string
	name                          string // of the stream, whom a call goes to, a login, a URL
	caller                        string
	state                         string // the payload's status
}

// naming is how well a field says what a payload is about: the lower the better, 0
// where it does not.
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

// aboutOf reads a body; it is empty for one that is no JSON object.
func aboutOf(body []byte) about {
	var a about
	if jsontext.Check(body) != nil {
		return a
	}
	best := 0
	for m := jsontext.Open(body); m.Next(); {
		field := string(m.Name())
		a.note(field, m.Value())
		rank, text := naming(field), textOf(m.Value())
		if rank > 0 && text != "" && (best == 0 || rank <= best) {
			best, a.name = rank, cut(text, longestName)
		}
	}
	return a
}

const (
	// longestID is how much of an id is kept, in bytes.
	longestID = 200
	// longestName is how much of a name is shown, in bytes.
	longestName = 120
)

func (a *about) note(field string, value []byte) {
	switch field {
	case "sessionId":
		a.session = cut(textOf(value), longestID)
	case "mediaSessionId", "callId":
		a.mediaSession = cut(textOf(value), longestID)
	case "appKey":
		a.appKey = cut(textOf(value), longestID)
	case "status":
		a.state = cut(textOf(value), longestName)
	case "caller", "from":
		a.caller = cut(textOf(value), longestName)
	}
}

// textOf is a value of JSON as text: a string is what it says, a number and the
// like themselves. Objects and lists are no text.
func textOf(value []byte) string {
	switch value[0] {
	case '"':
		return jsontext.Unquote(value)
	case '{', '[', 'n':
		return ""
	}
	return string(value)
}

// cut is the beginning of a text, in whole characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

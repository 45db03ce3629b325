package inspector

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// What the page is sent, as JSON.

// hookView is a hook as the page lists it.
type hookView struct {
	Number  uint64   `json:"number"`
	Time    int64    `json:"time"` // Unix time in microseconds
	Method  string   `json:"method"`
	Session string   `json:"session"`
	Status  int      `json:"status"`            // 0: dropped
	Took    float64  `json:"took"`              // in milliseconds
	Since   *float64 `json:"since,omitempty"`   // since the session's previous hook, in milliseconds
	Attempt int      `json:"attempt,omitempty"` // 0: without a Webhook-Id
}

func (e entry) view() hookView {
	v := hookView{
		Number: e.number, Time: e.Time.UnixMicro(), Method: start(e.Method), Session: e.session,
		Status: e.Status, Took: milliseconds(e.Duration), Attempt: e.attempt,
	}
	if e.previous {
		since := milliseconds(e.since)
		v.Since = &since
	}
	return v
}

// detailView is all there is to say of a hook.
type detailView struct {
	hookView

	Attempts int                `json:"attempts,omitempty"`
	Remote   string             `json:"remote"`
	Headers  [][2]string        `json:"headers"`
	Request  string             `json:"request"`
	Answer   string             `json:"answer"`
	Changes  []recording.Change `json:"changes"`
}

// detail is the view of a hook of which as many attempts have come.
func (e entry) detail(attempts int) detailView {
	v := detailView{
		hookView: e.view(), Attempts: attempts, Remote: e.remote, Headers: e.headers,
		Request: legible(e.Request), Answer: legible(e.Answer), Changes: shownChanges(nil, nil),
	}
	if recording.IsObject(e.Request) && recording.IsObject(e.Answer) {
		v.Changes = shownChanges(e.Request, e.Answer)
	}
	return v
}

// shownChanges are the first changes, with the starts of their values. Never
// nil: the page wants a list.
func shownChanges(was, is []byte) []recording.Change {
	const most = 200
	found := recording.Changes(was, is)
	shown := make([]recording.Change, 0, min(len(found), most))
	for _, c := range found[:min(len(found), most)] {
		shown = append(shown, recording.Change{Field: start(c.Field), Was: start(c.Was), Is: start(c.Is)})
	}
	return shown
}

// start is a text cut to what fits a line or two.
func start(text string) string {
	const longest = 300
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest], "") + "…"
}

// legible is a body with an indent, where that does not make it much longer.
func legible(body []byte) string {
	const longest, deepest = 64 << 10, 32
	var b bytes.Buffer
	if len(body) > longest || depth(body) > deepest || json.Indent(&b, body, "", "  ") != nil {
		return string(body)
	}
	return b.String()
}

// depth is no less than how deep a body nests.
func depth(body []byte) int {
	deepest, now := 0, 0
	for _, c := range body {
		switch c {
		case '{', '[':
			now++
			deepest = max(deepest, now)
		case '}', ']':
			now--
		}
	}
	return deepest
}

// rulesView is the rules in force, as a file's text and one by one.
type rulesView struct {
	Text  string     `json:"text"`
	Rules []ruleView `json:"rules"`
}

// ruleView is a rule for the page's form. The values of its fields are JSON.
type ruleView struct {
	Method    string      `json:"method"`
	Deny      *string     `json:"deny,omitempty"`
	Overwrite [][2]string `json:"overwrite,omitempty"`
	Delay     string      `json:"delay,omitempty"`
	Break     bool        `json:"break,omitempty"`
}

// answerJSON answers the page with JSON.
func answerJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // a page that is gone needs no answer
}

// fail says to the page what went wrong.
func fail(w http.ResponseWriter, status int, reason string) {
	answerJSON(w, status, map[string]string{"error": reason})
}

func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d.Microseconds())) / 1000
}

package inspector

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/mask"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/internal/jsontext"
)

// detailView is one hook with its bodies and headers.
type detailView struct {
	row

	Attempts       int             `json:"attempts,omitempty"`
	FaultText      string          `json:"faultText"`
	Request        string          `json:"request"`
	Answer         string          `json:"answer"`
	RequestHeaders [][2]string     `json:"requestHeaders"`
	AnswerHeaders  [][2]string     `json:"answerHeaders"`
	Changes        []change        `json:"changes"`
	URL            string          `json:"url"`
	SignatureNote  string          `json:"signatureNote"`
	Curl           string          `json:"curl"`
	Policy         json.RawMessage `json:"policy"` // of the answer to connect
}

// change is a field that the answer changes. The values are JSON.
type change struct {
	Path string `json:"path"`
	From string `json:"from"`
	To   string `json:"to"`
}

// detail answers with one hook in full.
func (i *Inspector) detail(w http.ResponseWriter, r *http.Request) {
	e, attempts, ok := i.find(r.PathValue("run"), r.PathValue("number"))
	if !ok {
		fail(w, http.StatusNotFound, "this hook is no longer kept")
		return
	}
	row, verdict := e.judged()
	target := i.urlOf(&e.exchange)
	answerJSON(w, http.StatusOK, detailView{
		row: row, Attempts: attempts, FaultText: verdict.fault.String(),
		Request: legible(e.Request), Answer: legible(e.Answer),
		RequestHeaders: shownHeaders(e.header), AnswerHeaders: shownHeaders(e.answered),
		Changes: shownChanges(verdict.changes), URL: target, SignatureNote: e.signed.note,
		Curl: curl(target, &e.exchange), Policy: e.policy(),
	})
}

// find is the hook with a number, and how often its Webhook-Id has come.
func (i *Inspector) find(run, number string) (e entry, attempts int, ok bool) {
	n, _ := strconv.ParseUint(number, 10, 64) // no hook has the number 0
	return i.journal.find(run, n)
}

// urlOf is where the hook went.
func (i *Inspector) urlOf(x *exchange) string {
	if x.notHook != "" {
		return i.root + (&url.URL{Path: x.path}).EscapedPath()
	}
	return i.URL + "/" + url.PathEscape(x.Method)
}

// policy is the restClientConfig of an answer to connect.
func (x *exchange) policy() json.RawMessage {
	answer := jsontext.TrimBOM(x.Answer)
	if x.Method != resthook.Connect.Name() || x.Status != http.StatusOK || jsontext.Check(answer) != nil {
		return nil
	}
	policy, _ := jsontext.Get(answer, "restClientConfig")
	return policy
}

// shownChanges are the changes for the page. It is never nil: the page needs a list.
func shownChanges(found []recording.Change) []change {
	shown := []change{}
	for _, c := range shortened(found) {
		shown = append(shown, change{c.Field, c.Was, c.Is})
	}
	return shown
}

// start is the beginning of a text, short enough for a line or two.
func start(text string) string {
	const longest = 300
	if len(text) <= longest {
		return text
	}
	return cut(text, longest) + "…"
}

// legible is a body with indents, unless they would make it much longer.
func legible(body []byte) string {
	const longest, deepest = 64 << 10, 32
	var b bytes.Buffer
	if len(body) > longest || depth(body) > deepest || json.Indent(&b, body, "", "  ") != nil {
		return string(body)
	}
	return b.String()
}

// depth is an upper bound of how deep a body nests.
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

// shownHeaders are the headers, sorted by name, with the secrets masked. Of an
// authorization the scheme is shown.
func shownHeaders(header http.Header) [][2]string {
	const most, longest = 100, 1000
	shown := [][2]string{}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			if len(shown) < most {
				shown = append(shown, [2]string{cut(name, longest), cut(shownValue(name, value), longest)})
			}
		}
	}
	return shown
}

// shownValue is the value of a header with its secret masked. An authorization without
// a known scheme is masked as a whole.
func shownValue(name, value string) string {
	shown := mask.Header(name, value)
	switch scheme, rest, masked := strings.Cut(shown, " ***"); {
	case !masked || rest != "":
		return shown
	case slices.Contains([]string{"WCS", "Basic", "Bearer", "Digest"}, scheme):
		return shown
	}
	return "***"
}

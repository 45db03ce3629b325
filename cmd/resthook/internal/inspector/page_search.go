package inspector

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
)

// found is the result of a search.
type found struct {
	Run     string   `json:"run"`
	Numbers []uint64 `json:"numbers"`
	Through uint64   `json:"through"` // the last hook that was searched
}

// search answers with the numbers of the hooks that contain a text: in a body, in the path,
// or in a header that may be shown. Case does not matter.
func (i *Inspector) search(w http.ResponseWriter, r *http.Request) {
	const longest = 1000
	query := r.URL.Query()
	text := strings.ToLower(cut(query.Get("q"), longest))
	after, _ := strconv.ParseUint(query.Get("after"), 10, 64) // 0: from the start
	e := i.journal.from(position{query.Get("run"), after}, i.journal.hooks)
	result := found{Run: e.end.run, Numbers: []uint64{}, Through: e.end.after}
	for n := range e.entries {
		if r.Context().Err() != nil {
			return
		}
		if e.entries[n].holds(text) {
			result.Numbers = append(result.Numbers, e.entries[n].number)
		}
	}
	answerJSON(w, http.StatusOK, result)
}

// holds reports whether the exchange contains a text, which is in lower case.
func (x *exchange) holds(text string) bool {
	for _, body := range [...][]byte{x.Request, x.Answer} {
		if bytes.Contains(bytes.ToLower(body), []byte(text)) {
			return true
		}
	}
	for _, shown := range [...]string{x.path, x.remote, x.name, x.rule.label()} {
		if strings.Contains(strings.ToLower(shown), text) {
			return true
		}
	}
	for _, header := range append(shownHeaders(x.header), shownHeaders(x.answered)...) {
		if strings.Contains(strings.ToLower(header[0]+": "+header[1]), text) {
			return true
		}
	}
	return false
}

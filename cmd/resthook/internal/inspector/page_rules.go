package inspector

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// showRules answers with the rules in force.
func (i *inspector) showRules(w http.ResponseWriter, _ *http.Request) {
	answerJSON(w, http.StatusOK, i.rules.current().view())
}

// changeRules takes a rules file's text in the place of all rules or, with
// ?method=, one rule in the place of that method's. DELETE takes the method's
// rule away. The next hook is answered accordingly.
func (i *inspector) changeRules(w http.ResponseWriter, r *http.Request) {
	if !isOfType(w, r, "application/json") {
		return
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRules))
	if err != nil {
		fail(w, http.StatusBadRequest, "the rules cannot be read: "+err.Error())
		return
	}
	query := r.URL.Query()
	method := query.Get("method")
	if r.Method == http.MethodDelete && !query.Has("method") {
		fail(w, http.StatusBadRequest, "?method= is wanted")
		return
	}
	switch {
	case r.Method == http.MethodDelete:
		i.rules.remove(method)
	case query.Has("method"):
		err = i.rules.set(method, text)
	default:
		err = i.rules.replace(text)
	}
	if err != nil {
		fail(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	i.showRules(w, r)
}

// maxRules is how long a rules file may be that a page sends, in bytes.
const maxRules = 16 << 20

// isOfType tells whether a request has the content type. No site but the
// page's own can send these. It has answered where it returns false.
func isOfType(w http.ResponseWriter, r *http.Request, want string) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != want {
		fail(w, http.StatusUnsupportedMediaType, "the content type must be "+want)
		return false
	}
	return true
}

func (e *edition) view() rulesView {
	text := map[string]ruleText{}
	view := rulesView{Rules: []ruleView{}}
	for _, method := range slices.Sorted(maps.Keys(e.rules)) {
		text[method] = e.rules[method].text()
		view.Rules = append(view.Rules, text[method].view(method))
	}
	view.Text = indented(text)
	return view
}

func (t ruleText) view(method string) ruleView {
	v := ruleView{Method: method, Deny: t.Deny, Delay: t.Delay, Break: t.Break}
	for _, field := range slices.Sorted(maps.Keys(t.Overwrite)) {
		v.Overwrite = append(v.Overwrite, [2]string{field, string(t.Overwrite[field])})
	}
	return v
}

// indented is a value as JSON for people, with < > & as they are.
func indented(value any) string {
	text, err := terminal.JSON(value)
	if err != nil {
		return ""
	}
	var b bytes.Buffer
	_ = json.Indent(&b, []byte(text), "", "  ") // it is JSON
	return b.String()
}

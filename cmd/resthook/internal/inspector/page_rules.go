package inspector

import (
	"io"
	"mime"
	"net/http"
)

// showRules answers with the rules in force.
func (i *Inspector) showRules(w http.ResponseWriter, _ *http.Request) { i.answerRules(w, "") }

func (i *Inspector) answerRules(w http.ResponseWriter, id string) {
	view := i.rules.current().view()
	view.ID = id
	answerJSON(w, http.StatusOK, view)
}

// addRule takes one more rule. The next hook is answered accordingly.
func (i *Inspector) addRule(w http.ResponseWriter, r *http.Request) {
	i.changeRules(w, r, i.rules.add)
}

// putRules takes a rules file's text in the place of all rules or, with ?id=, one
// rule in the place of that one.
func (i *Inspector) putRules(w http.ResponseWriter, r *http.Request) {
	i.changeRules(w, r, func(text []byte) (string, error) {
		if query := r.URL.Query(); query.Has("id") {
			return query.Get("id"), i.rules.put(query.Get("id"), text)
		}
		return "", i.rules.replace(text)
	})
}

// removeRule takes the rule with ?id= away.
func (i *Inspector) removeRule(w http.ResponseWriter, r *http.Request) {
	i.changeRules(w, r, func([]byte) (string, error) { return "", i.rules.remove(r.URL.Query().Get("id")) })
}

func (i *Inspector) changeRules(w http.ResponseWriter, r *http.Request, change func([]byte) (id string, err error)) {
	text, ok := readJSON(w, r)
	if !ok {
		return
	}
	id, err := change(text)
	if err != nil {
		fail(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	i.answerRules(w, id)
}

// readJSON reads what a page sends. It has answered where it returns false.
func readJSON(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	const most = 16 << 20
	if !isOfType(w, r, "application/json") {
		return nil, false
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		fail(w, http.StatusBadRequest, "what was sent cannot be read: "+err.Error())
		return nil, false
	}
	return text, true
}

// isOfType tells whether a request has the content type. No site but the page's
// own can send these. It has answered where it returns false.
func isOfType(w http.ResponseWriter, r *http.Request, want string) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != want {
		fail(w, http.StatusUnsupportedMediaType, "the content type must be "+want)
		return false
	}
	return true
}

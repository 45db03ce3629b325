package inspector

import "net/http"

// showRules answers with the rules in force.
func (i *Inspector) showRules(w http.ResponseWriter, _ *http.Request) { i.answerRules(w, "") }

func (i *Inspector) answerRules(w http.ResponseWriter, id string) {
	view := i.rules.current().view()
	view.ID = id
	answerJSON(w, http.StatusOK, view)
}

// addRule adds a rule. It holds from the next hook on.
func (i *Inspector) addRule(w http.ResponseWriter, r *http.Request) {
	i.changeRules(w, r, i.rules.add)
}

// putRules replaces all rules by the text of a rules file or, with ?id=, that rule by
// another.
func (i *Inspector) putRules(w http.ResponseWriter, r *http.Request) {
	i.changeRules(w, r, func(text []byte) (string, error) {
		if query := r.URL.Query(); query.Has("id") {
			return query.Get("id"), i.rules.put(query.Get("id"), text)
		}
		return "", i.rules.replace(text)
	})
}

// removeRule removes the rule with ?id=.
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

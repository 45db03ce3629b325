package inspector

import (
	"net/http"
	"strconv"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/catalogue"
)

// news is what a page hears when it polls.
type news struct {
	Server      string       `json:"server"` // of this process
	Run         string       `json:"run"`    // changes when the run is cleared
	Anew        bool         `json:"anew"`   // what the page had is not of this run
	LetGo       uint64       `json:"letGo"`
	Kept        int          `json:"kept"` // how many hooks are kept at most
	Path        string       `json:"path"`
	To          string       `json:"to,omitempty"`
	Command     string       `json:"command"`
	Signing     bool         `json:"signing"` // whether signatures are checked
	Methods     []methodView `json:"methods,omitempty"`
	More        bool         `json:"more"`
	Hooks       []row        `json:"hooks"`
	Pending     []row        `json:"pending"`
	PendingMore int          `json:"pendingMore"`
	Rules       *rulesView   `json:"rules,omitempty"`
}

// methodView is a method of the catalogue.
type methodView struct {
	Name    string        `json:"name"`
	Kind    resthook.Kind `json:"kind"`
	Payload string        `json:"payload"`
	Fields  []string      `json:"fields"`
}

// poll answers with what is new behind what a page has.
func (i *Inspector) poll(w http.ResponseWriter, r *http.Request) {
	const batch = 500
	query := r.URL.Query()
	after, err := strconv.ParseUint(query.Get("after"), 10, 64)
	from := place{query.Get("run"), after}
	if err != nil {
		from = place{}
	}
	e := i.journal.from(from, batch)
	n := news{
		Server: i.journal.server, Run: e.place.run, Anew: e.anew, LetGo: e.letGo, Kept: i.journal.hooks,
		Path: i.Path, Command: i.Command, Signing: len(i.hooks.signer.keys) > 0,
		More: e.more, Hooks: make([]row, 0, len(e.entries)), Pending: make([]row, 0, len(e.pending)), PendingMore: e.others,
	}
	if i.Backend != nil {
		n.To = i.Backend.shown()
	}
	for _, ended := range e.entries {
		n.Hooks = append(n.Hooks, ended.row())
	}
	for _, x := range e.pending {
		n.Pending = append(n.Pending, x.pendingRow(time.Now()))
	}
	if e.anew {
		n.Methods = methodViews()
	}
	if rules := i.rules.current(); query.Get("rules") != strconv.FormatUint(rules.number, 10) {
		view := rules.view()
		n.Rules = &view
	}
	answerJSON(w, http.StatusOK, n)
}

func methodViews() []methodView {
	var views []methodView
	for _, m := range resthook.Methods() {
		v := methodView{m.Name(), m.Kind(), m.PayloadType(), []string{}}
		for _, field := range catalogue.Fields(m.PayloadType()) {
			v.Fields = append(v.Fields, field.Name)
		}
		views = append(views, v)
	}
	return views
}

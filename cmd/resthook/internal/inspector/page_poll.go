package inspector

import (
	"net/http"
	"strconv"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/catalogue"
)

// news is the answer to a poll of the page.
type news struct {
	Server      string       `json:"server"` // identifies this process
	Run         string       `json:"run"`    // changes when the run is cleared
	Anew        bool         `json:"anew"`   // the page's hooks are of another run
	LetGo       uint64       `json:"letGo"`
	Kept        int          `json:"kept"` // how many hooks are kept at most
	Path        string       `json:"path"`
	To          string       `json:"to,omitempty"`
	Command     string       `json:"command"`
	Signing     bool         `json:"signing"` // signatures are checked
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

// poll answers with what is new since the page's last poll.
func (i *Inspector) poll(w http.ResponseWriter, r *http.Request) {
	const batch = 500
	query := r.URL.Query()
	after, err := strconv.ParseUint(query.Get("after"), 10, 64)
	from := position{query.Get("run"), after}
	if err != nil {
		from = position{}
	}
	e := i.journal.from(from, batch)
	n := news{
		Server: i.journal.server, Run: e.end.run, Anew: e.newRun, LetGo: e.removed, Kept: i.journal.hooks,
		Path: i.Path, Command: i.Command, Signing: len(i.hooks.signer.keys) > 0,
		More: e.more, Hooks: make([]row, 0, len(e.entries)), Pending: make([]row, 0, len(e.inFlight)), PendingMore: e.others,
	}
	if i.Backend != nil {
		n.To = i.Backend.shown()
	}
	for _, ended := range e.entries {
		n.Hooks = append(n.Hooks, ended.row())
	}
	for _, x := range e.inFlight {
		n.Pending = append(n.Pending, x.pendingRow(time.Now()))
	}
	if e.newRun {
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

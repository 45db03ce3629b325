package inspector

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/internal/jsontext"
)

// explained is the effect of a restClientConfig.
type explained struct {
	Warnings []string        `json:"warnings"` // about the policy as a whole
	Methods  []explainedRule `json:"methods"`
	Error    string          `json:"error"`
}

// explainedRule is its effect on one method.
type explainedRule struct {
	Method  string `json:"method"`
	Kind    string `json:"kind"`
	Entry   bool   `json:"entry"` // the policy names the method
	Effect  string `json:"effect"`
	Warning string `json:"warning"`
}

// explain answers with the effect of a policy, method by method.
func (i *Inspector) explain(w http.ResponseWriter, r *http.Request) {
	text, ok := readJSON(w, r)
	if !ok {
		return
	}
	var asked struct{ Policy json.RawMessage }
	if err := json.Unmarshal(text, &asked); err != nil {
		fail(w, http.StatusBadRequest, "what was sent does not read: "+err.Error())
		return
	}
	answerJSON(w, http.StatusOK, explainPolicy(asked.Policy))
}

func explainPolicy(text []byte) explained {
	e := explained{Warnings: []string{}, Methods: []explainedRule{}}
	policy, err := resthook.ParsePolicy(text)
	if err != nil {
		e.Error = err.Error()
		return e
	}
	e.Warnings = append(e.Warnings, policy.Warnings()...)
	named := map[string][]byte{}
	if jsontext.Check(text) == nil { // not for an empty list, which is a policy too
		named = jsontext.Index(text)
	}
	for _, m := range resthook.Methods() {
		if m.Name() == resthook.Connect.Name() {
			continue
		}
		_, entry := named[m.Name()]
		delete(named, m.Name())
		e.Methods = append(e.Methods, explainRule(m.Name(), m.Kind(), entry, policy.Rule(m.Name())))
	}
	for _, own := range slices.Sorted(maps.Keys(named)) {
		e.Methods = append(e.Methods, explainRule(own, 0, true, policy.Rule(own)))
	}
	return e
}

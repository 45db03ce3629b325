package inspector

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// rulesView is the current rules, as the text of a rules file and one by one.
type rulesView struct {
	Edition uint64     `json:"edition"`
	Text    string     `json:"text"`
	Rules   []ruleView `json:"rules"`
	ID      string     `json:"id,omitempty"` // of the rule that was added or changed
}

// ruleView is a rule for the page's form. The values of its fields are JSON.
type ruleView struct {
	ID        string         `json:"id"`
	Method    string         `json:"method"`
	Session   string         `json:"session"`
	Name      string         `json:"name"`
	Deny      *string        `json:"deny,omitempty"`
	Status    int            `json:"status,omitempty"`
	Headers   map[string]any `json:"headers,omitempty"`
	Body      *string        `json:"body,omitempty"`
	Overwrite [][2]string    `json:"overwrite,omitempty"`
	Delay     string         `json:"delay,omitempty"`
	Break     bool           `json:"break,omitempty"`
	Label     string         `json:"label"`
	Warnings  []string       `json:"warnings"`
}

func (e *edition) view() rulesView {
	view := rulesView{Edition: e.number, Text: e.rules.text(), Rules: []ruleView{}}
	for n, r := range e.rules {
		v := r.view()
		v.Warnings = e.rules.warnings(n)
		view.Rules = append(view.Rules, v)
	}
	return view
}

func (r *rule) view() ruleView {
	v := ruleView{
		ID: r.id, Method: r.method, Session: r.session, Name: r.name,
		Deny: r.deny, Delay: delayText(r.delay), Break: r.drop, Label: r.label(),
	}
	if r.answer != nil {
		body := string(r.answer.body)
		v.Status, v.Headers, v.Body = r.answer.status, r.answer.headerTexts(), &body
	}
	for _, o := range r.overwrite {
		v.Overwrite = append(v.Overwrite, [2]string{o.path, string(o.value)})
	}
	return v
}

// ruleText is a rule in a rules file.
type ruleText struct {
	Session   string                     `json:"session,omitempty"`
	Name      string                     `json:"name,omitempty"`
	Deny      *string                    `json:"deny,omitempty"`
	Status    int                        `json:"status,omitempty"`
	Headers   map[string]any             `json:"headers,omitempty"`
	Body      *string                    `json:"body,omitempty"`
	Overwrite map[string]json.RawMessage `json:"overwrite,omitzero"`
	Delay     string                     `json:"delay,omitempty"`
	Break     bool                       `json:"break,omitempty"`
}

func (r *rule) text() ruleText {
	t := ruleText{Session: r.session, Name: r.name, Deny: r.deny, Delay: delayText(r.delay), Break: r.drop}
	if r.answer != nil {
		body := string(r.answer.body)
		t.Status, t.Headers, t.Body = r.answer.status, r.answer.headerTexts(), &body
	}
	if r.overwrite != nil {
		t.Overwrite = map[string]json.RawMessage{}
		for _, o := range r.overwrite {
			t.Overwrite[o.path] = o.value
		}
	}
	return t
}

// headerTexts are the headers for a rules file: a header with one value is a text, others
// are a list.
func (a reply) headerTexts() map[string]any {
	texts := map[string]any{}
	for name, values := range a.header {
		texts[name] = values
		if len(values) == 1 {
			texts[name] = values[0]
		}
	}
	return texts
}

// text is the rules as the text of a rules file.
func (s Rules) text() string {
	lists := map[string][]ruleText{}
	for _, r := range s {
		lists[r.method] = append(lists[r.method], r.text())
	}
	methods := map[string]any{}
	for method, list := range lists {
		methods[method] = list
		if len(list) == 1 {
			methods[method] = list[0]
		}
	}
	return indented(methods)
}

// indented is a value as indented JSON, with < > & not escaped.
func indented(value any) string {
	text, err := terminal.JSON(value)
	if err != nil {
		return ""
	}
	var b bytes.Buffer
	_ = json.Indent(&b, []byte(text), "", "  ") // it is JSON
	return b.String()
}

// delayText is a delay in its short form: 1h, not 1h0m0s.
func delayText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	text := d.String()
	for _, nothing := range [...]string{"0s", "0m"} {
		if before, _ := strings.CutSuffix(text, nothing); strings.HasSuffix(before, "m") || strings.HasSuffix(before, "h") {
			text = before
		}
	}
	return text
}

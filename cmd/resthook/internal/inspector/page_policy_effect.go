package inspector

import (
	"strings"

	"github.com/wcskit/resthook"
)

// explainRule says what a rule of a policy does. The kind is 0 for a method that is not in
// the catalogue.
func explainRule(method string, kind resthook.Kind, entry bool, rule resthook.Rule) explainedRule {
	e := explainedRule{Method: method, Entry: entry}
	if kind != 0 {
		e.Kind = kind.String()
	}
	switch method {
	case resthook.PlayHLS.Name(), resthook.PlayRTSP.Name():
		e.Effect = "No policy governs it, as it has no session: the backend is asked, and any answer but 200 refuses the player."
		return e
	}
	e.Effect = strings.Join(effects(method, kind, rule), " ")
	e.Warning = denialWarning(kind, entry, rule)
	return e
}

func effects(method string, kind resthook.Kind, rule resthook.Rule) []string {
	if rule.RestPolicy == resthook.RestPolicyDisable {
		return append([]string{"The backend is not asked: what the client sends is used unchanged."}, hiding(rule)...)
	}
	said := []string{asking(rule), failing(method, kind, rule)}
	if len(rule.RestExclude) > 0 {
		said = append(said, "The backend does not get "+list(rule.RestExclude)+".")
	}
	return append(said, hiding(rule)...)
}

func asking(rule resthook.Rule) string {
	switch {
	case rule.RestPolicy != resthook.RestPolicyOverwrite:
		return "The backend is asked; the values of its answer change nothing."
	case len(rule.RestOverwrite) == 0:
		return "The backend is asked; nothing in its answer is used, because restOverwrite names no field."
	}
	return "The backend is asked; these fields of its answer are used: " + list(rule.RestOverwrite) + "."
}

// failing says what happens after a denial or a failure.
func failing(method string, kind resthook.Kind, rule resthook.Rule) string {
	switch {
	case rule.RestOnError != resthook.OnErrorFail:
		return "A denial or a failure is logged, and the media server goes on."
	case method == resthook.StreamKeepAliveEvent.Name():
		return "A denial or a failure ends the stream."
	case method == resthook.OnDataEvent.Name():
		return "After a denial or a failure the client is told that its data failed."
	case kind == resthook.KindEvent:
		return "It has happened already: after a denial or a failure the media server goes on and warns the client."
	case kind == resthook.KindIncoming:
		return "A denial or a failure refuses it: the caller gets 403."
	}
	return "A denial or a failure refuses it: the client does not get what it asked for."
}

func hiding(rule resthook.Rule) []string {
	if len(rule.ClientExclude) == 0 {
		return nil
	}
	return []string{"The client is not shown " + list(rule.ClientExclude) + "."}
}

// denialWarning warns if a denial has no effect under the rule, although it could.
func denialWarning(kind resthook.Kind, entry bool, rule resthook.Rule) string {
	switch {
	case kind == resthook.KindEvent || kind == 0:
		return ""
	case rule.RestPolicy == resthook.RestPolicyDisable:
		return "a denial would stop nobody: the backend is not asked"
	case rule.RestOnError == resthook.OnErrorFail:
		return ""
	case !entry:
		return "a denial would stop nobody: there is no entry, and so restOnError is LOG"
	}
	return "a denial would stop nobody: restOnError is LOG"
}

// list joins names: a, b and c.
func list(fields []string) string {
	const most = 20
	if len(fields) > most {
		return strings.Join(fields[:most], ", ") + " and others"
	}
	if len(fields) == 1 {
		return fields[0]
	}
	last := len(fields) - 1
	return strings.Join(fields[:last], ", ") + " and " + fields[last]
}

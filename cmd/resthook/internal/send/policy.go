package send

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/input"
	"github.com/wcskit/resthook/internal/jsontext"
)

// Policy reads the policy for a hook of the method, and returns warnings about it. The text
// may also be what send connect printed. Errors name the source of the text.
func Policy(method string, text []byte, source string) (policy *resthook.Policy, warnings []string, err error) {
	if err := jsontext.Check(text); err != nil && !jsontext.IsEmptyArray(text) {
		return nil, nil, input.Placed(err, source, text)
	}
	text = heldPolicy(text)
	policy, err = resthook.ParsePolicy(text)
	if err != nil {
		return nil, nil, input.Placed(err, source, text)
	}
	return policy, methodWarnings(method, policy, text), nil
}

// heldPolicy is the restClientConfig in a text: the text itself, or the one in what send
// connect printed, with or without --json. It is empty if the answer to connect had none.
func heldPolicy(text []byte) []byte {
	if held, ok := jsontext.Get(text, "payload"); ok && jsontext.IsObject(held) {
		if method, _ := jsontext.Get(text, "method"); string(method) == `"connect"` {
			text = held
		}
	}
	held, ok := jsontext.Get(text, "restClientConfig")
	switch {
	case ok && !jsontext.IsNull(held):
		return held
	case ok, isConnection(text):
		return []byte("{}")
	}
	return text
}

// isConnection reports whether a text is the payload of connect. It has ids that are
// strings; the members of a policy are objects.
func isConnection(text []byte) bool {
	return slices.ContainsFunc([]string{"nodeId", "appKey", "sessionId"}, func(id string) bool {
		value, ok := jsontext.Get(text, id)
		return ok && value[0] == '"'
	})
}

// methodWarnings warn of what has no effect in a policy, and of a policy that has no effect
// on the method.
func methodWarnings(method string, policy *resthook.Policy, text []byte) []string {
	warnings := policyWarnings("--policy", policy)
	rule, named := jsontext.Get(text, method)
	named = named && jsontext.IsObject(rule)
	said := slices.ContainsFunc(warnings, func(warning string) bool { return strings.HasSuffix(warning, "did you mean "+method+"?") })
	switch {
	case ungoverned(method):
		warnings = append(warnings, "--policy: "+method+" is under no policy")
	case !named && !said:
		warnings = append(warnings, fmt.Sprintf("--policy: it says nothing of %s, so the defaults hold: NOTIFY, LOG", method))
	}
	return warnings
}

func policyWarnings(source string, policy *resthook.Policy) []string {
	warnings := policy.Warnings()
	for i := range warnings {
		warnings[i] = source + ": " + warnings[i]
	}
	return warnings
}

// answerWarnings warn of what has no effect in the restClientConfig of an answer to
// connect.
func answerWarnings(o resthook.Outcome) []string {
	if o.Kind != resthook.KindConnect || o.Err != nil {
		return nil
	}
	var accepted resthook.Connection
	if err := json.Unmarshal(o.Payload, &accepted); err != nil {
		return nil // does not happen: the hook has succeeded
	}
	return policyWarnings("the answer's restClientConfig", accepted.RestClientConfig)
}

// ungoverned reports whether no policy governs a method: the answer to connect brings the
// policy, and the others have no session.
func ungoverned(method string) bool {
	switch method {
	case resthook.Connect.Name(), resthook.PlayHLS.Name(), resthook.PlayRTSP.Name():
		return true
	}
	return false
}

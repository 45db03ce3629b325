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

// Policy reads the policy that a hook of the method is under, and warns of what is
// doubtful about it. It may stand in what send connect printed. The text comes from the
// source, which its errors name.
func Policy(method string, text []byte, source string) (policy *resthook.Policy, warnings []string, err error) {
	if err := jsontext.Check(text); err != nil && !jsontext.IsEmptyArray(text) {
		return nil, nil, input.Placed(err, source, text)
	}
	text = heldPolicy(text)
	policy, err = resthook.ParsePolicy(text)
	if err != nil {
		return nil, nil, input.Placed(err, source, text)
	}
	return policy, doubts(method, policy, text), nil
}

// heldPolicy is the restClientConfig in a text: itself, or the one in what send connect
// printed, with or without --json. Where the answer to connect had none, it is empty.
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

// isConnection tells the payload of connect, whose ids are texts, from a policy, whose
// members are objects.
func isConnection(text []byte) bool {
	return slices.ContainsFunc([]string{"nodeId", "appKey", "sessionId"}, func(id string) bool {
		value, ok := jsontext.Get(text, id)
		return ok && value[0] == '"'
	})
}

// doubts warn of what nobody will heed, and of a policy that is without effect.
func doubts(method string, policy *resthook.Policy, text []byte) []string {
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

// answerWarnings is what an answer to connect says in its restClientConfig
// that nobody will heed.
func answerWarnings(o resthook.Outcome) []string {
	if o.Kind != resthook.KindConnect || o.Err != nil {
		return nil
	}
	var accepted resthook.Connection
	if err := json.Unmarshal(o.Payload, &accepted); err != nil {
		return nil // the hook has succeeded, so its payload reads
	}
	return policyWarnings("the answer's restClientConfig", accepted.RestClientConfig)
}

// ungoverned are the methods that no policy is for: connect brings it, and the others
// have no session.
func ungoverned(method string) bool {
	switch method {
	case resthook.Connect.Name(), resthook.PlayHLS.Name(), resthook.PlayRTSP.Name():
		return true
	}
	return false
}

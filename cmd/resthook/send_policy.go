package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/input"
	"github.com/wcskit/resthook/internal/jsontext"
)

// policy is the one that the hook is under, and what is doubtful about it.
func (c *sendCommand) policy() (*resthook.Policy, []string, error) {
	if c.Policy == nil {
		return nil, nil, nil
	}
	text, source, err := input.Text(*c.Policy, nil)
	if err != nil {
		return nil, nil, err
	}
	if err := jsontext.Check(text); err != nil && !jsontext.IsEmptyArray(text) {
		return nil, nil, input.Placed(err, source, text)
	}
	text = heldPolicy(text)
	policy, err := resthook.ParsePolicy(text)
	if err != nil {
		return nil, nil, input.Placed(err, source, text)
	}
	return policy, c.doubtPolicy(policy, text), nil
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

// doubtPolicy warns of what nobody will heed, and of a policy that is without effect.
func (c *sendCommand) doubtPolicy(policy *resthook.Policy, text []byte) []string {
	doubts := policyWarnings("--policy", policy)
	rule, named := jsontext.Get(text, c.Method)
	named = named && jsontext.IsObject(rule)
	said := slices.ContainsFunc(doubts, func(doubt string) bool { return strings.HasSuffix(doubt, "did you mean "+c.Method+"?") })
	switch {
	case ungoverned(c.Method):
		doubts = append(doubts, "--policy: "+c.Method+" is under no policy")
	case !named && !said:
		doubts = append(doubts, fmt.Sprintf("--policy: it says nothing of %s, so the defaults hold: NOTIFY, LOG", c.Method))
	}
	return doubts
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

// govern has the policy hold for the hook, as it does in a session whose
// connect was answered with it. The hooks that have no session go to the
// client.
func (d *dispatch) govern(policy *resthook.Policy) error {
	if policy == nil || ungoverned(d.method.Name()) {
		return nil
	}
	conn := identity(d.data)
	conn.RestClientConfig = policy
	session, err := d.client.Resume(conn)
	if err == nil {
		d.to = session
	}
	return err
}

// identity is who is speaking in a payload, of whatever type it is. If it does
// not read, SendJSON says so.
func identity(data []byte) *resthook.Connection {
	var payload map[string]any
	_ = json.Unmarshal(data, &payload)
	text := func(key string) string {
		value, _ := payload[key].(string)
		return value
	}
	return &resthook.Connection{NodeID: text("nodeId"), AppKey: text("appKey"), SessionID: text("sessionId")}
}

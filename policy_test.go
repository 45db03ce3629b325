package resthook_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// plainRule is the rule of a method that no policy names.
var plainRule = resthook.Rule{RestPolicy: resthook.RestPolicyNotify, RestOnError: resthook.OnErrorLog}

func TestParsePolicy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want resthook.Rule // of the method "call"
	}{
		{`{}`, plainRule},
		{" {\r\n}\t", plainRule},
		{byteOrderMark + "{}", plainRule},
		{`[]`, plainRule},
		{`[ ]`, plainRule},
		{" [ ]\n", plainRule},
		{`{"call":{}}`, plainRule},
		{`{"call":[]}`, plainRule},
		{`{"call":null}`, plainRule},
		{`{"call":{"restOnError":"FALI","restOnError":"FAIL"}}`, resthook.Rule{RestPolicy: resthook.RestPolicyNotify, RestOnError: resthook.OnErrorFail}},
		{`{"call":{"restOnError":"FALI"},"call":{"restOnError":"FAIL"}}`, resthook.Rule{RestPolicy: resthook.RestPolicyNotify, RestOnError: resthook.OnErrorFail}},
		{
			`{"call":{"restExclude":"","clientExclude":"","restOnError":"LOG","restPolicy":"NOTIFY","restOverwrite":""}}`,
			plainRule,
		},
		{
			`{"call":{"restExclude":null,"clientExclude":null,"restOnError":null,"restPolicy":null,"restOverwrite":null}}`,
			plainRule,
		},
		{
			`{"call":{"restExclude":"sdp,custom.token","clientExclude":"caller","restOnError":"FAIL","restPolicy":"OVERWRITE","restOverwrite":"callee"}}`,
			resthook.Rule{
				RestPolicy: resthook.RestPolicyOverwrite, RestOnError: resthook.OnErrorFail, RestExclude: []string{"sdp", "custom.token"},
				RestOverwrite: []string{"callee"}, ClientExclude: []string{"caller"},
			},
		},
		{
			`{"call":{"restExclude":" sdp ,\tname\n,, ,custom.token "}}`,
			resthook.Rule{RestPolicy: resthook.RestPolicyNotify, RestOnError: resthook.OnErrorLog, RestExclude: []string{"sdp", "name", "custom.token"}},
		},
		{`{"call":{"restPolicy":"DISABLE"}}`, resthook.Rule{RestPolicy: resthook.RestPolicyDisable, RestOnError: resthook.OnErrorLog}},
		{`{"call":{"restPolicy":"DISABLED"}}`, resthook.Rule{RestPolicy: resthook.RestPolicyDisable, RestOnError: resthook.OnErrorLog}},
		{`{"call":{"restPolicy":"OVERWRITE"}}`, resthook.Rule{RestPolicy: resthook.RestPolicyOverwrite, RestOnError: resthook.OnErrorLog}},
		{`{"c\u0061ll":{"restOnErr\u006fr":"F\u0041IL"}}`, resthook.Rule{RestPolicy: resthook.RestPolicyNotify, RestOnError: resthook.OnErrorFail}},
		// Of duplicates the last counts, alone: it does not add to the first.
		{
			`{"call":{"restPolicy":"DISABLE","restExclude":"sdp"},"call":{"restOnError":"FAIL"}}`,
			resthook.Rule{RestPolicy: resthook.RestPolicyNotify, RestOnError: resthook.OnErrorFail},
		},
		{`{"call":{"restOnError":"FAIL"},"call":null}`, plainRule},
		{`{"call":{"restOnError":"FAIL"},"call":[]}`, plainRule},
		{`{"call":{"restOnError":"LOG","restOnError":"FAIL"}}`, resthook.Rule{RestPolicy: resthook.RestPolicyNotify, RestOnError: resthook.OnErrorFail}},
		{`{"call":{"restOnError":"FAIL","restOnError":null}}`, plainRule},
		// An entry for connect is ignored, whatever it is.
		{`{"connect":{"restPolicy":"no such"},"call":{}}`, plainRule},
		{`{"connect":5}`, plainRule},
		{`{"connect":"x"}`, plainRule},
	} {
		policy, err := resthook.ParsePolicy([]byte(c.text))
		require.NoError(t, err, c.text)
		assert.Equal(t, c.want, policy.Rule("call"), c.text)
		assert.Equal(t, plainRule, policy.Rule("hold"), c.text)
		assert.Equal(t, plainRule, policy.Rule("connect"), c.text)
		assert.Empty(t, policy.Warnings(), c.text)
		text, err := policy.MarshalJSON()
		require.NoError(t, err)
		assert.Equal(t, strings.TrimSpace(strings.TrimPrefix(c.text, byteOrderMark)), string(text), "what a backend says is passed on as it is")
	}
}

func TestParsePolicyRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, place string }{
		{``, "expected an object"},
		{`null`, "expected an object"},
		{`"x"`, "expected an object"},
		{`[{}]`, "expected an object"},
		{`[null]`, "expected an object"},
		{`{"call":{}`, "at byte 10"},
		{`{}{}`, "at byte 2"},
		{"{\"\xff\":{}}", "invalid UTF-8"},
		{"\v{}", "expected an object"},
		{"\u00a0[]", "expected an object"},
		{`{"call":5}`, "call: a number, not an object"},
		{`{"call":"NOTIFY"}`, "call: a string, not an object"},
		{`{"call":true}`, "call: a boolean, not an object"},
		{`{"call":[{}]}`, "call: an array, not an object"},
		{`{"call":{"restPolicy":"notify"}}`, `call.restPolicy: "notify"`},
		{`{"call":{"restPolicy":"DISABLE "}}`, `call.restPolicy: "DISABLE "`},
		{`{"call":{"restPolicy":"NOTIFY,OVERWRITE"}}`, `call.restPolicy: "NOTIFY,OVERWRITE"`},
		{`{"call":{"restPolicy":""}}`, `call.restPolicy: ""`},
		{`{"call":{"restPolicy":true}}`, "call.restPolicy: a boolean"},
		{`{"call":{"restPolicy":"LOG"}}`, `call.restPolicy: "LOG"`},
		{`{"hold":{},"call":{"restOnError":"FALI"}}`, `call.restOnError: "FALI"`},
		{`{"call":{"restOnError":"fail"}}`, `call.restOnError: "fail"`},
		{`{"call":{"restOnError":""}}`, `call.restOnError: ""`},
		{`{"call":{"restOnError":"DISABLED"}}`, `call.restOnError: "DISABLED"`},
		{`{"call":{"restOnError":[]}}`, "call.restOnError: an array"},
		{`{"call":{"restExclude":["sdp"]}}`, "call.restExclude: an array, not a string"},
		{`{"call":{"restOverwrite":1}}`, "call.restOverwrite: a number, not a string"},
		{`{"call":{"clientExclude":{}}}`, "call.clientExclude: an object, not a string"},
		{`{"Connect":{"restOnError":"x"}}`, "Connect.restOnError"},
	} {
		policy, err := resthook.ParsePolicy([]byte(c.text))
		require.ErrorIs(t, err, resthook.ErrPolicy, c.text)
		require.ErrorContains(t, err, c.place, c.text)
		assert.Nil(t, policy)

		kept, keptErr := resthook.ParsePolicy([]byte(`{"call":{"restOnError":"FAIL"}}`))
		require.NoError(t, keptErr)
		require.Error(t, kept.UnmarshalJSON([]byte(c.text)))
		assert.Equal(t, resthook.OnErrorFail, kept.Rule("call").RestOnError, "a policy that does not read leaves the old one")
	}
}

func TestPolicyWarnings(t *testing.T) {
	t.Parallel()
	const text = `{"call":{"restpolicy":"DISABLE","restOnError":"FAIL","note":{"a":[1]}},"hold":{"x":null},"own":{"restPolicy":"NOTIFY"}}`
	policy, err := resthook.ParsePolicy([]byte(text))
	require.NoError(t, err)
	want := []string{"call.note: unknown key, ignored", "call.restpolicy: unknown key, ignored; did you mean restPolicy?", "hold.x: unknown key, ignored"}
	assert.Equal(t, want, policy.Warnings())
	policy.Warnings()[0] = ""
	assert.Equal(t, want, policy.Warnings(), "the slice is the caller's")
	assert.Equal(t, resthook.Rule{RestPolicy: resthook.RestPolicyNotify, RestOnError: resthook.OnErrorFail}, policy.Rule("call"))
	out, err := json.Marshal(policy)
	require.NoError(t, err)
	assert.Equal(t, text, string(out), "unknown keys are kept")
}

func TestNilPolicy(t *testing.T) {
	t.Parallel()
	var none *resthook.Policy
	assert.Equal(t, plainRule, none.Rule("call"))
	assert.Empty(t, none.Warnings())
	text, err := json.Marshal(none)
	require.NoError(t, err)
	assert.Equal(t, "null", string(text))
	zero := new(resthook.Policy)
	assert.Equal(t, plainRule, zero.Rule("call"))
	text, err = json.Marshal(zero)
	require.NoError(t, err)
	assert.Equal(t, "{}", string(text))
}

// A policy does not change when the text or lists that it was made from are changed, nor
// those that it returned.
func TestPolicyKeepsItsText(t *testing.T) {
	t.Parallel()
	source := []byte(`{"call":{"restExclude":"sdp"}}`)
	policy, err := resthook.ParsePolicy(source)
	require.NoError(t, err)
	copy(source, bytes.Repeat([]byte("x"), len(source)))
	text, err := policy.MarshalJSON()
	require.NoError(t, err)
	assert.Equal(t, `{"call":{"restExclude":"sdp"}}`, string(text))
	copy(text, bytes.Repeat([]byte("x"), len(text)))
	again, err := policy.MarshalJSON()
	require.NoError(t, err)
	assert.Equal(t, `{"call":{"restExclude":"sdp"}}`, string(again))

	policy.Rule("call").RestExclude[0] = "changed"
	assert.Equal(t, []string{"sdp"}, policy.Rule("call").RestExclude)
	fields := []string{"sdp"}
	made, err := resthook.NewPolicy(map[resthook.Method]resthook.Rule{resthook.MakeCall: {RestExclude: fields}})
	require.NoError(t, err)
	fields[0] = "changed"
	assert.Equal(t, []string{"sdp"}, made.Rule("call").RestExclude)
}

// TestNewPolicy: a policy made in Go is read back as it was.
func TestNewPolicy(t *testing.T) {
	t.Parallel()
	own, err := resthook.NewHook[map[string]any]("own.signal", resthook.KindDirect)
	require.NoError(t, err)
	rules := map[resthook.Method]resthook.Rule{
		resthook.PublishStream: {
			RestPolicy: resthook.RestPolicyOverwrite, RestOnError: resthook.OnErrorFail, RestExclude: []string{"sdp", "custom.token"},
			RestOverwrite: []string{"name", "custom.deep.er"}, ClientExclude: []string{"sdp"},
		},
		resthook.MakeCall:              {RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"callee"}},
		resthook.PushLogs:              {RestPolicy: resthook.RestPolicyDisable},
		resthook.ConnectionStatusEvent: {},
		resthook.SendDTMF:              {RestPolicy: resthook.RestPolicyNotify, RestOnError: resthook.OnErrorLog},
		resthook.StreamKeepAliveEvent:  {RestOnError: resthook.OnErrorFail, RestExclude: []string{"sdp"}},
		own:                            {ClientExclude: []string{"anything", "at.all"}},
	}
	policy, err := resthook.NewPolicy(rules)
	require.NoError(t, err)
	text, err := json.Marshal(policy)
	require.NoError(t, err)
	back, err := resthook.ParsePolicy(text)
	require.NoError(t, err)
	assert.Equal(t, policy, back)
	assert.Empty(t, back.Warnings())
	for method, rule := range rules {
		if rule.RestPolicy == "" {
			rule.RestPolicy = resthook.RestPolicyNotify
		}
		if rule.RestOnError == "" {
			rule.RestOnError = resthook.OnErrorLog
		}
		assert.Equal(t, rule, policy.Rule(method.Name()))
		assert.Equal(t, rule, back.Rule(method.Name()))
	}
	assert.Len(t, members(t, text), len(rules))
	for _, entry := range members(t, text) {
		assert.Len(t, members(t, entry), 5, "documentation shows all five keys: %s", entry)
	}
	assert.Equal(t, `{"clientExclude":"","restExclude":"sdp","restOnError":"FAIL","restPolicy":"NOTIFY","restOverwrite":""}`,
		string(members(t, text)["StreamKeepAliveEvent"]))

	none, err := resthook.NewPolicy(nil)
	require.NoError(t, err)
	text, err = json.Marshal(none)
	require.NoError(t, err)
	assert.Equal(t, `{}`, string(text))
}

func TestNewPolicyRefuses(t *testing.T) {
	t.Parallel()
	own, err := resthook.NewHook[map[string]any]("own", resthook.KindDirect)
	require.NoError(t, err)
	for _, c := range []struct {
		method resthook.Method
		rule   resthook.Rule
		says   string
	}{
		{resthook.MakeCall, resthook.Rule{RestPolicy: "overwrite"}, `call: "overwrite"`},
		{resthook.MakeCall, resthook.Rule{RestPolicy: "FAIL"}, `call: "FAIL"`},
		{resthook.MakeCall, resthook.Rule{RestOnError: "FALI"}, `call: "FALI"`},
		{resthook.MakeCall, resthook.Rule{RestOverwrite: []string{"callee"}}, "restOverwrite without"},
		{resthook.MakeCall, resthook.Rule{RestPolicy: resthook.RestPolicyNotify, RestOverwrite: []string{"callee"}}, "restOverwrite without"},
		{resthook.MakeCall, resthook.Rule{RestPolicy: resthook.RestPolicyDisable, RestOverwrite: []string{"callee"}}, "restOverwrite without"},
		{resthook.MakeCall, resthook.Rule{RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"Callee"}}, `Call has no field "Callee"`},
		{resthook.MakeCall, resthook.Rule{RestExclude: []string{"sdp", "custom2.token"}}, `Call has no field "custom2"`},
		{resthook.MakeCall, resthook.Rule{ClientExclude: []string{"callee", "name"}}, `Call has no field "name"`},
		{resthook.MakeCall, resthook.Rule{ClientExclude: []string{""}}, `no field ""`},
		{resthook.Connect, resthook.Rule{}, "it is under no policy"},
		{resthook.PlayHLS, resthook.Rule{}, "it is under no policy"},
		{resthook.MakeCall, resthook.Rule{ClientExclude: []string{"callee,sdp"}}, "call"},
		{resthook.MakeCall, resthook.Rule{ClientExclude: []string{" sdp"}}, "call"},
		{resthook.PublishStream, resthook.Rule{RestExclude: []string{"callee"}}, `Stream has no field "callee"`},
		{resthook.MakeCall, resthook.Rule{ClientExclude: []string{"custom.a,sdp"}}, "not one field"},
		{resthook.MakeCall, resthook.Rule{RestExclude: []string{"custom.a "}}, "not one field"},
		{own, resthook.Rule{ClientExclude: []string{"a,b"}}, "not one field"},
		{own, resthook.Rule{ClientExclude: []string{""}}, "own"},
	} {
		policy, err := resthook.NewPolicy(map[resthook.Method]resthook.Rule{c.method: c.rule, resthook.Hold: {}})
		require.ErrorIs(t, err, resthook.ErrPolicy, "%+v", c.rule)
		require.ErrorContains(t, err, c.says)
		require.ErrorContains(t, err, c.method.Name())
		assert.Nil(t, policy)
	}
}

func TestPublishedPolicies(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]map[string]resthook.Rule{
		"restClientConfig-1.json": {"ConnectionStatusEvent": plainRule, "call": plainRule},
		"restClientConfig-2.json": {"StreamKeepAliveEvent": {
			RestPolicy: resthook.RestPolicyNotify, RestOnError: resthook.OnErrorFail, RestExclude: []string{"sdp"},
		}},
		"connect-5.json": {
			"call": {RestPolicy: resthook.RestPolicyOverwrite, RestOnError: resthook.OnErrorFail, RestOverwrite: []string{"callee"}},
			"ConnectionStatusEvent": {
				RestPolicy: resthook.RestPolicyNotify, RestOnError: resthook.OnErrorLog,
				ClientExclude: []string{"sipLogin", "sipPassword", "sipAuthenticationName", "sipDomain", "sipOutboundProxy"},
			},
		},
	} {
		text := members(t, sharedFile(t, filepath.Join("payloads", file)))["restClientConfig"]
		policy, err := resthook.ParsePolicy(text)
		require.NoError(t, err, file)
		assert.Empty(t, policy.Warnings(), file)
		for method, rule := range want {
			assert.Equal(t, rule, policy.Rule(method), "%s: %s", file, method)
		}
		var conn resthook.Connection
		require.NoError(t, json.Unmarshal(sharedFile(t, filepath.Join("payloads", file)), &conn))
		assert.Equal(t, policy, conn.RestClientConfig)
	}
}

// policyModel reads a restClientConfig as docs/protocol.md, 0.4, says, with encoding/json.
// ok is false for what must be refused.
func policyModel(t *testing.T, text []byte) (rules map[string]resthook.Rule, ok bool) {
	t.Helper()
	rules = map[string]resthook.Rule{}
	if treeOf(t, text) == nil {
		return rules, false
	}
	if list, isList := treeOf(t, text).([]any); isList {
		return rules, len(list) == 0
	}
	if _, isObject := treeOf(t, text).(map[string]any); !isObject {
		return rules, false
	}
	for method, entry := range members(t, text) {
		tree := treeOf(t, entry)
		list, isList := tree.([]any)
		if method == "connect" || tree == nil || isList && len(list) == 0 {
			continue
		}
		keys, isObject := tree.(map[string]any)
		if !isObject {
			return rules, false
		}
		rule := plainRule
		for key, value := range keys {
			if value != nil && !ruleModel(&rule, key, value) {
				return rules, false
			}
		}
		rules[method] = rule
	}
	return rules, true
}

func ruleModel(rule *resthook.Rule, key string, value any) bool {
	word, isText := value.(string)
	switch key {
	case "restPolicy":
		rule.RestPolicy = resthook.RestPolicy(strings.Replace(word, "DISABLED", "DISABLE", 1))
		return isText && slices.Contains([]string{"NOTIFY", "OVERWRITE", "DISABLE", "DISABLED"}, word)
	case "restOnError":
		rule.RestOnError = resthook.OnError(word)
		return isText && slices.Contains([]string{"LOG", "FAIL"}, word)
	case "restExclude", "restOverwrite", "clientExclude":
		list := map[string]*[]string{
			"restExclude": &rule.RestExclude, "restOverwrite": &rule.RestOverwrite, "clientExclude": &rule.ClientExclude,
		}[key]
		for field := range strings.SplitSeq(word, ",") {
			if field = strings.TrimSpace(field); field != "" {
				*list = append(*list, field)
			}
		}
		return isText
	}
	return true
}

// FuzzParsePolicy: a policy reads as encoding/json and the protocol have it.
// Texts with duplicate names are only read: their errors are those of any of
// the duplicates.
func FuzzParsePolicy(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, ` [ ] `, `null`, `{"call":{"restPolicy":"OVERWRITE","restOverwrite":"a , b.c,,","restOnError":"FAIL"}}`,
		`{"call":{"restPolicy":"DISABLED"},"hold":null,"unhold":[],"connect":5}`, `{"call":{"restPolicy":null,"x":1},"":{"restExclude":" "}}`,
		`{"call":{"restOnError":"fail"}}`, `{"call":{"restExclude":["a"]}}`, `{"a":{"restPolicy":"LOG"},"a":{}}`, `{"call":{"restPolicy":""}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		policy, err := resthook.ParsePolicy(text)
		if err != nil {
			require.ErrorIs(t, err, resthook.ErrPolicy)
			require.Nil(t, policy)
		}
		if !json.Valid(text) {
			require.Error(t, err)
			return
		}
		var whole any
		if err == nil {
			out, fault := policy.MarshalJSON()
			require.NoError(t, fault)
			require.Equal(t, strings.Trim(string(text), " \t\r\n"), string(out))
			require.NoError(t, json.Unmarshal(out, &whole))
		}
		if duplicates(t, text) || !bytes.Equal(bytes.ToValidUTF8(text, nil), text) || bytes.Count(text, []byte("[")) > 50 || bytes.Count(text, []byte("{")) > 50 {
			return
		}
		rules, ok := policyModel(t, text)
		require.Equal(t, ok, err == nil, "%v", err)
		for method, rule := range rules {
			if ok {
				require.Equal(t, rule, policy.Rule(method), method)
			}
		}
	})
}

// duplicates reports whether some name is there twice in one object, at any
// depth.
func duplicates(t *testing.T, text []byte) bool {
	t.Helper()
	tree := treeOf(t, text)
	var compact bytes.Buffer
	require.NoError(t, json.Compact(&compact, text))
	return bytes.Count(compact.Bytes(), []byte(`":`)) != colons(tree)
}

// colons counts at most the members of a tree, so that texts with "\":" in a
// string count as duplicates too.
func colons(tree any) int {
	n := 0
	switch v := tree.(type) {
	case map[string]any:
		for _, inner := range v {
			n += 1 + colons(inner)
		}
	case []any:
		for _, inner := range v {
			n += colons(inner)
		}
	}
	return n
}

// A name that is close to a method or key of the catalogue gives a warning; others do not.
func TestPolicyWarnsOfMisspeltNames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		`{"sendDTMF":{}}`:            {"sendDTMF: no such method; did you mean sendDtmf?"},
		`{"publishStrem":{}}`:        {"publishStrem: no such method; did you mean publishStream?"},
		`{"PublishStream":{}}`:       {"PublishStream: no such method; did you mean publishStream?"},
		`{"StreamStatusEvnt":{}}`:    {"StreamStatusEvnt: no such method; did you mean StreamStatusEvent?"},
		`{"Stream_Status_Event":{}}`: {"Stream_Status_Event: no such method; did you mean StreamStatusEvent?"},
		`{"publishStream ":{}}`:      {`"publishStream ": no such method; did you mean publishStream?`},
		`{"call ":{}}`:               {`"call ": no such method; did you mean call?`},
		`{"playHls":{}}`:             {"playHls: no such method; did you mean playHLS?"},
		`{"mine":{},"chatMessage":{},"":{},"calls_of_today":{},"publish":{},"streamName":{},"playStream":{},"connect":{}}`: nil,
		`{"call":{"restOnErorr":"FAIL"}}`: {"call.restOnErorr: unknown key, ignored; did you mean restOnError?"},
		`{"call":{"restonerror":"FAIL"}}`: {"call.restonerror: unknown key, ignored; did you mean restOnError?"},
		`{"call":{"comment":"FAIL"}}`:     {"call.comment: unknown key, ignored"},
	} {
		policy, err := resthook.ParsePolicy([]byte(text))
		require.NoError(t, err)
		assert.Equal(t, want, policy.Warnings(), text)
	}
	_, err := resthook.NewPolicy(map[resthook.Method]resthook.Rule{nil: {}})
	require.ErrorIs(t, err, resthook.ErrPolicy)
}

// A misspelt name of restClientConfig declines connect: without the policy, clients could
// do what it denies.
func TestMisspeltConfigDeclines(t *testing.T) {
	t.Parallel()
	for name, declined := range map[string]bool{
		"RestClientConfig": true, "restclientconfig": true, "restClientConf": true, "rest_client_config": true, "restClientConfig ": true,
		"clientConfig": false, "restConfig": false, "config": false,
	} {
		answer := fmt.Sprintf(`{%q:{"publishStream":{"restOnError":"FAIL"}}}`, name)
		client := newClient(t, hooktest.NewSocket(t, hooktest.Answer(200, answer)).URL())
		_, err := client.Connect(t.Context(), &resthook.Connection{})
		if !declined {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorIs(t, err, resthook.ErrPolicy, name)
		require.ErrorContains(t, err, "did you mean restClientConfig?")
	}
	client := newClient(t, hooktest.NewSocket(t, hooktest.Answer(200, `{"restClientConfi":"x","RestClientConfig":null}`)).URL())
	_, err := client.Connect(t.Context(), &resthook.Connection{})
	require.NoError(t, err, "only an object can be a policy")
}

// A policy that has no effect gives a warning.
func TestPolicyWarnsOfKeysWithoutEffect(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"connect":{"clientExclude":"sipPassword"}}`:                           "",
		`{"publishStream":{"restOverwrite":"name"}}`:                            "publishStream.restOverwrite: without the restPolicy OVERWRITE, ignored",
		`{"publishStream":{"restPolicy":"OVERWRITE","restOverwrite":"nane"}}`:   "publishStream: no field nane; did you mean name?",
		`{"ConnectionStatusEvent":{"clientExclude":"SIPPASSWORD"}}`:             "ConnectionStatusEvent: no field SIPPASSWORD; did you mean sipPassword?",
		`{"publishStream":{"restPolicy":"OVERWRITE","restOverwrite":"vendor"}}`: "",
		`{"publishStream":{"restExclude":"custom.token,sdp"}}`:                  "",
		`{"ownMethod":{"restPolicy":"OVERWRITE","restOverwrite":"nane, nama"}}`: "",
	} {
		policy, err := resthook.ParsePolicy([]byte(text))
		require.NoError(t, err, text)
		if want == "" {
			assert.Empty(t, policy.Warnings(), text)
			continue
		}
		assert.Equal(t, []string{want}, policy.Warnings(), text)
	}
}

// Only the backend sets the policy of a session: a restClientConfig that the client sends
// is ignored.
func TestClientCannotBringItsOwnPolicy(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]hooktest.Behaviour{
		"says nothing": hooktest.Answer(200, `{}`),
		"says null":    hooktest.Answer(200, `{"restClientConfig":null}`),
		"mirrors":      hooktest.Mirror(),
	} {
		for _, given := range []string{`{"publishStream":{"restPolicy":"DISABLE"}}`, `"no policy"`, `null`, `[]`} {
			t.Run(name+given, func(t *testing.T) {
				t.Parallel()
				conn := new(resthook.Connection)
				_ = json.Unmarshal([]byte(`{"sessionId":"s","restClientConfig":`+given+`}`), conn)
				client := newClient(t, hooktest.NewSocket(t, answer).URL())
				session, err := client.Connect(t.Context(), conn)
				require.NoError(t, err)
				assert.Equal(t, resthook.RestPolicyNotify, session.Policy().Rule("publishStream").RestPolicy)
				got, err := resthook.PublishStream.SendJSON(t.Context(), session, []byte(`{}`))
				require.NoError(t, err)
				assert.True(t, got.Sent)
			})
		}
	}
}

func TestPolicyNeverLeavesTheServer(t *testing.T) {
	t.Parallel()
	socket := hooktest.NewSocket(t, hooktest.Answer(200, `{"restClientConfig":{"publishStream":{"restPolicy":"NOTIFY","oops":""}}}`))
	log := new(logged)
	client := newClient(t, socket.URL(), resthook.WithLogger(log.logger()))
	got, err := resthook.Connect.SendJSON(t.Context(), client, []byte(`{"sessionId":"s"}`))
	require.NoError(t, err)
	assert.Contains(t, string(got.Payload), "restClientConfig")
	assert.Equal(t, `{"sessionId":"s"}`, string(got.Client))

	session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
	require.NoError(t, err)
	assert.Contains(t, log.String(), `publishStream.oops: unknown key, ignored`)
	require.NoError(t, session.Disconnect(t.Context()))
	seen := socket.Requests()
	assert.NotContains(t, string(seen[len(seen)-1].Body), "restClientConfig")
}

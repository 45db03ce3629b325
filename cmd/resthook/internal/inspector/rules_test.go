package inspector

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseRules(t *testing.T) {
	t.Parallel()
	rules, err := ParseRules([]byte("\ufeff" + `{"a":{"deny":""},"b":{"delay":"2s"},"c":{"break":false,"overwrite":{}},"*":{"break":true,"delay":"1s"}}`))
	require.NoError(t, err)
	assert.Len(t, rules, 4)
	of := func(method string) *rule {
		x := &exchange{}
		x.Method = method
		return rules.of(x)
	}
	assert.NotNil(t, of("a").deny)
	assert.Equal(t, 2*time.Second, of("b").delay)
	assert.True(t, of("z").drop)
	assert.Nil(t, Rules(nil).of(&exchange{}))
}

func TestParseRulesSaysWhere(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{"", "line 1: "},
		{"{\n\n,", "line 3: "},
		{"[]", "not an object"},
		{"null", "null, not an object"},
		{`{"a":null}`, "a: null, not an object"},
		{`{"a":"no"}`, "a: not an object"},
		{`{"a":{"dney":"no"}}`, "a.dney: unknown key"},
		{`{"a":{"deny":true}}`, "a.deny: not a text"},
		{`{"a":{"deny":null}}`, "a.deny: null"},
		{`{"a":{"session":null,"deny":"x"}}`, "a.session: null, not a text"},
		{`{"a":{"name": null ,"deny":"x"}}`, "a.name: null, not a text"},
		{`{"a":{"break":null}}`, "a.break: null, not true or false"},
		{`{"a":{"status":503,"headers":{"X-A":null}}}`, "a.headers: X-A: null"},
		{`{"a":{"status":503,"headers":{"X-A":["b",null]}}}`, "a.headers: X-A: null, not a text"},
		{`{"a":{"deny":"x"},"b":{},"a":{"delay":"1ms"}}`, `"a" is there twice`},
		{`{"a":{"deny":"x","den\u0079":"y"}}`, `a: "deny" is there twice`},
		{`{"a":{"overwrite":[]}}`, "a.overwrite: not an object"},
		{`{"a":{"delay":5}}`, "a.delay: not a time"},
		{`{"a":{"delay":"5"}}`, `a.delay: "5" is not a time`},
		{`{"a":{"delay":"-5s"}}`, `a.delay: "-5s" is not a time`},
		{`{"a":{"break":1}}`, "a.break: not true or false"},
		{`{"a":{"deny":"x","break":true}}`, "a: only one of"},
		{`{"a":{"status":200,"deny":"x"}}`, "a: only one of"},
		{`{"a":[{"deny":"x"},{"dney":"x"}]}`, "a[1].dney: unknown key: session, name, deny"},
		{`{"a":{"status":99}}`, "a.status: not a status from 200 to 599"},
		{`{"a":{"status":"200"}}`, "a.status: not a status from 200 to 599"},
		{`{"a":{"headers":{"X":"y"}}}`, "a.headers: a status or a body is wanted with them"},
		{`{"a":{"status":200,"headers":{"a b":"y"}}}`, `a.headers: "a b" is not the name of a header`},
		{`{"a":{"status":200,"headers":{"A":"y\r\nB: c"}}}`, "a.headers: A: a line end"},
		{`{"a":{"status":200,"headers":{"A":1}}}`, "a.headers: A: not a text, or a list of them"},
		{`{"a":{"status":200,"headers":{"content-length":"1"}}}`, "a.headers: content-length is not for a rule to say"},
		{`{"a":{"status":204,"body":"x"}}`, "a.body: none can be with status 204"},
		{`{"a":{"overwrite":{"custom.":1}}}`, `a.overwrite: "custom.": a name is missing`},
		{`{"a":{"overwrite":{"":1}}}`, `a.overwrite: "": a name is missing`},
		{`{"a":{"name":1}}`, "a.name: not a text"},
		{`{"a":{"session":"` + strings.Repeat("x", 201) + `"}}`, "a.session: longer than 200 bytes"},
		{`{"a/b":{}}`, "a/b: "},
		{`{"":{}}`, ": a hook without a name"},
	} {
		_, err := ParseRules([]byte(tt.text))
		require.Error(t, err, tt.text)
		assert.Contains(t, err.Error(), tt.want)
	}
}

func TestRuleIsForSomeHooks(t *testing.T) {
	t.Parallel()
	s := open(t, `{"call":[{"name":"100*","deny":"1"},{"session":"/10.0.0.7:*/x","name":"1*9","deny":"2"},{"session":"s","deny":"3"},{"name":"never","deny":"4"}],
		"*":[{"session":"s","deny":"5"},{"deny":"6"}]}`, Options{})
	for _, tt := range []struct{ method, session, name, want string }{
		{"call", "s", "1001", "1"},
		{"call", "/10.0.0.7:55/x", "199", "2"},
		{"call", "/10.0.0.7:55/y", "199", "6"},
		{"call", "/10.0.0.77:55/x", "199", "6"},
		{"call", "s", "199", "3"},
		{"call", "S", "x", "6"},
		{"hold", "s", "never", "5"},
		{"hold", "", "", "6"},
	} {
		got := s.hook(t, tt.method, `{"sessionId":"`+tt.session+`","callee":"`+tt.name+`"}`)
		assert.Equal(t, tt.want+"\n", got.body, tt)
	}
	assert.Equal(t, "*", s.last(t).Rule)
	assert.Equal(t, "call name=100*", s.rows(t)[0].Rule)
	assert.Equal(t, s.rules.current().rules[0].id, s.rows(t)[0].RuleID)
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", true},
		{"a", "a", true},
		{"a", "ab", false},
		{"*", "", true},
		{"a*", "ab", true},
		{"a*a", "a", false},
		{"*a*b*", "xaxb", true},
		{"*a*b*", "xbxa", false},
		{"a*b*c", "abc", true},
		{"a*b*bc", "abc", false},
		{"a**c", "ac", true},
	} {
		assert.Equal(t, tt.want, fits(tt.pattern, tt.text), tt)
	}
}

func TestAnswerOfChoice(t *testing.T) {
	t.Parallel()
	s := open(t, `{"a":{"status":503,"headers":{"Retry-After":"5","X":["1","2"]},"body":"later"},"b":{"body":{"n":12345678901234567890,"t":"<&>"}},
		"c":{"status":204},"d":{"status":200,"headers":{"content-type":"text/html"},"body":"<b>"},"e":{"status":200}}`, Options{})
	a := s.hook(t, "a", "{}")
	assert.Equal(t, []any{503, "later", "5", []string{"1", "2"}, "text/plain; charset=utf-8"},
		[]any{a.code, a.body, a.header.Get("Retry-After"), a.header["X"], a.header.Get("Content-Type")})
	b := s.hook(t, "b", "not JSON")
	assert.Equal(t, []any{200, `{"n":12345678901234567890,"t":"<&>"}`, "application/json"}, []any{b.code, b.body, b.header.Get("Content-Type")})
	assert.Equal(t, []any{204, ""}, []any{s.hook(t, "c", "{}").code, s.last(t).Fault[:0]})
	assert.Equal(t, "text/html", s.hook(t, "d", "{}").header.Get("Content-Type"))
	e := s.hook(t, "e", "{}")
	assert.Equal(t, []any{200, "", "0"}, []any{e.code, e.body, e.header.Get("Content-Length")})
}

// Paths have the syntax of a policy. The rest of the answer stays the same, byte by
// byte.
func TestOverwriteByPath(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ fields, request, want string }{
		{`{"custom.room":"a"}`, `{ "custom" : {"room":"b", "n":1.0}, "z":1e2 }`, `{"custom":{"room":"a","n":1.0},"z":1e2}`},
		{`{"custom.room":"a"}`, `{"custom":1}`, `{"custom":{"room":"a"}}`},
		{`{"custom.a.b":1,"custom.c":2}`, `{}`, `{"custom":{"a":{"b":1},"c":2}}`},
		{`{"n":12345678901234567890}`, `{"n":1,"n":2}`, `{"n":12345678901234567890}`},
		{`{"a":null}`, `{"a":1}`, `{"a":null}`},
		{`{}`, `{"a":1}`, `{"a":1}`},
	} {
		s := open(t, `{"call":{"overwrite":`+tt.fields+`}}`, Options{})
		assert.Equal(t, tt.want, s.hook(t, "call", tt.request).body, tt.fields)
	}
}

func TestRulesAreDoubted(t *testing.T) {
	t.Parallel()
	rules, err := ParseRules([]byte(`{"publishSteam":{},"publishStream":{"overwrite":{"nam":"x","custom.x":1,"faraway":1}},"mine":{"overwrite":{"sessionId":"x"}},"call":[{"name":"a"},{},{"name":"b"}],"*":{}}`))
	require.NoError(t, err)
	assert.Equal(t, []string{
		"call name=b: no hook comes to it: an earlier rule of call takes them all",
		"mine: no hook of the catalogue has this name: it is for a media server with hooks of its own",
		"mine: overwrite.sessionId: no media server takes another sessionId",
		"publishSteam: no hook of the catalogue has this name; did you mean publishStream?",
		"publishStream: overwrite.nam: no field of its payload; did you mean name?",
	}, rules.Warnings())
}

package inspector

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRulesTakeEffectOnTheNextHook(t *testing.T) {
	t.Parallel()
	s := open(t, `{"call":{"delay":"1h30m"},"publishStream":{"overwrite":{"n":12345678901234567890}}}`, Options{})
	was := s.ask(t, http.MethodGet, s.root+"/-/rules", "")
	assert.JSONEq(t, `{"edition":1,"text":"{\n  \"call\": {\n    \"delay\": \"1h30m\"\n  },\n  \"publishStream\": {\n    \"overwrite\": {\n      \"n\": 12345678901234567890\n    }\n  }\n}",
		"rules":[{"id":"1","method":"call","session":"","name":"","delay":"1h30m","label":"call","warnings":[]},
		{"id":"2","method":"publishStream","session":"","name":"","overwrite":[["n","12345678901234567890"]],"label":"publishStream","warnings":[]}]}`, was.body)

	changed := page[rulesView](t, s, http.MethodPut, "/-/rules?id=1", `{"method":"call","deny":"<no>"}`)
	assert.Equal(t, []any{"1", uint64(2)}, []any{changed.ID, changed.Edition})
	assert.Equal(t, "<no>\n", s.hook(t, "call", "{}").body)
	assert.JSONEq(t, `{"n":12345678901234567890}`, s.hook(t, "publishStream", "{}").body, "others stay")

	added := page[rulesView](t, s, http.MethodPost, "/-/rules", `{"method":"call","name":"cam*","status":503,"headers":{"A":"1"},"body":"later"}`)
	assert.Equal(t, "3", added.ID)
	assert.Equal(t, []string{"call name=cam*", "call", "publishStream"}, labels(added))
	assert.Equal(t, 503, s.hook(t, "call", `{"name":"cam1"}`).code)
	assert.Equal(t, 403, s.hook(t, "call", `{"name":"x"}`).code)

	again := page[rulesView](t, s, http.MethodPost, "/-/rules", `{"method":"call","break":true}`)
	assert.Equal(t, []any{"1", []string{"call name=cam*", "call", "publishStream"}}, []any{again.ID, labels(again)}, "one for all hooks takes the other's place")

	gone := page[rulesView](t, s, http.MethodDelete, "/-/rules?id=1", "{}")
	assert.Equal(t, []string{"call name=cam*", "publishStream"}, labels(gone))
	assert.Equal(t, 200, s.hook(t, "call", "{}").code)

	shown := page[rulesView](t, s, http.MethodGet, "/-/rules", "").Text
	read := page[rulesView](t, s, http.MethodPut, "/-/rules", shown)
	assert.Equal(t, shown, read.Text, "what is shown reads")
	assert.Equal(t, labels(gone), labels(read))
	assert.Equal(t, 503, s.hook(t, "call", `{"name":"cam1"}`).code)
}

func labels(view rulesView) []string {
	var labels []string
	for _, r := range view.Rules {
		labels = append(labels, r.Label)
	}
	return labels
}

func TestRulesThatDoNotReadChangeNothing(t *testing.T) {
	t.Parallel()
	s := open(t, `{"call":{"deny":"x"}}`, Options{})
	for _, tt := range []struct{ method, query, text, want string }{
		{http.MethodPut, "", "{\n", "line 2: "},
		{http.MethodPut, "", `[]`, "not an object"},
		{http.MethodPut, "", `{"call":{"dney":""}}`, "call.dney: unknown key: session, name, deny"},
		{http.MethodPut, "?id=1", `{"method":"call","delay":"x"}`, `call.delay: \"x\" is not a time`},
		{http.MethodPut, "?id=1", `{`, "line 1: "},
		{http.MethodPut, "?id=1", `{"delay":"1s"}`, "method: not a text"},
		{http.MethodPut, "?id=7", `{"method":"call"}`, `there is no rule \"7\"`},
		{http.MethodPost, "", `{"method":"call","deny":"","break":true}`, "call: only one of"},
		{http.MethodPost, "", `{"method":"a b"}`, `a b: hook name \"a b\": ' ' can't stand in it`},
		{http.MethodPost, "", `null`, "null, not an object"},
		{http.MethodPut, "", strings.Repeat(" ", 16<<20+1), "cannot be read"},
		{http.MethodDelete, "", "{}", `there is no rule \"\"`},
	} {
		got := s.ask(t, tt.method, s.root+"/-/rules"+tt.query, tt.text)
		assert.GreaterOrEqual(t, got.code, 400, tt.text)
		assert.Contains(t, got.body, tt.want)
	}
	assert.Equal(t, 415, s.ask(t, http.MethodPost, s.root+"/-/rules", `{"method":"call"}`, "Content-Type: text/plain").code)
	assert.Equal(t, 403, s.hook(t, "call", "{}").code)
	assert.Equal(t, uint64(1), s.rules.current().number)
}

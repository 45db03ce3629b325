package inspector

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whatever is sent, the page gets a row for it, and each row is small.
func TestHostileHooks(t *testing.T) {
	t.Parallel()
	s := open(t, `{"call":{"overwrite":{"a.b.c":1}}}`, Options{})
	deep := strings.Repeat(`{"a":`, 199) + "1" + strings.Repeat("}", 199)
	for _, body := range []string{
		deep, strings.Repeat(`{"a":`, 20_000), strings.Repeat("[", 500_000), "\x00\xff\xfe", `{"name":"\ud800","sessionId":"\u0000\u202e"}`,
		`{` + strings.Repeat(`"name":"x",`, 50_000) + `"a":1}`, `{"name":"` + strings.Repeat("x", 900_000) + `","sessionId":"` + strings.Repeat("y", 90_000) + `"}`,
		`{"sessionId":{"a":1},"name":[1],"status":null,"appKey":true}`, strings.Repeat(" ", 900_000) + "{}",
	} {
		s.hook(t, "call", body)
		s.hook(t, "mine", body, "Webhook-Signature: "+strings.Repeat("v1,AAAA ", 1000), "X: "+strings.Repeat("x", 50_000))
	}
	s.ask(t, http.MethodPost, s.root+"/"+strings.Repeat("x", 10_000), "{}")
	seen := page[news](t, s, http.MethodGet, "/-/poll", "") // one poll, since each checks every hook
	require.Len(t, seen.Hooks, 19)
	for _, r := range seen.Hooks {
		size := len(r.Name) + len(r.Session) + len(r.Method) + len(r.Path) + len(r.Fault) + len(strings.Join(r.Changed, ""))
		assert.Less(t, size, 2000)
	}
	news := s.ask(t, http.MethodGet, s.root+"/-/poll", "")
	require.Equal(t, http.StatusOK, news.code)
	assert.Less(t, len(news.body), 100_000)
	for n := range seen.Hooks {
		got := s.ask(t, http.MethodGet, s.root+"/-/hooks/"+seen.Run+"/"+strconv.Itoa(n+1), "")
		assert.Equal(t, http.StatusOK, got.code)
	}
}

func TestHostileRules(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		strings.Repeat(`{"a":`, 100_000), `{"call":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`,
		`{"call":{"overwrite":{"` + strings.Repeat("a.", 5000) + `a":1}}}`, `{"` + strings.Repeat("x", 200) + `":{}}`, "\x00", `{"call":{"delay":"9999999h"}}`,
		`{"call":{"headers":{"` + strings.Repeat("x", 100) + `\u0000":"1"},"status":200}}`,
	} {
		_, err := ParseRules([]byte(text))
		assert.Error(t, err, text[:min(len(text), 60)])
	}
	rules, err := ParseRules([]byte(`{"call":[` + strings.Repeat(`{"name":"a"},`, 10_000) + `{}]}`))
	require.NoError(t, err)
	assert.Len(t, rules, 10_001)
	assert.Len(t, newRulebook(rules).current().view().Rules, 10_001)
}

// The longest pattern on the longest text takes little time.
func TestHostilePattern(t *testing.T) {
	t.Parallel()
	assert.False(t, fits(strings.Repeat("*a", 100)+"b", strings.Repeat("a", 200)))
}

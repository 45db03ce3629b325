package inspector

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The page loads nothing from another server.
func TestPageNamesNoOtherHost(t *testing.T) {
	t.Parallel()
	names, err := pageFiles.ReadDir("page")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		text, err := pageFiles.ReadFile("page/" + name.Name())
		require.NoError(t, err)
		without := strings.ReplaceAll(string(text), "http://www.w3.org/2000/svg", "") // the name of a format, never loaded
		assert.NotRegexp(t, `(?i)https?:|["'(]//|innerHTML|outerHTML|insertAdjacentHTML|eval\(|style=|<script>| on[a-z]+="`, without, name.Name())
	}
}

func TestHookHasItsDetails(t *testing.T) {
	t.Parallel()
	s := open(t, `{"call":{"overwrite":{"callee":"b"}}}`, Options{})
	for range 2 {
		s.hook(t, "call", `{"sessionId":"s","callee":"a"}`, "Webhook-Id: a.1", "Authorization: Basic s3cret", "X-Custom: 1")
	}
	got := s.detailOf(t, "1")
	assert.Equal(t, []any{1, 2, "s", 200, "changed"}, []any{got.Attempt, got.Attempts, got.Session, got.Code, got.Result})
	assert.Equal(t, "{\n  \"sessionId\": \"s\",\n  \"callee\": \"a\"\n}", got.Request)
	assert.Equal(t, "{\n  \"sessionId\": \"s\",\n  \"callee\": \"b\"\n}", got.Answer)
	assert.Equal(t, []change{{"callee", `"a"`, `"b"`}}, got.Changes)
	assert.Contains(t, got.RequestHeaders, [2]string{"Authorization", "Basic ***"})
	assert.Contains(t, got.RequestHeaders, [2]string{"X-Custom", "1"})
	assert.Contains(t, got.AnswerHeaders, [2]string{"Content-Type", "application/json"})
	assert.Equal(t, s.URL+"/call", got.URL)
	assert.NotContains(t, fmt.Sprint(got), "s3cret")
}

func TestDetailHasThePolicy(t *testing.T) {
	t.Parallel()
	s := open(t, "{}", Options{})
	s.hook(t, "connect", `{"restClientConfig":{"call":{"restOnError":"FAIL"}}}`)
	s.hook(t, "call", `{"restClientConfig":{}}`)
	assert.JSONEq(t, `{"call":{"restOnError":"FAIL"}}`, string(s.detailOf(t, "1").Policy))
	assert.Equal(t, "null", string(s.detailOf(t, "2").Policy))
}

func TestLegibleStaysSmall(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "{\n  \"a\": 1.0\n}", legible([]byte(`{"a":1.0}`)))
	for _, text := range []string{
		"not JSON",
		strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
		"[" + strings.Repeat("1,", 40000) + "1]",
	} {
		assert.Equal(t, text, legible([]byte(text)))
	}
}

func TestStartIsCutAtARune(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "short", start("short"))
	assert.Equal(t, strings.Repeat("é", 149)+"…", start("x" + strings.Repeat("é", 200))[1:])
}

func TestPageIsAtTheHostOfAddr(t *testing.T) {
	t.Parallel()
	assert.True(t, New(Options{Host: "Box.Example"}).allowsHost("box.example:8081"))
	assert.False(t, New(Options{}).allowsHost(""))
}

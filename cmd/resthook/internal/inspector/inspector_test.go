package inspector

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// The page loads from this server alone.
func TestPageNamesNoOtherHost(t *testing.T) {
	t.Parallel()
	names, err := pageFiles.ReadDir("page")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		text, err := pageFiles.ReadFile("page/" + name.Name())
		require.NoError(t, err)
		without := strings.ReplaceAll(string(text), "http://www.w3.org/2000/svg", "") // names a format
		assert.NotRegexp(t, `(?i)https?:|["'(]//|innerHTML|outerHTML|insertAdjacentHTML|eval\(|style=|<script>| on[a-z]+="`, without, name.Name())
	}
}

func TestHookHasItsDetails(t *testing.T) {
	t.Parallel()
	rules := Rules{"call": {overwrite: map[string]json.RawMessage{"callee": []byte(`"b"`)}}}
	handler := newInspector(Options{Path: "/", Rules: rules, Log: log.New(io.Discard, "", 0)})
	for range 2 {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/call", strings.NewReader(`{"sessionId":"s","callee":"a"}`))
		r.Header = http.Header{"Webhook-Id": {"a.1"}, "Authorization": {"Basic s3cret"}}
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	run := handler.journal.from(place{}, 1).place.run
	var got detailView
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/-/hooks/"+run+"/1", nil)
	r.Host = "localhost"
	handler.ServeHTTP(w, r)
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got), w.Body)
	assert.Equal(t, []any{1, 2, "s", 200}, []any{got.Attempt, got.Attempts, got.Session, got.Status})
	assert.Equal(t, "{\n  \"sessionId\": \"s\",\n  \"callee\": \"a\"\n}", got.Request)
	assert.Equal(t, []recording.Change{{Field: "callee", Was: `"a"`, Is: `"b"`}}, got.Changes)
	assert.Equal(t, [][2]string{{"Webhook-Id", "a.1"}, {"Authorization", "Basic ***"}}, got.Headers)
	assert.NotContains(t, w.Body.String(), "s3cret")
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
	assert.True(t, newInspector(Options{Host: "Box.Example"}).known("box.example:8081"))
	assert.False(t, newInspector(Options{}).known(""))
}

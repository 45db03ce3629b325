package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

type answer struct {
	status int
	body   string
	header http.Header
}

// ask sends a request as the page would. Each header is "NAME: VALUE" and replaces the
// page's own header.
func ask(t testing.TB, method, url, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Close = true // leaves no connection and no goroutine behind
	req.Header.Set("Content-Type", "application/json")
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		req.Header.Set(name, value)
		if name == "Host" {
			req.Host = value
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer{resp.StatusCode, string(text), resp.Header}
}

func TestPageIsLockedDown(t *testing.T) {
	t.Parallel()
	s := startServe(t)
	for path, kind := range map[string]string{
		"/":                "text/html; charset=utf-8",
		"/-/page/page.css": "text/css; charset=utf-8",
		"/-/page/page.js":  "text/javascript; charset=utf-8",
		"/-/page/icon.svg": "image/svg+xml; charset=utf-8",
		"/-/rules":         "application/json",
		"/-/run":           "application/x-ndjson",
	} {
		got := ask(t, http.MethodGet, s.root(t)+path, "")
		assert.Equal(t, http.StatusOK, got.status, path)
		assert.Equal(t, kind, got.header.Get("Content-Type"), path)
		policy := got.header.Get("Content-Security-Policy")
		assert.Contains(t, policy, "default-src 'none'; script-src 'self';", path)
		assert.Contains(t, policy, "frame-ancestors 'none'", path)
		assert.NotContains(t, policy, "unsafe", path)
		assert.Equal(t, []string{"nosniff", "no-referrer", "same-origin", "no-store"}, []string{
			got.header.Get("X-Content-Type-Options"), got.header.Get("Referrer-Policy"),
			got.header.Get("Cross-Origin-Resource-Policy"), got.header.Get("Cache-Control"),
		}, path)
	}
	for _, path := range []string{"/-/", "/-/x", "/-/page/", "/-/page/x.js", "/-/page/..%2finspector.go", "/-/hooks/x/1"} {
		assert.Contains(t, []int{http.StatusBadRequest, http.StatusNotFound}, ask(t, http.MethodGet, s.root(t)+path, "").status, path)
	}
	assert.Equal(t, http.StatusMethodNotAllowed, ask(t, http.MethodPost, s.root(t)+"/-/run", "{}").status)
	s.stop(t)
	assert.Equal(t, "resthook: the page is at "+s.root(t)+"/\n", s.log.String(), "a line is for a hook")
}

// DNS rebinding: a site whose host name resolves to this machine gets nothing.
func TestPageIsNotForOtherNames(t *testing.T) {
	t.Parallel()
	s := startServe(t)
	for _, host := range []string{"evil.example", "evil.example:8081", "localhost.evil.example", "127.0.0.1.evil.example", "[::1].evil"} {
		for _, path := range []string{"/", "/-/poll", "/-/run", "/-/rules", "/-/page/page.js"} {
			got := ask(t, http.MethodGet, s.root(t)+path, "", "Host: "+host)
			assert.Equal(t, http.StatusForbidden, got.status, "%s at %s", path, host)
		}
		assert.Equal(t, http.StatusOK, ask(t, http.MethodPost, s.url+"/call", "{}", "Host: "+host).status, "a hook may come under any name")
	}
	for _, host := range []string{"localhost", "LOCALHOST:9", "localhost.", "x.localhost:9", "10.1.2.3:9", "[::1]", "[::1]:9"} {
		assert.Equal(t, http.StatusOK, ask(t, http.MethodGet, s.root(t)+"/", "", "Host: "+host).status, host)
	}
}

// Other sites that are open in the browser can change nothing.
func TestPageTakesChangesFromItselfAlone(t *testing.T) {
	t.Parallel()
	s := startServe(t, "--rules", write(t, "rules.json", `{"call":{"deny":"x"}}`))
	s.send(t, "publishStream", `{}`)
	for _, header := range []string{"Origin: http://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Content-Type: text/plain"} {
		assert.GreaterOrEqual(t, ask(t, http.MethodPut, s.root(t)+"/-/rules", "{}", header).status, 400, header)
		assert.GreaterOrEqual(t, ask(t, http.MethodDelete, s.root(t)+"/-/rules?id=1", "{}", header).status, 400, header)
		assert.GreaterOrEqual(t, ask(t, http.MethodPost, s.root(t)+"/-/replay", "", header).status, 400, header)
		if !strings.HasPrefix(header, "Content-Type") {
			assert.Equal(t, http.StatusForbidden, ask(t, http.MethodDelete, s.root(t)+"/-/run", "", header).status, header)
		}
	}
	assert.Contains(t, ask(t, http.MethodGet, s.root(t)+"/-/rules", "").body, `"deny":"x"`)
	assert.Contains(t, ask(t, http.MethodGet, s.root(t)+"/-/run", "").body, "publishStream")
	own := []string{"Origin: " + s.root(t), "Sec-Fetch-Site: same-origin"}
	assert.Equal(t, http.StatusOK, ask(t, http.MethodPut, s.root(t)+"/-/rules", "{}", own...).status)
	assert.Equal(t, http.StatusNoContent, ask(t, http.MethodDelete, s.root(t)+"/-/run", "", own...).status)
}

func TestServeLeavesThePageItsPaths(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/-", "-/", "/-/apps", "/a/../-/b"} {
		got := do(t, "serve", "--addr", "127.0.0.1:0", "--path", path)
		got.isMisuse(t)
		assert.Contains(t, got.err, "--path")
	}
	s := startServe(t, "--path", "/")
	assert.Contains(t, ask(t, http.MethodGet, s.url+"/", "").body, "<title>resthook serve</title>")
	assert.Equal(t, http.StatusNotFound, ask(t, http.MethodPost, s.url+"/", "{}").status)
	assert.Equal(t, http.StatusOK, ask(t, http.MethodPost, s.url+"/-", "{}").status)
	assert.Equal(t, http.StatusOK, ask(t, http.MethodPost, s.url+"/-a", "{}").status)
}

func TestReplayComparesWithTheRecordedAnswers(t *testing.T) {
	t.Parallel()
	s := startServe(t)
	s.send(t, "call", `{"sessionId":"s","callee":"a"}`)
	for _, other := range []struct {
		method, body string
		status       int
	}{
		{http.MethodPost, "not JSON", http.StatusBadRequest},
		{http.MethodPut, "", http.StatusMethodNotAllowed},
		{http.MethodPost, `{"a":"` + strings.Repeat("a", recording.MaxBody) + `"}`, http.StatusRequestEntityTooLarge},
	} {
		assert.Equal(t, other.status, ask(t, other.method, s.url+"/mine", other.body).status)
	}
	s.send(t, "publishStream", `{"name":"cam"}`)
	run := ask(t, http.MethodGet, s.root(t)+"/-/run", "")
	assert.Regexp(t, `^attachment; filename="hooks-\d{8}-\d{6}\.jsonl"$`, run.header.Get("Content-Disposition"))
	replay := func(recording string) answer {
		return ask(t, http.MethodPost, s.root(t)+"/-/replay", recording, "Content-Type: application/x-ndjson")
	}
	const same = `{"hooks":2,"left_out":3,"different":0,"differences":[]}`
	assert.JSONEq(t, same, replay("").body)
	s.setRules(t, "", `{"call":{"overwrite":{"callee":"b"},"delay":"1h"},"publishStream":{"break":true}}`)
	const different = `{"hooks":2,"left_out":3,"different":2,"differences":[
		{"hook":1,"method":"call","session":"s","was":200,"is":200,"changes":[{"field":"callee","was":"\"a\"","is":"\"b\""}]},
		{"hook":5,"method":"publishStream","session":"","was":200,"is":0,"changes":[{"field":"","was":"{\"name\":\"cam\"}","is":""}]}]}`
	assert.JSONEq(t, different, replay("").body)
	assert.JSONEq(t, different, replay(run.body).body)
	bad := replay(run.body + "{}\n")
	assert.Equal(t, http.StatusUnprocessableEntity, bad.status)
	assert.Contains(t, bad.body, "line 6: time: ")
	assert.Equal(t, run.body, ask(t, http.MethodGet, s.root(t)+"/-/run", "").body, "a replay is not part of the run")
	assert.Equal(t, 6, strings.Count(s.log.String(), "\n"))
}

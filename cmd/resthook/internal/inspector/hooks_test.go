package inspector

import (
	"log"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

func TestWrongPathsAreShown(t *testing.T) {
	t.Parallel()
	s := open(t, "{}", Options{Record: func(recording.Exchange) { t.Error("no hook, and so not to be replayed") }})
	for _, path := range []string{"/publishStream", "/apps/publishStream", "/apps/x", "/apps/x/", "/apps/x/a/call", "/APPS/x/call", "/"} {
		got := s.ask(t, http.MethodPost, s.root+path, `{"sessionId":"s","name":"cam"}`)
		assert.Equal(t, http.StatusNotFound, got.code, path)
		last := s.last(t)
		assert.Equal(t, []any{path, "wrong", "server", "media server: wrong path: hooks go to /apps/x/METHOD", "cam", "s", 404},
			[]any{last.Path, last.Result, last.Blame, last.Fault, last.Name, last.Session, last.Code}, path)
	}
	assert.Equal(t, "publishStream", s.rows(t)[0].Method)
	assert.Empty(t, s.ask(t, http.MethodGet, s.root+"/-/run", "").body)
	assert.Equal(t, s.root+"/publishStream", s.detailOf(t, "1").URL)
}

func TestBrowserIsLedToThePage(t *testing.T) {
	t.Parallel()
	s := open(t, "{}", Options{})
	for _, path := range []string{"/apps/x", "/apps/x/", "/apps/x/connect"} {
		got := s.ask(t, http.MethodGet, s.root+path, "")
		assert.Equal(t, []any{http.StatusFound, "/"}, []any{got.code, got.header.Get("Location")}, path)
	}
	assert.Equal(t, http.StatusNotFound, s.ask(t, http.MethodGet, s.root+"/favicon.ico", "").code)
	assert.Empty(t, s.rows(t))
	bare := open(t, "{}", Options{Path: "/"})
	assert.Equal(t, http.StatusOK, bare.ask(t, http.MethodGet, bare.root+"/", "").code, "the page itself")
	assert.Equal(t, http.StatusFound, bare.ask(t, http.MethodGet, bare.root+"/connect", "").code)
	assert.Equal(t, http.StatusOK, bare.hook(t, "connect", "{}").code)
}

// A web page that is open in the developer's browser cannot send hooks.
func TestRequestsWithOriginAreRefused(t *testing.T) {
	t.Parallel()
	out := make(lines, 100)
	s := open(t, "{}", Options{Log: log.New(out, "", 0)})
	for _, origin := range []string{"https://evil.example", "null", s.root, ""} {
		for _, path := range []string{"/apps/x/call", "/elsewhere"} {
			got := s.ask(t, http.MethodPost, s.root+path, "{}", "Origin: "+origin)
			assert.Equal(t, http.StatusForbidden, got.code, origin)
			assert.Contains(t, got.body, "Origin")
		}
	}
	assert.Empty(t, s.rows(t))
	assert.Len(t, out, 8)
	assert.Contains(t, <-out, "it carries Origin")
}

// lines are the lines of a log.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

func TestRowSaysWhatAHookIsAbout(t *testing.T) {
	t.Parallel()
	s := open(t, "{}", Options{})
	for _, tt := range []struct{ body, name, status, caller string }{
		{`{"name":"cam","callee":"x","status":"PUBLISHING"}`, "cam", "PUBLISHING", ""},
		{`{"caller":"100","callee":1001}`, "1001", "", "100"},
		{`{"url":"rtsp://h/a","rtspUrl":"rtsp://h/b"}`, "rtsp://h/b", "", ""},
		{`{"login":"alice","name":""}`, "alice", "", ""},
		{`{"from":"a","to":"b"}`, "b", "", "a"},
		{`{"name":null,"url":{"a":1},"recordName":"r"}`, "r", "", ""},
		{`{"name":"a","name":"b"}`, "b", "", ""},
		{`{"name":"` + strings.Repeat("é", 100) + `"}`, strings.Repeat("é", 60), "", ""},
		{`not JSON {"name":"a"}`, "", "", ""},
		{`[{"name":"a"}]`, "", "", ""},
	} {
		s.hook(t, "mine", tt.body)
		last := s.last(t)
		assert.Equal(t, []string{tt.name, tt.status, tt.caller}, []string{last.Name, last.Status, last.Caller}, tt.body)
	}
	s.hook(t, "mine", `{"sessionId":"/1.2.3.4:5","appKey":"k","mediaSessionId":"m"}`, "Webhook-Id: a.1")
	last := s.last(t)
	assert.Equal(t, []any{"/1.2.3.4:5", "k", "m", 1, 60, "none", "ok"},
		[]any{last.Session, last.AppKey, last.MediaSession, last.Attempt, last.Size, last.Signature, last.Result})
	assert.Regexp(t, `^127\.0\.0\.1:\d+$`, last.Remote)
	s.ask(t, http.MethodPut, s.URL+"/mine", "{}")
	assert.Equal(t, []any{"PUT", "failed", "server", 405}, []any{s.last(t).Verb, s.last(t).Result, s.last(t).Blame, s.last(t).Code})
}

func TestRowSaysWhoIsToBlame(t *testing.T) {
	t.Parallel()
	s := open(t, `{"denied":{"deny":"not you"},"broken":{"break":true},"busy":{"status":503,"body":{"message":"later"}},
		"moved":{"status":302,"headers":{"Location":"/login"}},"html":{"body":"<html>"},"other":{"overwrite":{"name":"b","custom.a":1}},
		"connect":{"body":{"restClientConfig":{"call":{"restOnError":"MAYBE"}}}}}`, Options{})
	for _, tt := range []struct{ method, body, result, fault string }{
		{"denied", "{}", "denied", "rule: denied: not you"},
		{"broken", "{}", "dropped", "rule: the connection is dropped (break)"},
		{"busy", "{}", "failed", "rule: status 503: later"},
		{"moved", "{}", "failed", "rule: status 302, a redirect to /login, which no media server follows"},
		{"html", "{}", "failed", "rule: the answer is not one JSON object"},
		{"other", `{"name":"a"}`, "changed", ""},
		{"mirrored", `{"name":"a"}`, "ok", ""},
		{"mirrored", "not JSON", "failed", "media server: status 400: not a JSON object: expected an object, found 'n' at byte 0"},
		{"mirrored", `{"a":"` + strings.Repeat("a", recording.MaxBody) + `"}`, "failed", "media server: status 413: a hook over 1048576 bytes"},
	} {
		s.hook(t, tt.method, tt.body)
		last := s.last(t)
		assert.Equal(t, []string{tt.result, tt.fault}, []string{last.Result, last.Fault}, tt.method)
		blame, _, _ := strings.Cut(strings.TrimPrefix(tt.fault, "media "), ":")
		assert.Equal(t, blame, last.Blame)
	}
	s.hook(t, "other", `{"name":"a"}`)
	assert.Equal(t, []string{"custom", "name"}, s.last(t).Changed)
	s.hook(t, "connect", "{}")
	assert.Contains(t, s.last(t).Fault, "rule: ")
	assert.Contains(t, s.last(t).Fault, "MAYBE")
}

// A field that is missing or null in the answer changes nothing.
func TestOnlyWhatAnAnswerHoldsIsAChange(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		request, answer string
		want            []string
	}{
		{`{"a":1,"b":2}`, `{}`, nil},
		{`{"a":1,"b":2}`, `{"a":null}`, nil},
		{`{"a":1}`, `{"a":1.0}`, nil},
		{`{"a":1}`, "\ufeff" + `{"a":2,"c":{"d":1}}`, []string{"a", "c"}},
		{`{"c":{"d":1,"e":1}}`, `{"c":{"d":2}}`, []string{"c.d"}},
		{`no`, `{"a":1}`, nil},
	} {
		var got []string
		for _, c := range taken([]byte(tt.request), []byte(tt.answer)) {
			got = append(got, c.Field)
		}
		assert.Equal(t, tt.want, got, tt.answer)
	}
}

package inspector

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A real shell runs the command line, and the same bytes arrive.
func TestCurlSendsTheSameBytes(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s on this machine", program)
		}
	}
	s := open(t, "{}", Options{Path: "/it's (a) $x"})
	for _, body := range []string{
		`{"name":"it's","q":"\"","d":"$HOME ` + "`id`" + ` \\ !"}`, "@/etc/passwd", "line\nline\ttab", "\x01\x7f\xff'\\", "é\u202e{}", "",
	} {
		s.ask(t, http.MethodPost, s.root+"/it%27s%20(a)%20$x/call", body, "Webhook-Id: a'1", "Authorization: Bearer s3cret")
		was := s.last(t)
		e, _, ok := s.journal.find(page[news](t, s, http.MethodGet, "/-/poll", "").Run, was.Number)
		require.True(t, ok)
		line := curl(s.urlOf(&e.exchange), &e.exchange)
		assert.NotContains(t, line, "s3cret")
		out, err := exec.CommandContext(t.Context(), "bash", "-c", line).CombinedOutput()
		require.NoError(t, err, "%s\n%s", line, out)
		again, _, ok := s.journal.find(page[news](t, s, http.MethodGet, "/-/poll", "").Run, was.Number+1)
		require.True(t, ok)
		assert.Equal(t, body, string(again.Request), line)
		assert.Equal(t, []any{"a'1", "application/json", was.Attempt + 1}, []any{again.ID, again.header.Get("Content-Type"), again.attempt})
	}
}

func TestCurlHasTheURLOnce(t *testing.T) {
	t.Parallel()
	s := open(t, "{}", Options{})
	s.hook(t, "call", "{}")
	detail := s.detailOf(t, "1")
	assert.Equal(t, 1, strings.Count(detail.Curl, "'"+detail.URL+"'"))
}

func TestSearch(t *testing.T) {
	t.Parallel()
	s := open(t, `{"b":{"body":"Größe of the answer"}}`, Options{})
	s.hook(t, "a", `{"name":"CamOne"}`, "X-Trace: Needle", "Authorization: Bearer s3cret")
	s.hook(t, "b", `{"name":"other"}`)
	s.ask(t, http.MethodPost, s.root+"/wrong/path", "{}")
	run := page[news](t, s, http.MethodGet, "/-/poll", "").Run
	for text, want := range map[string][]uint64{
		"camone": {1}, "CAMONE": {1}, "needle": {1}, "x-trace: n": {1}, "GRÖSSE": {}, "gröSSe": {}, "größe": {2}, "GRÖ": {2},
		"/wrong": {3}, "name": {1, 2}, "s3cret": {}, "bearer": {1}, "": {1, 2, 3}, "nowhere": {},
	} {
		got := page[found](t, s, http.MethodGet, "/-/search?run="+run+"&q="+strings.ReplaceAll(text, " ", "+"), "")
		assert.Equal(t, found{run, want, 3}, got, text)
	}
	assert.Equal(t, []uint64{2}, page[found](t, s, http.MethodGet, "/-/search?run="+run+"&after=1&q=name", "").Numbers)
}

func TestSendAgain(t *testing.T) {
	t.Parallel()
	p := listen(t, always("HTTP/1.1 302 Found\r\nLocation: /x\r\nSet-Cookie: s3cret\r\nContent-Length: 2\r\n\r\n{}"))
	s := open(t, "{}", Options{Secrets: testSecrets()})
	const body = `{ "a":1.0 }`
	s.hook(t, "call", body, "Webhook-Id: a.1", "Authorization: Bearer s3cret")
	run := page[news](t, s, http.MethodGet, "/-/poll", "").Run
	own := page[sent](t, s, http.MethodPost, "/-/send", `{"run":"`+run+`","number":1}`)
	assert.Equal(t, []any{200, "{\n  \"a\": 1.0\n}", ""}, []any{own.Code, own.Answer, own.Error})
	assert.Equal(t, []any{uint64(2), "fits", 1}, []any{s.last(t).Number, s.last(t).Signature, s.last(t).Attempt}, "it is a hook of its own, signed")

	other := page[sent](t, s, http.MethodPost, "/-/send", `{"run":"`+run+`","number":1,"url":"`+p.url+`/","body":"{\"b\":2}"}`)
	assert.Equal(t, []any{302, "", [2]string{"Set-Cookie", "***"}}, []any{other.Code, other.Error, other.AnswerHeaders[2]})
	head, came := p.last(t)
	assert.Equal(t, `{"b":2}`, came)
	assert.True(t, strings.HasPrefix(head, "POST /rest/call HTTP/1.1\r\n"), head)
	assert.NotContains(t, head, "s3cret", "to another place goes no secret")
	assert.NotContains(t, head, "a.1")

	refused := page[sent](t, s, http.MethodPost, "/-/send", `{"run":"`+run+`","number":1,"url":"http://127.0.0.1:1"}`)
	assert.Equal(t, []any{0, "connection refused"}, []any{refused.Code, refused.Error})
	for _, bad := range []string{`{"run":"` + run + `","number":9}`, `{"run":"x","number":1}`, `{"run":"` + run + `","number":1,"url":"ftp://x"}`, `{"run":"` + run + `","number":1,"url":"/x"}`, `{`, `[]`} {
		assert.GreaterOrEqual(t, s.ask(t, http.MethodPost, s.root+"/-/send", bad).code, 400, bad)
	}
	assert.Equal(t, 403, s.ask(t, http.MethodPost, s.root+"/-/send", `{"run":"`+run+`","number":1}`, "Origin: http://evil.example").code)
	assert.Equal(t, 415, s.ask(t, http.MethodPost, s.root+"/-/send", `{"run":"`+run+`","number":1}`, "Content-Type: text/plain").code)
}

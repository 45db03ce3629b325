package inspector

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// told is the exchange that a sink gets for one hook.
func told(t testing.TB, rules, method, body string, headers ...string) recording.Exchange {
	t.Helper()
	heard := make(chan recording.Exchange, 1)
	s := open(t, rules, Options{Record: func(x recording.Exchange) { heard <- x }})
	s.hook(t, method, body, headers...)
	return <-heard
}

func TestSinksAreToldOfEachHook(t *testing.T) {
	t.Parallel()
	x := told(t, `{"call":{"overwrite":{"callee":"b"},"delay":"20ms"}}`, "call", `{"sessionId":"s"}`,
		"Webhook-Id: a.1", "Webhook-Timestamp: 1767323045", "Resthook-Sequence: 7")
	assert.GreaterOrEqual(t, x.Duration.Milliseconds(), int64(20))
	assert.Equal(t, []any{"call", "a.1", uint64(7), "1767323045"}, []any{x.Method, x.ID, x.Sequence, x.Sent})
	assert.Equal(t, `{"sessionId":"s"}`, string(x.Request))
	assert.Equal(t, 200, x.Status)
	assert.Equal(t, `{"sessionId":"s","callee":"b"}`, string(x.Answer))
}

// Rules change in the answer to connect only what they name. They keep its
// restClientConfig, which backend handlers do not get to see.
func TestRulesKeepWhatConnectSays(t *testing.T) {
	t.Parallel()
	const connect = `{"sessionId":"s","restClientConfig":{"call":{"restOnError":"FAIL"}}}`
	for rules, want := range map[string]string{
		`{}`: connect, `{"connect":{}}`: connect, `{"*":{"delay":"1ns"}}`: connect, `{"call":{"deny":"no"}}`: connect,
		`{"connect":{"overwrite":{"a":1}}}`:                   `{"sessionId":"s","a":1,"restClientConfig":{"call":{"restOnError":"FAIL"}}}`,
		`{"connect":{"overwrite":{"restClientConfig":null}}}`: `{"sessionId":"s","restClientConfig":null}`,
	} {
		x := told(t, rules, "connect", connect)
		assert.Equal(t, http.StatusOK, x.Status)
		assert.JSONEq(t, want, string(x.Answer), rules)
	}
}

func TestSinksAreToldOfRefusals(t *testing.T) {
	t.Parallel()
	denied := told(t, `{"*":{"deny":"not you"}}`, "call", "{}")
	assert.Equal(t, []any{403, "not you\n"}, []any{denied.Status, string(denied.Answer)})
	dropped := told(t, `{"*":{"break":true}}`, "call", "{}")
	assert.Equal(t, []any{0, ""}, []any{dropped.Status, string(dropped.Answer)})
	broken := told(t, `{}`, "call", "{")
	assert.Equal(t, []any{400, "{"}, []any{broken.Status, string(broken.Request)})
}

func TestExchangeIsBounded(t *testing.T) {
	t.Parallel()
	large := told(t, `{}`, "call", `{"a":"`+strings.Repeat("x", recording.MaxBody)+`"}`)
	assert.Equal(t, 413, large.Status)
	assert.Len(t, large.Request, recording.MaxBody)
	full := `{"sessionId":"s"}`
	full += strings.Repeat(" ", recording.MaxBody-len(full))
	fits := told(t, `{}`, "call", full)
	assert.Equal(t, 200, fits.Status)
	assert.Equal(t, full, string(fits.Answer))
	over := told(t, `{"*":{"overwrite":{"b":"`+strings.Repeat("y", 9)+`"}}}`, "call", `{"a":"`+strings.Repeat("x", recording.MaxBody-10)+`"}`)
	assert.Equal(t, 200, over.Status)
	assert.Len(t, over.Answer, recording.MaxBody)
}

func TestShownHeadersHoldNoSecret(t *testing.T) {
	t.Parallel()
	assert.Equal(t, [][2]string{
		{"Authorization", "WCS ***"},
		{"Cookie", "***"},
		{"Proxy-Authorization", "Basic ***"},
		{"Set-Cookie", "***"},
		{"Set-Cookie", "***"},
		{"User-Agent", "x/1"},
		{"Webhook-Id", "a.1"},
		{"Webhook-Signature", "v1,***"},
		{"X-Api-Key", "***"},
		{"X-Authtoken", "***"},
		{"X-Monkey", "banana"},
	}, shownHeaders(http.Header{
		"Authorization": {"WCS s3cret"}, "Proxy-Authorization": {"Basic s3cret"}, "Cookie": {"s3cret"}, "Set-Cookie": {"s3cret", "s3cret"},
		"X-Authtoken": {"s3cret"}, "X-Api-Key": {"s3cret"}, "X-Monkey": {"banana"},
		"User-Agent": {"x/1"}, "Webhook-Id": {"a.1"}, "Webhook-Signature": {"v1,abc="},
	}))
	assert.Equal(t, [][2]string{{"Authorization", "***"}}, shownHeaders(http.Header{"Authorization": {"s3cret more"}}))
}

func TestShownHeadersAreFew(t *testing.T) {
	t.Parallel()
	shown := shownHeaders(http.Header{"A": make([]string, 5000), "B": {strings.Repeat("x", 100_000)}})
	assert.Len(t, shown, 100)
	shown = shownHeaders(http.Header{"B": {strings.Repeat("x", 100_000)}})
	assert.Len(t, shown[0][1], 1000)
}

package inspector

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// told is what the echo tells a sink about one request.
func told(t testing.TB, rules, method, body string, header http.Header) exchange {
	t.Helper()
	parsed, err := ParseRules([]byte(rules))
	require.NoError(t, err)
	var heard []exchange
	handler := newEcho("/apps/x", newRulebook(parsed, func() {}), log.New(io.Discard, "", 0), func(x exchange) { heard = append(heard, x) })
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/apps/x/"+method, strings.NewReader(body))
	r.Header = header
	func() {
		defer func() {
			if fault := recover(); fault != nil {
				assert.Equal(t, http.ErrAbortHandler, fault)
			}
		}()
		handler.ServeHTTP(httptest.NewRecorder(), r)
	}()
	require.Len(t, heard, 1)
	return heard[0]
}

func TestSinksAreToldOfEachHook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		x := told(t, `{"call":{"overwrite":{"callee":"b"},"delay":"2s"}}`, "call", `{"sessionId":"s"}`, http.Header{
			"Webhook-Id": {"a.1"}, "Webhook-Timestamp": {"1767323045"}, "Resthook-Sequence": {"7"},
		})
		assert.Equal(t, begun, x.Time)
		assert.Equal(t, 2*time.Second, x.Duration)
		assert.Equal(t, []any{"call", "a.1", uint64(7), "1767323045", "s"}, []any{x.Method, x.ID, x.Sequence, x.Sent, x.session})
		assert.Equal(t, `{"sessionId":"s"}`, string(x.Request))
		assert.Equal(t, 200, x.Status)
		assert.JSONEq(t, `{"sessionId":"s","callee":"b"}`, string(x.Answer))
	})
}

// Rules take nothing from connect but what they say: not its restClientConfig,
// which handlers of backends are not shown.
func TestRulesKeepWhatConnectSays(t *testing.T) {
	t.Parallel()
	const connect = `{"sessionId":"s","restClientConfig":{"call":{"restOnError":"FAIL"}}}`
	for rules, want := range map[string]string{
		`{}`: connect, `{"connect":{}}`: connect, `{"*":{"delay":"1ns"}}`: connect, `{"call":{"deny":"no"}}`: connect,
		`{"connect":{"overwrite":{"a":1}}}`:                   `{"sessionId":"s","a":1,"restClientConfig":{"call":{"restOnError":"FAIL"}}}`,
		`{"connect":{"overwrite":{"restClientConfig":null}}}`: `{"sessionId":"s","restClientConfig":null}`,
	} {
		x := told(t, rules, "connect", connect, nil)
		assert.Equal(t, http.StatusOK, x.Status)
		assert.JSONEq(t, want, string(x.Answer), rules)
	}
}

func TestSinksAreToldOfRefusals(t *testing.T) {
	t.Parallel()
	denied := told(t, `{"*":{"deny":"not you"}}`, "call", "{}", nil)
	assert.Equal(t, []any{403, "not you\n"}, []any{denied.Status, string(denied.Answer)})
	dropped := told(t, `{"*":{"break":true}}`, "call", "{}", nil)
	assert.Equal(t, []any{0, ""}, []any{dropped.Status, string(dropped.Answer)})
	broken := told(t, `{}`, "call", "{", nil)
	assert.Equal(t, []any{400, "{"}, []any{broken.Status, string(broken.Request)})
}

func TestExchangeIsBounded(t *testing.T) {
	t.Parallel()
	large := told(t, `{}`, "call", `{"a":"`+strings.Repeat("x", recording.MaxBody)+`"}`, nil)
	assert.Equal(t, 413, large.Status)
	assert.Len(t, large.Request, recording.MaxBody)
	full := `{"sessionId":"` + strings.Repeat("x", 300) + `"}`
	full += strings.Repeat(" ", recording.MaxBody-len(full))
	fits := told(t, `{}`, "call", full, nil)
	assert.Equal(t, 200, fits.Status)
	assert.Equal(t, full, string(fits.Answer))
	assert.Len(t, fits.session, 200)
	over := told(t, `{"*":{"overwrite":{"b":"`+strings.Repeat("y", 9)+`"}}}`, "call", `{"a":"`+strings.Repeat("x", recording.MaxBody-10)+`"}`, nil)
	assert.Equal(t, 200, over.Status)
	assert.Len(t, over.Answer, recording.MaxBody)
}

func TestShownHeadersHoldNoSecret(t *testing.T) {
	t.Parallel()
	assert.Equal(t, [][2]string{{"User-Agent", "x/1"}, {"Webhook-Id", "a.1"}, {"Authorization", "WCS ***"}},
		shownHeaders(http.Header{
			"Authorization": {"WCS s3cret"}, "Cookie": {"s3cret"}, "X-Token": {"s3cret"},
			"User-Agent": {"x/1"}, "Webhook-Id": {"a.1"},
		}))
	assert.Empty(t, shownHeaders(http.Header{"Authorization": {"s3cret"}}))
}

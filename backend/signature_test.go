package backend_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

const (
	oldSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // the secret of Standard Webhooks' test vector
	newSecret = "whsec_bmV3IHNlY3JldCBvZiAyNCBieXRlcw=="
)

// sign computes a signature without the library.
func sign(secret, id, stamp, body string) string {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + stamp + "." + body))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func unix(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }

// signed are the headers of a signed hook.
func signed(secret, id string, at time.Time, body string) []string {
	return []string{"Webhook-Id", id, "Webhook-Timestamp", unix(at), "Webhook-Signature", sign(secret, id, unix(at), body)}
}

// The test vector of github.com/standard-webhooks/standard-webhooks.
func TestSignatureVector(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const body = `{"test": 2432232314}`
		time.Sleep(time.Until(time.Unix(1614265330, 0)))
		handler := wrap(t, backend.Echo(), backend.WithSignature(resthook.NewSecret(oldSecret)))
		wantOK(t, body, send(t, handler, "/connect", strings.NewReader(body),
			"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp", "1614265330",
			"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="))
	})
}

func TestSignature(t *testing.T) {
	t.Parallel()
	handler := wrap(t, backend.Echo(), backend.WithSignature(resthook.NewSecret(newSecret), resthook.NewSecret(oldSecret)))
	const body = `{"name":"поток"}`
	at := time.Now()
	for name, signatures := range map[string]string{
		"old":                    sign(oldSecret, "id", unix(at), body),
		"new":                    sign(newSecret, "id", unix(at), body),
		"both":                   sign(oldSecret, "id", unix(at), body) + " " + sign(newSecret, "id", unix(at), body),
		"beside one of others":   sign("whsec_c3RyYW5nZQ==", "id", unix(at), body) + "  " + sign(newSecret, "id", unix(at), body),
		"beside another version": "v1a,abc= v2 " + sign(newSecret, "id", unix(at), body),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantOK(t, body, send(t, handler, "/connect", strings.NewReader(body),
				"Webhook-Id", "id", "Webhook-Timestamp", unix(at), "Webhook-Signature", signatures))
		})
	}
}

func TestNoSignature(t *testing.T) {
	t.Parallel()
	handler := wrap(t, neverAsked(t), backend.WithSignature(resthook.NewSecret(oldSecret)))
	at := time.Now()
	right := sign(oldSecret, "id", unix(at), `{}`)
	for _, c := range []struct{ says, id, stamp, signature string }{
		{"not signed", "", unix(at), sign(oldSecret, "", unix(at), `{}`)},
		{"not signed", "id", unix(at), ""},
		{"not signed", "id", unix(at), strings.TrimPrefix(right, "v1,")},
		{"not signed", "id", unix(at), "v2" + strings.TrimPrefix(right, "v1")},
		{"not signed", "id", unix(at), right[:20]},
		{"not signed", "id", unix(at), "v1,!" + right[4:]},
		{"no timestamp", "id", "", sign(oldSecret, "id", "", `{}`)},
		{"no timestamp", "id", "0", sign(oldSecret, "id", "0", `{}`)},
		{"no timestamp", "id", "-5", sign(oldSecret, "id", "-5", `{}`)},
		{"no timestamp", "id", "now", sign(oldSecret, "id", "now", `{}`)},
		{"no timestamp", "id", unix(at) + "000", sign(oldSecret, "id", unix(at)+"000", `{}`)}, // in milliseconds
		{"no timestamp", "id", "99999999999999999999", sign(oldSecret, "id", "99999999999999999999", `{}`)},
	} {
		wantRefusal(t, http.StatusForbidden, c.says, send(t, handler, "/connect", untouched{t},
			"Webhook-Id", c.id, "Webhook-Timestamp", c.stamp, "Webhook-Signature", c.signature))
	}
	wantRefusal(t, http.StatusForbidden, "not signed", send(t, handler, "/connect", untouched{t}))
}

func TestWrongSignature(t *testing.T) {
	t.Parallel()
	handler := wrap(t, neverAsked(t), backend.WithSignature(resthook.NewSecret(oldSecret)))
	at := time.Now()
	later := at.Add(time.Second)
	for name, header := range map[string][]string{
		"secret":               signed(newSecret, "id", at, `{}`),
		"body":                 signed(oldSecret, "id", at, `{ }`),
		"id":                   {"Webhook-Id", "id2", "Webhook-Timestamp", unix(at), "Webhook-Signature", sign(oldSecret, "id", unix(at), `{}`)},
		"time":                 {"Webhook-Id", "id", "Webhook-Timestamp", unix(later), "Webhook-Signature", sign(oldSecret, "id", unix(at), `{}`)},
		"spelling of the time": {"Webhook-Id", "id", "Webhook-Timestamp", "0" + unix(at), "Webhook-Signature", sign(oldSecret, "id", unix(at), `{}`)},
		"too many": {
			"Webhook-Id", "id", "Webhook-Timestamp", unix(at), "Webhook-Signature",
			strings.Repeat(sign(newSecret, "id", unix(at), `{}`)+" ", 16) + sign(oldSecret, "id", unix(at), `{}`),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantRefusal(t, http.StatusForbidden, "wrong signature", send(t, handler, "/connect", strings.NewReader(`{}`), header...))
		})
	}
}

func TestAgeOfSignatures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		standard := wrap(t, backend.Echo(), backend.WithSignature(resthook.NewSecret(oldSecret)))
		short := wrap(t, backend.Echo(), backend.WithSignature(resthook.NewSecret(oldSecret)), backend.WithMaxAge(time.Minute))
		for _, c := range []struct {
			handler http.Handler
			age     time.Duration
			says    string
		}{
			{standard, 5 * time.Minute, ""},
			{standard, 5*time.Minute + time.Second, "too old"},
			{standard, -5 * time.Minute, ""},
			{standard, -5*time.Minute - time.Second, "future"},
			{standard, 24 * 365 * time.Hour, "too old"},
			{short, time.Minute, ""},
			{short, time.Minute + time.Second, "too old"},
			{short, -5 * time.Minute, ""},
		} {
			answer := send(t, c.handler, "/connect", strings.NewReader(`{}`), signed(oldSecret, "id", time.Now().Add(-c.age), `{}`)...)
			if c.says == "" {
				assert.Equal(t, http.StatusOK, answer.Code, "%v: %s", c.age, answer.Body)
				continue
			}
			wantRefusal(t, http.StatusForbidden, c.says, answer)
		}
	})
}

// A replay attack: a signed hook that was copied gets the stored answer while its
// timestamp is valid, and is handled once.
func TestReplay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		handled := 0
		mux := backend.NewMux()
		backend.Handle(mux, resthook.Connect, counted(&handled))
		handler := wrap(t, mux, backend.WithSignature(resthook.NewSecret(oldSecret)))
		header := signed(oldSecret, "id", time.Now().Add(5*time.Minute), `{}`) // from a clock that is ahead
		for range 10 {
			assert.Equal(t, http.StatusOK, send(t, handler, "/connect", strings.NewReader(`{}`), header...).Code)
			time.Sleep(time.Minute)
		}
		assert.Equal(t, 1, handled)
		time.Sleep(time.Second)
		wantRefusal(t, http.StatusForbidden, "too old", send(t, handler, "/connect", strings.NewReader(`{}`), header...))
	})
}

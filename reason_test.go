package resthook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

func TestReason(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("я", 4096)
	for answer, want := range map[string]string{
		"":                                   "",
		" \r\n":                              "",
		"no such user\n":                     "no such user",
		"\uFEFFno":                           "no",
		"two\r\nlines\tand\u2028a third":     "two lines and a third",
		"\x1b[31mred\x07 \u202Eder\u2066":    "[31mred der",
		"caf\xe9":                            "caf",
		"\x00\x01":                           "",
		"\x1f\x8b\x08\x00\x00":               "",
		`"banned"`:                           "banned",
		`{"message":"banned","error":"x"}`:   "banned",
		`{"error":"banned"}`:                 "banned",
		`{"reason":"banned"}`:                "banned",
		`{"error":true,"detail":"banned"}`:   "banned",
		`{"error":{"code":7,"message":"b"}}`: "b",
		`{"message":["first","second"]}`:     "first",
		`{"message":"","title":"Forbidden"}`: "Forbidden",
		`{"message":"a\u0000b\n\u202e"}`:     "ab",
		`{"message":{"message":{"message":{"message":{"message":{"message":"deep"}}}}}}`: "",
		`{"sessionId":"s","custom":{"token":"s3cret"}}`:                                  "",
		`{"message":"cut`: "",
		`[]`:              "",
		`[1]`:             "",
		`17`:              "",
		"<html><head><style>p{}</style><script>x<y</script><title>403 Forbidden</title></head>\n<body>&lt;nginx&gt;</body></html>": "403 Forbidden <nginx>",
		"<br />\n<b>Warning</b>:  Undefined array key in <b>/var/www/x.php</b> on line <b>3</b><br />\n{}":                         "Warning : Undefined array key in /var/www/x.php on line 3 {}",
		"<": "", "<script": "", "<style>": "",
		long: strings.Repeat("я", 98) + "...",
	} {
		got := resthook.Reason(fmt.Errorf("x: %w", &resthook.Error{Kind: "status", Answer: []byte(answer)}))
		assert.Equal(t, want, got, "%.60q", answer)
		assert.LessOrEqual(t, len(got), 200)
	}
	assert.Empty(t, resthook.Reason(nil))
	assert.Empty(t, resthook.Reason(io.EOF))
	assert.Empty(t, resthook.Reason(&resthook.Error{}))
}

func FuzzReason(f *testing.F) {
	for _, answer := range []string{`{"message":"x"}`, "<p>x", "\xff\u202e", `["x"]`, `{"error":[{"message":"a"}]}`, "<script>"} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		words := resthook.Reason(&resthook.Error{Answer: answer})
		assert.LessOrEqual(t, len(words), 200)
		assert.True(t, utf8.ValidString(words))
		assert.Equal(t, words, strings.TrimSpace(words))
		assert.False(t, strings.ContainsFunc(words, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e }), "%q", words)
	})
}

// Reason returns the backend's words; errors and logs do not show them.
func TestReasonOfARefusal(t *testing.T) {
	t.Parallel()
	log := new(logged)
	backend := hooktest.NewBackend(t)
	backend.On("connect").Deny(403, "banned s3cret")
	client := backend.Client(resthook.WithLogger(log.logger()))
	_, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
	assert.Equal(t, "banned s3cret", resthook.Reason(err))
	for how, text := range printings(t, err) {
		assert.False(t, leaks(text, "s3cret"), how)
	}
	assert.False(t, leaks(inJSON(err)+log.String(), "s3cret"))
}

func TestShownNames(t *testing.T) {
	t.Parallel()
	failed := &resthook.Error{
		Hook: "connect", App: "a", Session: "s", ID: "i", URL: "http://h/connect", Kind: "status", Action: resthook.ActionBreak,
		Attempts: 2, Status: 403, Answer: []byte("s3cret"), Err: errors.New("403 Forbidden"),
	}
	long := "hook connect: post http://h/connect: 2 attempts: status is not 200: 403 Forbidden"
	for want, v := range map[string]any{
		`{"hook":"connect","app":"a","session":"s","id":"i","url":"http://h/connect","attempts":2,"status":403,"kind":"status","action":"break","error":"403 Forbidden"}`: failed,
		`{"hook":"connect","kind":"connect","app":"a","session":"s","id":"i"}`:                                                                                            resthook.Start{Hook: "connect", Kind: resthook.KindConnect, App: "a", Session: "s", ID: "i"},
		`{"hook":"connect","kind":"connect","app":"a","session":"s","id":"i","action":"break","sent":true,"attempts":2,"status":403,"duration":2000000000,` +
			`"error":"` + long + `","error_kind":"status"}`: resthook.Outcome{
			Hook: "connect", Kind: resthook.KindConnect, App: "a", Session: "s", ID: "i", Action: resthook.ActionBreak, Sent: true, Attempts: 2,
			Status: 403, Duration: 2 * time.Second, Err: failed, Payload: json.RawMessage(`"s3cret"`), Client: json.RawMessage(`"s3cret"`),
		},
		`{"hook":"connect","app":"a","session":"s","id":"i","url":"","number":1,"duration":1000,"status":200,"reused":true}`: resthook.Attempt{
			Hook: "connect", App: "a", Session: "s", ID: "i", Number: 1, Duration: time.Microsecond, Status: 200, Reused: true,
		},
		`{"id":"i","sequence":3,"hook":"x","kind":"event","app":"a","session":"s","media_session":"m","name":"n","call":"c","event_status":"e","priority":"closing","recovered":false,"result":"left","action":"continue","queued":1,"attempts":0,"status":0,` +
			`"error":"EOF"}`: resthook.EventOutcome{
			About: resthook.About{MediaSessionID: "m", Name: "n", CallID: "c", EventStatus: "e"}, ID: "i", Sequence: 3, Hook: "x", Kind: resthook.KindEvent, App: "a", Session: "s", Priority: resthook.PriorityClosing, Result: resthook.EventLeft,
			Action: resthook.ActionContinue, Queued: 1, Err: io.EOF,
		},
	} {
		text, err := json.Marshal(v)
		require.NoError(t, err)
		assert.Equal(t, want, string(text))
		var line bytes.Buffer
		slog.New(slog.NewJSONHandler(&line, nil)).Info("m", "v", v)
		assert.Contains(t, line.String(), `"v":`+want, "the log has the same")
	}
	assert.Equal(t, `resthook.Attempt{hook=connect app=a session=s id=i url="" number=1 duration=1µs status=200 reused=true}`,
		fmt.Sprint(resthook.Attempt{Hook: "connect", App: "a", Session: "s", ID: "i", Number: 1, Duration: time.Microsecond, Status: 200, Reused: true}))
	assert.Equal(t, "null", string(must(json.Marshal((*resthook.Error)(nil)))))
}

func must(text []byte, _ error) []byte { return text }

// An error of a media server's transport is shown as one line, without secrets.
func TestTransportErrorsShowNoSecret(t *testing.T) {
	t.Parallel()
	for name, cause := range map[string]error{
		"url error": &url.Error{Op: "Post", URL: "https://u:s3cret@h/x?token=s3cret", Err: io.ErrClosedPipe},
		"proxy":     fmt.Errorf("proxyconnect tcp http://u:s3cret@proxy:3128: %w", io.ErrClosedPipe),
		"lines":     fmt.Errorf("a\r\nlevel=ERROR msg=forged\x1b[2J\u202e %w", io.ErrClosedPipe),
		"long":      fmt.Errorf("certificate is valid for %s: %w", strings.Repeat("name.example, ", 10_000), io.ErrClosedPipe),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := new(logged)
			var seen []error
			client := makeClient(t, resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: "http://h"}),
				resthook.WithTransport(failingTransport{cause}), resthook.WithLogger(log.logger()), resthook.WithObserver(resthook.Observer{
					Attempt: func(_ context.Context, a resthook.Attempt) { seen = append(seen, a.Err) },
					End:     func(_ context.Context, o resthook.Outcome) { seen = append(seen, o.Err) },
				}))
			_, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
			require.ErrorIs(t, err, io.ErrClosedPipe)
			failed, ok := errors.AsType[*resthook.Error](err)
			require.True(t, ok)
			for _, err := range append(seen, err, failed.Err) {
				text := err.Error()
				assert.False(t, leaks(text, "s3cret"), text)
				assert.Less(t, len(text), 700)
				assert.NotContains(t, text, "\n")
				assert.NotContains(t, text, "\x1b")
				assert.NotContains(t, text, "\u202e")
			}
			assert.False(t, leaks(log.String(), "s3cret"), log.String())
		})
	}
}

type failingTransport struct{ err error }

func (f failingTransport) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// A status that mostly comes from a wrong path or a proxy is a denial, and an error in the
// log that says what to look at.
func TestStatusOfAWrongPathIsLoggedAsAnError(t *testing.T) {
	t.Parallel()
	for status, says := range map[int]string{
		400: "look at the log of the backend", 404: "look at the path", 405: "look at the path", 406: "look at the log",
		407: "a proxy wants a password", 411: "proxies", 413: "look at the limits", 414: "look at the limits", 415: "proxies",
		417: "proxies", 421: "look at the path", 426: "proxies", 431: "look at the limits",
		401: "", 402: "", 403: "", 409: "", 410: "", 422: "", 423: "", 451: "",
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			log := new(logged)
			socket := hooktest.NewSocket(t, hooktest.Answer(status, `{}`))
			client := newClient(t, socket.URL(), resthook.WithLogger(log.logger()), resthook.WithBackoff(time.Millisecond, time.Millisecond))
			_, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
			assert.True(t, resthook.Denied(err))
			if says == "" {
				assert.Contains(t, log.String(), "level=WARN")
				assert.NotContains(t, log.String(), "look at")
				return
			}
			require.Contains(t, log.String(), "level=ERROR")
			assert.Contains(t, log.String(), http.StatusText(status)+": ")
			assert.Contains(t, log.String(), says)
		})
	}
}

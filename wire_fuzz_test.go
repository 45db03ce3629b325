package resthook_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// An answer is a yes exactly where encoding/json reads one object, the text is
// UTF-8 and no deeper than we read.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{`{}`, ` {"a":[1,null,"x\u0000"]} `, `[]`, ``, `null`, `{}{}`, "{\"a\":\"\xff\"}", `{"a":1,}`, `<br>{}`, "\ufeff{}", "\ufeff\ufeff{}"} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		const limit = 1 << 12
		resp := &http.Response{Body: io.NopCloser(bytes.NewReader(body)), ContentLength: -1, Header: http.Header{}}
		got, err := resthook.ReadAnswer(resp, limit)
		require.LessOrEqual(t, len(got), limit)
		var object map[string]any
		size := len(body)
		body = bytes.TrimPrefix(body, []byte("\ufeff"))
		want := size <= limit && json.Unmarshal(body, &object) == nil && object != nil && utf8.Valid(body)
		if want && bytes.Count(body, []byte{'{'})+bytes.Count(body, []byte{'['}) > 200 {
			return // perhaps too deep
		}
		require.Equal(t, want, err == nil, "%v", err)
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, header := range []string{"1", "9999999999", "-1", "1.5", "", "Fri, 31 Dec 9999 23:59:59 GMT", "99999999999999999999"} {
		f.Add(header)
	}
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, header string) {
		require.GreaterOrEqual(t, resthook.RetryAfter(header, now), time.Duration(0))
	})
}

func FuzzMaskURL(f *testing.F) {
	for _, raw := range []string{"http://h/p", "https://u:s3cret@h/p?t=s3cret#s3cret", "http://s3cret@h", "://", "http://h:x", "http:s3cret@h", "//s3cret@h/"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		shown := resthook.MaskURL(raw)
		if shown == "(unparsable URL)" {
			return
		}
		u, err := url.Parse(shown)
		require.NoError(t, err)
		require.Nil(t, u.User)
		require.Empty(t, u.RawQuery)
		require.Empty(t, u.Fragment)
	})
}

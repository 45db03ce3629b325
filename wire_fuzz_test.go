package resthook_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// bytesConn is a connection that reads some bytes.
type bytesConn struct {
	net.Conn
	io.Reader
}

func (c bytesConn) Read(p []byte) (int, error) { return c.Reader.Read(p) }

// Where net/http can read an answer's head, the connection has seen its status
// line begin, with the same status.
func FuzzStatusLine(f *testing.F) {
	for _, wire := range []string{
		"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 No\r\n\r\n", "HTTP/1.0 500\n\n",
		"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 20", "HTTP/1.1 101 Switch\r\n\r\n", "HTT", "\x15\x03\x03", "",
		"HTTP/1.1 100 Continue\r\n\r\n", "SSH-2.0\r\n", "HTTP/1.1 200\r\n\r\n",
	} {
		f.Add([]byte(wire))
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		began, status := resthook.SeeAnswer(bytesConn{Reader: bytes.NewReader(wire)})
		reader := bufio.NewReader(bytes.NewReader(wire))
		for {
			resp, err := http.ReadResponse(reader, nil)
			if err != nil {
				return
			}
			interim := resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols
			if !interim {
				require.True(t, began)
				require.Equal(t, resp.StatusCode, status)
				return
			}
			require.NoError(t, resp.Body.Close())
		}
	})
}

func TestStatusLine(t *testing.T) {
	t.Parallel()
	for wire, want := range map[string]struct {
		began  bool
		status int
	}{
		"":                                       {false, 0},
		"HTTP/1.1 20":                            {false, 0},
		"HTTP/1.1 200 OK":                        {false, 0},
		"HTTP/1.1 200 OK\n":                      {true, 200},
		"HTTP/1.1 200 OK\r\nA: b":                {true, 200},
		"HTTP/1.1 100 Continue\r\n\r\n":          {false, 0},
		"HTTP/1.1 100 Continue\r\nA: b\r\n\r\nH": {false, 0},
		"HTTP/1.1 103 X\r\n\r\nHTTP/1.1 100 Y\r\n\r\nHTTP/1.1 403 No\r\n": {true, 403},
		"HTTP/1.1 103 X\r\n":        {false, 0},
		"HTTP/1.1 103 X\r\nSSH":     {false, 0},
		"HTTP/1.1 103 X\r\n\r\nSSH": {true, 0},
		"SSH-2.0":                   {true, 0},
		"\x00":                      {true, 0},
		"HTTP/1.1 abc\r\n":          {true, 0},
	} {
		began, status := resthook.SeeAnswer(bytesConn{Reader: strings.NewReader(wire)})
		assert.Equal(t, want.began, began, "%q", wire)
		assert.Equal(t, want.status, status, "%q", wire)
	}
}

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

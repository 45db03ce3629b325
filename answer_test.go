package resthook_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

const byteOrderMark = "\ufeff"

// Plain JSON is accepted whatever a backend calls its encoding, and with the byte order
// mark of an editor before it.
func TestAnswerEncodings(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		const object = `{"login":"bob"}`
		for name, given := range map[string]hooktest.Behaviour{
			"utf-8":           hooktest.Answer(200, object, "Content-Encoding: UTF-8"),
			"none":            hooktest.Answer(200, object, "Content-Encoding: none"),
			"identity":        hooktest.Answer(200, object, "Content-Encoding: Identity"),
			"empty":           hooktest.Answer(200, object, "Content-Encoding: "),
			"charset":         hooktest.Answer(200, object, "Content-Encoding: ISO-8859-1"),
			"parameter":       hooktest.Answer(200, object, "Content-Encoding: charset=utf-8; q=1"),
			"quoted":          hooktest.Answer(200, object, `Content-Encoding: "utf-8"`),
			"list":            hooktest.Answer(200, object, "Content-Encoding: identity, utf8,"),
			"two headers":     hooktest.Answer(200, object, "Content-Encoding: utf-8", "Content-Encoding: none"),
			"byte order mark": hooktest.Answer(200, byteOrderMark+object),
			"mark and blanks": hooktest.Answer(200, byteOrderMark+"\r\n "+object),
			"mark chunked":    hooktest.AnswerChunked(200, byteOrderMark[:1], byteOrderMark[1:]+object),
			"gzip":            hooktest.AnswerGzip(200, object),
			"mark in gzip":    hooktest.AnswerGzip(200, byteOrderMark+object),
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				client := newClientVia(t, via, hooktest.NewSocket(t, given).URL())
				session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
				require.NoError(t, err)
				assert.Equal(t, "bob", session.Connection().Login)
			})
		}
	})
}

func TestAnswerEncodingsRefused(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for _, c := range []struct {
			given hooktest.Behaviour
			says  string
		}{
			{hooktest.AnswerFalseGzip(200, `{}`), `content encoding "gzip", but the body is not gzip`},
			{hooktest.Answer(200, `{}`, `Content-Encoding: identity, "X-GZIP"`), "not gzip"},
			{hooktest.Answer(200, `{}`, "Content-Encoding: br"), `content encoding "br" is not supported`},
			{hooktest.Answer(200, `{}`, "Content-Encoding: DEFLATE"), "not supported"},
			{hooktest.Answer(200, `{}`, "Content-Encoding: gzip, gzip"), "not supported"},
			{hooktest.Answer(200, `{}`, "Content-Encoding: utf-8", "Content-Encoding: zstd"), "not supported"},
			{hooktest.Answer(200, `{}`, "Content-Encoding: zstd, "+strings.Repeat("x", 2000)), "not supported"},
			{hooktest.Answer(200, "\x00{}", "Content-Encoding: snappy\u202e"), `content encoding snappy\u202e`},
			{hooktest.Answer(200, byteOrderMark+byteOrderMark+`{}`), "expected an object"},
			{hooktest.Answer(200, " "+byteOrderMark+`{}`), "expected an object"},
			{hooktest.Answer(200, `{}`+byteOrderMark), "text after the object"},
			{hooktest.Answer(200, byteOrderMark), "expected an object"},
			{hooktest.Answer(200, byteOrderMark[:2]+`{}`), "expected an object"},
		} {
			client := newClientVia(t, via, hooktest.NewSocket(t, c.given).URL())
			session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
			require.ErrorIs(t, err, resthook.ErrBody)
			require.ErrorContains(t, err, c.says)
			assert.Less(t, len(err.Error()), 300)
			assert.Nil(t, session)
		}
	})
}

// A byte order mark is skipped wherever JSON may come from a file.
func TestByteOrderMarks(t *testing.T) {
	t.Parallel()
	policy, err := resthook.ParsePolicy([]byte(byteOrderMark + ` {"call":{"restOnError":"FAIL"}}`))
	require.NoError(t, err)
	assert.Equal(t, resthook.OnErrorFail, policy.Rule("call").RestOnError)
	text, err := policy.MarshalJSON()
	require.NoError(t, err)
	assert.JSONEq(t, `{"call":{"restOnError":"FAIL"}}`, string(text))

	conn, err := resthook.Connect.Decode([]byte(byteOrderMark + `{"login":"bob"}`))
	require.NoError(t, err)
	assert.Equal(t, "bob", conn.Login)
	_, err = resthook.Connect.Decode([]byte(byteOrderMark + byteOrderMark + `{}`))
	require.ErrorIs(t, err, resthook.ErrConfig)
}

// A malformed trailer is not quoted.
func TestTrailerIsNotQuoted(t *testing.T) {
	t.Parallel()
	wire := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\ns3cret" + strings.Repeat("y", 2000) + "\x1b[2J\r\n\r\n"
	client := newClient(t, hooktest.NewSocket(t, hooktest.AnswerRaw(wire, hooktest.Close)).URL())
	_, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
	require.ErrorIs(t, err, resthook.ErrBody)
	assert.NotContains(t, err.Error(), "s3cret")
	assert.Less(t, len(err.Error()), 200)
}

// damagedGzip is an object in gzip whose checksum is wrong.
func damagedGzip() string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, `{"name":"x"}`)
	_ = w.Close()
	b.Bytes()[b.Len()-8] ^= 1
	return b.String()
}

// An answer that is read whole and is bad fails its own hook only, also where others wait
// for the connection: each hook is sent once.
func TestBadAnswersWhileOthersWait(t *testing.T) {
	t.Parallel()
	const limit, each = 1000, 8
	head := func(header, body string) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s", header, len(body), body)
	}
	rows := map[string]struct {
		wire string
		kind error
		says string
	}{
		"allowed":      {head("", `{}`), nil, ""},
		"false gzip":   {head("Content-Encoding: gzip\r\n", `{}`), resthook.ErrBody, "the body is not gzip"},
		"damaged gzip": {head("Content-Encoding: gzip\r\n", damagedGzip()), resthook.ErrBody, "checksum"},
		"too large":    {head("", `{"x":"`+strings.Repeat("x", limit-7)+`"}`), resthook.ErrBody, "answer too large"},
		"no object":    {head("", `[]`), resthook.ErrBody, "expected an object"},
	}
	plays := hooktest.OnRequest(func(c *hooktest.Conn) {
		time.Sleep(time.Millisecond)
		for name, row := range rows {
			if contains(c.Request().Body, `"login":"`+name+`"`) {
				c.Send(row.wire)
			}
		}
	})
	overBothTransports(t, func(t *testing.T, via transport) {
		synctest.Test(t, func(t *testing.T) {
			cfg := retrying(3)
			cfg.MaxConnections = 1
			b := newBubbleVia(t, via, cfg, []hooktest.Behaviour{plays}, resthook.WithAnswerLimit(limit))
			var wg sync.WaitGroup
			for name, row := range rows {
				for range each {
					wg.Go(func() {
						_, err := resthook.Connect.Send(t.Context(), b.client, &resthook.Connection{Login: name})
						if assert.ErrorIs(t, err, row.kind, name) && err != nil {
							assert.ErrorContains(t, err, row.says)
							assert.ErrorContains(t, err, "1 attempt:")
						}
					})
				}
			}
			wg.Wait()
			assert.Len(t, b.socket.Requests(), each*len(rows), "each hook once")
		})
	})
}

// An answer is accepted exactly where encoding/json reads one object, and the text is UTF-8
// and not nested too deep.
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

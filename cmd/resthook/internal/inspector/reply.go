package inspector

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// reply is the answer to a hook, before it is written.
type reply struct {
	status int // 0: the connection is dropped
	header http.Header
	body   []byte
	first  string // the status line of a backend's answer, sent as it came; empty for others
	came   head   // and its headers
}

// textReply is a reply with a status and a text.
func textReply(status int, text string) reply {
	header := http.Header{"Content-Type": {"text/plain; charset=utf-8"}, "X-Content-Type-Options": {"nosniff"}}
	return reply{status: status, header: header, body: []byte(text + "\n")}
}

// jsonReply is a reply with a status and the reason, as JSON.
func jsonReply(status int, reason string) reply {
	body, _ := json.Marshal(map[string]string{"error": reason}) // a text always has a JSON form
	return reply{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: append(body, '\n')}
}

// typed is the reply with a Content-Type added, if it has a body without one.
func (a reply) typed() reply {
	if len(a.body) == 0 || a.header.Get("Content-Type") != "" {
		return a
	}
	a.header = a.header.Clone()
	a.header.Set("Content-Type", typeOf(a.body))
	return a
}

// write sends the answer. It panics with http.ErrAbortHandler to drop the connection.
func (a reply) write(w http.ResponseWriter, r *http.Request) {
	if a.status == 0 {
		panic(http.ErrAbortHandler) // net/http's way to drop a connection
	}
	header := w.Header()
	if conn := connOf(r.Context()); conn != nil && a.first != "" {
		conn.answer(a.head(r).text(a.first))
	} else {
		maps.Copy(header, a.header)
	}
	if a.hasBody(r) {
		header.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if a.hasBody(r) {
		_, _ = w.Write(a.body) // if the media server is gone, nobody needs the error
	}
}

// text is the body, unzipped if it is gzip, up to the size that is kept.
func (a reply) text() []byte {
	body := a.body
	if strings.EqualFold(a.header.Get("Content-Encoding"), "gzip") {
		if unzipped, err := unzip(body); err == nil {
			body = unzipped
		}
	}
	return body[:min(len(body), recording.MaxBody)]
}

func unzip(body []byte) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(reader, recording.MaxBody))
}

// head is the head of a backend's answer, with the length of the body.
func (a reply) head(r *http.Request) head {
	if a.hasBody(r) {
		return a.came.framed(len(a.body))
	}
	return a.came.without("Transfer-Encoding")
}

// hasBody reports whether the answer to r can have a body.
func (a reply) hasBody(r *http.Request) bool {
	return r.Method != http.MethodHead && a.status != http.StatusNoContent && a.status != http.StatusNotModified
}

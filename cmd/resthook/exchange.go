package main

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wcskit/resthook"
)

// maxBody is how much of a request and of an answer is kept, in bytes. A hook
// that is longer is refused.
const maxBody = 1 << 20

// exchange is one hook that came in, and how it was answered. Whoever is handed
// one shares its bytes and must not change them.
type exchange struct {
	time     time.Time // when it came in
	method   string
	id       string // its Webhook-Id; empty where it has none
	sequence uint64 // its Resthook-Sequence; 0 where it has none
	sent     string // its Webhook-Timestamp as given; empty where it has none
	request  []byte // the body as received, up to maxBody
	status   int    // 0 where the connection was dropped
	answer   []byte // the body as sent, up to maxBody
	duration time.Duration

	// Not recorded.
	session string      // the session's id; empty where it has none that reads
	remote  string      // where it came from
	headers [][2]string // names and values that may be shown
}

// sink is told of each exchange when it is over, before the last of the answer
// has left. It is called by many hooks at a time and holds them up for as long
// as it takes.
type sink func(exchange)

// receive begins the exchange of a request and reads the body, as far as it is
// kept; the request can be read again from its start.
func receive(r *http.Request, method string) exchange {
	x := exchange{
		time: time.Now(), method: method,
		id: r.Header.Get(resthook.HeaderID), sent: r.Header.Get(resthook.HeaderTime),
		remote: r.RemoteAddr, headers: shownHeaders(r.Header),
	}
	x.sequence, _ = strconv.ParseUint(r.Header.Get(resthook.HeaderSequence), 10, 64) // 0: none that reads
	x.request, _ = io.ReadAll(io.LimitReader(r.Body, maxBody))                       // the handler meets the error too
	x.session = sessionOf(x.request)
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(x.request), r.Body))
	return x
}

// answered is the exchange with its answer.
func (x exchange) answered(w *answerWriter) exchange {
	x.duration = time.Since(x.time)
	x.status, x.answer = w.status, w.body
	if w.dropped {
		x.status, x.answer = 0, nil
	}
	if bytes.Equal(x.request, x.answer) {
		x.answer = x.request // mirrored, as most are: kept once
	}
	return x
}

// sessionOf is the session's id in a body; empty where it has none that reads.
func sessionOf(body []byte) string {
	const longest = 200
	id := identity(body).SessionID
	return id[:min(len(id), longest)]
}

// shownHeaders are the headers that tell a developer something. Of
// Authorization it is the scheme, never the secret.
func shownHeaders(header http.Header) [][2]string {
	var shown [][2]string
	for _, name := range [...]string{
		"Content-Type", "User-Agent", "Traceparent",
		resthook.HeaderID, resthook.HeaderTime, resthook.HeaderSequence,
	} {
		if value := header.Get(name); value != "" {
			shown = append(shown, [2]string{name, value})
		}
	}
	if scheme, _, _ := strings.Cut(header.Get("Authorization"), " "); scheme == "WCS" || scheme == "Basic" || scheme == "Bearer" {
		shown = append(shown, [2]string{"Authorization", scheme + " ***"})
	}
	return shown
}

// answerWriter remembers what the answer was.
type answerWriter struct {
	http.ResponseWriter

	status  int
	body    []byte // up to maxBody
	dropped bool
}

// Unwrap lets http.ResponseController reach the connection.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader remembers the status.
func (w *answerWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write remembers the body.
func (w *answerWriter) Write(p []byte) (int, error) {
	w.body = append(w.body, p[:min(len(p), maxBody-len(w.body))]...)
	return w.ResponseWriter.Write(p)
}

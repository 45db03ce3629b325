package inspector

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// heardExchange is an exchange and what is not recorded of it.
type exchange struct {
	recording.Exchange

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
	x := exchange{remote: r.RemoteAddr, headers: shownHeaders(r.Header)}
	x.Time, x.Method = time.Now(), method
	x.ID, x.Sent = r.Header.Get(resthook.HeaderID), r.Header.Get(resthook.HeaderTimestamp)
	x.Sequence, _ = strconv.ParseUint(r.Header.Get(resthook.HeaderSequence), 10, 64) // 0: none that reads
	x.Request, _ = io.ReadAll(io.LimitReader(r.Body, recording.MaxBody))             // the handler meets the error too
	x.session = sessionOf(x.Request)
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(x.Request), r.Body))
	return x
}

// answered is the exchange with its answer.
func (x exchange) answered(w *answerWriter) exchange {
	x.Duration = time.Since(x.Time)
	x.Status, x.Answer = w.status, w.body
	if w.dropped {
		x.Status, x.Answer = 0, nil
	}
	if bytes.Equal(x.Request, x.Answer) {
		x.Answer = x.Request // mirrored, as most are: kept once
	}
	return x
}

// sessionOf is the session's id in a body; empty where it has none that reads.
func sessionOf(body []byte) string {
	const longest = 200
	var payload struct {
		SessionID any `json:"sessionId"`
	}
	_ = json.Unmarshal(body, &payload)
	id, _ := payload.SessionID.(string)
	return id[:min(len(id), longest)]
}

// shownHeaders are the headers that tell a developer something. Of
// Authorization it is the scheme, never the secret.
func shownHeaders(header http.Header) [][2]string {
	var shown [][2]string
	for _, name := range [...]string{
		"Content-Type", "User-Agent", "Traceparent",
		resthook.HeaderID, resthook.HeaderTimestamp, resthook.HeaderSequence,
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
	w.body = append(w.body, p[:min(len(p), recording.MaxBody-len(w.body))]...)
	return w.ResponseWriter.Write(p)
}

package inspector

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// exchange is one hook and its answer. Copies share the bytes and headers, which must
// not be changed.
type exchange struct {
	recording.Exchange

	summary

	key      string // identifies the exchange while it is in flight and afterwards
	verb     string // the HTTP method
	path     string
	notHook  string        // why the request is not a hook, such as a wrong path; empty for a hook
	remote   string        // the sender's address
	head     head          // the request's headers in their order
	header   http.Header   // the request's headers, unordered
	answered http.Header   // the answer's headers
	asked    time.Duration // how long the backend took; 0 if no backend was asked
	rule     *rule         // the rule that delayed or answered it, or nil
	fault    fault         // what went wrong, if the answer does not say it
	cut      bool          // the body is incomplete
	size     int           // of the request's body, in bytes
	signed   signed
}

// sink gets each exchange that is over, before its answer is written. It is called
// concurrently and delays the answer until it returns.
type sink func(exchange)

// receive begins the exchange of a request and reads the body, up to one byte over the
// limit.
func receive(r *http.Request, method string) *exchange {
	x := &exchange{verb: r.Method, path: r.URL.Path, remote: r.RemoteAddr, head: connOf(r.Context()).head(r), header: r.Header}
	x.Time, x.Method = time.Now(), method
	x.ID, x.Sent = r.Header.Get(resthook.HeaderID), r.Header.Get(resthook.HeaderTimestamp)
	x.Sequence, _ = strconv.ParseUint(r.Header.Get(resthook.HeaderSequence), 10, 64) // 0: missing or malformed
	body, err := io.ReadAll(io.LimitReader(r.Body, recording.MaxBody+1))
	if err != nil {
		x.cut, x.fault = true, fault{blameServer, "the body was cut short"}
	}
	x.size, x.Request = len(body), body[:min(len(body), recording.MaxBody)]
	x.summary = summaryOf(x.Request)
	return x
}

// recordable reports whether a recording can hold the request to the byte: it is a hook,
// it is complete, and it is UTF-8, as all JSON text.
func (x *exchange) recordable() bool { return x.notHook == "" && !x.cut && utf8.Valid(x.Request) }

// tooLong reports whether the body exceeds the limit.
func (x *exchange) tooLong() bool { return x.size > recording.MaxBody }

// end puts the answer into the exchange.
func (x *exchange) end(a reply) {
	x.Duration = time.Since(x.Time)
	x.head = nil // it is not needed any more
	x.Status, x.Answer, x.answered = a.status, a.text(), a.header
	if bytes.Equal(x.Request, x.Answer) {
		x.Answer = x.Request // a mirrored body is kept once
	}
}

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

// exchange is one hook that came in, and how it was answered. Whoever is handed
// one shares its bytes and headers and must not change them.
type exchange struct {
	recording.Exchange

	about

	key      string // the same while it is under way and when it is over
	verb     string // that of HTTP
	path     string
	misled   string // why it is no hook, such as a wrong path; empty for a hook
	remote   string // where it came from
	head     head
	header   http.Header   // the same, without their order
	answered http.Header   // the headers of the answer
	asked    time.Duration // how long the backend took; 0 where none was asked
	rule     *rule         // the rule that delayed or answered it, or nil
	fault    fault         // what went wrong, where the answer does not tell
	cut      bool          // the body did not come whole
	size     int           // of the request's body, in bytes
	signed   signed
}

// sink is told of each exchange when it is over, before the last of the answer
// has left. It is called by many hooks at a time and holds them up for as long
// as it takes.
type sink func(exchange)

// receive begins the exchange of a request and reads the body, up to one byte
// more than a hook may have.
func receive(r *http.Request, method string) *exchange {
	x := &exchange{verb: r.Method, path: r.URL.Path, remote: r.RemoteAddr, head: connOf(r.Context()).head(r), header: r.Header}
	x.Time, x.Method = time.Now(), method
	x.ID, x.Sent = r.Header.Get(resthook.HeaderID), r.Header.Get(resthook.HeaderTimestamp)
	x.Sequence, _ = strconv.ParseUint(r.Header.Get(resthook.HeaderSequence), 10, 64) // 0: none that reads
	body, err := io.ReadAll(io.LimitReader(r.Body, recording.MaxBody+1))
	if err != nil {
		x.cut, x.fault = true, fault{blameServer, "the body was cut short"}
	}
	x.size, x.Request = len(body), body[:min(len(body), recording.MaxBody)]
	x.about = aboutOf(x.Request)
	return x
}

// recordable tells whether what came is a hook that a recording can hold, to the byte: JSON has no
// other text than UTF-8, and a part of a hook would be taken for a whole one.
func (x *exchange) recordable() bool { return x.misled == "" && !x.cut && utf8.Valid(x.Request) }

// tooLong tells whether the body is longer than a hook may be.
func (x *exchange) tooLong() bool { return x.size > recording.MaxBody }

// end puts the answer into the exchange.
func (x *exchange) end(a reply) {
	x.Duration = time.Since(x.Time)
	x.head = nil // it has gone out
	x.Status, x.Answer, x.answered = a.status, a.text(), a.header
	if bytes.Equal(x.Request, x.Answer) {
		x.Answer = x.Request // mirrored, as most are: kept once
	}
}

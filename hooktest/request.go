package hooktest

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/internal/jsontext"
)

// Request is a complete request that a backend has read.
type Request struct {
	Method  string      // the HTTP method
	Hook    string      // the last element of the path, such as "publishStream"
	Path    string      // the path with its query, as sent
	Host    string      // the Host header
	Header  http.Header // all other headers
	Body    []byte      // the body without its transfer coding, not decompressed
	At      time.Time   // when its last byte was read
	Conn    int         // the number of its connection, from 1
	Turn    int         // its number on that connection, from 1
	Attempt int         // how often its Webhook-Id has come so far, this request included; 1 without an id
}

func newRequest(r *http.Request, body []byte, conn, turn int) Request {
	return Request{
		Method: r.Method, Hook: path.Base(r.URL.Path), Path: r.RequestURI, Host: r.Host,
		Header: r.Header, Body: body, At: time.Now(), Conn: conn, Turn: turn,
	}
}

// ID is the hook's [resthook.HeaderID], the same over all attempts, or "".
func (r Request) ID() string { return r.Header.Get(resthook.HeaderID) }

// Sequence is the hook's number in its session by [resthook.HeaderSequence], from 1. It is
// 0 without the header; connect has none.
func (r Request) Sequence() uint64 {
	n, err := strconv.ParseUint(r.Header.Get(resthook.HeaderSequence), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Recovered reports whether the hook has [resthook.HeaderRecovered]: it is a closing event
// that came in place of the one of a media server which ended without it.
func (r Request) Recovered() bool { return r.Header.Get(resthook.HeaderRecovered) == "true" }

// Session is the sessionId in the body, or "".
func (r Request) Session() string { return r.text("sessionId") }

// Status is the status in the body, such as "PUBLISHING", or "".
func (r Request) Status() string { return r.text("status") }

// String is one line about the request: "StreamStatusEvent PUBLISHING, session
// s-1, sequence 2", with the attempt from the second on. Long names are cut.
func (r Request) String() string {
	line := cut(r.label(), longName)
	if session := r.Session(); session != "" {
		line += ", session " + cut(session, longName)
	}
	if n := r.Sequence(); n > 0 {
		line += fmt.Sprintf(", sequence %d", n)
	}
	if r.Recovered() {
		line += ", recovered"
	}
	if r.Attempt > 1 {
		line += fmt.Sprintf(", attempt %d", r.Attempt)
	}
	return line
}

// Format prints what String returns, whatever the verb: headers and body may contain
// secrets. As JSON a Request has them.
func (r Request) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, r.String()) }

// LogValue is what String returns, in log/slog.
func (r Request) LogValue() slog.Value { return slog.StringValue(r.String()) }

// label is the hook's name, with the status of its payload.
func (r Request) label() string {
	return strings.TrimSpace(r.Hook + " " + r.Status())
}

func (r Request) text(name string) string {
	if jsontext.Check(r.Body) != nil {
		return ""
	}
	value, ok := jsontext.Get(r.Body, name)
	if !ok || value[0] != '"' {
		return ""
	}
	return jsontext.Unquote(value)
}

// How much of the requests a message shows.
const (
	most     = 30  // lines
	longText = 300 // bytes of a line
	longName = 100 // bytes of a name or an id
)

// listed is a line for each request, of many the latest.
func listed(requests []Request) string {
	if len(requests) == 0 {
		return "no request came"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s came:", counted(len(requests), "request"))
	if more := len(requests) - most; more > 0 {
		fmt.Fprintf(&b, "\n    (%d more)", more)
		requests = requests[more:]
	}
	for _, r := range requests {
		b.WriteString("\n    " + r.String())
	}
	return b.String()
}

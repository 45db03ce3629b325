// Package h1 is an HTTP/1.1 client transport with connection pools. An exchange sends the
// bytes of one request and reads one answer; its [Result] says which [Phase] it reached. It
// has no proxies, redirects, cookies, retries or HTTP/2. The goroutine that calls
// [Transport.Do] writes the request and reads the answer. net/http uses two goroutines for
// each connection, which is most of the difference in cost.
//
// A Result is complete before its connection goes back to the pool. [Through] does an
// exchange over any http.RoundTripper and returns the same Result, as far as it can be
// known.
package h1

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"syscall"
	"time"
)

// Phase is how far an exchange got. It never goes back.
type Phase uint8

// The phases.
const (
	// Waiting for a connection; none was being made for the exchange.
	Waiting Phase = iota
	// Connecting means that a dial or a TLS handshake had begun for the exchange.
	Connecting
	// Sending means that there was a connection; a part of the request may have been sent.
	Sending
	// Sent means that the whole request was written.
	Sent
	// StatusLine means that a whole status line came, other than of an interim answer, or
	// bytes that cannot be one.
	StatusLine
	// Head means that the answer's head was read.
	Head
	// Body means that a part of the answer's body was read.
	Body
	// Done means that the whole answer was read.
	Done
)

// String returns the phase as text.
func (p Phase) String() string {
	names := [...]string{"waiting for a connection", "connecting", "sending", "sent", "status line", "head", "body", "done"}
	if int(p) < len(names) {
		return names[p]
	}
	return "unknown"
}

// Endpoint is the target of connections. Each endpoint has a pool.
type Endpoint struct {
	Address string // host:port
	Secure  bool   // TLS
}

// Request is one request, with the limits of its exchange.
type Request struct {
	To    Endpoint
	Bytes []byte // head and body; may be reused when Do returns
	// Answer is reset and gets the answer's body: at most Limit bytes of a 200, and 4 KiB
	// of any other. A content encoding is not decoded.
	Answer *bytes.Buffer
	Limit  int64
	// Heads, if not nil, is called with the bytes of each head, also of interim answers.
	// The bytes may be reused when it returns. With Heads, an answer of any status is read
	// like a 200.
	Heads func(status int, head []byte)
	Verb  string    // the method if an answer depends on it: HEAD
	End   time.Time // the deadline of the exchange; zero: none
	// ConnectBy is the deadline for a connection; zero: End. A dial that was begun goes on, for
	// other exchanges.
	ConnectBy time.Time
	// Background requests get a connection only when no other request waits, and never use
	// a whole pool: a quarter of its limit, at least one connection, is kept for others.
	// In a pool of one connection they may use it.
	Background bool
	// Fresh asks for a connection that has carried no other request.
	Fresh bool
}

// Result is the outcome of an exchange.
type Result struct {
	Phase  Phase
	Reused bool        // the connection had carried another request
	Began  bool        // a byte of an answer came
	Status int         // of the answer, once its status line came; 0: none, or not HTTP
	Header http.Header // of the answer, from Phase Head on; read-only
	// Err is why the answer is not complete. It is nil for an answer other than 200 whose
	// head was read, even if its body was cut short, unless [Request.Heads] is set.
	Err error
}

// Heard reports whether the head of an answer was read.
func (r *Result) Heard() bool { return r.Phase >= Head }

// The errors of an exchange, beside those of the dial and the connection.
var (
	// ErrTime means that [Request.End] came first.
	ErrTime = errors.New("the time for the exchange is over")
	// ErrConnectTime means that [Request.ConnectBy] came first. It matches ErrTime.
	ErrConnectTime = fmt.Errorf("%w: no connection", ErrTime)
	// ErrCanceled means that the caller's context ended first.
	ErrCanceled = errors.New("the context of the exchange ended")
	// ErrClosed means that the transport was closed.
	ErrClosed = errors.New("the transport is closed")
	// ErrMalformed means that the answer is not HTTP/1, or that its head is too long. Its
	// text quotes nothing of the answer.
	ErrMalformed = errors.New("malformed http answer")
	// ErrTooLarge means that a 200 has more than [Request.Limit] bytes.
	ErrTooLarge = errors.New("answer too large")
)

// ConnectError means that no connection could be made.
type ConnectError struct {
	Handshake bool // the TLS handshake failed; else the dial
	Bare      bool // in it, the server asked for a client certificate and got none
	Err       error
}

// Error says which of the two failed, and why.
func (e *ConnectError) Error() string {
	if e.Handshake {
		return fmt.Sprintf("tls handshake: %v", e.Err)
	}
	return e.Err.Error()
}

// Unwrap returns the cause.
func (e *ConnectError) Unwrap() error { return e.Err }

// malformed wraps an error of net/http for an answer that cannot be parsed, and hides its
// text, which quotes the answer.
type malformed struct{ err error }

func (e *malformed) Error() string   { return ErrMalformed.Error() }
func (e *malformed) Unwrap() []error { return []error{ErrMalformed, e.err} }

// cutShort is the error of an answer that was lost after its status line.
func cutShort(err error) error {
	if _, quotes := errors.AsType[textproto.ProtocolError](err); quotes { // in a trailer
		return &malformed{err}
	}
	return fmt.Errorf("answer cut short: %w", err)
}

// errHTTP2 is the error for an answer of an HTTP/2 server.
var errHTTP2 = fmt.Errorf("%w: the other side speaks HTTP/2; only HTTP/1.1 is spoken here", ErrMalformed)

// errUnasked is the error for a new connection on which the other side sends first.
var errUnasked = fmt.Errorf("%w: it came before the request", ErrMalformed)

// errLongHead is the error for a head that is too long.
var errLongHead = fmt.Errorf("%w: a head of over %d bytes", ErrMalformed, maxHead)

const maxHead = 64 << 10 // bytes of an answer's head, interim answers included

// Lost reports whether the error says that the connection ended.
func Lost(err error) bool {
	for _, end := range [...]error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}

// Package h1 carries requests over kept HTTP/1.1 connections: the bytes of one
// request out, one answer in, and the [Phase] that the exchange got to. It has a
// pool of connections for each endpoint, and no proxy, redirect, cookie, retry or
// HTTP/2. A request is written and its answer read by the goroutine that calls
// [Transport.Do]; net/http has two goroutines for each connection instead, and
// that is most of what an exchange costs less here.
//
// What a caller decides by is in the [Result], which belongs to the exchange and
// is complete before the connection goes back to the pool. [Through] does an
// exchange over another http.RoundTripper and returns the same Result, as far as
// it can be known.
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

// Phase is how far an exchange got. It only moves on.
type Phase uint8

// The phases.
const (
	// Waiting: for a connection; none was being made for it.
	Waiting Phase = iota
	// Connecting: a dial, or the TLS handshake after it, had begun for it.
	Connecting
	// Sending: it had a connection; the request may have gone out in part.
	Sending
	// Sent: the whole request was written.
	Sent
	// StatusLine: a whole status line came, or what can be none. That of an interim
	// answer does not count.
	StatusLine
	// Head: the answer's head was read.
	Head
	// Body: a part of the answer's body was read.
	Body
	// Done: the whole answer was read.
	Done
)

// String returns the phase's words.
func (p Phase) String() string {
	names := [...]string{"waiting for a connection", "connecting", "sending", "sent", "status line", "head", "body", "done"}
	if int(p) < len(names) {
		return names[p]
	}
	return "unknown"
}

// Endpoint is where connections go.
type Endpoint struct {
	Address string // host:port
	Secure  bool   // TLS
}

// Request is one request and what its exchange may take.
type Request struct {
	To    Endpoint
	Bytes []byte // head and body, as they go out; free again when Do returns
	// Answer is emptied, and filled with the answer's body as it came: with at most
	// Limit bytes of a 200, and 4 KiB of any other. Nothing undoes a content
	// encoding.
	Answer *bytes.Buffer
	Limit  int64
	// Heads is told each head of an answer as it came, those of interim answers too;
	// the bytes are free again when it returns. With it, an answer's body counts
	// whatever its status. May be nil.
	Heads func(status int, head []byte)
	Verb  string    // the method, where an answer depends on it: HEAD
	End   time.Time // the exchange's own time; zero: no end
	// Background requests wait until no other does, and never hold the last part
	// of a pool: a quarter of its connections, and at least one, where it may have
	// two or more.
	Background bool
	// Fresh asks for a connection that has carried no other request.
	Fresh bool
}

// Result is what came of an exchange.
type Result struct {
	Phase  Phase
	Reused bool        // the connection had carried another request
	Began  bool        // a byte of an answer came, of its status line or before
	Status int         // of the answer, once its status line came; 0: none, or no HTTP
	Header http.Header // of the answer, with Phase Head and later; not to be written to
	// Err is why the answer is not whole. It is nil for every answer other than 200
	// whose head was read: its body does not count, unless there is a
	// [Request.Heads].
	Err error
}

// Heard reports whether the head of an answer was read.
func (r *Result) Heard() bool { return r.Phase >= Head }

// What ends an exchange, beside what the connection or its dial failed with.
var (
	// ErrTime is matched when [Request.End] came first.
	ErrTime = errors.New("the time for the exchange is over")
	// ErrCanceled is matched when the caller's context ended first.
	ErrCanceled = errors.New("the context of the exchange ended")
	// ErrClosed is matched when the transport was closed.
	ErrClosed = errors.New("the transport is closed")
	// ErrMalformed is matched when what came is not HTTP/1, or more than a head may
	// have. Its text quotes nothing of it.
	ErrMalformed = errors.New("malformed http answer")
	// ErrTooLarge is matched when a 200 has more than [Request.Limit] bytes.
	ErrTooLarge = errors.New("answer too large")
)

// ConnectError is a connection that was never made.
type ConnectError struct {
	Handshake bool // there was one, but TLS on it came to nothing
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

// malformed is an answer that can't be read. What net/http says of it quotes the
// answer, so that only the errors.Is of it are passed on.
type malformed struct{ err error }

func (e *malformed) Error() string   { return ErrMalformed.Error() }
func (e *malformed) Unwrap() []error { return []error{ErrMalformed, e.err} }

// cutShort is an answer that was lost after its status line.
func cutShort(err error) error {
	if _, quotes := errors.AsType[textproto.ProtocolError](err); quotes { // of a trailer
		return &malformed{err}
	}
	return fmt.Errorf("answer cut short: %w", err)
}

// errHTTP2 is what an HTTP/2 server says to a request of HTTP/1.
var errHTTP2 = fmt.Errorf("%w: the other side speaks HTTP/2; only HTTP/1.1 is spoken here", ErrMalformed)

// errUnasked is a new connection on which the other side speaks first.
var errUnasked = fmt.Errorf("%w: it came before the request", ErrMalformed)

// errLongHead is an answer whose head does not end.
var errLongHead = fmt.Errorf("%w: a head of over %d bytes", ErrMalformed, maxHead)

const maxHead = 64 << 10 // bytes of an answer's head, interim answers included

// Lost reports whether the error is a connection that ended.
func Lost(err error) bool {
	for _, end := range [...]error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}

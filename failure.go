package resthook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
)

// failure is why an attempt came to nothing.
type failure struct {
	kind  ErrorKind
	err   error
	stale bool // a kept connection had died; the next attempt need not wait
}

// statusError is an answer whose status is not 200.
type statusError struct{ code int }

func (e *statusError) Error() string {
	if text := http.StatusText(e.code); text != "" {
		return fmt.Sprintf("%d %s", e.code, text)
	}
	return fmt.Sprint(e.code)
}

// bodyError is an answer with status 200 that is no yes.
type bodyError struct{ err error }

func (e *bodyError) Error() string { return e.err.Error() }
func (e *bodyError) Unwrap() error { return e.err }

// classify names the failure after what the wire told, row by row as protocol.md
// section 0.2 has it. What the backend said comes first, then what this side
// did, then what the connection did.
func (at *attempt) classify(caller context.Context, err error) *failure {
	began, lost := at.wire()
	switch {
	case isType[*statusError](err):
		return &failure{kind: faultStatus, err: err}
	case isType[*bodyError](err):
		return &failure{kind: faultBody, err: err}
	case caller.Err() != nil:
		return &failure{kind: faultCanceled, err: ended(caller)}
	case at.expired.Load():
		return at.tooLate()
	case isTLS(err):
		return &failure{kind: faultTLS, err: err}
	case isDial(err):
		return &failure{kind: faultUnreachable, err: err}
	case began:
		return &failure{kind: faultBody, err: at.brokenOff(err)}
	case isTimeout(err):
		return &failure{kind: faultTimeout, err: err}
	case lost:
		return &failure{kind: faultNoAnswer, err: at.lostOn(err), stale: at.reused}
	}
	return &failure{kind: faultBody, err: &unquotedError{"malformed http answer", err}}
}

// wire asks the connection whether a whole status line came and whether the
// connection was lost. A transport that is not ours does not tell, nor does one
// that was never made: then the
// first byte of an answer counts as its beginning, and any error before it as a
// loss.
func (at *attempt) wire() (began, lost bool) {
	if at.conn == nil {
		return at.status != 0 || at.first.Load(), true
	}
	began, status := at.conn.answer()
	if began && at.status == 0 {
		at.status = status
	}
	return began, at.conn.lost()
}

// tooLate is an attempt whose own time ran out. Cut short while it was connecting,
// it delivered nothing.
func (at *attempt) tooLate() *failure {
	switch {
	case at.got:
		return &failure{kind: faultTimeout, err: errAttemptTime}
	case at.dialing:
		return &failure{kind: faultUnreachable, err: fmt.Errorf("connecting: %w", errAttemptTime)}
	}
	return &failure{kind: faultTimeout, err: fmt.Errorf("%w: %w", errNoConnection, errAttemptTime)}
}

func (at *attempt) brokenOff(err error) error {
	if isLost(err) {
		return fmt.Errorf("answer cut short: %w", err)
	}
	if !at.head {
		return &unquotedError{"malformed http answer", err}
	}
	return err
}

// lostOn is a lost connection. Where a part of the status line had come,
// net/http takes it for the whole and finds it malformed.
func (at *attempt) lostOn(err error) error {
	if at.first.Load() && !isLost(err) {
		return &unquotedError{"connection closed in the status line", err}
	}
	return err
}

// unquotedError says in its own words what net/http says by quoting the answer.
type unquotedError struct {
	text string
	err  error
}

func (e *unquotedError) Error() string { return e.text }
func (e *unquotedError) Unwrap() error { return e.err }

func isType[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// isDial reports whether there never was a connection to write to.
func isDial(err error) bool {
	if isType[*dialError](err) || isType[*handshakeError](err) || isType[*net.DNSError](err) {
		return true
	}
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// isTLS reports whether the two sides could not agree on a trusted connection,
// so that trying again is in vain. A handshake that was cut off or timed out is
// no such disagreement.
func isTLS(err error) bool {
	switch {
	case isType[*tls.CertificateVerificationError](err), isType[tls.RecordHeaderError](err), isType[tls.AlertError](err),
		errors.Is(err, http.ErrSchemeMismatch):
		return true
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "remote error" || op.Op == "local error") {
		return true // a TLS alert, received or sent
	}
	return isType[*handshakeError](err) && !isLost(err) && !isTimeout(err)
}

// isLost reports whether the error is a connection that ended.
func isLost(err error) bool {
	for _, end := range [...]error{io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED} {
		if errors.Is(err, end) {
			return true
		}
	}
	return false
}

func isTimeout(err error) bool {
	timed, ok := errors.AsType[net.Error](err)
	return ok && timed.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

package resthook

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/wcskit/resthook/internal/h1"
)

// failure is why an attempt failed, and how far it had got.
type failure struct {
	at     *backend // nil where none was asked
	kind   ErrorKind
	err    error
	phase  h1.Phase
	reused bool // over a connection that had carried another request
	began  bool // a byte of an answer came
}

// because is the same failure with another kind and error.
func (f *failure) because(kind ErrorKind, err error) *failure {
	other := *f
	other.kind, other.err = kind, err
	return &other
}

// waited reports whether the time was over before a connection, or a place for one, was
// free. That says nothing about the backend.
func (f *failure) waited() bool { return f.kind == faultTimeout && f.phase == h1.Waiting }

// stale reports whether a kept connection was lost. That happens when the backend closes it
// at the same moment; the next attempt need not wait.
func (f *failure) stale() bool { return f.kind == faultNoAnswer && f.reused }

// sentWhole reports whether the backend may have read all of the request before
// the connection was lost.
func (f *failure) sentWhole() bool { return f.kind == faultNoAnswer && f.phase >= h1.Sent }

// unheard reports whether nothing at all came in time over a kept connection. It may be
// silently dead, so another attempt asks for a new one.
func (f *failure) unheard() bool {
	return f.kind == faultTimeout && f.reused && !f.began
}

// undelivered reports whether the attempt cannot have reached the backend.
func (f *failure) undelivered() bool {
	switch f.kind {
	case faultUnreachable, faultTLS, faultAddress:
		return true
	case faultTimeout, faultCanceled:
		return f.phase <= h1.Connecting
	}
	return false
}

// silent reports whether the backend did not answer. A caller whose deadline ended has waited
// for it; one who gave up says nothing.
func (f *failure) silent() bool {
	switch f.kind {
	case faultNoAnswer:
		return !f.stale()
	case faultTimeout:
		return !f.waited()
	case faultCanceled:
		return errors.Is(f.err, context.DeadlineExceeded) && f.phase > h1.Waiting
	}
	return false
}

// statusError is an answer whose status is not 200.
type statusError struct{ code int }

func (e *statusError) Error() string {
	if text := http.StatusText(e.code); text != "" {
		return fmt.Sprintf("%d %s", e.code, text)
	}
	return fmt.Sprint(e.code)
}

// classify names the failure of an exchange by its phase and its error, like the rows of
// docs/protocol.md, 0.2.
func classify(caller context.Context, r *h1.Result) *failure {
	kind, err := kindOf(r), r.Err
	switch {
	case kind == faultStatus:
		err = &statusError{r.Status}
	case kind == faultTLS:
		err = namedTLS(err)
	case kind == faultCanceled:
		err = ended(caller)
	case errors.Is(err, h1.ErrTime):
		err = lateIn(r.Phase, timeOver(r))
	}
	return &failure{kind: kind, err: err, phase: r.Phase, reused: r.Reused, began: r.Began}
}

func kindOf(r *h1.Result) ErrorKind {
	late := errors.Is(r.Err, h1.ErrTime)
	switch {
	case r.Err == nil:
		return faultStatus
	case errors.Is(r.Err, h1.ErrMalformed), errors.Is(r.Err, h1.ErrTooLarge):
		return faultBody
	case errors.Is(r.Err, h1.ErrCanceled):
		return faultCanceled
	case errors.Is(r.Err, h1.ErrClosed):
		return faultClosed
	case late && r.Phase != h1.Connecting:
		return faultTimeout
	case isType[*h1.AddressError](r.Err):
		return faultAddress
	case !late && isTLS(r.Err):
		return faultTLS
	case r.Phase <= h1.Connecting:
		return faultUnreachable
	case r.Phase >= h1.StatusLine:
		return faultBody
	case isTimeout(r.Err):
		return faultTimeout
	}
	return faultNoAnswer
}

// timeOver says which time of an attempt was over.
func timeOver(r *h1.Result) error {
	if errors.Is(r.Err, h1.ErrConnectTime) {
		return errConnectTime
	}
	return errAttemptTime
}

// lateIn says what an attempt was doing when a time was over.
func lateIn(phase h1.Phase, over error) error {
	switch phase {
	case h1.Waiting:
		return fmt.Errorf("waiting for a free connection: %w", over)
	case h1.Connecting:
		return fmt.Errorf("connecting: %w", over)
	}
	return over
}

func isType[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func isTimeout(err error) bool {
	timed, ok := errors.AsType[net.Error](err)
	return ok && timed.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

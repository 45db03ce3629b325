package otelhook

import (
	"errors"
	"strconv"

	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/wcskit/resthook"
)

// The values of resthook.outcome.
const (
	allowed  = "allowed"
	denied   = "denied"   // by the backend: an answer, no error
	failed   = "failed"   // the backend could not be asked, or its answer can't be used
	fallback = "fallback" // the same, and WithFallback has allowed it
	refused  = "refused"  // it was not sent: the payload, the session or the client does not allow it
)

func outcomeOf(o *resthook.Outcome) string {
	switch {
	case o.Err == nil:
		return allowed
	case o.Fallback:
		return fallback
	case resthook.Denied(o.Err):
		return denied
	case !o.Sent && isRefusal(o.Err):
		return refused
	}
	return failed
}

func isRefusal(err error) bool {
	return errors.Is(err, resthook.ErrConfig) || errors.Is(err, resthook.ErrClosed)
}

// kindOf is the kind of the error of a hook or event, or nothing where it was denied.
func kindOf(err error) string {
	if e, ok := errors.AsType[*resthook.Error](err); ok && !resthook.Denied(err) {
		return string(e.Kind)
	}
	return ""
}

// attemptFault is the error.type of a request: the status, or why there is none that can be used. A
// denial is no error.
func attemptFault(a *resthook.Attempt) string {
	switch {
	case a.Err == nil || isDenial(a):
		return ""
	case errors.Is(a.Err, resthook.ErrStatus):
		return strconv.Itoa(a.Status)
	}
	for _, one := range [...]struct {
		err  error
		word string
	}{
		{resthook.ErrUnreachable, "unreachable"},
		{resthook.ErrNoAnswer, "no_answer"},
		{resthook.ErrTimeout, "timeout"},
		{resthook.ErrTLS, "tls"},
		{resthook.ErrAddress, "address"},
		{resthook.ErrBody, "body"},
		{resthook.ErrCanceled, "canceled"},
		{resthook.ErrClosed, "closed"},
	} {
		if errors.Is(a.Err, one.err) {
			return one.word
		}
	}
	return semconv.ErrorTypeOther.Value.AsString()
}

// isDenial is [resthook.Denied] for one request.
func isDenial(a *resthook.Attempt) bool {
	return errors.Is(a.Err, resthook.ErrStatus) && resthook.Denied(&resthook.Error{Kind: "status", Status: a.Status})
}

// lost reports whether an event with that result did not reach the backend, and should have.
func lost(o *resthook.EventOutcome) bool {
	switch o.Result {
	case resthook.EventDelivered, resthook.EventReplaced, resthook.EventKept:
		return false
	case resthook.EventFailed:
		return !resthook.Denied(o.Err)
	case resthook.EventExpired, resthook.EventShed, resthook.EventLeft, resthook.EventUnstored, resthook.EventRefused:
	}
	return true
}

// fail marks a span as failed. The text of an error of resthook has no secret and a bound.
func fail(span trace.Span, err error, kind string) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if kind != "" {
		span.SetAttributes(semconv.ErrorTypeKey.String(kind))
	}
	span.SetStatus(codes.Error, text)
}

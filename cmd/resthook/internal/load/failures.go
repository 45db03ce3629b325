package load

import (
	"errors"
	"net/http"

	"github.com/wcskit/resthook"
)

// denial reports whether a status is a denial. Any other status but 200 means that the
// backend does not know the hook, or has a fault.
func denial(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}

func denied(err error) bool {
	failed, ok := errors.AsType[*resthook.Error](err)
	return ok && errors.Is(err, resthook.ErrStatus) && denial(failed.Status)
}

// kindOfAttempt is the error kind of a request; empty if it did not fail.
func kindOfAttempt(err error) string {
	for _, k := range [...]struct {
		is   error
		kind string
	}{
		{resthook.ErrUnreachable, "unreachable"},
		{resthook.ErrNoAnswer, "no_answer"},
		{resthook.ErrTimeout, "timeout"},
		{resthook.ErrTLS, "tls"},
		{resthook.ErrAddress, "address"},
		{resthook.ErrStatus, "status"},
		{resthook.ErrBody, "body"},
		{resthook.ErrCanceled, "canceled"},
		{resthook.ErrClosed, "closed"},
	} {
		if errors.Is(err, k.is) {
			return k.kind
		}
	}
	return ""
}

// eventFault is why an event was not delivered. For an event that was never sent, the kind
// is its result, such as shed.
func eventFault(o resthook.EventOutcome) error {
	switch o.Result {
	case resthook.EventShed, resthook.EventLeft, resthook.EventExpired, resthook.EventRefused:
		return &resthook.Error{Kind: resthook.ErrorKind(o.Result), Err: o.Err}
	case resthook.EventDelivered, resthook.EventFailed, resthook.EventReplaced:
	}
	return o.Err
}

// isCut reports whether an error kind can mean that the hook was cut short.
func isCut(kind string) bool {
	switch kind {
	case "canceled", "closed", string(resthook.EventLeft), string(resthook.EventRefused):
		return true
	}
	return false
}

func kindOf(err error) string {
	if failed, ok := errors.AsType[*resthook.Error](err); ok {
		return string(failed.Kind)
	}
	return ""
}

package resthook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"github.com/wcskit/resthook/internal/answer"
	"github.com/wcskit/resthook/internal/redact"
)

// The sentinels below name why a hook failed. An error of this
// package matches exactly one of them with [errors.Is]; an [*Error] also says
// which with its Kind. Their texts are fit for a log, not for comparing.
var (
	// ErrUnreachable is matched when connecting failed: refused, unknown
	// name, no route, dial timeout, or a connection lost in the TLS handshake.
	// That attempt delivered nothing; [SafeToRepeat] says whether none did.
	ErrUnreachable = errors.New("backend unreachable")
	// ErrNoAnswer is matched when the connection was lost before a whole
	// status line arrived. The backend may or may not have acted.
	ErrNoAnswer = errors.New("connection lost before an answer")
	// ErrTimeout is matched when an attempt took longer than
	// rest_request_timeout. The backend may or may not have acted, unless all
	// connections were in use and no attempt was begun.
	ErrTimeout = errors.New("no answer in time")
	// ErrTLS is matched when no trusted TLS connection could be made. A [TLSError] says
	// why, where the fault has a name.
	ErrTLS = errors.New("no trusted connection")
	// ErrAddress is matched when [WithAddressGuard] has refused all addresses of the backend.
	// Nothing was sent.
	ErrAddress = errors.New("address refused")
	// ErrStatus is matched when the answer's status was not 200.
	ErrStatus = errors.New("status is not 200")
	// ErrBody is matched when the answer was not one JSON object: another kind
	// of text, cut short, too large, or malformed HTTP; or when it has a value
	// for a field that would be taken and does not fit.
	ErrBody = errors.New("answer can't be used")
	// ErrCanceled is matched when the caller's context ended, or the client
	// was closed, before there was an answer.
	ErrCanceled = errors.New("hook canceled")
	// ErrPolicy is matched when a restClientConfig does not read.
	ErrPolicy = errors.New("invalid restClientConfig")
	// ErrConfig is matched when a setting, an option, a hook or a payload
	// can't be used. No request was made.
	ErrConfig = errors.New("invalid configuration")
	// ErrClosed is matched when the client is closed or the session is
	// disconnected. No request was made.
	ErrClosed = errors.New("closed")
	// ErrStore is matched when a [Queue] could not store an event.
	ErrStore = errors.New("event not stored")
)

// ErrQueueFull is the error of a [Queue] for an event that has no room in it. Such an
// event is shed.
var ErrQueueFull = errors.New("no room in the queue")

// ErrorKind says in one word why a hook failed: "unreachable", "no_answer",
// "timeout", "tls", "address", "status", "body", "canceled", "policy", "config", "closed" or
// "store", one for each sentinel. They are the words of the command's
// error_kind.
type ErrorKind string

const (
	faultUnreachable ErrorKind = "unreachable"
	faultNoAnswer    ErrorKind = "no_answer"
	faultTimeout     ErrorKind = "timeout"
	faultTLS         ErrorKind = "tls"
	faultAddress     ErrorKind = "address"
	faultStatus      ErrorKind = "status"
	faultBody        ErrorKind = "body"
	faultCanceled    ErrorKind = "canceled"
	faultPolicy      ErrorKind = "policy"
	faultConfig      ErrorKind = "config"
	faultClosed      ErrorKind = "closed"
	faultStore       ErrorKind = "store"
)

func (k ErrorKind) sentinel() error {
	switch k {
	case faultUnreachable:
		return ErrUnreachable
	case faultNoAnswer:
		return ErrNoAnswer
	case faultTimeout:
		return ErrTimeout
	case faultTLS:
		return ErrTLS
	case faultAddress:
		return ErrAddress
	case faultStatus:
		return ErrStatus
	case faultBody:
		return ErrBody
	case faultCanceled:
		return ErrCanceled
	case faultPolicy:
		return ErrPolicy
	case faultConfig:
		return ErrConfig
	case faultClosed:
		return ErrClosed
	case faultStore:
		return ErrStore
	}
	return nil
}

// Action is what the media server does after a hook.
type Action string

// The actions that a hook can ask for (docs/protocol.md, 3.1).
const (
	// ActionContinue: go on with the payload that came back.
	ActionContinue Action = "continue"
	// ActionWarn: what the hook reports has happened and is not undone; warn the client
	// that its backend does not know of it.
	ActionWarn Action = "warn"
	// ActionBreak: do not go on. Decline the connection, refuse the request, answer
	// the caller 403, end the stream: which one, the hook says.
	ActionBreak Action = "break"
)

// Error is a hook that failed. It is what [Hook.Send] and [Client.Connect]
// return, always as a pointer. Without a Hook, it is a backend that [Client.Check] did not reach.
type Error struct {
	Hook     string    // the method's name; empty in an error of Check
	App      string    // the app key; empty for an app without one
	Session  string    // the session id, where the payload has one
	ID       string    // the Webhook-Id, as the backend has it; empty where no request was to be made
	URL      string    // where the hook went: scheme, host and path only
	Kind     ErrorKind // why it failed
	Action   Action    // what the media server does now
	Attempts int       // how many requests were started
	Status   int       // the last HTTP status, 0 where none came
	Answer   []byte    // the first bytes of the last answer, at most 4 KiB; may hold secrets and is never shown: see [Reason]
	Location string    // where a redirect would have led, at most 1 KiB of it; may hold secrets and is never shown
	Err      error     // the cause

	unsent bool // no attempt went past connecting
}

// Error says in one line what was tried, where, how often, and why it failed. It
// shows no secret, and of what others have written at most 400 bytes.
func (e *Error) Error() string {
	var b strings.Builder
	switch {
	case e.Hook == "" && e.URL != "": // of Client.Check
		fmt.Fprintf(&b, "check: app %q: %s", e.App, redact.URL(e.URL))
	case e.URL != "":
		fmt.Fprintf(&b, "hook %s: post %s", e.Hook, redact.URL(e.URL))
	default:
		fmt.Fprintf(&b, "hook %s", e.Hook)
	}
	if e.Attempts > 0 {
		fmt.Fprintf(&b, ": %s", counted(e.Attempts))
	}
	if kind := e.Kind.sentinel(); kind != nil && !errors.Is(e.Err, kind) {
		fmt.Fprintf(&b, ": %v", kind)
	}
	if e.Err != nil {
		b.WriteString(": " + redact.Line(e.Err.Error(), longestCause))
	}
	return b.String()
}

// shown are the attributes of the line that the log has of a failed hook.
func (e *Error) shown() shown {
	attrs := shown{
		slog.String("hook", e.Hook), slog.String("app", e.App), slog.String("session", e.Session), slog.String("id", e.ID),
		slog.String("url", redact.URL(e.URL)), slog.Int("attempts", e.Attempts), slog.Int("status", e.Status),
		slog.String("kind", string(e.Kind)), slog.String("action", string(e.Action)),
	}
	return append(attrs, failing(e.Err)...)
}

// Format prints what Error returns, whatever the verb.
func (e Error) Format(f fmt.State, verb rune) { printTo(f, verb, e.Error()) }

// LogValue is the error in log/slog: a group with hook, app, session, id, url,
// attempts, status, kind, action and error, which is the cause as text. The
// backend's answer is not among them.
func (e Error) LogValue() slog.Value { return e.shown().LogValue() }

// MarshalJSON writes the error as one object, with the names of LogValue.
func (e Error) MarshalJSON() ([]byte, error) { return e.shown().json() }

// Unwrap returns the cause and the sentinel of the error's kind, so that
// errors.Is matches both.
func (e *Error) Unwrap() []error {
	return present(e.Kind.sentinel(), e.Err)
}

// Is reports whether a hook that took too long is asked for by the usual name,
// [context.DeadlineExceeded]: rest_request_timeout was over, or a deadline of the
// caller's. [ErrTimeout] and [ErrCanceled] tell the two apart.
func (e *Error) Is(target error) bool {
	return target == context.DeadlineExceeded && e.Kind == faultTimeout
}

// Timeout reports whether the hook failed because something took too long: an
// attempt, dialing, or all of it for the caller's deadline. With Temporary it makes
// an Error a [net.Error].
func (e *Error) Timeout() bool {
	if errors.Is(e, context.DeadlineExceeded) {
		return true
	}
	cause, ok := errors.AsType[net.Error](e.Err)
	return ok && cause.Timeout()
}

// Temporary reports what Timeout does. Whether a hook may be sent again says
// [SafeToRepeat].
func (e *Error) Temporary() bool { return e.Timeout() }

func present(errs ...error) []error {
	kept := errs[:0]
	for _, err := range errs {
		if err != nil {
			kept = append(kept, err)
		}
	}
	return kept
}

func counted(attempts int) string {
	if attempts == 1 {
		return "1 attempt"
	}
	return fmt.Sprintf("%d attempts", attempts)
}

// Denied reports whether the backend was asked and said no: it answered with a
// 4xx status other than 408, 425 and 429, which only ask to come again. It is
// false for an error that means that the backend could not be asked, or failed
// while it answered.
func Denied(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != faultStatus {
		return false
	}
	return denies(e.Status)
}

// denies reports whether a status denies.
func denies(status int) bool {
	switch status {
	case 408, 425, 429:
		return false
	}
	return status >= 400 && status < 500
}

// SafeToRepeat reports whether the hook can be sent again without the backend
// acting on it twice: no attempt got further than connecting.
func SafeToRepeat(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.unsent || e.Attempts == 0)
}

// longestReason is how much of a backend's words Reason returns, in bytes.
const longestReason = 200

// Reason returns what the backend said when it refused, as one line of at most
// 200 bytes; empty where it said nothing that reads as a reason. They are the
// backend's own words, which may hold secrets: show them to whom you would show
// the answer, and know that no error, log line or metric of this package has them.
//
// Of an answer in JSON it is the first of the members message, error, reason,
// detail, error_description, description, msg and title that is a text, or an
// object or list with one. A payload that comes back holds none. Of any other
// text, such as a PHP notice or the page of a proxy, it is the text without its
// HTML tags. Characters that are not printed or that turn a line round are left
// out.
func Reason(err error) string {
	failed, ok := errors.AsType[*Error](err)
	if !ok {
		return ""
	}
	return redact.Line(answer.Reason(failed.Answer), longestReason)
}

package backend

import (
	"context"
	"net/http"
	"path"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/internal/jsontext"
)

// Delivery is what a handler can know about a hook beside its payload. A field is zero
// if the media server did not send it: a media server that does not use this library
// sends no id, time and sequence.
type Delivery struct {
	// Method is the last element of the path, which names the hook.
	Method string
	// Session is the sessionId of the payload.
	Session string
	// ID is the same for all attempts to send one hook (Webhook-Id).
	ID string
	// Time is when the media server made the hook, in whole seconds: Resthook-Time,
	// or else Webhook-Timestamp, which in a signed hook is the time of the attempt.
	Time time.Time
	// Sequence numbers the hooks of a session, from 1 (Resthook-Sequence). Connect has
	// none.
	Sequence uint64
	// Recovered means that the media server ended without sending this closing event, and
	// that its successor sends it (Resthook-Recovered). It has no Sequence.
	Recovered bool
	// Repeat means that the hook has come before and its handler failed. Other repeats
	// are answered by [Wrap] without a handler.
	Repeat bool
}

// DeliveryOf returns the delivery of the hook whose handler got ctx. For any other
// context it returns the zero Delivery.
func DeliveryOf(ctx context.Context) Delivery {
	if d, ok := ctx.Value(deliveryKey{}).(*delivery); ok {
		return d.Delivery
	}
	return Delivery{}
}

type deliveryKey struct{}

// delivery is one hook while it is handled.
type delivery struct {
	Delivery

	body []byte
	// fault is why the hook was refused, for the log. It is atomic because a handler
	// may still set it after http.TimeoutHandler has given up waiting.
	fault atomic.Pointer[error]
}

func (d *delivery) fail(err error) {
	if err != nil {
		d.fault.Store(&err)
	}
}

func (d *delivery) cause() error {
	if err := d.fault.Load(); err != nil {
		return *err
	}
	return nil
}

func (d *delivery) within(ctx context.Context) context.Context {
	if own, ok := ctx.Value(deliveryKey{}).(*delivery); ok && own == d {
		return ctx
	}
	return context.WithValue(ctx, deliveryKey{}, d)
}

// describe reads everything that is not in the body.
func describe(r *http.Request) Delivery {
	d := Delivery{Method: methodOf(r), ID: r.Header.Get(resthook.HeaderID)}
	d.Time = madeAt(r.Header)
	d.Sequence, _ = strconv.ParseUint(r.Header.Get(resthook.HeaderSequence), 10, 64)
	d.Recovered = r.Header.Get(resthook.HeaderRecovered) == "true"
	return d
}

// madeAt is when a hook was made. The timestamp of a signed hook is the time of the
// attempt, so it is the second choice.
func madeAt(header http.Header) time.Time {
	for _, name := range [...]string{resthook.HeaderCreated, resthook.HeaderTimestamp} {
		if seconds, ok := unixOf(header.Get(name)); ok {
			return time.Unix(seconds, 0)
		}
	}
	return time.Time{}
}

// closingID is the end of the id of a closing event, if the media server has a journal.
const closingID = ".end"

func methodOf(r *http.Request) string { return path.Base(r.URL.Path) }

// unixOf reads a Unix time in seconds, up to the year 9999.
func unixOf(text string) (int64, bool) {
	const end = 253_402_300_800
	seconds, err := strconv.ParseInt(text, 10, 64)
	return seconds, err == nil && seconds > 0 && seconds < end
}

// sessionOf reads the sessionId of a payload.
func sessionOf(body []byte) string { return textOf(body, "sessionId") }

// textOf reads a text of a payload.
func textOf(body []byte, name string) string {
	if id, ok := jsontext.Get(body, name); ok && id[0] == '"' {
		return jsontext.Unquote(id)
	}
	return ""
}

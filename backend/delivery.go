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

// Delivery is what a handler can know of a hook beside its payload. The zero
// value of a field says that the media server did not send it: one that is not
// built on this library sends no id, time and sequence.
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
	// Sequence is the hook's place among those of its session, from 1
	// (Resthook-Sequence). Connect has none.
	Sequence uint64
	// Repeat says that the hook was here before and its handler failed. Other
	// repeats are answered by [Wrap], and no handler sees them.
	Repeat bool
}

// DeliveryOf returns what came with the hook whose handler was given ctx. For
// any other context it is the zero Delivery.
func DeliveryOf(ctx context.Context) Delivery {
	if d, ok := ctx.Value(deliveryKey{}).(*delivery); ok {
		return d.Delivery
	}
	return Delivery{}
}

type deliveryKey struct{}

// delivery is one hook on its way through the backend.
type delivery struct {
	Delivery

	body []byte
	// fault is with which it was refused, for the log. A handler that was given
	// up by http.TimeoutHandler may still set it.
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
	if known, ok := ctx.Value(deliveryKey{}).(*delivery); ok && known == d {
		return ctx
	}
	return context.WithValue(ctx, deliveryKey{}, d)
}

// describe reads all but what is in the body.
func describe(r *http.Request) Delivery {
	d := Delivery{Method: methodOf(r), ID: r.Header.Get(resthook.HeaderID)}
	d.Time = madeAt(r.Header)
	d.Sequence, _ = strconv.ParseUint(r.Header.Get(resthook.HeaderSequence), 10, 64)
	return d
}

// madeAt is when a hook was made, which of a signed one is not its timestamp.
func madeAt(header http.Header) time.Time {
	for _, name := range [...]string{resthook.HeaderCreated, resthook.HeaderTimestamp} {
		if seconds, ok := unixOf(header.Get(name)); ok {
			return time.Unix(seconds, 0)
		}
	}
	return time.Time{}
}

func methodOf(r *http.Request) string { return path.Base(r.URL.Path) }

// unixOf reads the seconds since 1970, up to the year 9999.
func unixOf(text string) (int64, bool) {
	const end = 253_402_300_800
	seconds, err := strconv.ParseInt(text, 10, 64)
	return seconds, err == nil && seconds > 0 && seconds < end
}

// sessionOf reads the sessionId of a payload.
func sessionOf(body []byte) string {
	if id, ok := jsontext.Get(body, "sessionId"); ok && id[0] == '"' {
		return jsontext.Unquote(id)
	}
	return ""
}

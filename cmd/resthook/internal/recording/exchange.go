// Package recording writes, reads and compares recordings. A recording is a file of
// exchanges (hooks with their answers), one JSON object a line, in the order in which
// they ended. record, forward and the page write recordings; replay sends them again.
//
// A [Recorder] writes to a file that [Open] has opened, or to another writer. A [Reader]
// reads. [Changes] says in which fields two answers differ.
package recording

import (
	"encoding/json"
	"time"

	"github.com/wcskit/resthook"
)

// MaxBody is how much of a request and of an answer is kept, in bytes.
const MaxBody = 1 << 20

// Exchange is one hook and its answer. Copies share the bytes, which must not be changed.
type Exchange struct {
	Time     time.Time // when it came in
	Method   string
	ID       string // its Webhook-Id, or empty
	Sequence uint64 // its Resthook-Sequence, or 0
	Sent     string // its Webhook-Timestamp as it came, or empty
	Request  []byte // the body as received, up to MaxBody
	Status   int    // 0 if the connection was dropped
	Answer   []byte // the body as sent, up to MaxBody
	Duration time.Duration
}

// MethodOf is the method that sends the hook again with the same bytes. It is nil if the
// request is not a hook.
func MethodOf(x Exchange) resthook.Method {
	hook, err := resthook.NewHook[json.RawMessage](x.Method, KindOf(x.Method))
	if err != nil || !IsObject(x.Request) {
		return nil
	}
	return hook
}

// KindOf is the kind of a method; direct if it is not in the catalogue.
func KindOf(method string) resthook.Kind {
	if known, ok := resthook.FindMethod(method); ok {
		return known.Kind()
	}
	return resthook.KindDirect
}

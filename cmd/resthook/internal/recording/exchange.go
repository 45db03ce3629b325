// Package recording writes, reads and compares recordings. A recording is a run of
// exchanges (hooks with their answers), one JSON object a line, in the order in which
// they ended: record, forward and the page write one, and replay sends it again.
//
// A [Recorder] writes, to a file that [Open] has opened or to anything else; a [Reader]
// reads; [Changes] says in which fields two answers differ.
package recording

import (
	"encoding/json"
	"time"

	"github.com/wcskit/resthook"
)

// MaxBody is how much of a request and of an answer is kept, in bytes.
const MaxBody = 1 << 20

// Exchange is one hook that came in, and how it was answered. Whoever is handed
// one shares its bytes and must not change them.
type Exchange struct {
	Time     time.Time // when it came in
	Method   string
	ID       string // its Webhook-Id; empty where it has none
	Sequence uint64 // its Resthook-Sequence; 0 where it has none
	Sent     string // its Webhook-Timestamp as given; empty where it has none
	Request  []byte // the body as received, up to MaxBody
	Status   int    // 0 where the connection was dropped
	Answer   []byte // the body as sent, up to MaxBody
	Duration time.Duration
}

// MethodOf is how the hook is sent again, its body as it is to the byte; nil for what
// is no hook, such as a request that some other client has sent.
func MethodOf(x Exchange) resthook.Method {
	hook, err := resthook.NewHook[json.RawMessage](x.Method, KindOf(x.Method))
	if err != nil || !IsObject(x.Request) {
		return nil
	}
	return hook
}

// KindOf is the kind of a method; direct for one that the catalogue does not know.
func KindOf(method string) resthook.Kind {
	if known, ok := resthook.FindMethod(method); ok {
		return known.Kind()
	}
	return resthook.KindDirect
}

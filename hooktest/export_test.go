package hooktest

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/wcskit/resthook"
)

func QueueCases() []string {
	var names []string
	for _, c := range queueCases() {
		names = append(names, c.name)
	}
	return names
}

// RunQueueCase runs one case of TestQueue.
func RunQueueCase(t testing.TB, name string, queue resthook.Queue, limit time.Duration) {
	t.Helper()
	for _, c := range queueCases() {
		if c.name == name {
			c.run(t, queue, limit)
			return
		}
	}
	t.Fatalf("there is no case %q", name)
}

// Record stores hooks of a session with these sequence numbers, as if they had come in
// this order.
func (b *Backend) Record(session string, sequences ...int) {
	for _, n := range sequences {
		header := http.Header{}
		header.Set(resthook.HeaderID, "c."+strconv.Itoa(n))
		header.Set(resthook.HeaderSequence, strconv.Itoa(n))
		b.record.add(Request{
			Method: http.MethodPost, Hook: resthook.StreamStatusEvent.Name(), Header: header,
			Body: fmt.Appendf(nil, `{"sessionId":%q,"status":"S%d"}`, session, n),
		})
	}
}

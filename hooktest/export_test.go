package hooktest

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/wcskit/resthook"
)

// Record takes in hooks of a session as if they had come, one after the other,
// with the sequences given.
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

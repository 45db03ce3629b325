package inspector

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/internal/h1"
)

// heads takes the heads of an answer. Those that come before the last are passed on.
type heads struct {
	to    *headConn // nil for a sender that knows none
	first string    // the status line of the last
	head  head
}

// earlyTo is the connection of a hook whose sender knows early answers.
func earlyTo(r *http.Request) *headConn {
	if !r.ProtoAtLeast(1, 1) {
		return nil
	}
	return connOf(r.Context())
}

// take takes a head.
func (h *heads) take(status int, text []byte) {
	h.first, h.head = readHead(text)
	h.head = h.head.endToEnd()
	early := status < http.StatusOK && status != http.StatusContinue && status != http.StatusSwitchingProtocols
	if early && h.to != nil {
		_, _ = h.to.Conn.Write(append(h.head.text(h.first), "\r\n"...)) // a media server that is gone needs none
	}
}

// reply is the answer as it goes back.
func (h *heads) reply(status int, body []byte) reply {
	return reply{status: status, header: h.head.header(), body: body, first: h.first, came: h.head}
}

// fruitless says why there is no answer; empty where there is one.
func fruitless(r *h1.Result, length int) string {
	switch {
	case r.Err == nil && r.Status == http.StatusSwitchingProtocols:
		return "status 101 is not the end of an answer"
	case r.Err == nil:
		return ""
	case errors.Is(r.Err, h1.ErrTooLarge):
		return tooLong("the answer")
	case errors.Is(r.Err, h1.ErrMalformed):
		return "the answer is not in HTTP/1.1" + strings.TrimPrefix(r.Err.Error(), h1.ErrMalformed.Error())
	case r.Phase >= h1.StatusLine && h1.Lost(r.Err):
		return fmt.Sprintf("the answer was cut short after %d bytes: the connection was lost", length)
	case r.Phase >= h1.StatusLine:
		return fmt.Sprintf("the answer was cut short after %d bytes: %s", length, failure(r.Err))
	}
	return failure(r.Err)
}

func tooLong(what string) string {
	return fmt.Sprintf("%s is longer than %d bytes", what, recording.MaxBody)
}

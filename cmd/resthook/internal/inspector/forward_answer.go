package inspector

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
	"github.com/wcskit/resthook/internal/h1"
	"github.com/wcskit/resthook/internal/redact"
)

// heads collects the heads of an answer. Interim answers (1xx) are passed on at once.
type heads struct {
	to    *headConn // nil if the sender does not take interim answers
	first string    // the status line of the last head
	head  head
}

// earlyTo is the connection of a hook, or nil if its sender does not take interim
// answers: HTTP/1.0 has none.
func earlyTo(r *http.Request) *headConn {
	if !r.ProtoAtLeast(1, 1) {
		return nil
	}
	return connOf(r.Context())
}

// take is called with each head of the answer.
func (h *heads) take(status int, text []byte) {
	h.first, h.head = readHead(text)
	h.head = h.head.endToEnd()
	early := status < http.StatusOK && status != http.StatusContinue && status != http.StatusSwitchingProtocols
	if early && h.to != nil {
		_, _ = h.to.Conn.Write(append(h.head.text(h.first), "\r\n"...)) // an error shows with the answer itself
	}
}

// reply is the answer for the media server.
func (h *heads) reply(status int, body []byte) reply {
	return reply{status: status, header: h.head.header(), body: body, first: h.first, came: h.head}
}

// whyNoAnswer says why there is no complete answer; it is empty if there is one.
func whyNoAnswer(r *h1.Result, length int) string {
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

// failure says in a few words why no answer came.
func failure(err error) string {
	const longest = 200
	dns, isDNS := errors.AsType[*net.DNSError](err)
	cert, isCert := errors.AsType[*tls.CertificateVerificationError](err)
	timeout, isNet := errors.AsType[net.Error](err)
	switch {
	case isDNS:
		return "no address for " + dns.Name
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case isCert:
		return "TLS: " + redact.Line(strings.TrimPrefix(cert.Error(), "tls: "), longest)
	case errors.Is(err, context.DeadlineExceeded), isNet && timeout.Timeout():
		return "no answer in time: " + redact.Line(err.Error(), longest)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was lost before the answer"
	}
	if strings.Contains(err.Error(), "malformed") { // net/http quotes what came
		return "the answer is not in HTTP/1.1"
	}
	return redact.Line(err.Error(), longest)
}

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

// failure is in a few words why no answer came.
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

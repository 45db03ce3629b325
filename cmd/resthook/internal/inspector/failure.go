package inspector

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/wcskit/resthook/internal/redact"
)

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

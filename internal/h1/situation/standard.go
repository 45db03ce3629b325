package situation

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// Standard is a client with net/http's transport, tuned for one backend.
func Standard(s Settings) Client {
	dial := s.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: 5 * time.Second}).DialContext
	}
	return &standard{settings: s, transport: &http.Transport{
		DialContext: dial, TLSClientConfig: s.TLS, TLSHandshakeTimeout: 5 * time.Second, DisableCompression: true,
		MaxConnsPerHost: s.Limit, MaxIdleConnsPerHost: s.Limit, MaxIdleConns: s.Limit,
		MaxResponseHeaderBytes: 64 << 10, TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
	}}
}

type standard struct {
	settings  Settings
	transport *http.Transport
}

func (s *standard) Close() { s.transport.CloseIdleConnections() }

// Post sends a request that net/http cannot send a second time by itself.
func (s *standard) Post(ctx context.Context, body string) Answer {
	ctx, cancel := context.WithTimeout(ctx, s.settings.Timeout)
	defer cancel()
	begun := time.Now()
	a := Answer{Sent: body}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.settings.URL, io.NopCloser(strings.NewReader(body)))
	if err == nil {
		req.ContentLength = int64(len(body))
		a.Status, a.Body, err = s.exchange(req)
	}
	a.Took, a.Err = time.Since(begun), err
	a.Class = classOf(ctx, a.Status, err)
	return a
}

func (s *standard) exchange(req *http.Request) (status int, body string, err error) {
	resp, err := s.transport.RoundTrip(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return resp.StatusCode, "", nil // there is no body
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, string(text), err
}

func classOf(ctx context.Context, status int, err error) Class {
	var op *net.OpError
	switch {
	case err == nil:
		return Answered
	case ctx.Err() != nil:
		return TimedOut
	case isTLS(err):
		return Insecure
	case errors.As(err, &op) && op.Op == "dial":
		return Unreachable
	case status == 0 && (errors.Is(err, io.EOF) || errors.As(err, &op)):
		return Lost
	}
	return Malformed
}

func isTLS(err error) bool {
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	return errors.As(err, &verify) || errors.As(err, &record) || errors.As(err, &alert)
}

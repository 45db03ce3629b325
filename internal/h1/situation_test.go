package h1_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/wcskit/resthook/internal/h1"
	"github.com/wcskit/resthook/internal/h1/situation"
)

// In no situation is the transport worse than net/http: it answers no fewer requests, sends
// no more, makes no more connections, takes no longer, and mixes up no answers.
func TestNeverWorseThanNetHTTP(t *testing.T) {
	t.Parallel()
	for _, s := range situation.All() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			s.Compare(t, newOwn, situation.Standard)
		})
	}
}

// own is our transport as the client of a situation.
type own struct {
	transport *h1.Transport
	to        h1.Endpoint
	timeout   time.Duration
}

func newOwn(s situation.Settings) situation.Client {
	u, err := url.Parse(s.URL)
	if err != nil {
		panic(err)
	}
	return &own{
		transport: h1.New(h1.Options{Limit: s.Limit, Dial: s.Dial, TLS: s.TLS}),
		to:        h1.Endpoint{Address: u.Host, Secure: u.Scheme == "https"}, timeout: s.Timeout,
	}
}

func (o *own) Close() { o.transport.Close(context.Background()) }

func (o *own) Post(ctx context.Context, body string) situation.Answer {
	begun := time.Now()
	var answer bytes.Buffer
	r := o.transport.Do(ctx, &h1.Request{
		To:     o.to,
		Bytes:  fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s", o.to.Address, len(body), body),
		Answer: &answer, Limit: 1 << 20, End: begun.Add(o.timeout),
	})
	return situation.Answer{
		Sent: body, Status: r.Status, Body: answer.String(), Class: classOf(r), Err: r.Err, Took: time.Since(begun),
	}
}

func classOf(r h1.Result) situation.Class {
	switch {
	case r.Err == nil:
		return situation.Answered
	case errors.Is(r.Err, h1.ErrTime), errors.Is(r.Err, h1.ErrCanceled):
		return situation.TimedOut
	case isTLS(r.Err):
		return situation.Insecure
	case r.Phase <= h1.Connecting:
		return situation.Unreachable
	case r.Phase <= h1.Sent:
		return situation.Lost
	}
	return situation.Malformed
}

func isTLS(err error) bool {
	for _, as := range []any{new(*tls.CertificateVerificationError), new(tls.RecordHeaderError), new(tls.AlertError), new(x509.UnknownAuthorityError)} {
		if errors.As(err, as) {
			return true
		}
	}
	return false
}

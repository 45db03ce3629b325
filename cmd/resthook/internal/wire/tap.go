// Package wire shows hooks and answers as they went over the wire, with secrets masked.
package wire

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/terminal"
)

// Dial opens a connection.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// TCP opens connections as the library does by default.
func TCP() Dial {
	return (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext
}

// Tap copies what goes over the connections that it opens.
type Tap struct {
	dial Dial

	mu      sync.Mutex
	out, in []byte
}

// NewTap returns a tap that opens connections with dial.
func NewTap(dial Dial) *Tap { return &Tap{dial: dial} }

// Option makes a client use the tap. For TLS the plain text is copied; a nil config is the
// default.
func (t *Tap) Option(secure bool, config *tls.Config) resthook.Option {
	if !secure {
		return resthook.WithDialContext(t.open)
	}
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return resthook.WithTransport(&http.Transport{
		DialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return t.openTLS(ctx, network, address, config.Clone())
		},
		IdleConnTimeout: time.Minute, DisableCompression: true, MaxResponseHeaderBytes: 64 << 10,
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}, // HTTP/1.1, as the library
	})
}

// Lines are an attempt that is over: the request, the answer and the result. No other
// attempt may be in flight at the same time.
func (t *Tap) Lines(a resthook.Attempt) []string {
	out, in := t.take()
	lines := append(request(out), answer(in)...)
	result := fmt.Sprintf("status %d", a.Status)
	if a.Err != nil {
		result = terminal.OneLine(a.Err.Error())
	}
	return append(lines, fmt.Sprintf("* attempt %d: %s, after %v", a.Number, result, a.Duration.Round(10*time.Microsecond)))
}

// take returns the bytes sent and received since the last call.
func (t *Tap) take() (out, in []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	out, in = t.out, t.in
	t.out, t.in = nil, nil
	return out, in
}

func (t *Tap) open(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := t.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &tapped{conn, t}, nil
}

func (t *Tap) openTLS(ctx context.Context, network, address string, config *tls.Config) (net.Conn, error) {
	bare, err := t.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(address)
	}
	conn := tls.Client(bare, config)
	if err := shake(ctx, conn); err != nil {
		_ = bare.Close()
		return nil, err
	}
	return &tapped{conn, t}, nil
}

// shake makes the TLS handshake, and calls the client trace as net/http does: the library
// needs the trace to know how far a hook got.
func shake(ctx context.Context, conn *tls.Conn) error {
	const longest = 5 * time.Second
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	trace := httptrace.ContextClientTrace(ctx)
	if trace == nil {
		trace = &httptrace.ClientTrace{}
	}
	if trace.TLSHandshakeStart != nil {
		trace.TLSHandshakeStart()
	}
	err := conn.HandshakeContext(ctx)
	if trace.TLSHandshakeDone != nil {
		trace.TLSHandshakeDone(conn.ConnectionState(), err)
	}
	return err
}

// mostIn bounds how many received bytes are kept: a head, and more of a body than is shown.
const mostIn = 128 << 10

// tapped is a connection whose bytes are copied.
type tapped struct {
	net.Conn

	tap *Tap
}

// Write copies the bytes sent.
func (c *tapped) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.tap.mu.Lock()
	defer c.tap.mu.Unlock()
	c.tap.out = append(c.tap.out, p[:n]...)
	return n, err
}

// Read copies the bytes received.
func (c *tapped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.tap.mu.Lock()
	defer c.tap.mu.Unlock()
	c.tap.in = append(c.tap.in, p[:min(n, mostIn-len(c.tap.in))]...)
	return n, err
}

package resthook

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"
)

// dialTimeout bounds the TCP connection and the TLS handshake, each.
const dialTimeout = 5 * time.Second

// dialFunc opens a connection, as [net.Dialer.DialContext] does.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// dialer opens the connections to a backend.
type dialer struct {
	dial dialFunc
	tls  *tls.Config
}

func newDialer(dial dialFunc, config *tls.Config) dialer {
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 15 * time.Second}).DialContext
	}
	return dialer{dial: dial, tls: config}
}

// open connects to the host. What fails on the way is a [*dialError] or, once
// the two sides talk TLS, a [*handshakeError].
func (d dialer) open(ctx context.Context, to endpoint) (net.Conn, error) {
	conn, err := d.dial(ctx, "tcp", to.address)
	switch {
	case err != nil:
		return nil, &dialError{err}
	case to.secure:
		return d.secure(ctx, conn, to.address)
	}
	return conn, nil
}

func (d dialer) secure(ctx context.Context, conn net.Conn, address string) (net.Conn, error) {
	secured := tls.Client(conn, d.configFor(address))
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	shaken := false
	defer func() {
		if !shaken { // also where a function of the media server's panics
			_ = conn.Close()
		}
	}()
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, &handshakeError{err}
	}
	shaken = true
	return secured, nil
}

// configFor is the TLS configuration for a host. HTTP/2 is not offered.
func (d dialer) configFor(address string) *tls.Config {
	config := d.tls.Clone()
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	config.NextProtos = nil
	if config.ServerName == "" {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			host = address
		}
		config.ServerName = host
	}
	return config
}

// dialError is a connection that was never made.
type dialError struct{ err error }

func (e *dialError) Error() string { return e.err.Error() }
func (e *dialError) Unwrap() error { return e.err }

// handshakeError is a connection on which TLS came to nothing.
type handshakeError struct{ err error }

func (e *handshakeError) Error() string { return fmt.Sprintf("tls handshake: %v", e.err) }
func (e *handshakeError) Unwrap() error { return e.err }

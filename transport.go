package resthook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

const (
	dialTimeout    = 5 * time.Second  // of the TCP connection and the TLS handshake, each
	idleTimeout    = 60 * time.Second // of a kept connection
	maxHeaderBytes = 64 << 10         // of an answer's head
	idleUnlimited  = 1024             // kept connections where their number has no limit
)

// dialFunc opens a connection, as [net.Dialer.DialContext] does.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// newTransport makes the pooled transport of a client: HTTP/1.1 only, so that
// one connection carries one hook at a time; at most limit connections to a
// backend, all of which are kept; no proxy; no compression asked for.
func newTransport(limit int, tlsConfig *tls.Config, dial dialFunc) *http.Transport {
	d := dialer{dial: dial, tls: tlsConfig}
	if d.dial == nil {
		d.dial = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 15 * time.Second}).DialContext
	}
	idle := limit
	if idle == 0 {
		idle = idleUnlimited
	}
	return &http.Transport{
		DialContext:            d.plain,
		DialTLSContext:         d.secure,
		MaxConnsPerHost:        limit,
		MaxIdleConnsPerHost:    idle,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		DisableCompression:     true,
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{},
	}
}

type dialer struct {
	dial dialFunc
	tls  *tls.Config
}

func (d dialer) plain(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.connect(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &wireConn{Conn: conn}, nil
}

func (d dialer) secure(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.connect(ctx, network, address)
	if err != nil {
		return nil, err
	}
	secured := tls.Client(conn, d.configFor(address))
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(&handshakeError{err}, conn.Close())
	}
	return &wireConn{Conn: secured}, nil
}

func (d dialer) connect(ctx context.Context, network, address string) (net.Conn, error) {
	if at := attemptOf(ctx); at != nil {
		at.dialing.Store(true)
	}
	conn, err := d.dial(ctx, network, address)
	if err != nil {
		return nil, &dialError{err}
	}
	return conn, nil
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

package h1

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"
)

// dialTimeout bounds the TCP connection and the TLS handshake, each.
const dialTimeout = 5 * time.Second

// DialFunc opens a connection, as [net.Dialer.DialContext] does.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// open connects to the endpoint. It calls connected before a TLS handshake. Its errors are
// [*ConnectError].
func open(ctx context.Context, dial DialFunc, to Endpoint, given *tls.Config, connected func()) (net.Conn, error) {
	opened, err := connect(ctx, dial, to.Address)
	connected()
	if err != nil {
		return nil, &ConnectError{Err: err}
	}
	if !to.Secure {
		return opened, nil
	}
	config := configFor(given, to.Address)
	bare := noteBare(config)
	secured, err := secure(ctx, opened, config)
	if err != nil {
		return nil, &ConnectError{Handshake: true, Bare: *bare, Err: err}
	}
	return secured, nil
}

func connect(ctx context.Context, dial DialFunc, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	opened, err := dial(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if err := opened.SetDeadline(time.Time{}); err != nil {
		return nil, errors.Join(fmt.Errorf("a connection without deadlines: %w", err), opened.Close())
	}
	return opened, nil
}

func secure(ctx context.Context, opened net.Conn, config *tls.Config) (net.Conn, error) {
	secured := tls.Client(newRecords(opened), config)
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	shaken := false
	defer func() {
		if !shaken { // also if a function of the caller's panics
			_ = opened.Close()
		}
	}()
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, wantsHTTP2(err)
	}
	shaken = true
	return secured, nil
}

// noteBare has a handshake note that the server asked for a client certificate and got none.
// In TLS 1.2 many servers do not say that this was why they refused.
func noteBare(config *tls.Config) *bool {
	bare, choose, certificates := new(bool), config.GetClientCertificate, config.Certificates
	config.GetClientCertificate = func(asked *tls.CertificateRequestInfo) (shown *tls.Certificate, err error) {
		if choose != nil {
			shown, err = choose(asked)
		} else {
			shown = firstOf(certificates, asked)
		}
		*bare = err == nil && shown != nil && len(shown.Certificate) == 0
		return shown, err
	}
	return bare
}

// firstOf is the first certificate that the server takes, or an empty one, as crypto/tls
// chooses it.
func firstOf(certificates []tls.Certificate, asked *tls.CertificateRequestInfo) *tls.Certificate {
	for i := range certificates {
		if asked.SupportsCertificate(&certificates[i]) == nil {
			return &certificates[i]
		}
	}
	return new(tls.Certificate)
}

// wantsHTTP2 explains a server that refuses HTTP/1.1, the only protocol offered (ALPN).
func wantsHTTP2(err error) error {
	const noApplicationProtocol = 120
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" && strings.Contains(op.Err.Error(), "no application protocol") {
		return fmt.Errorf("%w: only HTTP/1.1 is spoken here", err)
	}
	if alert, ok := errors.AsType[tls.AlertError](err); ok && alert == noApplicationProtocol {
		return fmt.Errorf("%w: only HTTP/1.1 is spoken here", err)
	}
	return err
}

// configFor is the TLS configuration for a host.
func configFor(given *tls.Config, address string) *tls.Config {
	config := given.Clone()
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	config.NextProtos = []string{"http/1.1"}
	if config.ServerName == "" {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			host = address
		}
		config.ServerName = host
	}
	return config
}

// isShort reports whether a dial failed because the process or the system has no file
// descriptor left. The resolver passes on only the text of that error.
func isShort(err error) bool {
	for _, short := range [...]syscall.Errno{syscall.EMFILE, syscall.ENFILE} {
		if errors.Is(err, short) || isDNS(err) && strings.Contains(err.Error(), short.Error()) {
			return true
		}
	}
	return false
}

func isDNS(err error) bool {
	_, ok := errors.AsType[*net.DNSError](err)
	return ok
}

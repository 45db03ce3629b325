package resthook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/wcskit/resthook/internal/addresses"
	"github.com/wcskit/resthook/internal/tlsfiles"
)

// WithTransport sends hooks through a transport of the caller. Its limits, its TLS and
// its end are then the caller's to set. The client still follows no redirects, bounds the
// answers and counts the attempts. It learns how far a hook got from httptrace, which
// net/http's transport calls. Some things only the client's own transport knows: over
// net/http, a status line that came in part, or an interim answer alone, is not tried
// again; an error has no Status before the head is complete; a dial that hangs counts as
// a wait for a free connection, unless the dial function calls httptrace, as a net.Dialer
// does. A hook over net/http costs 1.5 to 2 times the CPU. Default: the client's own
// transport, for HTTP/1.1, with at most rest_max_connections connections
// to a backend, each kept for 60 seconds after its last hook. [WithProxy] needs no transport.
func WithTransport(transport http.RoundTripper) Option {
	return func(o *options) error {
		if transport == nil {
			return errors.New("a nil transport")
		}
		o.transport = transport
		return nil
	}
}

// WithTLSConfig gives the root certificates to trust, a client certificate and
// the like; [WithTLSFiles] takes them from files. The configuration is copied. One with InsecureSkipVerify is refused: then
// anybody could be the backend. Default: the system's roots,
// TLS 1.2 or later.
func WithTLSConfig(config *tls.Config) Option {
	return func(o *options) error {
		switch {
		case config == nil:
			return errors.New("a nil TLS configuration")
		case config.InsecureSkipVerify && config.VerifyConnection == nil && config.VerifyPeerCertificate == nil:
			return errors.New("a TLS configuration that verifies nothing")
		}
		o.tls = config.Clone()
		return nil
	}
}

// TLSFiles are paths of files in PEM. Without Roots, those of the system, or those of
// [WithTLSConfig], are trusted. Certificate and Key belong together; without them, there is no
// client certificate but that of WithTLSConfig.
type TLSFiles struct {
	Roots       string // one or more certificates of authorities, trusted in place of the system's
	Certificate string // the client's certificate, with those between it and its authority
	Key         string // its key, not encrypted
}

// WithTLSFiles takes the roots, the client certificate or both from files, and takes the new
// ones when the files change. NewClient reads them first; it fails with the name of a
// file that is bad. Later, a hook that needs a new connection reads them again, once a minute
// at most, and so does [Client.Reload]. If all files are good, new connections use them, idle
// ones that were made with the old ones are closed, and those in use after their hook. If one
// is bad, or does not fit another, the old ones stay in use: that is logged once, as
// "tls files not read", and Reload returns it. So the files need not be written at one moment.
// What else a TLS configuration says comes from WithTLSConfig, which then must not say the
// same. Default: none.
func WithTLSFiles(files TLSFiles) Option {
	return func(o *options) error {
		switch {
		case files == TLSFiles{}:
			return errors.New("TLS files without a path")
		case (files.Certificate == "") != (files.Key == ""):
			return errors.New("TLS files: a certificate and its key are wanted, or neither")
		}
		o.tlsFiles = files
		return nil
	}
}

// openTLSFiles reads the files for the first time.
func (o *options) openTLSFiles() (err error) {
	switch {
	case o.tlsFiles == TLSFiles{}:
		return nil
	case o.tls != nil && (o.tlsFiles.Roots != "" && o.tls.RootCAs != nil ||
		o.tlsFiles.Certificate != "" && (len(o.tls.Certificates) > 0 || o.tls.GetClientCertificate != nil)):
		return fmt.Errorf("%w: TLS files and a TLS configuration for the same: give one or the other", ErrConfig)
	}
	if o.tlsNow, err = tlsfiles.Open(tlsfiles.Files(o.tlsFiles), o.tls); err != nil {
		return fmt.Errorf("%w: TLS files: %w", ErrConfig, err)
	}
	return nil
}

// readTLSFiles reads the files again.
func (o *options) readTLSFiles() error {
	if o.tlsNow == nil {
		return nil
	}
	if err := o.tlsNow.Read(); err != nil {
		return fmt.Errorf("%w: TLS files: %w", ErrConfig, err)
	}
	return nil
}

// WithDialContext opens connections with a function of the caller: over a unix socket,
// with a check of the resolved address, in memory in a test. It is called on a
// goroutine of its own, and may go on when the hook that needed the connection has
// ended: its context is not the hook's, and ends after 5 seconds or with the client.
// The function has to obey its context, and the connections their deadlines, since
// attempts end by these. Default: all addresses of the name are tried, a quarter of a
// second apart, and the first that answers is used.
func WithDialContext(dial func(ctx context.Context, network, address string) (net.Conn, error)) Option {
	return func(o *options) error {
		if dial == nil {
			return errors.New("a nil dial function")
		}
		o.dial = dial
		return nil
	}
}

// defaultConnectionAge bounds how long a backend's old address is used.
const defaultConnectionAge = 5 * time.Minute

// WithConnectionAge sets how old a connection may grow before another is made in
// its place, less a random part of up to a quarter, so that they do not all end at once.
// For the new one the backend's name is looked up again. It does not apply to a
// transport of the caller. Default: 5 minutes.
func WithConnectionAge(age time.Duration) Option {
	return func(o *options) error {
		if age <= 0 {
			return fmt.Errorf("a connection age of %v", age)
		}
		o.connectionAge = age
		return nil
	}
}

// WithAddressGuard has a function decide which addresses may be dialled: it returns an error
// for one that is refused. It gets the address of each dial after the lookup of the
// name, just before the connection is made, so a name that changes its address does not get
// around it. IPv4 in IPv6 (::ffff:a.b.c.d) comes as IPv4, and no address has a zone. Of
// several addresses of a name, those that are allowed are used. If all are refused, the error
// of the hook matches [ErrAddress] and that of the guard, and the hook is not tried again. The
// guard runs on any goroutine. It does not work with [WithDialContext], [WithTransport] or
// [WithProxy].
// Default: all addresses; a backend on this machine or in a private network is common.
func WithAddressGuard(guard func(netip.Addr) error) Option {
	return func(o *options) error {
		if guard == nil {
			return errors.New("a nil address guard")
		}
		o.guard = guard
		return nil
	}
}

// PublicAddresses is a guard for [WithAddressGuard] that refuses all addresses but those of the
// public internet: it refuses loopback, private, link-local, multicast and unspecified ones, those
// of carriers (CGNAT), of metadata services, for documentation, and reserved ones, and
// all of these in IPv6 as mapped IPv4, NAT64 (64:ff9b::/96) and 6to4. It does not know a prefix
// for NAT64 that a network has chosen itself.
func PublicAddresses(address netip.Addr) error { return addresses.Public(address) }

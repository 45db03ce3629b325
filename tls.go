package resthook

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/wcskit/resthook/internal/h1"
)

// TLSError names why no trusted TLS connection could be made. An error that matches
// [ErrTLS] matches one of these as well, where the fault has a name: [errors.Is] asks for
// one of them, [errors.AsType] for the name. Such a hook is not tried again: the fault
// would be the same. The errors of crypto/x509 and crypto/tls are in the chain, too.
type TLSError string

// The faults of a TLS connection that have a name. Over a proxy with https, the
// certificate may be the proxy's.
const (
	// ErrTLSExpired: the certificate, or one that it depends on, has ended.
	ErrTLSExpired TLSError = "certificate expired"
	// ErrTLSNotYetValid: it has not begun. The clock of one of the two is often wrong.
	ErrTLSNotYetValid TLSError = "certificate not yet valid"
	// ErrTLSUnknownAuthority: it is signed by nobody who is trusted, or an intermediate
	// certificate is missing.
	ErrTLSUnknownAuthority TLSError = "certificate of an unknown authority"
	// ErrTLSWrongHost: it is for other names and addresses than the one in the URL.
	ErrTLSWrongHost TLSError = "certificate of another host"
	// ErrTLSClientCertificate: the backend wants a client certificate, and there was none,
	// or it refused the one that it got. Over a proxy or a transport of the caller, this has no name
	// where a backend with TLS 1.2 says only that the handshake failed.
	ErrTLSClientCertificate TLSError = "client certificate missing or refused"
	// ErrTLSPlainText: what answers does not speak TLS, as a server for http.
	ErrTLSPlainText TLSError = "plain text in place of TLS"
)

// Error is the name.
func (e TLSError) Error() string { return string(e) }

// namedTLS puts the name of the fault before the error.
func namedTLS(err error) error {
	if name := tlsFault(err); name != "" {
		return fmt.Errorf("%w: %w", name, err)
	}
	return err
}

// tlsFault is the name of a fault; empty if it has none.
func tlsFault(err error) TLSError {
	if name := certificateFault(err); name != "" {
		return name
	}
	record, isRecord := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case isRecord && record.Conn != nil, errors.Is(err, http.ErrSchemeMismatch): // else a record was damaged
		return ErrTLSPlainText
	case wantsCertificate(err):
		return ErrTLSClientCertificate
	}
	return ""
}

// certificateFault is what is wrong with the certificate that was shown.
func certificateFault(err error) TLSError {
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		if invalid.Cert != nil && invalid.Cert.NotBefore.After(time.Now()) {
			return ErrTLSNotYetValid
		}
		return ErrTLSExpired
	}
	switch {
	case isType[x509.UnknownAuthorityError](err):
		return ErrTLSUnknownAuthority
	case isType[x509.HostnameError](err):
		return ErrTLSWrongHost
	}
	return ""
}

// wantsCertificate reports whether a server has refused the client's certificate, or a client
// without one.
func wantsCertificate(err error) bool {
	made, ok := errors.AsType[*h1.ConnectError](err)
	return slices.ContainsFunc(certificateAlerts(), func(a tls.AlertError) bool { return gotAlert(err, a) }) ||
		ok && made.Bare && gotAlert(err, handshakeFailure)
}

const handshakeFailure = 40

// certificateAlerts are the alerts of a server about a client's certificate (RFC 8446, 6.2):
// from bad_certificate to certificate_unknown, unknown_ca, access_denied and
// certificate_required.
func certificateAlerts() []tls.AlertError { return []tls.AlertError{42, 43, 44, 45, 46, 48, 49, 116} }

// gotAlert reports whether the other side has sent an alert. Its type is not exported by
// crypto/tls, but has the same texts.
func gotAlert(err error, alert tls.AlertError) bool {
	op, ok := alertOf(err)
	return ok && op.Op == remoteAlert && op.Err.Error() == alert.Error()
}

const remoteAlert, localAlert = "remote error", "local error"

// alertOf finds the error of an alert, received or sent, also under that of a proxy.
func alertOf(err error) (*net.OpError, bool) {
	for {
		op, ok := errors.AsType[*net.OpError](err)
		if !ok || op.Op == remoteAlert || op.Op == localAlert {
			return op, ok
		}
		err = op.Err
	}
}

// isTLS reports whether the two sides could not agree on a trusted connection, so that
// another try would not help. A handshake that was cut off or timed out does not count.
func isTLS(err error) bool {
	if isType[*tls.CertificateVerificationError](err) || isType[tls.RecordHeaderError](err) || isType[tls.AlertError](err) ||
		errors.Is(err, http.ErrSchemeMismatch) {
		return true
	}
	if _, ok := alertOf(err); ok {
		return true
	}
	made, ok := errors.AsType[*h1.ConnectError](err)
	return ok && made.Handshake && !h1.Lost(err) && !isTimeout(err)
}

package hooktest

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"strconv"
)

// Security says what is right or wrong with the TLS of a backend.
type Security uint8

// The kinds of TLS. A careful client without a certificate of its own refuses all but the
// first.
const (
	// Trusted has a valid certificate for 127.0.0.1, ::1 and localhost, signed
	// by the authority in [Backend.RootCAs].
	Trusted Security = iota
	// UnknownAuthority is signed by another authority than the one in
	// [Backend.RootCAs].
	UnknownAuthority
	// WrongHost has a trusted certificate for elsewhere.example only.
	WrongHost
	// Expired has a trusted certificate that ended an hour ago.
	Expired
	// NotYetValid has a trusted certificate that begins in an hour.
	NotYetValid
	// OldVersion is Trusted but speaks nothing above TLS 1.1.
	OldVersion
	// WantsCertificate is Trusted but requires a client certificate, such as
	// [Backend.ClientCertificate].
	WantsCertificate
)

// String names the kind, for the name of a subtest.
func (s Security) String() string {
	names := []string{
		"Trusted", "UnknownAuthority", "WrongHost", "Expired", "NotYetValid", "OldVersion", "WantsCertificate",
	}
	if int(s) >= len(names) {
		return "Security(" + strconv.Itoa(int(s)) + ")"
	}
	return names[s]
}

// PlainAnswer answers the client's TLS hello with plain HTTP, as a server without TLS does.
func PlainAnswer() Behaviour {
	return OnAccept(func(c *Conn) {
		if c.begun() && c.Send(answer(http.StatusBadRequest, "", "Connection: close")) {
			Close(c)
		}
	})
}

// Secure changes the security from the next TLS handshake on; open connections stay as they
// are. The authority in [Backend.RootCAs] does not change. It fails the test if the backend
// has no TLS.
func (s *server) Secure(security Security) {
	s.t.Helper()
	if s.identity == nil {
		s.t.Fatalf("hooktest: secure: the backend has no TLS")
	}
	if err := s.identity.show(security); err != nil {
		s.t.Fatalf("hooktest: secure: %v", err)
	}
}

// RootCAs is the authority that a client has to trust; nil if the backend has no TLS.
func (s *server) RootCAs() *x509.CertPool {
	if s.identity == nil {
		return nil
	}
	return s.identity.trusted.pool()
}

// TLSConfig is a new client configuration that trusts [Backend.RootCAs], without a client
// certificate; nil if the backend has no TLS.
func (s *server) TLSConfig() *tls.Config {
	if s.identity == nil {
		return nil
	}
	return &tls.Config{RootCAs: s.RootCAs(), MinVersion: tls.VersionTLS12}
}

// ClientCertificate is a certificate that a [WantsCertificate] backend accepts; the zero
// Certificate if the backend has no TLS.
func (s *server) ClientCertificate() tls.Certificate {
	if s.identity == nil {
		return tls.Certificate{}
	}
	return s.identity.client
}

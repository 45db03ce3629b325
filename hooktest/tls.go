package hooktest

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"strconv"
	"testing"
)

// Security says how far the TLS of a socket can be trusted.
type Security uint8

// The kinds of TLS. All but the first are refused by a careful client that has
// no certificate of its own.
const (
	// Trusted has a valid certificate for 127.0.0.1, ::1 and localhost, signed
	// by the authority in [Socket.RootCAs].
	Trusted Security = iota
	// UnknownAuthority is signed by another authority than the one in
	// [Socket.RootCAs].
	UnknownAuthority
	// WrongHost has a trusted certificate for elsewhere.example alone.
	WrongHost
	// Expired has a trusted certificate that ended an hour ago.
	Expired
	// NotYetValid has a trusted certificate that begins in an hour.
	NotYetValid
	// OldVersion is Trusted but speaks nothing above TLS 1.1.
	OldVersion
	// WantsCertificate is Trusted but wants a certificate of the client, such as
	// [Socket.ClientCertificate].
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

// NewTLSSocket is [NewSocket] with TLS. In the script [AtAccept] and
// [AtFirstByte] come before the handshake, and [PlainAnswer] in its stead;
// everything else comes after it.
func NewTLSSocket(t testing.TB, security Security, script ...Behaviour) *Socket {
	t.Helper()
	return NewTLSSocketOn(t, listen(t), security, script...)
}

// NewTLSSocketOn is [NewTLSSocket] on a listener of the caller's.
func NewTLSSocketOn(t testing.TB, listener net.Listener, security Security, script ...Behaviour) *Socket {
	t.Helper()
	id, err := newIdentity(security)
	if err != nil {
		t.Fatalf("hooktest: %v", err)
	}
	return start(t, listener, id, script)
}

// PlainAnswer answers the client's TLS hello in plain HTTP, as a server does
// that expects no TLS on its port.
func PlainAnswer() Behaviour {
	return OnAccept(func(c *Conn) {
		if c.begun() && c.Send(answer(http.StatusBadRequest, "", "Connection: close")) {
			Close(c)
		}
	})
}

// RootCAs is the pool that a client of the socket has to trust; nil if the
// socket has no TLS.
func (s *Socket) RootCAs() *x509.CertPool {
	if s.identity == nil {
		return nil
	}
	return s.identity.roots
}

// TLSConfig is a new client configuration that trusts [Socket.RootCAs] and holds
// no client certificate; nil if the socket has no TLS.
func (s *Socket) TLSConfig() *tls.Config {
	if s.identity == nil {
		return nil
	}
	return &tls.Config{RootCAs: s.identity.roots, MinVersion: tls.VersionTLS12}
}

// ClientCertificate is one that a [WantsCertificate] socket accepts; the zero
// Certificate if the socket has no TLS.
func (s *Socket) ClientCertificate() tls.Certificate {
	if s.identity == nil {
		return tls.Certificate{}
	}
	return s.identity.client
}

package chaos

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"sync/atomic"
	"time"
)

const serverName = "backend.test"

// fixtures are shared by all storms: certificates and the counter of loopback addresses.
type fixtures struct {
	roots                   *x509.CertPool
	usual, impostor, strict *tls.Config
	hosts                   atomic.Uint32
}

func newFixtures() (*fixtures, error) {
	l := &fixtures{roots: x509.NewCertPool()}
	trusted, err := selfSigned()
	if err != nil {
		return nil, err
	}
	other, err := selfSigned()
	if err != nil {
		return nil, err
	}
	own, err := x509.ParseCertificate(trusted.Certificate[0])
	if err != nil {
		return nil, err
	}
	l.usual, l.impostor = newServerTLS(trusted, tls.NoClientCert), newServerTLS(other, tls.NoClientCert)
	l.strict = newServerTLS(trusted, tls.RequireAnyClientCert)
	l.roots.AddCert(own)
	l.hosts.Store(uint32(time.Now().UnixNano())) //nolint:gosec // any will do
	return l, nil
}

// selfSigned makes a self-signed certificate.
func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: serverName}, DNSNames: []string{serverName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true,
	}
	signed, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{signed}, PrivateKey: key}, err
}

// server is the TLS configuration of a backend. It is shared, so that TLS sessions can be
// resumed.
func (l *fixtures) server(wrong, wantsClient bool) *tls.Config {
	switch {
	case wrong:
		return l.impostor
	case wantsClient:
		return l.strict
	}
	return l.usual
}

func newServerTLS(shown tls.Certificate, auth tls.ClientAuthType) *tls.Config {
	return &tls.Config{
		Certificates: []tls.Certificate{shown}, ClientAuth: auth, MinVersion: tls.VersionTLS12,
		CurvePreferences: []tls.CurveID{tls.X25519}, // cheaper than the default
	}
}

package hooktest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// identity is the TLS configuration of a backend: its own, the authority that clients
// trust, and a client certificate.
type identity struct {
	trusted *authority
	client  tls.Certificate
	server  atomic.Pointer[tls.Config]
}

func newIdentity(t testing.TB, security Security) *identity {
	t.Helper()
	id, err := makeIdentity(security)
	if err != nil {
		t.Fatalf("hooktest: %v", err)
	}
	return id
}

func makeIdentity(security Security) (*identity, error) {
	trusted, err := newAuthority()
	if err != nil {
		return nil, err
	}
	client, err := trusted.sign(template("client"))
	if err != nil {
		return nil, err
	}
	id := &identity{trusted: trusted, client: client}
	return id, id.show(security)
}

// show sets the certificate for the next handshakes.
func (id *identity) show(security Security) error {
	signer := id.trusted
	if security == UnknownAuthority {
		other, err := newAuthority()
		if err != nil {
			return err
		}
		signer = other
	}
	shown, err := signer.sign(serverTemplate(security))
	if err != nil {
		return err
	}
	id.server.Store(serverConfig(security, shown, signer))
	return nil
}

func (id *identity) config() *tls.Config { return id.server.Load() }

func serverConfig(security Security, shown tls.Certificate, signer *authority) *tls.Config {
	config := &tls.Config{Certificates: []tls.Certificate{shown}, MinVersion: tls.VersionTLS12}
	switch security {
	case OldVersion:
		config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	case WantsCertificate:
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, signer.pool()
	}
	return config
}

func serverTemplate(security Security) *x509.Certificate {
	leaf := template("backend")
	leaf.DNSNames = []string{"localhost"}
	leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	switch security {
	case WrongHost:
		leaf.DNSNames, leaf.IPAddresses = []string{"elsewhere.example"}, nil
	case Expired:
		leaf.NotAfter = time.Now().Add(-time.Hour)
	case NotYetValid:
		leaf.NotBefore = time.Now().Add(time.Hour)
	}
	return leaf
}

// template is valid for two days around now, so that a slow test or an inaccurate clock
// does not matter.
func template(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "hooktest " + name},
		NotBefore:    time.Now().Add(-24 * time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
}

// authority signs certificates, its own among them.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority() (*authority, error) {
	root := template("authority")
	root.IsCA, root.BasicConstraintsValid = true, true
	root.KeyUsage = x509.KeyUsageCertSign
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	signed, err := x509.CreateCertificate(rand.Reader, root, root, key.Public(), key)
	if err != nil {
		return nil, err
	}
	root, err = x509.ParseCertificate(signed)
	return &authority{certificate: root, key: key}, err
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

func (a *authority) sign(leaf *x509.Certificate) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	signed, err := x509.CreateCertificate(rand.Reader, leaf, a.certificate, key.Public(), a.key)
	return tls.Certificate{Certificate: [][]byte{signed}, PrivateKey: key}, err
}

package resthook_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// authority signs certificates for 127.0.0.1, as texts in PEM.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := new(authority)
	a.cert = &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	a.key, a.pem = a.sign(t, a.cert)
	block, _ := pem.Decode(a.pem)
	parsed, err := x509.ParseCertificate(block.Bytes)
	require.NoError(t, err)
	a.cert = parsed
	return a
}

// sign signs a certificate with a new key; the authority's own certificate with that key.
func (a *authority) sign(t *testing.T, template *x509.Certificate) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62))
	require.NoError(t, err)
	template.Subject = pkix.Name{CommonName: template.SerialNumber.String()}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	signer := key
	if a.key != nil {
		signer = a.key
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), signer)
	require.NoError(t, err)
	return key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed})
}

// pair is a certificate for a server and a client, and its key.
func (a *authority) pair(t *testing.T) (cert, key []byte) {
	t.Helper()
	signed, cert := a.sign(t, &x509.Certificate{
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
	text, err := x509.MarshalPKCS8PrivateKey(signed)
	require.NoError(t, err)
	return cert, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text})
}

// server is the configuration of a server that has a certificate of the authority, and wants
// one of the client.
func (a *authority) server(t *testing.T) *tls.Config {
	t.Helper()
	own, err := tls.X509KeyPair(a.pair(t))
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{own}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
	}
}

// files writes the authority and a client's certificate into a directory.
func (a *authority) files(t *testing.T, dir string) resthook.TLSFiles {
	t.Helper()
	f := resthook.TLSFiles{Roots: filepath.Join(dir, "roots.pem"), Certificate: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	cert, key := a.pair(t)
	write(t, f.Roots, a.pem)
	write(t, f.Certificate, cert)
	write(t, f.Key, key)
	return f
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, text, 0o600))
}

// rotating is a backend that allows everything, and whose TLS changes for new connections.
type rotating struct {
	*httptest.Server

	config atomic.Pointer[tls.Config]
	opened atomic.Int64
}

func newRotating(t *testing.T, listener net.Listener, config *tls.Config) *rotating {
	t.Helper()
	b := new(rotating)
	b.config.Store(config)
	b.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	if listener != nil {
		_ = b.Listener.Close()
		b.Listener = listener
	}
	b.Config.ErrorLog = log.New(io.Discard, "", 0)
	b.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			b.opened.Add(1)
		}
	}
	b.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return b.config.Load(), nil }}
	b.StartTLS()
	t.Cleanup(b.Close)
	return b
}

package situation

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"
)

// secure are backends behind TLS.
func secure() []Situation {
	tlsOf := func(version uint16) func(*authority) *tls.Config {
		return func(a *authority) *tls.Config {
			return &tls.Config{MinVersion: version, MaxVersion: version, Certificates: []tls.Certificate{a.server}}
		}
	}
	burst := func(name string, config func(*authority) *tls.Config) []Situation {
		return []Situation{
			{Name: name + ", in turn", Start: over(config, threaded)},
			{Name: name + ", 40 at once", Start: over(config, threaded), Play: atOnce(40), Timeout: 15 * time.Second},
			{Name: name + ", closes after 3", Start: over(config, after(3, func(*Peer) {})), Play: spaced(12, 5*time.Millisecond)},
			{Name: name + ", resets after 3", Start: over(config, after(3, (*Peer).Reset)), Play: spaced(12, 5*time.Millisecond)},
		}
	}
	all := append(burst("TLS 1.2", tlsOf(tls.VersionTLS12)), burst("TLS 1.3", tlsOf(tls.VersionTLS13))...)
	wanting := func(version uint16) func(*authority) *tls.Config {
		return func(a *authority) *tls.Config {
			c := tlsOf(version)(a)
			c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, a.pool
			return c
		}
	}
	return append(
		all,
		Situation{Name: "TLS 1.3, a client certificate that is given", Start: certified(over(wanting(tls.VersionTLS13), threaded))},
		Situation{Name: "TLS 1.2, a client certificate that is given", Start: certified(over(wanting(tls.VersionTLS12), threaded))},
		Situation{Name: "TLS 1.3, a client certificate that is missing", Start: over(wanting(tls.VersionTLS13), threaded), Play: inTurn(2)},
		Situation{Name: "TLS 1.2, a client certificate that is missing", Start: over(wanting(tls.VersionTLS12), threaded), Play: inTurn(2)},
		Situation{Name: "TLS to a plain port", Start: func(t testing.TB) *Backend {
			b := serve(t, func(p *Peer, _ int) { p.Send("HTTP/1.1 400 Bad Request\n\n") })
			b.URL = "https" + b.URL[len("http"):]
			return b
		}, Play: inTurn(2)},
		Situation{Name: "plain text to a TLS port", Start: func(t testing.TB) *Backend {
			b := over(tlsOf(tls.VersionTLS13), threaded)(t)
			b.URL = "http" + b.URL[len("https"):]
			return b
		}, Play: inTurn(2)},
		Situation{Name: "an unknown authority", Start: func(t testing.TB) *Backend {
			b := over(tlsOf(tls.VersionTLS13), threaded)(t)
			b.ClientTLS = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
			return b
		}, Play: inTurn(2)},
		Situation{Name: "an answer too many, behind TLS", Start: over(tlsOf(tls.VersionTLS13), twice), Play: inTurn(40), Other: readsInGoroutine},
		Situation{
			Name: "TLS inside the dialer, under http, an answer too many", Play: inTurn(40),
			Start: func(t testing.TB) *Backend {
				b := over(tlsOf(tls.VersionTLS13), twice)(t)
				b.URL = "http" + b.URL[len("https"):]
				config := b.ClientTLS
				b.ClientTLS = nil
				b.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					return (&tls.Dialer{Config: config}).DialContext(ctx, network, address)
				}
				return b
			},
			Other: readsInGoroutine,
		},
	)
}

// over is a backend behind TLS, whose authority the client trusts.
func over(config func(*authority) *tls.Config, script Script) func(t testing.TB) *Backend {
	return func(t testing.TB) *Backend {
		a := newAuthority(t)
		l, err := listenOn("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		b := serveOn(tls.NewListener(l, config(a)), script)
		b.URL = "https" + b.URL[len("http"):]
		b.ClientTLS = &tls.Config{RootCAs: a.pool, MinVersion: tls.VersionTLS12}
		b.client = a.client
		return b
	}
}

// certified gives the client its certificate.
func certified(start func(t testing.TB) *Backend) func(t testing.TB) *Backend {
	return func(t testing.TB) *Backend {
		b := start(t)
		b.ClientTLS.Certificates = []tls.Certificate{b.client}
		return b
	}
}

// authority has signed a certificate of a server and one of a client.
type authority struct {
	pool           *x509.CertPool
	server, client tls.Certificate
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, root := certificate(t, &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	parent, err := x509.ParseCertificate(root)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{pool: x509.NewCertPool()}
	a.pool.AddCert(parent)
	leaf := func(usage x509.ExtKeyUsage) tls.Certificate {
		own, text := certificate(t, &x509.Certificate{
			ExtKeyUsage: []x509.ExtKeyUsage{usage}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, DNSNames: []string{"localhost"},
		}, parent, key)
		return tls.Certificate{Certificate: [][]byte{text}, PrivateKey: own}
	}
	a.server, a.client = leaf(x509.ExtKeyUsageServerAuth), leaf(x509.ExtKeyUsageClientAuth)
	return a
}

func certificate(t testing.TB, template, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.Subject = big.NewInt(time.Now().UnixNano()), pkix.Name{CommonName: "test"}
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if parent == nil {
		parent, signer = template, key
	}
	text, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	return key, text
}

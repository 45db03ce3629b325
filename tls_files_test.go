package resthook_test

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// A file that is bad at the start is an error that names it and says what is wrong.
func TestTLSFilesThatAreBad(t *testing.T) {
	t.Parallel()
	good := newAuthority(t).files(t, t.TempDir())
	other := newAuthority(t).files(t, t.TempDir())
	file := func(name, text string) string {
		path := filepath.Join(t.TempDir(), name)
		write(t, path, []byte(text))
		return path
	}
	root, err := os.ReadFile(good.Roots)
	require.NoError(t, err)
	encoded := "-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n"
	for says, files := range map[string]resthook.TLSFiles{
		"without a path":                    {},
		"a certificate and its key":         {Certificate: good.Certificate},
		"its key are wanted, or neither":    {Roots: good.Roots, Key: good.Key},
		"roots file: open /none/roots.pem:": {Roots: "/none/roots.pem"},
		"none.pem: no such file":            {Certificate: good.Certificate, Key: filepath.Join(t.TempDir(), "none.pem")},
		"empty.pem: no certificate in PEM":  {Roots: file("empty.pem", "")},
		"cut.pem: 1 of its certificates":    {Roots: file("cut.pem", string(root)+string(root[:len(root)/2]))},
		"second.pem: certificate 2: x509: ": {Roots: file("second.pem", string(root)+encoded)},
		"key.pem: no certificate in PEM":    {Certificate: good.Key, Key: good.Key},
		"key.pem, for the certificate " + good.Certificate + ": private key does not match": {Certificate: good.Certificate, Key: other.Key},
		"big.pem: over 8388608 bytes": {Roots: file("big.pem", strings.Repeat(" ", 8<<20+1))},
	} {
		_, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: "https://h"}), resthook.WithTLSFiles(files))
		require.ErrorIs(t, err, resthook.ErrConfig, says)
		require.ErrorContains(t, err, says)
	}
}

// Files and a TLS configuration add to each other, but do not say the same.
func TestTLSFilesWithAConfiguration(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	files := a.files(t, t.TempDir())
	b := newRotating(t, nil, a.server(t))
	pair, err := tls.LoadX509KeyPair(files.Certificate, files.Key)
	require.NoError(t, err)
	own := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}
	client := newClient(t, b.URL, resthook.WithTLSConfig(own), resthook.WithTLSFiles(resthook.TLSFiles{Roots: files.Roots}))
	_, err = client.Connect(t.Context(), &resthook.Connection{})
	require.NoError(t, err)
	for _, both := range []*tls.Config{own, {RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}} {
		_, err = resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: "https://h"}),
			resthook.WithTLSConfig(both), resthook.WithTLSFiles(files))
		require.ErrorIs(t, err, resthook.ErrConfig)
		require.ErrorContains(t, err, "for the same")
	}
	_, err = resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: "https://h"}),
		resthook.WithTransport(roundTrip(nil)), resthook.WithTLSFiles(files))
	require.ErrorContains(t, err, "a transport has its own TLS configuration")
}

// rotation is a client with files, and its backend, on virtual time.
type rotation struct {
	*resthook.Client

	backend *rotating
	dir     string
	files   resthook.TLSFiles
	log     *logged
}

func rotate(t *testing.T, test func(t *testing.T, r *rotation), opts ...resthook.Option) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		a := newAuthority(t)
		r := &rotation{backend: newRotating(t, network.Listen(), a.server(t)), dir: dir, files: a.files(t, dir), log: new(logged)}
		opts = append(opts, resthook.WithApp(resthook.App{URL: r.backend.URL}), resthook.WithDialContext(network.DialContext),
			resthook.WithTLSFiles(r.files), resthook.WithLogger(r.log.logger()))
		r.Client = makeClient(t, retrying(0), opts...)
		require.NoError(t, r.hook(t))
		test(t, r)
	})
}

func (r *rotation) hook(t *testing.T) error {
	t.Helper()
	_, err := resthook.Connect.Send(t.Context(), r.Client, &resthook.Connection{})
	return err
}

// reconnect sends a hook over a new connection.
func (r *rotation) reconnect(t *testing.T) error {
	t.Helper()
	r.backend.CloseClientConnections()
	synctest.Wait()
	return r.hook(t)
}

// New files are used a minute after the last look, by a hook that needs a connection.
func TestTLSFilesAreReadOnceAMinute(t *testing.T) {
	t.Parallel()
	rotate(t, func(t *testing.T, r *rotation) {
		next := newAuthority(t)
		next.files(t, r.dir)
		r.backend.config.Store(next.server(t))
		time.Sleep(59 * time.Second)
		require.NoError(t, r.hook(t), "the connection is kept")
		require.ErrorIs(t, r.reconnect(t), resthook.ErrTLSUnknownAuthority, "nobody has looked yet")
		time.Sleep(time.Second)
		require.NoError(t, r.reconnect(t), "new roots, new certificate")
		synctest.Wait()
		assert.Equal(t, 1, strings.Count(r.log.String(), `level=INFO msg="tls files read"`))
		time.Sleep(10 * time.Minute)
		require.NoError(t, r.hook(t))
		synctest.Wait()
		assert.Equal(t, 1, strings.Count(r.log.String(), "tls files"), "nothing has changed")
	})
}

// Files that are bad for a while change nothing and are logged once.
func TestTLSFilesThatBecomeBad(t *testing.T) {
	t.Parallel()
	rotate(t, func(t *testing.T, r *rotation) {
		cert, key := newAuthority(t).pair(t)
		write(t, r.files.Certificate, cert) // its key is not there yet
		for range 5 {
			time.Sleep(61 * time.Second)
			require.NoError(t, r.reconnect(t))
		}
		assert.Equal(t, 1, strings.Count(r.log.String(), `level=ERROR msg="tls files not read" error="key file: `), r.log)
		require.ErrorContains(t, r.Reload(retrying(0)), "key file: "+r.files.Key)
		require.NoError(t, r.reconnect(t))
		write(t, r.files.Key, key)
		time.Sleep(61 * time.Second)
		require.ErrorIs(t, r.reconnect(t), resthook.ErrTLSClientCertificate, "the new one is shown, which this backend does not trust")
		synctest.Wait()
		assert.Equal(t, 2, strings.Count(r.log.String(), "tls files"))
		assert.Equal(t, 1, strings.Count(r.log.String(), `msg="tls files read"`))
	})
}

// Reload looks at once. Afterwards no old connection is used.
func TestReloadReadsTLSFiles(t *testing.T) {
	t.Parallel()
	rotate(t, func(t *testing.T, r *rotation) {
		next := newAuthority(t)
		next.files(t, r.dir)
		r.backend.config.Store(next.server(t))
		require.NoError(t, r.Reload(retrying(0)))
		require.NoError(t, r.hook(t))
		assert.EqualValues(t, 2, r.backend.opened.Load())
	})
}

// A session of TLS that began with the old certificate is not resumed after a change: it would
// go on under the name that the old one has.
func TestNewCertificateResumesNoOldSession(t *testing.T) {
	t.Parallel()
	cached := resthook.WithTLSConfig(&tls.Config{ClientSessionCache: tls.NewLRUClientSessionCache(8), MinVersion: tls.VersionTLS12})
	rotate(t, func(t *testing.T, r *rotation) {
		cert, key := newAuthority(t).pair(t)
		write(t, r.files.Certificate, cert)
		write(t, r.files.Key, key)
		require.NoError(t, r.Reload(retrying(0)))
		require.ErrorIs(t, r.hook(t), resthook.ErrTLSClientCertificate)
	}, cached)
}

package hooktest_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/hooktest"
)

func TestTLSTrusted(t *testing.T) {
	t.Parallel()
	s := hooktest.NewTLSSocket(t, hooktest.Trusted)
	client := newClient(t, trusting(s))
	for range 2 {
		got, err := post(t, client, s.URL())
		require.NoError(t, err)
		assert.JSONEq(t, `{"name":"a"}`, got.body)
	}
	assert.Equal(t, 1, s.Accepted())
	assert.Len(t, s.Requests(), 2)
}

func TestTLSNotTrusted(t *testing.T) {
	t.Parallel()
	for security, want := range map[hooktest.Security]func(error) bool{
		hooktest.UnknownAuthority: is[x509.UnknownAuthorityError],
		hooktest.WrongHost:        is[x509.HostnameError],
		hooktest.Expired:          is[x509.CertificateInvalidError],
		hooktest.NotYetValid:      is[x509.CertificateInvalidError],
		hooktest.OldVersion:       isAlert,
		hooktest.WantsCertificate: isAlert,
	} {
		t.Run(security.String(), func(t *testing.T) {
			t.Parallel()
			s := hooktest.NewTLSSocket(t, security)
			_, err := post(t, newClient(t, trusting(s)), s.URL())
			assert.Truef(t, want(err), "%T %v", err, err)
			assert.Empty(t, s.Requests())
			require.NoError(t, s.WaitClosed(t.Context()))
		})
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// isAlert compares the text, since crypto/tls does not export the type of a received
// alert.
func isAlert(err error) bool {
	return err != nil && strings.Contains(err.Error(), "remote error: tls: ")
}

func TestTLSClientCertificate(t *testing.T) {
	t.Parallel()
	s := hooktest.NewTLSSocket(t, hooktest.WantsCertificate)
	client := newClient(t, trusting(s), func(transport *http.Transport) {
		transport.TLSClientConfig.Certificates = []tls.Certificate{s.ClientCertificate()}
	})
	_, err := post(t, client, s.URL())
	require.NoError(t, err)
}

func TestTLSHandshakeFaults(t *testing.T) {
	t.Parallel()
	for name, moment := range moments {
		if !moment.unread {
			continue
		}
		s := hooktest.NewTLSSocket(t, hooktest.Trusted,
			moment.make(hooktest.FIN), moment.make(hooktest.RST), hooktest.PlainAnswer(), hooktest.Mirror())
		t.Run(name, func(t *testing.T) {
			client := newClient(t, trusting(s))
			_, err := post(t, client, s.URL())
			require.ErrorIs(t, err, io.EOF)
			_, err = post(t, client, s.URL())
			assertReset(t, err)
			_, err = post(t, client, s.URL())
			require.ErrorContains(t, err, "server gave HTTP response to HTTPS client")
			_, err = post(t, client, s.URL())
			require.NoError(t, err)
			assert.Equal(t, 4, s.Accepted())
		})
	}
}

func TestTLSEndings(t *testing.T) {
	t.Parallel()
	s := hooktest.NewTLSSocket(t, hooktest.Trusted,
		hooktest.InBody(hooktest.FIN), hooktest.InBody(hooktest.RST), hooktest.AnswerUntilClose(200, "{}"))
	client := newClient(t, trusting(s))
	_, err := post(t, client, s.URL())
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	_, err = post(t, client, s.URL())
	assertReset(t, err)
	got, err := post(t, client, s.URL())
	require.NoError(t, err)
	assert.Equal(t, "{}", got.body)
}

// Close ends with a close_notify, FIN without one. crypto/tls does not show the
// difference, so the test looks at the last record. In TLS 1.2 its type is not
// encrypted.
func TestTLSCloseNotify(t *testing.T) {
	t.Parallel()
	const applicationData, alert = 23, 21
	s := hooktest.NewTLSSocket(t, hooktest.Trusted,
		hooktest.AnswerRaw("{}", hooktest.FIN), hooktest.AnswerRaw("{}", hooktest.Close))
	assert.Equal(t, applicationData, lastRecord(t, s))
	assert.Equal(t, alert, lastRecord(t, s))
}

func lastRecord(t *testing.T, s *hooktest.Socket) (kind int) {
	t.Helper()
	tap := &tappedConn{Conn: dial(t, s)}
	config := s.TLSConfig()
	config.ServerName, config.MaxVersion = "localhost", tls.VersionTLS12
	conn := tls.Client(tap, config)
	_, err := io.WriteString(conn, bareRequest)
	require.NoError(t, err)
	_, err = io.ReadAll(conn)
	require.NoError(t, err)
	for wire := tap.seen; len(wire) > 5; {
		kind = int(wire[0])
		wire = wire[5+int(binary.BigEndian.Uint16(wire[3:])):]
	}
	return kind
}

// tappedConn keeps a copy of all bytes read.
type tappedConn struct {
	net.Conn
	seen []byte
}

func (c *tappedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.seen = append(c.seen, p[:n]...)
	return n, err
}

func TestPlainSocketHasNoTLS(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t)
	assert.Nil(t, s.RootCAs())
	assert.Nil(t, s.TLSConfig())
	assert.Empty(t, s.ClientCertificate().Certificate)
}

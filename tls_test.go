package resthook_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/h1/situation"
)

var tlsNames = []resthook.TLSError{
	resthook.ErrTLSExpired, resthook.ErrTLSNotYetValid, resthook.ErrTLSUnknownAuthority, resthook.ErrTLSWrongHost,
	resthook.ErrTLSClientCertificate, resthook.ErrTLSPlainText,
}

// tlsRow is a backend whose TLS is wrong, and the name of the fault.
type tlsRow struct {
	name   string
	secure hooktest.Security
	plays  []hooktest.Behaviour
	change func(t *testing.T, config *tls.Config) // of the client
	want   resthook.TLSError                      // empty: it has none

	unknownToNetHTTP bool // which does not tell that no certificate was given
}

func tlsRows() []tlsRow {
	ssh := hooktest.OnAccept(func(c *hooktest.Conn) { c.Send("SSH-2.0-OpenSSH_9.6\r\n") })
	tls12 := func(_ *testing.T, config *tls.Config) { config.MaxVersion = tls.VersionTLS12 }
	return []tlsRow{
		{name: "expired", secure: hooktest.Expired, want: resthook.ErrTLSExpired},
		{name: "not yet valid", secure: hooktest.NotYetValid, want: resthook.ErrTLSNotYetValid},
		{name: "unknown authority", secure: hooktest.UnknownAuthority, want: resthook.ErrTLSUnknownAuthority},
		{name: "wrong host", secure: hooktest.WrongHost, want: resthook.ErrTLSWrongHost},
		{name: "certificate missing, 1.3", secure: hooktest.WantsCertificate, want: resthook.ErrTLSClientCertificate},
		{name: "certificate missing, 1.2", secure: hooktest.WantsCertificate, change: tls12, want: resthook.ErrTLSClientCertificate, unknownToNetHTTP: true},
		{name: "certificate refused, 1.3", secure: hooktest.WantsCertificate, change: showStranger, want: resthook.ErrTLSClientCertificate},
		{
			name: "certificate refused, 1.2", secure: hooktest.WantsCertificate, want: resthook.ErrTLSClientCertificate,
			change: func(t *testing.T, config *tls.Config) {
				t.Helper()
				showStranger(t, config)
				config.MaxVersion = tls.VersionTLS12
			},
		},
		{name: "plain http", plays: []hooktest.Behaviour{hooktest.PlainAnswer()}, want: resthook.ErrTLSPlainText},
		{name: "another protocol", plays: []hooktest.Behaviour{ssh}, want: resthook.ErrTLSPlainText},
		{name: "old version", secure: hooktest.OldVersion},
	}
}

// showStranger lets the client show a certificate that the backend does not trust.
func showStranger(t *testing.T, config *tls.Config) {
	t.Helper()
	stranger := hooktest.NewTLSSocket(t, hooktest.Trusted).ClientCertificate()
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &stranger, nil }
}

func (r tlsRow) make(t *testing.T) (*hooktest.Socket, *tls.Config) {
	t.Helper()
	socket := hooktest.NewTLSSocket(t, r.secure, r.plays...)
	config := socket.TLSConfig()
	if r.change != nil {
		r.change(t, config)
	}
	return socket, config
}

// Each fault of TLS has its name and the errors that net/http has for it, and is tried once.
func TestTLSFaultsHaveNames(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for _, row := range tlsRows() {
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				if row.unknownToNetHTTP && via.name == netHTTPTransport.name {
					row.want = ""
				}
				socket, config := row.make(t)
				client := newClient(t, socket.URL(), via.options(t, situation.Settings{TLS: config})...)
				outcome, err := resthook.PublishStream.SendJSON(t.Context(), client, []byte(`{}`))
				require.NoError(t, err)
				err = outcome.Err
				require.ErrorIs(t, err, resthook.ErrTLS)
				assert.Equal(t, 1, outcome.Attempts)
				assert.Equal(t, 1, socket.Accepted())
				for _, name := range tlsNames {
					assert.Equal(t, name == row.want, errors.Is(err, name), "%v: %v", name, err)
				}
				name, named := errors.AsType[resthook.TLSError](err)
				assert.Equal(t, row.want, name)
				if named {
					assert.ErrorContains(t, err, "1 attempt: no trusted connection: "+name.Error()+": ")
				}
				assert.Equal(t, causes(overPlainHTTP(t, socket.URL(), config)), causes(err))
			})
		}
	})
}

// overPlainHTTP is the error of net/http alone.
func overPlainHTTP(t *testing.T, url string, config *tls.Config) error {
	t.Helper()
	plain := &http.Transport{TLSClientConfig: config}
	defer plain.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("{}"))
	require.NoError(t, err)
	resp, err := plain.RoundTrip(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	require.Error(t, err)
	return err
}

// causes are the types of the errors of crypto/x509 and crypto/tls that a caller may ask for,
// with what they say that does not change from one second to the next.
func causes(err error) (found []string) {
	add := func(cause any, says string) { found = append(found, reflect.TypeOf(cause).String()+" "+says) }
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		add(e, e.UnverifiedCertificates[0].Subject.String())
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		before, _, _ := strings.Cut(e.Detail, "current time ")
		add(e, before)
	}
	if e, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		add(e, e.Error())
	}
	if e, ok := errors.AsType[x509.HostnameError](err); ok {
		add(e, e.Error())
	}
	if e, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		add(e, e.Error())
	}
	return found
}

// A server for http on the port of the URL, as it is found in practice.
func TestPlainServerUnderHTTPS(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	client := newClient(t, "https"+strings.TrimPrefix(server.URL, "http"))
	_, err := client.Connect(t.Context(), &resthook.Connection{})
	require.ErrorIs(t, err, resthook.ErrTLSPlainText)
}

// A handshake that was cut off has no name, and is tried again.
func TestCutHandshakeHasNoName(t *testing.T) {
	t.Parallel()
	socket := hooktest.NewTLSSocket(t, hooktest.Trusted, hooktest.AtFirstByte(hooktest.FIN), hooktest.AtFirstByte(hooktest.RST))
	client := makeClient(t, retrying(1), resthook.WithApp(resthook.App{URL: socket.URL()}), resthook.WithTLSConfig(socket.TLSConfig()))
	_, err := client.Connect(t.Context(), &resthook.Connection{})
	require.ErrorIs(t, err, resthook.ErrUnreachable)
	assert.False(t, isTLSError(err))
	assert.Equal(t, 2, socket.Accepted())
}

func isTLSError(err error) bool {
	_, ok := errors.AsType[resthook.TLSError](err)
	return ok
}

// An event whose backend has an expired certificate ends at once, and its outcome says why.
func TestTLSFaultEndsAnEvent(t *testing.T) {
	t.Parallel()
	socket := hooktest.NewTLSSocket(t, hooktest.Expired)
	ends := make(chan resthook.EventOutcome, 1)
	client := newClient(t, socket.URL(), resthook.WithTLSConfig(socket.TLSConfig()),
		resthook.WithObserver(resthook.Observer{Event: func(_ context.Context, end resthook.EventOutcome) { ends <- end }}))
	require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), client, &resthook.Stream{Status: resthook.StreamPublishing}))
	end := <-ends
	assert.Equal(t, resthook.EventFailed, end.Result)
	assert.Equal(t, 1, end.Attempts)
	require.ErrorIs(t, end.Err, resthook.ErrTLSExpired)
}

package chaos

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/h1"
)

// After a KeyUpdate or a session ticket, an idle connection is kept and carries the next
// request.
func TestRecordsBetweenAnswersKeepTheConnection(t *testing.T) {
	t.Parallel()
	identity := httptest.NewUnstartedServer(nil)
	identity.StartTLS()
	defer identity.Close()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	conns, idle := make(chan *records, 10), make(chan struct{}, 10)
	var served sync.WaitGroup
	served.Go(func() {
		for {
			raw, err := listener.Accept()
			if err != nil {
				return
			}
			served.Go(func() { serveRecords(raw, identity.TLS.Certificates, conns, idle) })
		}
	})
	roots := x509.NewCertPool()
	roots.AddCert(identity.Certificate())
	transport := h1.New(h1.Options{TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}})
	for i := range 4 {
		var answer bytes.Buffer
		result := transport.Do(t.Context(), &h1.Request{
			To: h1.Endpoint{Address: listener.Addr().String(), Secure: true}, Answer: &answer, Limit: 100,
			Bytes: []byte("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"),
		})
		require.NoError(t, result.Err)
		assert.Equal(t, "{}", answer.String())
		assert.Equal(t, i > 0, result.Reused)
		<-idle // its records are sent
	}
	assert.Len(t, conns, 1, "one connection")
	transport.Close(context.Background())
	require.NoError(t, listener.Close())
	served.Wait()
}

// serveRecords answers requests and sends TLS records without data after each.
func serveRecords(raw net.Conn, certificates []tls.Certificate, conns chan<- *records, idle chan<- struct{}) {
	defer raw.Close()
	var log bytes.Buffer
	secured := tls.Server(raw, &tls.Config{
		Certificates: certificates, MinVersion: tls.VersionTLS13, KeyLogWriter: &log, SessionTicketsDisabled: true,
	})
	if secured.HandshakeContext(context.Background()) != nil {
		return
	}
	r, err := newRecords(secured, raw, log.Bytes())
	if err != nil {
		return
	}
	conns <- r
	reader := bufio.NewReader(r)
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, request.Body)
		_, _ = io.WriteString(r, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
		r.idle()
		idle <- struct{}{}
	}
}

package hooktest_test

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/leak"
)

func TestMain(m *testing.M) {
	leak.Exit(m)
}

// newClient is a plain client without the features that would hide what the backend did:
// no redirects, no automatic gzip, no proxy.
func newClient(t *testing.T, adjust ...func(*http.Transport)) *http.Client {
	t.Helper()
	transport := &http.Transport{DisableCompression: true, MaxResponseHeaderBytes: 64 << 10}
	for _, change := range adjust {
		change(transport)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// trusting makes the client trust a TLS socket.
func trusting(s *hooktest.Socket) func(*http.Transport) {
	return func(transport *http.Transport) { transport.TLSClientConfig = s.TLSConfig() }
}

// on makes the client dial on a network in memory.
func on(network *hooktest.Network) func(*http.Transport) {
	return func(transport *http.Transport) { transport.DialContext = network.DialContext }
}

type reply struct {
	*http.Response
	body string
}

// post sends a small hook and reads the answer. It returns the first error.
func post(t *testing.T, client *http.Client, url string) (reply, error) {
	t.Helper()
	return postBody(t, client, url, strings.NewReader(`{"name":"a"}`))
}

func postBody(t *testing.T, client *http.Client, url string, body io.Reader) (reply, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/publishStream", body)
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	return transmit(client, request)
}

func transmit(client *http.Client, request *http.Request) (reply, error) {
	response, err := client.Do(request)
	if err != nil {
		return reply{}, err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	return reply{Response: response, body: string(body)}, err
}

// dial opens a connection and sends a whole request on it.
func dial(t *testing.T, s *hooktest.Socket) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

const bareRequest = "POST /connect HTTP/1.1\r\nHost: backend\r\nContent-Length: 2\r\n\r\n{}"

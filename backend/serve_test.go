package backend_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/backend"
	"github.com/wcskit/resthook/hooktest"
)

// served is a server on a network in memory, with one client.
type served struct {
	client *http.Client
	url    string
	stop   context.CancelFunc
	over   chan error
}

func serve(t *testing.T, server *http.Server, grace time.Duration) *served {
	t.Helper()
	network := hooktest.NewNetwork()
	listener := network.Listen()
	ctx, stop := context.WithCancel(t.Context())
	s := &served{url: "http://" + listener.Addr().String(), stop: stop, over: make(chan error, 1)}
	transport := &http.Transport{DialContext: network.DialContext}
	s.client = &http.Client{Transport: transport}
	t.Cleanup(transport.CloseIdleConnections)
	go func() { s.over <- backend.Serve(ctx, listener, server, grace) }()
	return s
}

// post returns the status and the body of an answer.
func (s *served) post(ctx context.Context, body string, header ...string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/connect", strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

// A hook in flight at shutdown is answered, and its context does not end earlier.
func TestServeEndsGracefully(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var seen error
		s := serve(t, backend.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(9 * time.Second)
			seen = r.Context().Err()
			_, _ = io.WriteString(w, "done")
		})), 10*time.Second)
		answered := make(chan string, 1)
		go func() {
			_, text, err := s.post(t.Context(), `{}`)
			answered <- text
			assert.NoError(t, err)
		}()
		synctest.Wait()
		begun := time.Now()
		s.stop()
		assert.Equal(t, "done", <-answered)
		require.NoError(t, <-s.over)
		assert.NoError(t, seen)
		assert.Less(t, time.Since(begun), 10*time.Second)
		_, _, err := s.post(t.Context(), `{}`)
		assert.Error(t, err, "no new hook is taken")
	})
}

func TestServeGivesUp(t *testing.T) {
	t.Parallel()
	waiting := func(ended chan<- error) http.Handler {
		return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			ended <- r.Context().Err()
		})
	}
	t.Run("any handler", func(t *testing.T) {
		t.Parallel()
		givesUp(t, waiting)
	})
	t.Run("a hook whose answer would be remembered", func(t *testing.T) {
		t.Parallel()
		givesUp(t, func(ended chan<- error) http.Handler { return wrap(t, waiting(ended)) })
	})
}

func givesUp(t *testing.T, handler func(ended chan<- error) http.Handler) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		s := serve(t, backend.NewServer(handler(ended)), 10*time.Second)
		answered := make(chan error, 1)
		go func() {
			_, _, err := s.post(t.Context(), `{}`, "Webhook-Id", "a")
			answered <- err
		}()
		synctest.Wait()
		begun := time.Now()
		s.stop()
		err := <-s.over
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorContains(t, err, "10s")
		assert.Equal(t, 10*time.Second, time.Since(begun))
		require.Error(t, <-answered)
		require.ErrorIs(t, <-ended, context.Canceled)
	})
}

// A media server keeps an idle connection for a minute. The backend must not close it
// earlier.
func TestServerTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, backend.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if bytes.Contains(body, []byte("slow")) {
				time.Sleep(time.Minute)
			}
			_, _ = io.WriteString(w, r.RemoteAddr)
		})), time.Second)
		_, first, err := s.post(t.Context(), `{}`)
		require.NoError(t, err)
		time.Sleep(4 * time.Minute)
		_, second, err := s.post(t.Context(), `{"slow":true}`)
		require.NoError(t, err)
		assert.Equal(t, first, second, "the same connection")
		s.stop()
		require.NoError(t, <-s.over)
	})
}

func TestServerDropsWhoDawdles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		listener := network.Listen()
		ctx, stop := context.WithCancel(t.Context())
		over := make(chan error, 1)
		go func() { over <- backend.Serve(ctx, listener, backend.NewServer(backend.Echo()), time.Second) }()
		for sent, most := range map[string]time.Duration{
			"POST /connect HTTP/1.1\r\n":                                      10 * time.Second,
			"POST /connect HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{": 30 * time.Second,
		} {
			conn, err := network.DialContext(t.Context(), "tcp", listener.Addr().String())
			require.NoError(t, err)
			_, err = io.WriteString(conn, sent)
			require.NoError(t, err)
			begun := time.Now()
			_, _ = io.Copy(io.Discard, conn)
			assert.LessOrEqual(t, time.Since(begun), most+time.Second, sent) // net/http waits a little before it closes
			conn.Close()
		}
		stop()
		require.NoError(t, <-over)
	})
}

// brokenListener is a listener whose Accept fails.
type brokenListener struct{ net.Listener }

var errBroken = errors.New("broken")

func (brokenListener) Accept() (net.Conn, error) { return nil, errBroken }

func TestServeFails(t *testing.T) {
	t.Parallel()
	listener := hooktest.NewNetwork().Listen()
	err := backend.Serve(t.Context(), brokenListener{listener}, backend.NewServer(backend.Echo()), time.Second)
	require.ErrorIs(t, err, errBroken)

	occupied, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer occupied.Close()
	require.ErrorContains(t, backend.ListenAndServe(t.Context(), occupied.Addr().String(), backend.Echo()), "serve hooks: listen tcp")
	require.ErrorContains(t, backend.ListenAndServe(t.Context(), "nonsense", backend.Echo()), "serve hooks: listen tcp")
}

func TestListenAndServe(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- backend.ListenAndServe(ctx, "127.0.0.1:0", backend.Echo()) }()
	stop()
	require.NoError(t, <-over)
}

func TestServeTLS(t *testing.T) {
	t.Parallel()
	pattern := httptest.NewTLSServer(backend.Echo()) // for its certificate
	defer pattern.Close()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := backend.NewServer(backend.Echo())
	server.TLSConfig = &tls.Config{Certificates: pattern.TLS.Certificates, MinVersion: tls.VersionTLS12}
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- backend.Serve(ctx, listener, server, time.Minute) }()
	s := served{client: pattern.Client(), url: "https://" + listener.Addr().String()}
	status, text, err := s.post(t.Context(), `{"a":1}`)
	require.NoError(t, err)
	assert.Equal(t, 200, status)
	assert.Equal(t, `{"a":1}`, text)
	s.client.CloseIdleConnections()
	stop()
	require.NoError(t, <-over)
}

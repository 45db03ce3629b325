package hooktest_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/hooktest"
)

// A backend can stall at every moment on virtual time: the client's timeout of an hour
// passes at once, and is exact.
func TestStallOnVirtualTime(t *testing.T) {
	t.Parallel()
	for name, moment := range moments {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := hooktest.NewNetwork()
				s := hooktest.NewSocketOn(t, network.Listen(), moment.make(hooktest.Stall))
				client := newClient(t, on(network))
				client.Timeout = time.Hour
				began := time.Now()
				_, err := post(t, client, s.URL())
				assert.True(t, os.IsTimeout(err), err)
				assert.Equal(t, time.Hour, time.Since(began))
				require.NoError(t, s.WaitClosed(t.Context()))
			})
		})
	}
}

// FIN and RST differ in memory as they do on a real network.
func TestEndingsInMemory(t *testing.T) {
	t.Parallel()
	for name, moment := range moments {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := hooktest.NewNetwork()
				s := hooktest.NewSocketOn(t, network.Listen(), moment.make(hooktest.FIN), moment.make(hooktest.RST))
				got, err := exchangeOn(t, network, s)
				require.NoError(t, err)
				assert.Equal(t, moment.sent, got)
				got, err = exchangeOn(t, network, s)
				assertReset(t, err)
				assert.Equal(t, moment.sent, got)
				assert.Equal(t, 2, s.Accepted())
			})
		})
	}
}

func exchangeOn(t *testing.T, network *hooktest.Network, s *hooktest.Socket) (string, error) {
	t.Helper()
	conn, err := network.DialContext(t.Context(), "tcp", s.Addr())
	require.NoError(t, err)
	return converse(conn)
}

// A request that does not fit into the buffer of a stalling backend cannot be sent.
func TestStallBeforeReadingBlocksSender(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		s := hooktest.NewSocketOn(t, network.Listen(), hooktest.AtAccept(hooktest.Stall))
		conn, err := network.DialContext(t.Context(), "tcp", s.Addr())
		require.NoError(t, err)
		require.NoError(t, conn.SetWriteDeadline(time.Now().Add(time.Minute)))
		sent, err := conn.Write(make([]byte, 1<<20))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, 128<<10, sent)
		require.NoError(t, conn.Close())
	})
}

func TestDripOnVirtualTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		s := hooktest.NewSocketOn(t, network.Listen(), hooktest.Drip(time.Second, 200, "{}"))
		began := time.Now()
		got, err := post(t, newClient(t, on(network)), s.URL())
		require.NoError(t, err)
		assert.Equal(t, "{}", got.body)
		wire := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
		assert.Equal(t, time.Duration(len(wire))*time.Second, time.Since(began))
	})
}

func TestLateOnVirtualTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		s := hooktest.NewTLSSocketOn(t, network.Listen(), hooktest.Trusted, hooktest.Late(time.Minute, hooktest.Mirror()))
		client := newClient(t, on(network), trusting(s))
		for range 2 {
			began := time.Now()
			got, err := post(t, client, s.URL())
			require.NoError(t, err)
			assert.JSONEq(t, `{"name":"a"}`, got.body)
			assert.Equal(t, time.Minute, time.Since(began))
		}
	})
}

// A delay ends at once when the client closes the connection.
func TestLateEndsWithClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		s := hooktest.NewSocketOn(t, network.Listen(), hooktest.Late(time.Hour, hooktest.Mirror()))
		client := newClient(t, on(network))
		client.Timeout = time.Second
		began := time.Now()
		_, err := post(t, client, s.URL())
		assert.True(t, os.IsTimeout(err), err)
		require.NoError(t, s.WaitClosed(t.Context()))
		assert.Equal(t, time.Second, time.Since(began))
	})
}

// A delay goes on when the client sends more.
func TestLateWithPipelinedRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		s := hooktest.NewSocketOn(t, network.Listen(), hooktest.Late(time.Minute, hooktest.AfterAnswer(200, "", hooktest.Close)))
		conn, err := network.DialContext(t.Context(), "tcp", s.Addr())
		require.NoError(t, err)
		began := time.Now()
		_, err = io.WriteString(conn, bareRequest+bareRequest)
		require.NoError(t, err)
		_, err = io.ReadAll(conn)
		require.NoError(t, err)
		assert.Equal(t, time.Minute, time.Since(began))
		require.NoError(t, conn.Close())
	})
}

func TestNetworkRefuses(t *testing.T) {
	t.Parallel()
	network := hooktest.NewNetwork()
	client := newClient(t, on(network))
	_, err := post(t, client, "http://backend.example")
	require.ErrorIs(t, err, syscall.ECONNREFUSED)

	s := hooktest.NewSocketOn(t, network.Listen())
	_, err = post(t, client, s.URL())
	require.NoError(t, err)
	s.Close()
	client.CloseIdleConnections()
	_, err = post(t, client, s.URL())
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
}

func TestNetworkBlackHole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		began := time.Now()
		_, err := network.DialContext(ctx, "tcp", network.BlackHole())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.True(t, os.IsTimeout(err))
		assert.Equal(t, time.Hour, time.Since(began))
	})
}

// Connections in the backlog, which nobody has accepted yet, are reset when the listener
// closes.
func TestListenerClosesBacklog(t *testing.T) {
	t.Parallel()
	network := hooktest.NewNetwork()
	listener := network.Listen()
	conn, err := network.DialContext(t.Context(), "tcp", listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	_, err = conn.Read(make([]byte, 1))
	assertReset(t, err)
	_, err = listener.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
}

// A net/http server can use the network in memory.
func TestHTTPServerOnVirtualTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		listener := network.Listen()
		server := &http.Server{
			ReadHeaderTimeout: time.Minute,
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body) // the answer shows what is missing
				time.Sleep(time.Hour)
				_, _ = w.Write(body)
			}),
		}
		go func() { assert.ErrorIs(t, server.Serve(listener), http.ErrServerClosed) }()
		t.Cleanup(func() { assert.NoError(t, server.Close()) })
		big := strings.Repeat("a", 1<<20)
		got, err := postBody(t, newClient(t, on(network)), "http://"+listener.Addr().String(), strings.NewReader(big))
		require.NoError(t, err)
		assert.Equal(t, big, got.body)
	})
}

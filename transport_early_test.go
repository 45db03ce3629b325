package resthook_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// resetConn takes the beginning of a request. Further writes fail.
type resetConn struct {
	net.Conn

	took atomic.Bool
}

func (c *resetConn) Write(p []byte) (int, error) {
	if c.took.Swap(true) {
		return 0, syscall.ECONNRESET
	}
	n, err := c.Conn.Write(p[:min(len(p), 100)])
	if err == nil {
		err = syscall.ECONNRESET
	}
	return n, err
}

// A denial counts, also where the backend closes the connection before it has read the
// request.
func TestDeniedBeforeTheRequestIsWritten(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1 << 10, 31 << 10, 100 << 10} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := hooktest.NewNetwork()
				socket := hooktest.NewSocketOn(t, network.Listen(), hooktest.AtFirstByte(func(c *hooktest.Conn) {
					c.Send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
					hooktest.Close(c)
				}))
				client := newClient(t, socket.URL(), resthook.WithDialContext(func(ctx context.Context, n, address string) (net.Conn, error) {
					c, err := network.DialContext(ctx, n, address)
					return &resetConn{Conn: c}, err
				}))
				_, err := client.Connect(t.Context(), &resthook.Connection{Login: strings.Repeat("x", size)})
				require.True(t, resthook.Denied(err), "%v", err)
				assert.ErrorContains(t, err, "1 attempt: ")
				assert.Equal(t, 1, socket.Accepted())
			})
		})
	}
}

// cutConn takes the writes of a TLS handshake. Later writes fail after a second.
type cutConn struct {
	net.Conn

	writes int
}

func (c *cutConn) Write(p []byte) (int, error) {
	if c.writes++; c.writes <= 2 {
		return c.Conn.Write(p)
	}
	time.Sleep(time.Second)
	return 0, syscall.ECONNRESET
}

// In TLS 1.3 a backend refuses a client's certificate after the client has begun to write:
// its alert is read.
func TestCertificateIsRequired(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		socket := hooktest.NewTLSSocketOn(t, network.Listen(), hooktest.WantsCertificate, hooktest.Answer(200, `{}`))
		var cut *cutConn
		client := newClient(t, socket.URL(), resthook.WithTLSConfig(trusting(socket)),
			resthook.WithDialContext(func(ctx context.Context, n, address string) (net.Conn, error) {
				c, err := network.DialContext(ctx, n, address)
				cut = &cutConn{Conn: c}
				return cut, err
			}))
		_, err := client.Connect(t.Context(), &resthook.Connection{})
		require.ErrorIs(t, err, resthook.ErrTLS)
		assert.ErrorContains(t, err, "certificate required")
		assert.ErrorContains(t, err, "1 attempt: ")
		assert.Equal(t, 1, socket.Accepted())
		assert.Equal(t, 3, cut.writes, "the request was begun")
	})
}

// answersFirst answers each request after its head, and reads the rest after a pause. It
// counts the requests that came whole.
func answersFirst(listener net.Listener, pause time.Duration) (served *sync.WaitGroup, conns, whole *atomic.Int64) {
	served, conns, whole = new(sync.WaitGroup), new(atomic.Int64), new(atomic.Int64)
	served.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conns.Add(1)
			served.Go(func() {
				defer conn.Close()
				reader := bufio.NewReader(conn)
				for {
					request, err := http.ReadRequest(reader)
					if err != nil {
						return
					}
					_, _ = io.WriteString(conn, okAnswer)
					time.Sleep(pause)
					if n, _ := io.Copy(io.Discard, request.Body); n < request.ContentLength {
						return
					}
					whole.Add(1)
				}
			})
		}
	})
	return served, conns, whole
}

// An answer counts that comes before a long request is written. The rest of the request
// has 50 ms to be sent; then the connection is kept.
func TestAnswerBeforeALongRequestIsWritten(t *testing.T) {
	t.Parallel()
	for pause, want := range map[time.Duration]struct{ conns, whole int64 }{
		20 * time.Millisecond:  {1, 3},
		200 * time.Millisecond: {3, 0},
	} {
		t.Run(pause.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := hooktest.NewNetwork()
				listener := network.Listen()
				served, conns, whole := answersFirst(listener, pause)
				client, err := resthook.NewClient(retrying(0), resthook.WithApp(resthook.App{URL: "http://" + listener.Addr().String()}),
					resthook.WithDialContext(network.DialContext))
				require.NoError(t, err)
				for range 3 {
					_, err := client.Connect(t.Context(), &resthook.Connection{Login: strings.Repeat("x", 1<<20)})
					require.NoError(t, err)
				}
				closeClient(t, client)
				require.NoError(t, listener.Close())
				served.Wait()
				assert.Equal(t, want.conns, conns.Load(), "connections")
				assert.Equal(t, want.whole, whole.Load(), "requests that came whole")
			})
		})
	}
}

// The answer is read also over a connection without a buffer, where the request cannot be
// written.
func TestAnswerBeforeTheRequestOverAPipe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, _ := broughtAlong(t, resthook.WithDialContext(func(context.Context, string, string) (net.Conn, error) {
			c, server := net.Pipe()
			go func() {
				r := bufio.NewReaderSize(server, 64)
				for line := ""; line != "\r\n"; {
					line, _ = r.ReadString('\n')
				}
				_, _ = io.WriteString(server, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
			}()
			return c, nil
		}))
		begun := time.Now()
		_, err := client.Connect(t.Context(), &resthook.Connection{Custom: map[string]any{"t": strings.Repeat("x", 1000)}})
		assert.True(t, resthook.Denied(err), "%v", err)
		assert.Less(t, time.Since(begun), time.Second)
		require.NoError(t, client.Close(t.Context()))
	})
}

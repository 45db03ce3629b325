package resthook_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// A kept connection ends a minute after its last hook.
func TestIdleConnectionIsClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, retrying(0), []hooktest.Behaviour{hooktest.Answer(200, `{}`)})
		for range 2 {
			require.NoError(t, b.send(t.Context()))
			time.Sleep(59 * time.Second)
		}
		assert.Equal(t, []int{1, 1}, []int{b.socket.Accepted(), b.socket.Open()}, "used again after 59 s")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		assert.Zero(t, b.socket.Open(), "closed after 60 s")
		require.NoError(t, b.send(t.Context()))
		assert.Equal(t, 2, b.socket.Accepted())
	})
}

// A connection that is used does not keep another alive that is idle.
func TestOnlyTheIdleConnectionIsClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, retrying(0), []hooktest.Behaviour{hooktest.Late(time.Second, hooktest.Answer(200, `{}`))})
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() { assert.NoError(t, b.send(t.Context())) })
		}
		both.Wait()
		for range 5 {
			time.Sleep(20 * time.Second)
			require.NoError(t, b.send(t.Context()))
		}
		assert.Equal(t, []int{2, 1}, []int{b.socket.Accepted(), b.socket.Open()})
	})
}

// saysMore answers, and then sends an answer without a request, as proxies do at their own
// time limit.
var saysMore = hooktest.OnRequest(func(c *hooktest.Conn) {
	c.Send(okAnswer)
	c.Send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
})

// A connection on which a backend sent or closed something between two hooks is not used
// again.
func TestConnectionOnWhichSomethingHappenedIsNotUsed(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for name, first := range map[string]hooktest.Behaviour{
			"says more": saysMore,
			"FIN":       hooktest.AfterAnswer(200, `{}`, hooktest.FIN),
			"RST":       hooktest.AfterAnswer(200, `{}`, hooktest.RST),
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newBubbleVia(t, via, retrying(0), []hooktest.Behaviour{first, hooktest.Answer(200, `{}`)})
					require.NoError(t, b.send(t.Context()))
					synctest.Wait()
					require.NoError(t, b.send(t.Context()))
					assert.Equal(t, 2, b.socket.Accepted())
				})
			})
		}
	})
}

// The same on sockets of the system.
func TestSocketThatWasClosedIsNotUsed(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]hooktest.Ending{"FIN": hooktest.FIN, "RST": hooktest.RST} {
		script := []hooktest.Behaviour{hooktest.AfterAnswer(200, `{}`, end), hooktest.Answer(200, `{}`)}
		t.Run("http "+name, func(t *testing.T) {
			t.Parallel()
			assertNotUsed(t, hooktest.NewSocket(t, script...))
		})
		t.Run("https "+name, func(t *testing.T) {
			t.Parallel()
			socket := hooktest.NewTLSSocket(t, hooktest.Trusted, script...)
			assertNotUsed(t, socket, resthook.WithTLSConfig(socket.TLSConfig()))
		})
	}
}

func assertNotUsed(t *testing.T, socket *hooktest.Socket, opts ...resthook.Option) {
	t.Helper()
	client := makeClient(t, retrying(0), append(opts, resthook.WithApp(resthook.App{URL: socket.URL()}))...)
	_, err := client.Connect(t.Context(), &resthook.Connection{})
	require.NoError(t, err)
	require.NoError(t, socket.WaitClosed(t.Context()), "the client hangs up too")
	_, err = client.Connect(t.Context(), &resthook.Connection{})
	require.NoError(t, err)
	assert.Equal(t, 2, socket.Accepted())
}

// A hook that comes directly after the backend has closed uses a new socket.
func TestSocketThatWasJustClosedIsNotUsed(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed, done := make(chan error), make(chan struct{})
	go func() {
		defer close(done)
		for range 3 {
			closed <- answerAndHangUp(listener)
		}
	}()
	client := makeClient(t, retrying(0), resthook.WithApp(resthook.App{URL: "http://" + listener.Addr().String()}))
	for range 3 {
		_, err := client.Connect(t.Context(), &resthook.Connection{})
		require.NoError(t, err)
		require.NoError(t, <-closed)
	}
	require.NoError(t, listener.Close())
	<-done
}

func answerAndHangUp(listener net.Listener) error {
	conn, err := listener.Accept()
	if err != nil {
		return err
	}
	if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
		return err
	}
	_, err = io.WriteString(conn, okAnswer)
	return errors.Join(err, conn.Close())
}

// A connection that the backend has closed is closed here within a second.
func TestClosedConnectionIsClosedHereToo(t *testing.T) {
	t.Parallel()
	for end, open := range map[string]int{"closed": 0, "kept": 1} {
		t.Run(end, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				plays := hooktest.Answer(200, `{}`)
				if end == "closed" {
					plays = hooktest.AfterAnswer(200, `{}`, hooktest.FIN)
				}
				b := newBubble(t, retrying(0), []hooktest.Behaviour{plays})
				require.NoError(t, b.send(t.Context()))
				time.Sleep(1100 * time.Millisecond)
				synctest.Wait()
				assert.Equal(t, open, b.socket.Open())
			})
		})
	}
}

// Bytes that follow an answer are not the answer to the next hook, whether they wait in the
// buffer, in TLS or in the socket.
func TestBytesAfterAnAnswerAreNotTheNext(t *testing.T) {
	t.Parallel()
	for _, size := range []int{2, 5_000, 14_000} { // around what is buffered, within a record of TLS
		for scheme, start := range map[string]func(*httptest.Server){"http": (*httptest.Server).Start, "https": (*httptest.Server).StartTLS} {
			t.Run(fmt.Sprint(scheme, " ", size), func(t *testing.T) {
				t.Parallel()
				var said atomic.Bool
				server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if said.Swap(true) {
						_, _ = io.WriteString(w, "{}")
						return
					}
					saysTooMuch(t, w, size)
				}))
				server.TLS = &tls.Config{DynamicRecordSizingDisabled: true}
				start(server)
				defer server.Close()
				client := makeClient(t, retrying(0), resthook.WithApp(resthook.App{URL: server.URL}),
					resthook.WithTLSConfig(&tls.Config{RootCAs: rootsOf(server), MinVersion: tls.VersionTLS12}))
				for range 2 {
					session, err := client.Connect(t.Context(), &resthook.Connection{})
					require.NoError(t, err)
					assert.Empty(t, session.Connection().Login)
				}
			})
		}
	}
}

// saysTooMuch sends an answer of that size and another one behind it, in one write.
func saysTooMuch(t *testing.T, w http.ResponseWriter, size int) {
	t.Helper()
	conn, _, err := http.NewResponseController(w).Hijack()
	if !assert.NoError(t, err) {
		return
	}
	_, err = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n{}%s"+
		"HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"login\":\"evil\"}", size, strings.Repeat(" ", size-2))
	assert.NoError(t, err)
	_, _ = io.Copy(io.Discard, conn) // until the client hangs up
	_ = conn.Close()
}

func rootsOf(server *httptest.Server) *x509.CertPool {
	roots := x509.NewCertPool()
	if server.Certificate() != nil {
		roots.AddCert(server.Certificate())
	}
	return roots
}

// A backend over TLS that does not read a long hook delays it only until its context ends:
// no close-notify is sent.
func TestContextEndsALongHookOverTLS(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		socket := hooktest.NewTLSSocketOn(t, network.Listen(), hooktest.Trusted, hooktest.OnRequest(func(*hooktest.Conn) {}))
		begun := time.Now()
		client := makeClient(t, retrying(0), resthook.WithApp(resthook.App{URL: socket.URL()}),
			resthook.WithTLSConfig(socket.TLSConfig()), resthook.WithDialContext(unread(network)))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := client.Connect(ctx, &resthook.Connection{Login: strings.Repeat("x", 1<<20)})
		require.ErrorIs(t, err, resthook.ErrCanceled)
		assert.Equal(t, time.Second, time.Since(begun))
	})
}

// unread dials connections whose other side takes 100,000 bytes and then no more.
func unread(network *hooktest.Network) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, n, address string) (net.Conn, error) {
		conn, err := network.DialContext(ctx, n, address)
		return &fullConn{Conn: conn, room: 100_000, end: make(chan struct{})}, err
	}
}

type fullConn struct {
	net.Conn

	mu   sync.Mutex
	room int
	end  chan struct{} // closed by a deadline that is over, and by Close
	once sync.Once
}

func (c *fullConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	c.room -= len(p)
	full := c.room < 0
	c.mu.Unlock()
	if full {
		<-c.end
		return 0, os.ErrDeadlineExceeded
	}
	return c.Conn.Write(p)
}

func (c *fullConn) SetDeadline(end time.Time) error {
	if !end.IsZero() && time.Until(end) <= 0 {
		c.once.Do(func() { close(c.end) })
	}
	return c.Conn.SetDeadline(end)
}

func (c *fullConn) SetWriteDeadline(end time.Time) error {
	if time.Until(end) > 0 {
		time.Sleep(time.Until(end)) // what TLS would do to tell of its end
	}
	return c.SetDeadline(end)
}

func (c *fullConn) Close() error {
	c.once.Do(func() { close(c.end) })
	return c.Conn.Close()
}

func TestInterimAnswers(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]error{0: nil, 1: nil, 6: nil, 1000: nil, 2000: resthook.ErrBody} {
		head := strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", n)
		socket := hooktest.NewSocket(t, hooktest.OnRequest(func(c *hooktest.Conn) {
			c.Send(head + okAnswer)
		}))
		_, err := newClient(t, socket.URL()).Connect(t.Context(), &resthook.Connection{})
		assert.ErrorIs(t, err, want, n)
	}
}

// closes answers with Connection: close.
var closes = hooktest.OnRequest(func(c *hooktest.Conn) {
	c.Send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
})

// At the limit, waiters get a connection in their order. A waiter that gives up uses none.
func TestWaitersAreServedInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := retrying(0)
		cfg.MaxConnections = 1
		b := newBubble(t, cfg, []hooktest.Behaviour{
			hooktest.Late(time.Second, hooktest.Answer(200, `{}`)),
			hooktest.Late(time.Second, closes), // so that the next one has to make a connection
			hooktest.Late(time.Second, hooktest.Answer(200, `{}`)),
		})
		impatient, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for i := range 6 {
			ctx, want := t.Context(), error(nil)
			if i == 2 {
				ctx, want = impatient, resthook.ErrCanceled
			}
			all.Go(func() {
				_, err := resthook.Connect.Send(ctx, b.client, &resthook.Connection{SessionID: strconv.Itoa(i)})
				assert.ErrorIs(t, err, want)
			})
			synctest.Wait()
		}
		cancel()
		all.Wait()
		var order []string
		for _, r := range b.socket.Requests() {
			var c resthook.Connection
			require.NoError(t, json.Unmarshal(r.Body, &c))
			order = append(order, c.SessionID)
		}
		assert.Equal(t, []string{"0", "1", "3", "4", "5"}, order)
		assert.Equal(t, 5*time.Second, time.Since(b.begun))
		assert.Equal(t, 2, b.socket.Accepted())
	})
}

package resthook_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
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
	"github.com/wcskit/resthook/internal/h1/situation"
)

// damagedGzip is an object in gzip whose checksum is wrong.
func damagedGzip() string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, `{"name":"x"}`)
	_ = w.Close()
	b.Bytes()[b.Len()-8] ^= 1
	return b.String()
}

// An answer that is read whole and found bad is judged by its own exchange, also
// where others wait for the connection: each hook is sent once.
func TestBadAnswersWhileOthersWait(t *testing.T) {
	t.Parallel()
	const limit, each = 1000, 8
	head := func(header, body string) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s", header, len(body), body)
	}
	rows := map[string]struct {
		wire string
		kind error
		says string
	}{
		"yes":          {head("", `{}`), nil, ""},
		"false gzip":   {head("Content-Encoding: gzip\r\n", `{}`), resthook.ErrBody, "the body is not gzip"},
		"damaged gzip": {head("Content-Encoding: gzip\r\n", damagedGzip()), resthook.ErrBody, "checksum"},
		"too large":    {head("", `{"x":"`+strings.Repeat("x", limit-7)+`"}`), resthook.ErrBody, "answer too large"},
		"no object":    {head("", `[]`), resthook.ErrBody, "expected an object"},
	}
	plays := hooktest.OnRequest(func(c *hooktest.Conn) {
		time.Sleep(time.Millisecond)
		for name, row := range rows {
			if contains(c.Request().Body, `"login":"`+name+`"`) {
				c.Send(row.wire)
			}
		}
	})
	overBoth(t, func(t *testing.T, road road) {
		synctest.Test(t, func(t *testing.T) {
			cfg := retrying(3)
			cfg.MaxConnections = 1
			b := newBubbleOver(t, road, cfg, []hooktest.Behaviour{plays}, resthook.WithAnswerLimit(limit))
			var wg sync.WaitGroup
			for name, row := range rows {
				for range each {
					wg.Go(func() {
						_, err := resthook.Connect.Send(t.Context(), b.client, &resthook.Connection{Login: name})
						if assert.ErrorIs(t, err, row.kind, name) && err != nil {
							assert.ErrorContains(t, err, row.says)
							assert.ErrorContains(t, err, "1 attempt:")
						}
					})
				}
			}
			wg.Wait()
			assert.Len(t, b.socket.Requests(), each*len(rows), "each hook once")
		})
	})
}

// resetConn takes the beginning of a request, and then there is no writing any more.
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

// A backend that says no and hangs up before a request is through has said no.
func TestRefusedBeforeTheRequestIsThrough(t *testing.T) {
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

// cutConn takes what belongs to a TLS handshake. Then the other side says what it
// has to say and resets, so that nothing can be written any more.
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

// In TLS 1.3 a backend refuses a client's certificate when the client has begun to
// write: what it said is read all the same.
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

// answersFirst answers each request after its head, and then takes its time before
// it reads the rest. It counts the requests that came whole.
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
					_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
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

// The answer counts when it comes before a long request is written. What is left of
// that has 50 ms to go out; the connection is kept if it does.
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

// A dial that hangs is no wait for a free connection: a closing event is delivered
// when the backend can be reached again.
func TestEventAfterDialsThatHang(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, road road) {
		synctest.Test(t, func(t *testing.T) {
			network := hooktest.NewNetwork()
			socket, hole := hooktest.NewSocketOn(t, network.Listen()), network.BlackHole()
			cfg, seen, begun := resthook.DefaultConfig(), new(outcomes), time.Now()
			cfg.RequestTimeout = time.Second
			client, err := resthook.NewClient(cfg, append(road.options(t, situation.Settings{
				Limit: cfg.MaxConnections,
				Dial: traced(func(ctx context.Context, n, address string) (net.Conn, error) {
					if time.Since(begun) < 20*time.Second {
						address = hole
					}
					return network.DialContext(ctx, n, address)
				}),
			}), resthook.WithApp(resthook.App{URL: socket.URL()}), resthook.WithObserver(resthook.Observer{Event: seen.note}))...)
			require.NoError(t, err)
			session, err := client.Resume(&resthook.Connection{SessionID: "s"})
			require.NoError(t, err)
			require.NoError(t, session.Disconnect(t.Context()))
			time.Sleep(2 * time.Minute)
			closeClient(t, client)
			require.Len(t, seen.list(), 1)
			assert.Equal(t, resthook.EventDelivered, seen.list()[0].Result)
			assert.Greater(t, seen.list()[0].Attempts, 2)
			assert.Len(t, socket.Requests(), 1)
		})
	})
}

package resthook_test

import (
	"bufio"
	"bytes"
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
	"runtime"
	"slices"
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

// One that is used now and then keeps no other alive that is not.
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

// saysMore answers, and then says something that nobody has asked for, as a proxy
// does that tells of its own time limit.
var saysMore = hooktest.OnRequest(func(c *hooktest.Conn) {
	c.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
	c.Send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
})

// Whatever a backend says or does between two hooks, the next one goes over a
// connection on which nothing has happened.
func TestConnectionOnWhichSomethingHappenedIsNotUsed(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]hooktest.Behaviour{
		"says more": saysMore,
		"FIN":       hooktest.AfterAnswer(200, `{}`, hooktest.FIN),
		"RST":       hooktest.AfterAnswer(200, `{}`, hooktest.RST),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubble(t, retrying(0), []hooktest.Behaviour{first, hooktest.Answer(200, `{}`)})
				require.NoError(t, b.send(t.Context()))
				synctest.Wait()
				require.NoError(t, b.send(t.Context()))
				assert.Equal(t, 2, b.socket.Accepted())
			})
		})
	}
}

// The same on the sockets of the system, which are asked instead of watched.
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
	client, err := resthook.NewClient(retrying(0), append(opts, resthook.WithApp(resthook.App{URL: socket.URL()}))...)
	require.NoError(t, err)
	defer closeClient(t, client)
	_, err = client.Connect(t.Context(), &resthook.Connection{})
	require.NoError(t, err)
	require.NoError(t, socket.WaitClosed(t.Context()), "the client hangs up too")
	_, err = client.Connect(t.Context(), &resthook.Connection{})
	require.NoError(t, err)
	assert.Equal(t, 2, socket.Accepted())
}

// A hook that comes right after the backend has hung up goes over a new socket.
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
	client, err := resthook.NewClient(retrying(0), resthook.WithApp(resthook.App{URL: "http://" + listener.Addr().String()}))
	require.NoError(t, err)
	defer closeClient(t, client)
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
	_, err = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
	return errors.Join(err, conn.Close())
}

// A connection that the backend has closed is closed here too within a second,
// and one that it keeps is kept.
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

// What follows an answer is nobody's answer, wherever it waits: in the buffer, in
// what TLS has decrypted already, or in the socket.
func TestWhatFollowsAnAnswerIsNotTheNext(t *testing.T) {
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
				client, err := resthook.NewClient(retrying(0), resthook.WithApp(resthook.App{URL: server.URL}),
					resthook.WithTLSConfig(&tls.Config{RootCAs: rootsOf(server), MinVersion: tls.VersionTLS12}))
				require.NoError(t, err)
				defer closeClient(t, client)
				for range 2 {
					session, err := client.Connect(t.Context(), &resthook.Connection{})
					require.NoError(t, err)
					assert.Empty(t, session.Connection().Login)
				}
			})
		}
	}
}

// saysTooMuch answers with an object of that size, and what looks like another
// answer behind it, in one write.
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

// A caller whose time is over while the connection is made has canceled, whoever
// notices first.
func TestDeadlineWhileDialing(t *testing.T) {
	t.Parallel()
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: "http://backend.example"}),
		resthook.WithDialContext(func(ctx context.Context, _, _ string) (net.Conn, error) {
			deadline, _ := ctx.Deadline()
			for time.Now().Before(deadline) { // to the nanosecond
				runtime.Gosched()
			}
			return nil, os.ErrDeadlineExceeded
		}))
	require.NoError(t, err)
	defer closeClient(t, client)
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		_, err = client.Connect(ctx, &resthook.Connection{})
		cancel()
		require.ErrorIs(t, err, resthook.ErrCanceled)
	}
}

// A function of the media server's that panics costs no place at the backend.
func TestPanicWhileDialing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := retrying(0)
		cfg.MaxConnections = 1
		network, panics := hooktest.NewNetwork(), true
		socket := hooktest.NewSocketOn(t, network.Listen(), hooktest.Answer(200, `{}`))
		client, err := resthook.NewClient(cfg, resthook.WithApp(resthook.App{URL: socket.URL()}),
			resthook.WithDialContext(func(ctx context.Context, n, address string) (net.Conn, error) {
				if panics {
					panic("a dialer of the media server's")
				}
				return network.DialContext(ctx, n, address)
			}))
		require.NoError(t, err)
		defer closeClient(t, client)
		_, err = client.Connect(t.Context(), &resthook.Connection{})
		require.ErrorIs(t, err, resthook.ErrUnreachable)
		require.ErrorContains(t, err, "panicked")
		panics = false
		_, err = client.Connect(t.Context(), &resthook.Connection{})
		assert.NoError(t, err)
	})
}

// A connection that knows no deadlines could hang for ever.
func TestConnectionWithoutDeadlines(t *testing.T) {
	t.Parallel()
	client, err := resthook.NewClient(retrying(0), resthook.WithApp(resthook.App{URL: "http://backend.example"}),
		resthook.WithDialContext(func(context.Context, string, string) (net.Conn, error) { return timeless{}, nil }))
	require.NoError(t, err)
	defer closeClient(t, client)
	_, err = client.Connect(t.Context(), &resthook.Connection{})
	require.ErrorIs(t, err, resthook.ErrUnreachable)
	assert.ErrorContains(t, err, "deadlines")
}

type timeless struct{ net.Conn }

func (timeless) Close() error                { return nil }
func (timeless) SetDeadline(time.Time) error { return errors.ErrUnsupported }

// What a queue gives back may have been written by anybody.
func TestEventCannotWriteHeaders(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		socket := hooktest.NewSocketOn(t, network.Listen(), hooktest.Answer(200, `{}`))
		queue := resthook.NewQueue(resthook.QueueLimits{})
		for _, e := range []resthook.Event{
			{ID: "1\r\nX-Evil: yes", Hook: "call"}, {ID: "2", Hook: "call HTTP/1.1\r\nX-Evil: yes"}, {ID: "3", Hook: "call"},
		} {
			e.Time, e.Kind, e.Body, e.Session = time.Now(), resthook.KindEvent, []byte("{}"), e.ID
			put(t, queue, e)
		}
		var failed atomic.Int32
		client, err := resthook.NewClient(retrying(0), resthook.WithApp(resthook.App{URL: socket.URL()}), resthook.WithQueue(queue),
			resthook.WithDialContext(network.DialContext), resthook.WithObserver(resthook.Observer{Event: func(_ context.Context, o resthook.EventOutcome) {
				if errors.Is(o.Err, resthook.ErrConfig) {
					failed.Add(1)
				}
			}}))
		require.NoError(t, err)
		synctest.Wait()
		require.NoError(t, client.Close(t.Context()))
		require.Len(t, socket.Requests(), 1)
		assert.Equal(t, "3", socket.Requests()[0].Header.Get(resthook.HeaderID))
		assert.EqualValues(t, 2, failed.Load())
	})
}

// A backend over TLS that does not read a long hook holds nobody up beyond the
// context: it is not told of the end.
func TestContextEndsALongHookOverTLS(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		socket := hooktest.NewTLSSocketOn(t, network.Listen(), hooktest.Trusted, hooktest.OnRequest(func(*hooktest.Conn) {}))
		begun := time.Now()
		client, err := resthook.NewClient(retrying(0), resthook.WithApp(resthook.App{URL: socket.URL()}),
			resthook.WithTLSConfig(socket.TLSConfig()), resthook.WithDialContext(unread(network)))
		require.NoError(t, err)
		defer closeClient(t, client)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = client.Connect(ctx, &resthook.Connection{Login: strings.Repeat("x", 1<<20)})
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

// A backend that answers without reading a long hook is heard all the same.
func TestAnswerBeforeALongHookIsRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		listener := network.Listen()
		served := make(chan error, 1)
		go func() { served <- refuseUnread(listener) }()
		client, err := resthook.NewClient(retrying(3), resthook.WithApp(resthook.App{URL: "http://" + listener.Addr().String()}),
			resthook.WithDialContext(network.DialContext))
		require.NoError(t, err)
		defer closeClient(t, client)
		_, err = resthook.Connect.Send(t.Context(), client, &resthook.Connection{Login: strings.Repeat("x", 8<<20)})
		require.True(t, resthook.Denied(err), "%v", err)
		assert.ErrorContains(t, err, "413")
		require.NoError(t, listener.Close())
		assert.NoError(t, <-served)
	})
}

// refuseUnread reads the head of a request, and answers.
func refuseUnread(listener net.Listener) error {
	conn, err := listener.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := io.ReadFull(conn, make([]byte, 100)); err != nil {
		return err
	}
	_, err = io.WriteString(conn, "HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nlong")
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, conn)
	return err
}

func TestLongHookIsSentWhole(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1 << 10, 31 << 10, 33 << 10, 8 << 20} {
		socket := hooktest.NewSocket(t, hooktest.Answer(200, `{}`))
		client := newClient(t, socket.URL())
		for range max(2, min(300, 10<<20/size)) {
			_, err := client.Connect(t.Context(), &resthook.Connection{Login: strings.Repeat("x", size)})
			require.NoError(t, err)
		}
		assert.Equal(t, 1, socket.Accepted(), size)
		assert.Greater(t, len(socket.Requests()[1].Body), size)
	}
}

func TestInterimAnswers(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]error{0: nil, 1: nil, 6: nil, 1000: nil, 2000: resthook.ErrBody} {
		head := strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", n)
		socket := hooktest.NewSocket(t, hooktest.OnRequest(func(c *hooktest.Conn) {
			c.Send(head + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
		}))
		_, err := newClient(t, socket.URL()).Connect(t.Context(), &resthook.Connection{})
		assert.ErrorIs(t, err, want, n)
	}
}

// closes answers, and says that the connection ends.
var closes = hooktest.OnRequest(func(c *hooktest.Conn) {
	c.Send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
})

// At the limit, hooks get a connection in the order in which they came; one that
// waits no longer costs no place.
func TestTurns(t *testing.T) {
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

// taped is a connection whose other side says what was written for it once it
// has heard something, and then hangs up.
type taped struct {
	net.Conn // nil: nothing else is used

	says  io.Reader
	heard chan struct{} // closed by the first write, or by Close
	once  sync.Once
	mu    sync.Mutex
	tape  bytes.Buffer
}

func (c *taped) Read(p []byte) (int, error) {
	<-c.heard
	return c.says.Read(p)
}

func (c *taped) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.once.Do(func() { close(c.heard) })
	return c.tape.Write(p)
}

func (c *taped) Close() error {
	c.once.Do(func() { close(c.heard) })
	return nil
}

func (c *taped) SetDeadline(time.Time) error      { return nil }
func (c *taped) SetReadDeadline(time.Time) error  { return nil }
func (c *taped) SetWriteDeadline(time.Time) error { return nil }

// tapes makes a client whose every connection says the same, over the client's
// own transport or net/http's.
func tapes(t testing.TB, url, says string, plain bool, opts ...resthook.Option) (*resthook.Client, *taped, *string) {
	t.Helper()
	conn, address := &taped{says: strings.NewReader(says), heard: make(chan struct{})}, new(string)
	dial := func(_ context.Context, _, to string) (net.Conn, error) {
		*address = to
		return conn, nil
	}
	opts = append(opts, resthook.WithApp(resthook.App{URL: url}))
	if plain {
		opts = append(opts, resthook.WithTransport(&http.Transport{DialContext: dial, DisableCompression: true}))
	} else {
		opts = append(opts, resthook.WithDialContext(dial))
	}
	client, err := resthook.NewClient(retrying(0), opts...)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close(context.Background())) })
	return client, conn, address
}

// The request is the one that net/http writes, to the same address.
func TestRequestIsThatOfNetHTTP(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"http://backend.example", "http://backend.example:80/", "http://backend.example:8081/apps/EchoApp",
		"http://user:pass@[::1]:8081/a%20b/%2F/c%20d", "http://xn--bcher-kva.example/%C3%BC",
	} {
		var heads, addresses []string
		for _, plain := range []bool{false, true} {
			client, conn, address := tapes(t, url, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}", plain,
				resthook.WithHeader("X-Own", "ä b"), resthook.WithUserAgent("me"), resthook.WithoutStamps())
			_, err := client.Connect(t.Context(), &resthook.Connection{Login: "l"})
			require.NoError(t, err)
			heads, addresses = append(heads, parsed(t, conn.tape.String())), append(addresses, *address)
		}
		assert.Equal(t, heads[1], heads[0], url)
		assert.Equal(t, addresses[1], addresses[0], url)
	}
}

// parsed is a request in a form that can be compared.
func parsed(t *testing.T, wire string) string {
	t.Helper()
	lines := strings.Split(wire[:strings.Index(wire, "\r\n\r\n")], "\r\n")
	slices.Sort(lines[1:])
	req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(wire)))
	require.NoError(t, err)
	body, err := io.ReadAll(req.Body)
	require.NoError(t, err)
	return fmt.Sprintf("%s %s %d %q %s", req.Host, req.RequestURI, req.ContentLength, lines, body)
}

// FuzzWire: whatever bytes a backend sends, a hook comes to what it comes to over
// net/http's transport.
func FuzzWire(f *testing.F) {
	for _, wire := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"HTTP/1.0 200 OK\r\n\r\n{}", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 No\r\n\r\n", "HTTP/1.1 204 No\r\n\r\n", "", "HTT",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "HTTP/1.1 101 Switch\r\n\r\n{}",
		"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}", "HTTP/1.1 200 OK\r\n : x\r\n\r\n{}", "HTTP/1.1 304 Not\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n{}",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-A: b\r\nContent-Length: 13\r\n\r\n{\"login\":\"a\"}",
	} {
		f.Add([]byte(wire))
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		var came []string
		for _, plain := range []bool{false, true} {
			client, _, _ := tapes(t, "http://backend.example", string(wire), plain)
			outcome, err := resthook.Connect.SendJSON(context.Background(), client, []byte(`{}`))
			require.NoError(t, err)
			status := outcome.Status
			if outcome.Err != nil && !errors.Is(outcome.Err, resthook.ErrStatus) {
				status = 0 // net/http does not say which status a broken answer had
			}
			came = append(came, fmt.Sprint(outcome.Err == nil, status, string(outcome.Payload)))
		}
		require.Equal(t, came[1], came[0])
	})
}

package h1_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"math"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/h1"
	"github.com/wcskit/resthook/internal/leak"
)

func TestMain(m *testing.M) { leak.Exit(m) }

const request = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"

// bench is a transport and its backend on virtual time.
type bench struct {
	*h1.Transport

	socket *hooktest.Socket
	to     h1.Endpoint
}

// inBubble runs a test on virtual time, over connections in memory.
func inBubble(t *testing.T, o h1.Options, plays hooktest.Behaviour, test func(t *testing.T, b *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		listener := network.Listen()
		b := &bench{socket: hooktest.NewSocketOn(t, listener, plays), to: h1.Endpoint{Address: listener.Addr().String()}}
		dial := o.Dial
		o.Dial = func(ctx context.Context, n, address string) (net.Conn, error) {
			if dial != nil {
				if _, err := dial(ctx, n, address); err != nil {
					return nil, err
				}
			}
			return network.DialContext(ctx, n, address)
		}
		b.Transport = h1.New(o)
		defer b.Close(t.Context())
		test(t, b)
	})
}

func (b *bench) do(ctx context.Context, change ...func(*h1.Request)) h1.Result {
	r := &h1.Request{To: b.to, Bytes: []byte(request), Answer: new(bytes.Buffer), Limit: 1 << 20, End: time.Now().Add(15 * time.Second)}
	for _, f := range change {
		f(r)
	}
	return b.Do(ctx, r)
}

func background(r *h1.Request) { r.Background = true }
func fresh(r *h1.Request)      { r.Fresh = true }

func within(d time.Duration) func(*h1.Request) {
	return func(r *h1.Request) { r.End = time.Now().Add(d) }
}

func slowDial(d time.Duration) h1.DialFunc {
	return func(context.Context, string, string) (net.Conn, error) {
		time.Sleep(d)
		return nil, nil //nolint:nilnil // the connection is made behind it
	}
}

// A dial outlives the exchange that began it, and serves the next.
func TestDialOutlivesItsExchange(t *testing.T) {
	t.Parallel()
	inBubble(t, h1.Options{Dial: slowDial(300 * time.Millisecond)}, hooktest.Answer(200, `{}`), func(t *testing.T, b *bench) {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		r := b.do(ctx)
		require.ErrorIs(t, r.Err, h1.ErrCanceled)
		assert.Equal(t, h1.Connecting, r.Phase)
		time.Sleep(150 * time.Millisecond)
		require.NoError(t, b.do(t.Context(), within(time.Millisecond)).Err)
		assert.Equal(t, 1, b.socket.Accepted())
	})
}

// A waiter takes a connection that becomes free before its dial succeeds.
func TestFreeConnectionBeforeTheDial(t *testing.T) {
	t.Parallel()
	var dials atomic.Int32
	dial := func(context.Context, string, string) (net.Conn, error) {
		if dials.Add(1) > 1 {
			time.Sleep(3 * time.Second)
		}
		return nil, nil //nolint:nilnil // the connection is made behind it
	}
	inBubble(t, h1.Options{Dial: dial}, hooktest.Late(time.Second, hooktest.Answer(200, `{}`)), func(t *testing.T, b *bench) {
		begun := time.Now()
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() { assert.NoError(t, b.do(t.Context()).Err) })
			synctest.Wait()
		}
		both.Wait()
		assert.Equal(t, 2*time.Second, time.Since(begun))
	})
}

// An exchange without a connection or a dial ends in the phase Waiting.
func TestWaitingIsItsOwnPhase(t *testing.T) {
	t.Parallel()
	inBubble(t, h1.Options{Limit: 1}, hooktest.Late(5*time.Second, hooktest.Answer(200, `{}`)), func(t *testing.T, b *bench) {
		var all sync.WaitGroup
		all.Go(func() { assert.NoError(t, b.do(t.Context()).Err) })
		synctest.Wait()
		r := b.do(t.Context(), within(time.Second))
		require.ErrorIs(t, r.Err, h1.ErrTime)
		assert.Equal(t, h1.Waiting, r.Phase)
		all.Wait()
		assert.Equal(t, 1, b.socket.Accepted(), "no dial for a waiter that has left")
	})
}

// Background requests leave a part of the pool to others.
func TestBackgroundRequestsLeaveAPart(t *testing.T) {
	t.Parallel()
	inBubble(t, h1.Options{Limit: 8}, hooktest.Late(50*time.Millisecond, hooktest.Answer(200, `{}`)), func(t *testing.T, b *bench) {
		var all sync.WaitGroup
		for range 64 {
			all.Go(func() { assert.NoError(t, b.do(t.Context(), background).Err) })
		}
		synctest.Wait()
		assert.Equal(t, 6, b.socket.Open())
		begun := time.Now()
		require.NoError(t, b.do(t.Context()).Err)
		assert.Equal(t, 50*time.Millisecond, time.Since(begun))
		all.Wait()
	})
}

// Old and new connections together stay within the limit, however often it changes.
func TestRenewStaysWithinTheLimit(t *testing.T) {
	t.Parallel()
	inBubble(t, h1.Options{Limit: 10}, hooktest.Late(time.Second, hooktest.Answer(200, `{}`)), func(t *testing.T, b *bench) {
		var all sync.WaitGroup
		for i := range 6 {
			for range 10 {
				all.Go(func() { assert.NoError(t, b.do(t.Context()).Err) })
			}
			synctest.Wait()
			assert.LessOrEqual(t, b.socket.Open(), 10)
			b.Renew(9 + i%2)
		}
		time.Sleep(100 * time.Millisecond)
		assert.LessOrEqual(t, b.socket.Open(), 10)
		all.Wait()
	})
}

// Without free descriptors, the open connections serve all waiters.
func TestShortOfDescriptors(t *testing.T) {
	t.Parallel()
	short := os.NewSyscallError("socket", syscall.EMFILE)
	for name, err := range map[string]error{
		"connecting": &net.OpError{Op: "dial", Err: short},
		"resolving":  &net.DNSError{Name: "backend.test", Err: "dial udp 127.0.0.53:53: " + short.Error()}, // as net makes it
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var dials, free atomic.Int32
			free.Store(2)
			dial := func(context.Context, string, string) (net.Conn, error) {
				if dials.Add(1) > free.Load() {
					return nil, err
				}
				return nil, nil //nolint:nilnil // the connection is made behind it
			}
			inBubble(t, h1.Options{Dial: dial}, hooktest.Late(100*time.Millisecond, hooktest.Answer(200, `{}`)), func(t *testing.T, b *bench) {
				b.burst(t, 50)
				assert.Equal(t, 2, b.socket.Accepted())
				free.Store(math.MaxInt32)
				time.Sleep(time.Second)
				b.burst(t, 50)
				assert.Greater(t, b.socket.Accepted(), 10, "there are descriptors again")
			})
		})
	}
}

// burst does n exchanges at once, all of which succeed.
func (b *bench) burst(t *testing.T, n int) {
	t.Helper()
	var all sync.WaitGroup
	for range n {
		all.Go(func() { assert.NoError(t, b.do(t.Context()).Err) })
	}
	all.Wait()
}

// A waiter gets the error of a failed dial, or the panic of a dial function as an error.
func TestDialThatFails(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	for name, dial := range map[string]h1.DialFunc{
		"error": func(context.Context, string, string) (net.Conn, error) { return nil, refused },
		"panic": func(context.Context, string, string) (net.Conn, error) { panic(refused) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, h1.Options{Limit: 2, Dial: dial}, hooktest.Answer(200, `{}`), func(t *testing.T, b *bench) {
				var all sync.WaitGroup
				for range 10 {
					all.Go(func() {
						r := b.do(t.Context())
						assert.ErrorContains(t, r.Err, "refused")
						assert.Equal(t, h1.Connecting, r.Phase)
					})
				}
				all.Wait()
			})
		})
	}
}

// After a timeout on a reused connection without a byte of an answer, the connections that
// were idle at its start are closed.
func TestTimeoutClosesIdleConnections(t *testing.T) {
	t.Parallel()
	inBubble(t, h1.Options{}, hooktest.Late(time.Second, hooktest.Answer(200, `{}`)), func(t *testing.T, b *bench) {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { assert.NoError(t, b.do(t.Context()).Err) })
		}
		all.Wait()
		require.Equal(t, 8, b.socket.Open())
		r := b.do(t.Context(), within(500*time.Millisecond))
		require.ErrorIs(t, r.Err, h1.ErrTime)
		assert.True(t, r.Reused)
		assert.Equal(t, h1.Sent, r.Phase)
		synctest.Wait()
		assert.Zero(t, b.socket.Open())
	})
}

// A request for a fresh connection gets one within the limit.
func TestFreshConnection(t *testing.T) {
	t.Parallel()
	inBubble(t, h1.Options{Limit: 1}, hooktest.Answer(200, `{}`), func(t *testing.T, b *bench) {
		require.NoError(t, b.do(t.Context()).Err)
		r := b.do(t.Context(), fresh)
		require.NoError(t, r.Err)
		assert.False(t, r.Reused)
		assert.Equal(t, 2, b.socket.Accepted())
		assert.True(t, b.do(t.Context()).Reused)
	})
}

// A connection is not kept beyond its greatest age.
func TestGreatestAge(t *testing.T) {
	t.Parallel()
	inBubble(t, h1.Options{Age: time.Minute}, hooktest.Answer(200, `{}`), func(t *testing.T, b *bench) {
		for range 12 {
			require.NoError(t, b.do(t.Context()).Err)
			time.Sleep(10*time.Second + time.Millisecond)
		}
		assert.Greater(t, b.socket.Accepted(), 1)
		assert.LessOrEqual(t, b.socket.Accepted(), 3)
	})
}

// A status below 100 is malformed; an error for HTTP/2 names it.
func TestMalformedAnswers(t *testing.T) {
	t.Parallel()
	for says, want := range map[string]string{
		"HTTP/1.1 099 X\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}": "malformed",
		"HTTP/1.1 -00 X\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}":                        "malformed",
		"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x04\x00\x10\x00\x00":                                "HTTP/2",
	} {
		t.Run(want, func(t *testing.T) {
			inBubble(t, h1.Options{}, hooktest.OnRequest(func(c *hooktest.Conn) { c.Send(says) }), func(t *testing.T, b *bench) {
				r := b.do(t.Context())
				require.ErrorIs(t, r.Err, h1.ErrMalformed)
				require.ErrorContains(t, r.Err, want)
				assert.Equal(t, h1.StatusLine, r.Phase)
			})
		})
	}
}

// A connection becomes free at the moment when the exchange that waits for it ends. It is
// put once: the race detector would see two idle readers.
func TestConnectionBecomesFreeAtTheEnd(t *testing.T) {
	t.Parallel()
	plays := hooktest.Late(10*time.Millisecond, hooktest.Answer(200, `{}`))
	inBubble(t, h1.Options{Limit: 1}, plays, func(t *testing.T, b *bench) {
		for range 200 {
			var both sync.WaitGroup
			end := time.Now().Add(10 * time.Millisecond)
			both.Go(func() { assert.NoError(t, b.do(t.Context()).Err) })
			synctest.Wait()
			both.Go(func() { b.do(t.Context(), func(r *h1.Request) { r.End = end }) })
			both.Wait()
		}
		require.NoError(t, b.do(t.Context()).Err)
	})
}

// When a dial does not answer, another one is begun for the waiter.
func TestDialHangs(t *testing.T) {
	t.Parallel()
	var dials atomic.Int32
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		if dials.Add(1) == 1 {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return nil, nil //nolint:nilnil // the connection is made behind it
	}
	inBubble(t, h1.Options{Dial: dial}, hooktest.Answer(200, `{}`), func(t *testing.T, b *bench) {
		require.NoError(t, b.do(t.Context(), within(500*time.Millisecond)).Err)
		for range 8 {
			require.NoError(t, b.do(t.Context(), within(500*time.Millisecond)).Err)
		}
		assert.Equal(t, int32(2), dials.Load())
	})
}

// Background requests beyond their share wait and begin no dial.
func TestWaitForAShare(t *testing.T) {
	t.Parallel()
	background := func(r *h1.Request) { r.Background = true }
	inBubble(t, h1.Options{Limit: 8}, hooktest.Late(time.Minute, hooktest.Answer(200, `{}`)), func(t *testing.T, b *bench) {
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() { b.do(t.Context(), background, within(20*time.Second)) })
		}
		synctest.Wait()
		for range 20 {
			all.Go(func() {
				r := b.do(t.Context(), background, within(5*time.Second))
				assert.Equal(t, h1.Waiting, r.Phase)
			})
		}
		all.Wait()
		assert.Equal(t, 6, b.socket.Accepted())
	})
}

// After a lack of descriptors, a waiter gets a dial a moment later, even if nothing else
// happens.
func TestDialsAgainAfterAShortage(t *testing.T) {
	t.Parallel()
	var dials atomic.Int32
	dial := func(context.Context, string, string) (net.Conn, error) {
		if dials.Add(1) == 2 {
			return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("socket", syscall.EMFILE)}
		}
		return nil, nil //nolint:nilnil // the connection is made behind it
	}
	plays := hooktest.Then(hooktest.Late(14*time.Second, hooktest.Answer(200, `{}`)), hooktest.Answer(200, `{}`))
	inBubble(t, h1.Options{Dial: dial}, plays, func(t *testing.T, b *bench) {
		var first sync.WaitGroup
		first.Go(func() { b.do(t.Context()) })
		synctest.Wait()
		b.socket.Play(hooktest.Answer(200, `{}`))
		begun := time.Now()
		require.NoError(t, b.do(t.Context(), within(10*time.Second)).Err)
		assert.LessOrEqual(t, time.Since(begun), 2*time.Second)
		first.Wait()
	})
}

// Waiters get a connection when the limit is raised.
func TestRenewServesThoseWhoWait(t *testing.T) {
	t.Parallel()
	inBubble(t, h1.Options{Limit: 1}, hooktest.Late(10*time.Second, hooktest.Answer(200, `{}`)), func(t *testing.T, b *bench) {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() { assert.NoError(t, b.do(t.Context()).Err) })
		}
		time.Sleep(time.Second)
		b.Renew(100)
		all.Wait()
	})
}

// A new TLS configuration closes the idle connections that were made with the old one, and
// those in use after their exchange. A connection without TLS stays.
func TestNewTLSConfiguration(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		secured := hooktest.NewTLSSocketOn(t, network.Listen(), hooktest.Trusted, hooktest.Late(time.Second, hooktest.Answer(200, `{}`)))
		plain := hooktest.NewSocketOn(t, network.Listen(), hooktest.Answer(200, `{}`))
		var now atomic.Pointer[tls.Config]
		now.Store(secured.TLSConfig())
		b := &bench{Transport: h1.New(h1.Options{Dial: network.DialContext, TLSNow: now.Load})}
		defer b.Close(t.Context())
		to := func(s *hooktest.Socket) func(*h1.Request) {
			return func(r *h1.Request) {
				r.To = h1.Endpoint{Address: s.Addr(), Secure: s == secured}
			}
		}
		ask := func(s *hooktest.Socket, change ...func(*h1.Request)) {
			t.Helper()
			result := b.do(t.Context(), append(change, to(s))...)
			assert.NoError(t, result.Err)
		}
		ask(plain)
		both := func() {
			var asked sync.WaitGroup
			asked.Go(func() { ask(secured) })
			asked.Go(func() { ask(secured) })
			asked.Wait()
		}
		both()
		assert.Equal(t, 2, secured.Open(), "idle")
		now.Store(secured.TLSConfig())
		both()
		assert.Equal(t, 2, secured.Accepted(), "nobody has asked for a configuration")

		var old sync.WaitGroup
		old.Go(func() { ask(secured) })
		synctest.Wait() // one of the two is in use
		ask(secured, fresh)
		old.Wait()
		synctest.Wait()
		assert.Equal(t, 1, secured.Open(), "the new one")
		both()
		assert.Equal(t, 4, secured.Accepted(), "the new one is used again")
		ask(plain)
		assert.Equal(t, 1, plain.Accepted())
	})
}

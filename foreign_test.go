package resthook_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// What a media server brings along: transports, connections and contexts that keep no
// promise.

// broughtAlong is a client over a transport or a dial function of the media server's.
func broughtAlong(t *testing.T, over resthook.Option, more ...resthook.Option) (*resthook.Client, *outcomes) {
	t.Helper()
	seen := &outcomes{}
	client, err := resthook.NewClient(resthook.DefaultConfig(), append(more, over, resthook.WithApp(resthook.App{URL: "http://backend.test"}),
		resthook.WithObserver(resthook.Observer{Event: seen.note}))...)
	require.NoError(t, err)
	return client, seen
}

func anAnswer() *http.Response {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("{}"))}
}

func TestTransportsWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		response *http.Response
		kind     error
	}{
		"nothing":          {nil, resthook.ErrBody},
		"200, no body":     {&http.Response{StatusCode: http.StatusOK}, resthook.ErrBody},
		"403, no body":     {&http.Response{StatusCode: http.StatusForbidden}, resthook.ErrStatus},
		"no status at all": {&http.Response{}, resthook.ErrBody},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, _ := broughtAlong(t, resthook.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) { return row.response, nil })))
			defer closeClient(t, client)
			_, err := client.Connect(t.Context(), &resthook.Connection{})
			require.ErrorIs(t, err, row.kind)
		})
	}
}

// A worker outlives what it calls.
func TestEventsOverATransportThatDoesNotReturn(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(){"panic": func() { panic("broken") }, "goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int32
				client, seen := broughtAlong(t, resthook.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
					if calls.Add(1) == 1 {
						end()
					}
					return anAnswer(), nil
				})), resthook.WithEventWorkers(1))
				s, err := client.Resume(&resthook.Connection{SessionID: "s"})
				require.NoError(t, err)
				notify(t, s, "first")
				notify(t, s, "second")
				synctest.Wait()
				assert.Equal(t, 1, seen.count(resthook.EventFailed))
				assert.Equal(t, 1, seen.count(resthook.EventDelivered))
				assert.False(t, resthook.SafeToRepeat(seen.list()[0].Err))
				require.NoError(t, client.Close(t.Context()))
			})
		})
	}
}

// A connection that panics takes no process with it either.
func TestEventsOverAConnectionThatPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		socket := hooktest.NewSocketOn(t, network.Listen(), hooktest.Answer(200, `{}`))
		client, seen := broughtAlong(t, resthook.WithDialContext(func(ctx context.Context, n, _ string) (net.Conn, error) {
			c, err := network.DialContext(ctx, n, strings.TrimPrefix(socket.URL(), "http://"))
			return panicsOnWrite{c}, err
		}))
		s, err := client.Resume(&resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		notify(t, s, "n")
		time.Sleep(15 * time.Minute)
		assert.Len(t, seen.list(), 1)
		assert.Zero(t, seen.count(resthook.EventDelivered))
		require.NoError(t, client.Close(t.Context()))
	})
}

type panicsOnWrite struct{ net.Conn }

func (panicsOnWrite) Write([]byte) (int, error) { panic("broken") }

// Of a transport that tells nothing, an event that it took may have been read: it
// does not crash its backend for ten minutes.
func TestEventsOverATransportThatTellsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		client, seen := broughtAlong(t, resthook.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			calls.Add(1)
			_, _ = io.Copy(io.Discard, r.Body)
			return nil, io.EOF
		})))
		s, err := client.Resume(&resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		notify(t, s, "n")
		time.Sleep(15 * time.Minute)
		assert.Equal(t, int32(4), calls.Load())
		assert.Equal(t, 1, seen.count(resthook.EventFailed))
		require.NoError(t, client.Close(t.Context()))
	})
}

// muxError is how yamux and smux say that a deadline is over.
type muxError struct{}

func (muxError) Error() string   { return "i/o deadline reached" }
func (muxError) Timeout() bool   { return true }
func (muxError) Temporary() bool { return true }

type muxed struct{ net.Conn }

func (c muxed) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if late, ok := errors.AsType[net.Error](err); ok && late.Timeout() {
		err = muxError{}
	}
	return n, err
}

func TestConnectionsWithDeadlinesOfTheirOwnAreKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		socket := hooktest.NewSocketOn(t, network.Listen(), hooktest.Answer(200, `{}`))
		client, _ := broughtAlong(t, resthook.WithDialContext(func(ctx context.Context, n, _ string) (net.Conn, error) {
			c, err := network.DialContext(ctx, n, strings.TrimPrefix(socket.URL(), "http://"))
			return muxed{c}, err
		}))
		for range 10 {
			_, err := client.Connect(t.Context(), &resthook.Connection{})
			require.NoError(t, err)
		}
		assert.Equal(t, 1, socket.Accepted())
		require.NoError(t, client.Close(t.Context()))
	})
}

// A connection without a buffer takes no request that is not read: the answer is.
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

type neverCloses struct {
	net.Conn

	release chan struct{}
}

func (c neverCloses) Close() error {
	<-c.release
	return c.Conn.Close()
}

func TestCloseDoesNotWaitForAConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		socket := hooktest.NewSocketOn(t, network.Listen(), hooktest.Answer(200, `{}`))
		release := make(chan struct{})
		client, _ := broughtAlong(t, resthook.WithDialContext(func(ctx context.Context, n, _ string) (net.Conn, error) {
			c, err := network.DialContext(ctx, n, strings.TrimPrefix(socket.URL(), "http://"))
			return neverCloses{c, release}, err
		}))
		_, err := client.Connect(t.Context(), &resthook.Connection{})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		_ = client.Close(ctx)
		assert.LessOrEqual(t, time.Since(begun), 1500*time.Millisecond)
		close(release)
	})
}

// deadlineOnly is a context that has a deadline and never ends.
type deadlineOnly struct {
	context.Context //nolint:containedctx // it is one

	at time.Time
}

func (c deadlineOnly) Deadline() (time.Time, bool) { return c.at, true }

func TestContextThatHeedsNoDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)})
		begun := time.Now()
		_, err := b.client.Connect(deadlineOnly{context.WithoutCancel(t.Context()), begun.Add(time.Second)}, &resthook.Connection{})
		require.Error(t, err)
		assert.Less(t, time.Since(begun), time.Minute)
	})
}

package resthook_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
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

// Transports, connections and dial functions that a media server gives, and that do not
// keep the rules.

// broughtAlong is a client with a given transport or dial function.
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

// A transport may hold a request: the next one does not change its header.
func TestRequestsShareNoHeader(t *testing.T) {
	t.Parallel()
	var sent []http.Header
	client, _ := broughtAlong(t, resthook.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
		sent = append(sent, r.Header)
		return anAnswer(), nil
	})))
	defer closeClient(t, client)
	for range 2 {
		_, err := resthook.Connect.Send(t.Context(), client, &resthook.Connection{})
		require.NoError(t, err)
	}
	require.Len(t, sent, 2)
	assert.NotEqual(t, sent[0].Get(resthook.HeaderID), sent[1].Get(resthook.HeaderID))
}

// A worker survives a panic, and a Goexit, of the transport.
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

// A connection that panics does not end the process.
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

// An event that a transport has read may have reached the backend, where the transport does
// not say: it is not repeated for ten minutes.
func TestEventsOverATransportThatReadsAndFails(t *testing.T) {
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

// muxError is the error of yamux and smux after a deadline.
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

// A deadline of the caller that ends during a dial is ErrCanceled, also where the dial
// function notices it first.
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

// A dial function that panics uses up no connection of the limit.
func TestPanicWhileDialing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := retrying(0)
		cfg.MaxConnections = 1
		network, panics := hooktest.NewNetwork(), true
		socket := hooktest.NewSocketOn(t, network.Listen(), hooktest.Answer(200, `{}`))
		client := makeClient(t, cfg, resthook.WithApp(resthook.App{URL: socket.URL()}),
			resthook.WithDialContext(func(ctx context.Context, n, address string) (net.Conn, error) {
				if panics {
					panic("a dialer of the media server's")
				}
				return network.DialContext(ctx, n, address)
			}))
		_, err := client.Connect(t.Context(), &resthook.Connection{})
		require.ErrorIs(t, err, resthook.ErrUnreachable)
		require.ErrorContains(t, err, "panicked")
		panics = false
		_, err = client.Connect(t.Context(), &resthook.Connection{})
		assert.NoError(t, err)
	})
}

// A connection without deadlines could hang for ever: it is not used.
func TestConnectionWithoutDeadlines(t *testing.T) {
	t.Parallel()
	client := makeClient(t, retrying(0), resthook.WithApp(resthook.App{URL: "http://backend.example"}),
		resthook.WithDialContext(func(context.Context, string, string) (net.Conn, error) { return timeless{}, nil }))
	_, err := client.Connect(t.Context(), &resthook.Connection{})
	require.ErrorIs(t, err, resthook.ErrUnreachable)
	assert.ErrorContains(t, err, "deadlines")
}

type timeless struct{ net.Conn }

func (timeless) Close() error                { return nil }
func (timeless) SetDeadline(time.Time) error { return errors.ErrUnsupported }

func TestOwnTransport(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	calls := 0
	cfg := resthook.DefaultConfig()
	cfg.RetryCount = 1
	client := makeClient(t, cfg, resthook.WithApp(resthook.App{URL: "http://backend.example"}),
		resthook.WithBackoff(time.Millisecond, time.Millisecond),
		resthook.WithTransport(roundTrip(func(*http.Request) (*http.Response, error) {
			calls++
			return nil, boom
		})))
	_, err := client.Connect(t.Context(), &resthook.Connection{})
	require.ErrorIs(t, err, resthook.ErrNoAnswer)
	require.ErrorIs(t, err, boom)
	assert.Equal(t, 2, calls)
}

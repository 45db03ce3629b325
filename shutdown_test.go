package resthook_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// lasts is the last hook of each session that the backend received.
func lasts(requests []hooktest.Request) map[string]string {
	last := map[string]string{}
	for _, r := range requests {
		last[textOf(r.Body, "sessionId")] = r.Hook + " " + textOf(r.Body, "status")
	}
	return last
}

const disconnected = "ConnectionStatusEvent DISCONNECTED"

// Shutdown of thousands of sessions, made by Connect and by Resume, some with events queued
// and hooks in flight, and more of them than the queue holds.
func TestShutdownEndsAllSessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const sessions = 3000
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Millisecond, hooktest.Answer(200, `{}`))},
			resthook.WithQueueLimits(resthook.QueueLimits{Events: 1000}))
		var all []*resthook.Session
		for i := range sessions {
			s := b.session(t, strconv.Itoa(i))
			if i%10 == 0 {
				var err error
				s, err = b.client.Connect(t.Context(), &resthook.Connection{SessionID: "c" + strconv.Itoa(i)})
				require.NoError(t, err)
			}
			if i%10 == 1 {
				notify(t, s, "n")
			}
			if i%100 == 2 {
				go func() { _, _ = resthook.PublishStream.Send(context.Background(), s, &resthook.Stream{Name: "n"}) }()
			}
			all = append(all, s)
		}
		require.NoError(t, all[0].Disconnect(t.Context()))
		assert.Len(t, b.client.Sessions(), sessions-1+sessions/10, "those of Resume that were not used are open too")
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(t, b.client.Shutdown(ctx))
		assert.Empty(t, b.client.Sessions())
		seen := lasts(b.socket.Requests())
		assert.Len(t, seen, sessions+sessions/10)
		for session, last := range seen {
			require.Equal(t, disconnected, last, session)
		}
		assert.Zero(t, b.seen.count(resthook.EventShed))
		addsUp(t, b.client)
		require.NoError(t, b.client.Shutdown(endedContext(t)), "again")
		require.NoError(t, all[1].Disconnect(t.Context()), "nothing is left to do")
		_, err := b.client.Resume(&resthook.Connection{SessionID: "late"})
		require.ErrorIs(t, err, resthook.ErrClosed)
		_, err = b.client.Connect(t.Context(), &resthook.Connection{SessionID: "late"})
		require.ErrorIs(t, err, resthook.ErrClosed)
	})
}

func TestSessionsAreThoseThatAreOpen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)})
		one, two, three := b.session(t, "1"), b.session(t, "2"), b.session(t, "2")
		assert.Equal(t, []*resthook.Session{one, two, three}, b.client.Sessions())
		b.client.Sessions()[0] = nil
		require.NoError(t, two.Disconnect(t.Context()))
		assert.Equal(t, []*resthook.Session{one, three}, b.client.Sessions())
		require.NoError(t, b.client.Close(t.Context()))
		assert.Equal(t, []*resthook.Session{one, three}, b.client.Sessions(), "Close ends none")
		err := b.client.Shutdown(t.Context())
		require.ErrorIs(t, err, resthook.ErrClosed)
		require.ErrorContains(t, err, "2 closing events were not queued")
		assert.Empty(t, b.client.Sessions())
		synctest.Wait()
		assert.Equal(t, 2, b.seen.count(resthook.EventRefused))
		require.NoError(t, b.client.Shutdown(t.Context()))
	})
}

// A Connect during Shutdown or Close is declined, or its session is disconnected: none is
// left open at the backend.
func TestConnectDuringShutdown(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*resthook.Client, context.Context) error{
		"shutdown": (*resthook.Client).Shutdown, "close": (*resthook.Client).Close,
	} {
		for delay := range 4 {
			t.Run(name+strconv.Itoa(delay), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(2*time.Millisecond, hooktest.Answer(200, `{}`))})
					var mu sync.Mutex
					var in []*resthook.Session
					var wg sync.WaitGroup
					for i := range 200 {
						wg.Go(func() {
							time.Sleep(time.Duration(i%4) * time.Millisecond)
							s, err := b.client.Connect(context.Background(), &resthook.Connection{SessionID: strconv.Itoa(i)})
							if err != nil {
								assert.True(t, errors.Is(err, resthook.ErrClosed) || errors.Is(err, resthook.ErrCanceled), err)
								assert.Equal(t, errors.Is(err, resthook.ErrClosed), resthook.SafeToRepeat(err))
								return
							}
							mu.Lock()
							in = append(in, s)
							mu.Unlock()
						})
					}
					time.Sleep(time.Duration(delay) * time.Millisecond)
					require.NoError(t, end(b.client, context.Background()))
					wg.Wait()
					open := b.client.Sessions()
					if name == "shutdown" {
						assert.Empty(t, open)
					}
					for session, last := range lasts(b.socket.Requests()) {
						known := slices.ContainsFunc(open, func(s *resthook.Session) bool { return s.ID() == session })
						assert.True(t, known || last == disconnected, "%s: %s", session, last)
					}
					addsUp(t, b.client)
				})
			})
		}
	}
}

// Where one of two apps is down, the other's sessions are disconnected.
func TestShutdownWhileOneAppIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		socket := hooktest.NewSocketOn(t, network.Listen(), hooktest.Answer(200, `{}`))
		client, err := resthook.NewClient(resthook.DefaultConfig(),
			resthook.WithApp(resthook.App{Key: "dead", URL: "http://" + network.BlackHole()}), resthook.WithApp(resthook.App{Key: "well", URL: socket.URL()}),
			resthook.WithDialContext(network.DialContext), resthook.WithQueueLimits(resthook.QueueLimits{Events: 100}))
		require.NoError(t, err)
		for i := range 500 {
			for _, app := range []string{"dead", "well"} {
				_, err := client.Resume(&resthook.Connection{AppKey: app, SessionID: app + strconv.Itoa(i)})
				require.NoError(t, err)
			}
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		begun := time.Now()
		require.ErrorIs(t, client.Shutdown(ctx), context.DeadlineExceeded)
		assert.Less(t, time.Since(begun), 5500*time.Millisecond)
		assert.Len(t, socket.Requests(), 500)
		addsUp(t, client)
	})
}

// A second Close whose context has ended says what is left, and does not disturb the first.
func TestSecondCloseDoesNotDisturbTheFirst(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*resthook.Client, context.Context) error{
		"close": (*resthook.Client).Close, "shutdown": (*resthook.Client).Shutdown,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Second, hooktest.Answer(200, `{}`))})
				for i := range 500 {
					notify(t, b.session(t, strconv.Itoa(i)), "n")
				}
				first := make(chan error, 1)
				go func() { first <- b.client.Close(context.Background()) }()
				synctest.Wait()
				before := b.dials.Load()
				for range 3 {
					err := end(b.client, endedContext(t))
					require.ErrorIs(t, err, context.Canceled)
					require.ErrorContains(t, err, "0 hooks and 500 events")
				}
				require.NoError(t, <-first)
				assert.Equal(t, 500, b.seen.count(resthook.EventDelivered))
				assert.Equal(t, before, b.dials.Load(), "its connections serve on")
				require.NoError(t, b.client.Close(endedContext(t)), "there is nothing left")
			})
		})
	}
}

// Close, Shutdown and Disconnect may run at once: all return, and all events are delivered.
func TestClosesAtOnce(t *testing.T) {
	t.Parallel()
	for round := range 30 {
		synctest.Test(t, func(t *testing.T) {
			b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Millisecond, hooktest.Answer(200, `{}`))})
			var wg sync.WaitGroup
			for i := range 50 {
				s := b.session(t, strconv.Itoa(i))
				notify(t, s, "n")
				if i%5 == round%5 {
					wg.Go(func() { _ = s.Disconnect(context.Background()) })
				}
			}
			for i := range 6 {
				wg.Go(func() {
					time.Sleep(time.Duration(i*round%7) * time.Millisecond)
					end := (*resthook.Client).Close
					if (i+round)%2 == 0 {
						end = (*resthook.Client).Shutdown
					}
					if err := end(b.client, context.Background()); err != nil {
						assert.ErrorIs(t, err, resthook.ErrClosed)
					}
				})
			}
			wg.Wait()
			synctest.Wait()
			assert.Len(t, b.seen.of("StreamStatusEvent"), 50)
			stats := b.client.Stats()
			assert.Zero(t, stats.Queued)
			assert.Zero(t, b.seen.count(resthook.EventLeft))
			addsUp(t, b.client)
		})
	}
}

// Close returns when its context ends, also where the transport of a hook in flight never
// returns.
func TestCloseWithADialerThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: "http://backend.example"}),
			resthook.WithTransport(hanging{release}))
		require.NoError(t, err)
		s, err := client.Resume(&resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		notify(t, s, "n")
		go func() { _, _ = resthook.PublishStream.Send(context.Background(), s, &resthook.Stream{}) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		err = client.Shutdown(ctx)
		assert.LessOrEqual(t, time.Since(begun), 1500*time.Millisecond)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "have not returned")
		addsUp(t, client)
		close(release)
		synctest.Wait()
		addsUp(t, client)
		assert.Zero(t, client.Stats().Queued, "what came too late is counted")
	})
}

type hanging struct{ release chan struct{} }

func (h hanging) RoundTrip(*http.Request) (*http.Response, error) {
	<-h.release
	return nil, errors.New("too late")
}

// A second Close or Shutdown loses no closing event of a Shutdown that is running.
func TestSecondCloseDuringShutdown(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]func(c *resthook.Client, ctx context.Context) error{
		"Shutdown": func(c *resthook.Client, ctx context.Context) error { return c.Shutdown(ctx) },
		"Close":    func(c *resthook.Client, ctx context.Context) error { return c.Close(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(100*time.Millisecond, hooktest.Answer(200, `{}`))},
					resthook.WithQueueLimits(resthook.QueueLimits{Events: 20}))
				for i := range 500 {
					b.session(t, strconv.Itoa(i))
				}
				first := make(chan error, 1)
				go func() { first <- b.client.Shutdown(t.Context()) }()
				time.Sleep(time.Second)
				require.ErrorContains(t, second(b.client, endedContext(t)), "still waits")
				require.NoError(t, <-first)
				assert.Equal(t, 500, b.seen.count(resthook.EventDelivered))
			})
		})
	}
}

// Shutdown delivers all closing events, however small the queue is.
func TestShutdownWithASmallQueue(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]resthook.QueueLimits{"one event": {Events: 1}, "two": {Events: 2}, "64 KiB": {Bytes: 64 << 10}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(10*time.Millisecond, hooktest.Answer(200, `{}`))}, resthook.WithQueueLimits(limits))
				for i := range 300 {
					b.session(t, strconv.Itoa(i))
				}
				require.NoError(t, b.client.Shutdown(t.Context()))
				assert.Equal(t, 300, b.seen.count(resthook.EventDelivered))
			})
		})
	}
}

// The error of Shutdown says how many closing events were lost.
func TestShutdownReportsWhatWasShed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)}, resthook.WithQueueLimits(resthook.QueueLimits{Events: 20}))
		for i := range 100 {
			b.session(t, strconv.Itoa(i))
		}
		err := b.client.Shutdown(endedContext(t))
		require.ErrorContains(t, err, "closing events had no room in the queue")
		require.ErrorIs(t, err, context.Canceled)
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

func TestCloseReportsWhatItLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)})
		s := b.session(t, "s")
		for i := range 3 {
			notify(t, s, strconv.Itoa(i))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := b.client.Close(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.EqualError(t, err, "close: 3 StreamStatusEvent not delivered: context deadline exceeded")
		assert.Equal(t, time.Second, time.Since(b.begun))
		assert.Equal(t, 3, b.seen.count(resthook.EventLeft))
		assert.ErrorIs(t, resthook.StreamStatusEvent.Notify(t.Context(), s, &resthook.Stream{Status: resthook.StreamPublishing}), resthook.ErrClosed)
	})
}

func TestCloseWaitsAndThenCancels(t *testing.T) {
	t.Parallel()
	t.Run("waits", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := newBubble(t, resthook.DefaultConfig(), []hooktest.Behaviour{hooktest.Late(5*time.Second, hooktest.Answer(200, `{}`))})
			sent := make(chan error, 1)
			go func() { sent <- b.send(t.Context()) }()
			synctest.Wait()
			require.NoError(t, b.client.Close(t.Context()))
			assert.Equal(t, 5*time.Second, time.Since(b.begun))
			require.NoError(t, <-sent)
			assert.ErrorIs(t, b.send(t.Context()), resthook.ErrClosed)
			assert.ErrorIs(t, b.client.Reload(resthook.DefaultConfig()), resthook.ErrClosed)
			assert.NoError(t, b.client.Close(t.Context()), "again")
			assert.NoError(t, b.socket.WaitClosed(t.Context()), "its connections are closed")
		})
	})
	t.Run("cancels", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			b := newBubble(t, resthook.DefaultConfig(), []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)})
			sent := make(chan error, 2)
			for range 2 {
				go func() { sent <- b.send(t.Context()) }()
			}
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err := b.client.Close(ctx)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			assert.ErrorContains(t, err, "2 hooks")
			assert.Equal(t, time.Second, time.Since(b.begun))
			for range 2 {
				err := <-sent
				require.ErrorIs(t, err, resthook.ErrCanceled)
				assert.ErrorContains(t, err, "the client was closed")
				assert.NotErrorIs(t, err, resthook.ErrClosed, "it had begun")
			}
		})
	})
}

func TestCloseTwiceAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Second, hooktest.Answer(200, `{}`))})
		s := b.session(t, "s")
		for range 5 {
			notify(t, s, "n")
		}
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				assert.NoError(t, b.client.Close(t.Context()))
				assert.Equal(t, 5*time.Second, time.Since(b.begun), "each waits")
			})
		}
		wg.Wait()
		assert.Equal(t, 5, b.seen.count(resthook.EventDelivered))
	})
}

func TestSecondCloseKeepsToItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, retrying(0), []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)})
		go func() { _ = b.send(t.Context()) }()
		synctest.Wait()
		go func() { _ = b.client.Close(context.Background()) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_ = b.client.Close(ctx)
		assert.Equal(t, time.Second, time.Since(b.begun))
	})
}

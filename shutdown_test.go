package resthook_test

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// lasts is the last hook of each session, as the backend saw it.
func lasts(requests []hooktest.Request) map[string]string {
	last := map[string]string{}
	for _, r := range requests {
		last[textOf(r.Body, "sessionId")] = r.Hook + " " + textOf(r.Body, "status")
	}
	return last
}

const disconnected = "ConnectionStatusEvent DISCONNECTED"

// Thousands of sessions, made by Connect and by Resume, some with events that wait and
// hooks in flight, and more than the queue holds.
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
		require.NoError(t, b.client.Shutdown(over(t)), "again")
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

// A Connect that meets Shutdown, or Close, is declined, or the session that the backend
// knows of is ended: none is left behind.
func TestConnectAgainstShutdown(t *testing.T) {
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

// Of two apps one is dead: the other's sessions are ended all the same.
func TestShutdownBesideADeadApp(t *testing.T) {
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

// A second Close that has no time says what is left, and takes nothing from the first.
func TestSecondCloseTakesNothingFromTheFirst(t *testing.T) {
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
					err := end(b.client, over(t))
					require.ErrorIs(t, err, context.Canceled)
					require.ErrorContains(t, err, "0 hooks and 500 events")
				}
				require.NoError(t, <-first)
				assert.Equal(t, 500, b.seen.count(resthook.EventDelivered))
				assert.Equal(t, before, b.dials.Load(), "its connections serve on")
				require.NoError(t, b.client.Close(over(t)), "there is nothing left")
			})
		})
	}
}

// Close, Shutdown and Disconnect in any mix end together, with all that was there.
func TestClosesInAnyMix(t *testing.T) {
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

// Close returns when its context ends also where a hook in flight, its dialer or its
// transport never returns.
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

// A nil context is an error, and does nothing.
func TestNilContexts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)})
		s := b.session(t, "s")
		var none context.Context
		for name, call := range map[string]func() error{
			"connect":    func() error { _, err := b.client.Connect(none, &resthook.Connection{}); return err },
			"send":       func() error { _, err := resthook.PublishStream.Send(none, s, &resthook.Stream{}); return err },
			"json":       func() error { _, err := resthook.PublishStream.SendJSON(none, b.client, []byte(`{}`)); return err },
			"disconnect": func() error { return s.Disconnect(none) },
			"close":      func() error { return b.client.Close(none) },
			"shutdown":   func() error { return b.client.Shutdown(none) },
		} {
			require.ErrorIs(t, call(), resthook.ErrConfig, name)
		}
		assert.Len(t, b.client.Sessions(), 1)
		_, err := resthook.PublishStream.Send(t.Context(), s, &resthook.Stream{})
		require.NoError(t, err)
		require.NoError(t, b.client.Shutdown(t.Context()))
		var client *resthook.Client
		for _, c := range []*resthook.Client{client, {}} {
			require.ErrorIs(t, c.Close(t.Context()), resthook.ErrConfig)
			require.ErrorIs(t, c.Shutdown(t.Context()), resthook.ErrConfig)
			require.ErrorIs(t, c.Reload(resthook.DefaultConfig()), resthook.ErrConfig)
			_, err = c.Resume(&resthook.Connection{})
			require.ErrorIs(t, err, resthook.ErrConfig)
			assert.Empty(t, c.Sessions())
			assert.Equal(t, resthook.Stats{}, c.Stats())
		}
	})
}

// foreign is a context that calls back, and panics when it is told to.
type foreign struct {
	context.Context //nolint:containedctx // it is one

	call func()
}

func (f foreign) Err() error                  { f.call(); return f.Context.Err() }
func (f foreign) Done() <-chan struct{}       { f.call(); return f.Context.Done() }
func (f foreign) Value(key any) any           { f.call(); return f.Context.Value(key) }
func (f foreign) Deadline() (time.Time, bool) { f.call(); return f.Context.Deadline() }

// A caller's context is foreign code: it may call the library, and it may panic.
func TestContextsThatCallBack(t *testing.T) {
	t.Parallel()
	for _, after := range []int{0, 1, 2, 3, 5, 8, math.MaxInt} {
		synctest.Test(t, func(t *testing.T) {
			b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)})
			s := b.session(t, "s")
			var mu sync.Mutex
			calls, busy := 0, false
			ctx := foreign{t.Context(), func() {
				mu.Lock()
				calls++
				fatal := calls > after
				nested := busy
				busy = true
				mu.Unlock()
				if fatal {
					panic("a context without a mind")
				}
				if !nested {
					within(t, 0, func(ctx context.Context) error {
						_, err := resthook.PublishStream.Send(ctx, s, &resthook.Stream{})
						return err
					})
					b.client.Sessions()
					mu.Lock()
					busy = false
					mu.Unlock()
				}
			}}
			func() {
				defer func() { _ = recover() }()
				_, _ = resthook.PublishStream.Send(ctx, s, &resthook.Stream{})
			}()
			begun := time.Now()
			require.NoError(t, s.Disconnect(t.Context()))
			require.NoError(t, b.client.Close(t.Context()))
			assert.Zero(t, time.Since(begun), "nothing is left in flight (after %d calls)", after)
		})
	}
}

// Whoever comes second takes no closing event from a Shutdown that is under way.
func TestNothingTakesFromAShutdown(t *testing.T) {
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
				require.ErrorContains(t, second(b.client, over(t)), "still waits")
				require.NoError(t, <-first)
				assert.Equal(t, 500, b.seen.count(resthook.EventDelivered))
			})
		})
	}
}

// However small the queue is, closing events find room in it one after the other.
func TestShutdownWithLittleRoom(t *testing.T) {
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

// What Shutdown could not keep is in its error.
func TestShutdownSaysWhatWasShed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)}, resthook.WithQueueLimits(resthook.QueueLimits{Events: 20}))
		for i := range 100 {
			b.session(t, strconv.Itoa(i))
		}
		err := b.client.Shutdown(over(t))
		require.ErrorContains(t, err, "closing events had no room in the queue")
		require.ErrorIs(t, err, context.Canceled)
	})
}

package resthook_test

import (
	"context"
	"log/slog"
	"runtime"
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

// callbacks is a client on virtual time. It makes one call at one of the places where the
// media server's code is called.
type callbacks struct {
	client  *resthook.Client
	socket  *hooktest.Socket
	session *resthook.Session
	stop    func()
	log     logged
	begun   time.Time

	mu   sync.Mutex
	at   string       // the place
	call func(string) // what to call there, once
	seen []resthook.EventOutcome
}

// The places where the media server's code is called: for a hook that is sent, on the
// goroutine of Send, and for events.
var (
	sendPlaces  = []string{"start", "request of playStream", "attempt of playStream", "end", "hook failed playStream", "configuration"}
	eventPlaces = []string{"attempt of StreamStatusEvent", "event delivered", "event failed", "hook failed StreamStatusEvent", "events lost", "end of keep-alive"}
)

// here makes the call, once, if this is the place.
func (c *callbacks) here(place string) {
	c.mu.Lock()
	call := c.call
	if place != c.at || call == nil {
		c.mu.Unlock()
		return
	}
	c.call = nil
	c.mu.Unlock()
	call(place)
}

// Handle is the log handler.
func (c *callbacks) Handle(ctx context.Context, r slog.Record) error {
	place := r.Message
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "hook" && r.Message == "hook failed" {
			place += " " + a.Value.String()
		}
		return true
	})
	c.here(place)
	return c.log.logger().Handler().Handle(ctx, r)
}

func (c *callbacks) Enabled(context.Context, slog.Level) bool { return true }
func (c *callbacks) WithAttrs([]slog.Attr) slog.Handler       { return c }
func (c *callbacks) WithGroup(string) slog.Handler            { return c }

func (c *callbacks) observer() resthook.Observer {
	return resthook.Observer{
		Start: func(ctx context.Context, _ resthook.Start) context.Context { c.here("start"); return ctx },
		StartAttempt: func(ctx context.Context, a resthook.AttemptStart) context.Context {
			c.here("request of " + a.Hook)
			return ctx
		},
		Attempt: func(_ context.Context, a resthook.Attempt) { c.here("attempt of " + a.Hook) },
		End:     func(context.Context, resthook.Outcome) { c.here("end") },
		Event: func(_ context.Context, o resthook.EventOutcome) {
			c.mu.Lock()
			c.seen = append(c.seen, o)
			c.mu.Unlock()
			c.here("event " + string(o.Result))
		},
	}
}

func (c *callbacks) results() map[resthook.EventResult]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := map[resthook.EventResult]int{}
	for _, o := range c.seen {
		n[o.Result]++
	}
	return n
}

func newCallbacks(t *testing.T, place string, call func(c *callbacks)) *callbacks {
	t.Helper()
	network := hooktest.NewNetwork()
	c := &callbacks{at: place, begun: time.Now()}
	c.call = func(string) { call(c) }
	c.socket = hooktest.NewSocketOn(t, network.Listen(), hooktest.OnRequest(func(conn *hooktest.Conn) {
		body, status := string(conn.Request().Body), "200 OK"
		if strings.Contains(body, `"name":"bad"`) {
			status = "403 Forbidden"
		}
		if conn.Wait(time.Millisecond) {
			conn.Send("HTTP/1.1 " + status + "\r\nContent-Length: 2\r\n\r\n{}")
		}
	}))
	var err error
	c.client, err = resthook.NewClient(keepingAlive(), resthook.WithApp(resthook.App{URL: c.socket.URL()}),
		resthook.WithDialContext(network.DialContext), resthook.WithObserver(c.observer()), resthook.WithLogger(slog.New(c)),
		resthook.WithQueueLimits(resthook.QueueLimits{SessionEvents: 3}))
	require.NoError(t, err)
	policy, err := resthook.ParsePolicy([]byte(`{"StreamKeepAliveEvent":{"restOnError":"FAIL"}}`))
	require.NoError(t, err)
	c.session, err = c.client.Resume(&resthook.Connection{SessionID: "s", RestClientConfig: policy})
	require.NoError(t, err)
	c.stop = func() {}
	return c
}

// live passes all the places.
func (c *callbacks) live(t *testing.T) {
	t.Helper()
	slip := keepingAlive()
	slip.Warnings = []resthook.Warning{{Key: "k", Text: "a slip"}}
	_ = c.client.Reload(slip)
	_, _ = resthook.PlayStream.Send(t.Context(), c.session, &resthook.Stream{Name: "bad"})
	stop, err := c.session.KeepAlive(&resthook.Stream{Name: "bad"}, func(resthook.Info) { c.here("end of keep-alive") })
	if err == nil {
		c.mu.Lock()
		c.stop = stop
		c.mu.Unlock()
	}
	for _, name := range []string{"good", "bad", "a", "b", "c", "d", "e"} {
		_ = resthook.StreamStatusEvent.Notify(t.Context(), c.session, &resthook.Stream{Name: name, Status: resthook.StreamPublishing})
		if name == "good" || name == "bad" {
			time.Sleep(10 * time.Millisecond)
		}
	}
	time.Sleep(30 * time.Second)
}

// closeAndCount closes the client and checks that its counts add up.
func (c *callbacks) closeAndCount(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	begun := time.Now()
	_ = c.client.Close(ctx)
	assert.Less(t, time.Since(begun), time.Minute)
	addsUp(t, c.client)
}

// A callback may call any function of the library: it returns, and so do all others.
func TestCallbacksMayCallTheLibrary(t *testing.T) {
	t.Parallel()
	calls := map[string]func(t *testing.T, c *callbacks){
		"notify": func(t *testing.T, c *callbacks) {
			t.Helper()
			_ = resthook.StreamStatusEvent.Notify(t.Context(), c.session, &resthook.Stream{Name: "again", Status: resthook.StreamPlaying})
		},
		"send": func(t *testing.T, c *callbacks) {
			t.Helper()
			_, _ = resthook.PublishStream.Send(context.Background(), c.session, &resthook.Stream{Name: "bad"})
		},
		"disconnect": func(t *testing.T, c *callbacks) { t.Helper(); within(t, 2*time.Second, c.session.Disconnect) },
		"close":      func(t *testing.T, c *callbacks) { t.Helper(); within(t, 200*time.Millisecond, c.client.Close) },
		"shutdown":   func(t *testing.T, c *callbacks) { t.Helper(); within(t, 200*time.Millisecond, c.client.Shutdown) },
		"close at once": func(t *testing.T, c *callbacks) {
			t.Helper()
			within(t, 0, c.client.Close)
		},
		"reload": func(t *testing.T, c *callbacks) {
			t.Helper()
			slip := keepingAlive()
			slip.Warnings = []resthook.Warning{{Key: "k", Text: "another"}}
			_ = c.client.Reload(slip)
		},
		"look": func(t *testing.T, c *callbacks) {
			t.Helper()
			addsUp(t, c.client)
			c.client.Sessions()
			c.mu.Lock()
			stop := c.stop
			c.mu.Unlock()
			stop()
		},
	}
	for _, place := range append(append([]string{}, sendPlaces...), eventPlaces...) {
		for name, call := range calls {
			t.Run(place+", "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					over := false
					c := newCallbacks(t, place, func(c *callbacks) { call(t, c); over = true })
					c.live(t)
					synctest.Wait()
					assert.True(t, over, "the place was passed, and the call returned")
					c.closeAndCount(t)
				})
			})
		}
	}
}

// A callback of an event that never returns delays no delivery, and Close only until its
// context ends.
func TestCallbacksThatBlock(t *testing.T) {
	t.Parallel()
	for _, place := range eventPlaces {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				c := newCallbacks(t, place, func(*callbacks) { <-release })
				defer synctest.Wait()
				defer close(release)
				c.live(t)
				other, err := c.client.Resume(&resthook.Connection{SessionID: "other"})
				require.NoError(t, err)
				for range 100 {
					notify(t, other, "good")
					time.Sleep(2 * time.Millisecond)
				}
				require.NoError(t, other.Disconnect(t.Context()), "it does not wait for the callbacks")
				assert.Equal(t, 0, c.client.Stats().Queued, "all are delivered")
				addsUp(t, c.client)

				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				begun := time.Now()
				err = c.client.Close(ctx)
				assert.Less(t, time.Since(begun), 1500*time.Millisecond)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				require.ErrorContains(t, err, "have not returned")
				require.NoError(t, c.client.Close(t.Context()), "it is closed")
			})
		})
	}
}

// A callback of an event that panics, or ends its goroutine, harms only that call.
func TestCallbacksThatPanic(t *testing.T) {
	t.Parallel()
	for _, place := range eventPlaces {
		for _, how := range []string{"panic", "exit"} {
			t.Run(place+", "+how, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := newCallbacks(t, place, func(*callbacks) {
						if how == "exit" {
							runtime.Goexit()
						}
						panic("oh no " + strings.Repeat("x", 10_000))
					})
					c.live(t)
					require.NoError(t, c.client.Close(t.Context()))
					results := c.results()
					assert.Positive(t, results[resthook.EventDelivered])
					assert.Positive(t, results[resthook.EventFailed])
					addsUp(t, c.client)
					if how == "exit" {
						return
					}
					assert.Equal(t, uint64(1), c.client.Stats().Unreported)
					line := lineWith(t, c.log.String(), `msg="callback panicked" panic="oh no xxx`)
					assert.Contains(t, line, "callbacks_test.go", "where it was")
					assert.Less(t, len(line), 10_000)
				})
			})
		}
	}
}

// A log handler that panics on every line, also on the line about the panic.
func TestLogHandlerThatAlwaysPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(403, ``)}, resthook.WithLogger(slog.New(panicking{})))
		s := b.session(t, "s")
		for range 3 {
			notify(t, s, "n")
		}
		require.NoError(t, b.client.Close(t.Context()))
		assert.Equal(t, 3, b.seen.count(resthook.EventFailed), "the observer gets all")
		assert.Equal(t, uint64(3), b.client.Stats().Unreported)
	})
}

type panicking struct{ slog.Handler }

func (panicking) Enabled(context.Context, slog.Level) bool  { return true }
func (panicking) Handle(context.Context, slog.Record) error { panic("no disk") }

// A panic in a callback of Send reaches the caller. Disconnect and Close do not wait for
// that hook.
func TestPanicsOfSendGoUp(t *testing.T) {
	t.Parallel()
	for _, place := range sendPlaces {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newCallbacks(t, place, func(*callbacks) { panic("oh no") })
				assert.PanicsWithValue(t, "oh no", func() { c.live(t) })
				_, err := resthook.PublishStream.Send(t.Context(), c.session, &resthook.Stream{Name: "good"})
				require.NoError(t, err)
				begun := time.Now()
				require.NoError(t, c.session.Disconnect(t.Context()))
				require.NoError(t, c.client.Close(t.Context()))
				assert.Less(t, time.Since(begun), time.Second)
			})
		})
	}
}

// Notify inside Observer.Event, for each event that is shed, makes no recursion.
func TestNotifyForEachShedEvent(t *testing.T) {
	t.Parallel()
	for _, ends := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			o := newObserving(t, hooktest.AfterRequest(hooktest.Stall), resthook.WithQueueLimits(resthook.QueueLimits{SessionEvents: 10}))
			s, err := o.client.Resume(&resthook.Connection{SessionID: "s"})
			require.NoError(t, err)
			var calls, deepest atomic.Int64
			o.observe = func(e resthook.EventOutcome) {
				deepest.Store(max(deepest.Load(), int64(runtime.Callers(0, make([]uintptr, 1000)))))
				if calls.Add(1) > 20_000 || e.Result != resthook.EventShed {
					return
				}
				if ends {
					within(t, time.Millisecond, s.Disconnect)
				}
				_ = resthook.StreamStatusEvent.Notify(t.Context(), s, &resthook.Stream{Name: "again", Status: resthook.StreamPlaying})
			}
			for range 12 {
				notify(t, s, "n")
			}
			synctest.Wait()
			time.Sleep(time.Second)
			assert.Less(t, deepest.Load(), int64(30))
			addsUp(t, o.client)
			within(t, time.Second, o.client.Close)
			if !ends {
				assert.Greater(t, calls.Load(), int64(20_000))
			}
		})
	}
}

// Observer.Event disconnects each session whose event was denied, and waits. Where 200
// are denied at one moment, all are disconnected at once.
func TestDisconnectForEachRefusal(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 64, 65, 200} {
		synctest.Test(t, func(t *testing.T) {
			o := newObserving(t, hooktest.OnRequest(func(c *hooktest.Conn) {
				status := "403 Forbidden"
				if strings.Contains(string(c.Request().Body), "DISCONNECTED") {
					status = "200 OK"
				}
				c.Send("HTTP/1.1 " + status + "\r\nContent-Length: 2\r\n\r\n{}")
			}))
			sessions := map[string]*resthook.Session{}
			var mu sync.Mutex
			ended := map[string]error{}
			some := func() int {
				mu.Lock()
				defer mu.Unlock()
				return len(ended)
			}
			o.observe = func(e resthook.EventOutcome) {
				if e.Result == resthook.EventFailed {
					ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
					defer cancel()
					err := sessions[e.Session].Disconnect(ctx)
					mu.Lock()
					ended[e.Session] = err
					mu.Unlock()
				}
			}
			for i := range n {
				s, err := o.client.Resume(&resthook.Connection{SessionID: strconv.Itoa(i)})
				require.NoError(t, err)
				sessions[s.ID()] = s
			}
			begun := time.Now()
			for _, s := range sessions {
				notify(t, s, "n")
			}
			for synctest.Wait(); some() < n; synctest.Wait() {
				time.Sleep(10 * time.Millisecond)
			}
			assert.Less(t, time.Since(begun), time.Second)
			require.NoError(t, o.client.Close(t.Context()))
			require.Len(t, ended, n)
			for _, err := range ended {
				assert.NoError(t, err)
			}
		})
	}
}

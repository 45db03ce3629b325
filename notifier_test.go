package resthook_test

import (
	"context"
	"net"
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
	"github.com/wcskit/resthook/internal/h1/situation"
)

// An event that the backend received and did not answer is repeated as often as a hook
// that is sent. Then it has failed, is logged and counted, and the next event is sent.
func TestAnEventThatCrashesItsBackend(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for retries := range 5 {
			synctest.Test(t, func(t *testing.T) {
				log := new(logged)
				b := newEventBubbleVia(t, via, []hooktest.Behaviour{hooktest.OnRequest(func(c *hooktest.Conn) {
					if contains(c.Request().Body, "crash") {
						hooktest.RST(c)
						return
					}
					c.Send(okAnswer)
				})}, resthook.WithLogger(log.logger()))
				cfg := resthook.DefaultConfig()
				cfg.RetryCount = retries
				require.NoError(t, b.client.Reload(cfg))
				s := b.session(t, "s")
				notify(t, s, "crash")
				notify(t, s, "next")
				time.Sleep(20 * time.Second)
				all := b.seen.list()
				require.Len(t, all, 2)
				assert.Equal(t, resthook.EventFailed, all[0].Result)
				assert.Equal(t, retries+1, all[0].Attempts)
				require.ErrorIs(t, all[0].Err, resthook.ErrNoAnswer)
				assert.Equal(t, resthook.EventDelivered, all[1].Result)
				assert.Len(t, b.socket.Requests(), retries+2)
				assert.Equal(t, 1, strings.Count(log.String(), "hook failed"))
				assert.NotContains(t, log.String(), "backend down", "it was there")
				assert.Equal(t, []resthook.EventCount{
					{Hook: "StreamStatusEvent", Result: resthook.EventDelivered, Count: 1}, {Hook: "StreamStatusEvent", Result: resthook.EventFailed, Count: 1},
				}, b.client.Stats().Events)
			})
		}
	})
}

// Attempts that never reached the backend are bounded by the age of the event only.
func TestUnansweredCountsWhatReachedTheBackend(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		synctest.Test(t, func(t *testing.T) {
			b := newEventBubbleVia(t, via, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.FIN)})
			b.socket.Down()
			notify(t, b.session(t, "s"), "n")
			time.Sleep(time.Minute)
			assert.Empty(t, b.seen.list())
			assert.Greater(t, b.dials.Load(), int64(20))
			b.socket.Up()
			time.Sleep(time.Minute)
			all := b.seen.list()
			require.Len(t, all, 1)
			assert.Equal(t, resthook.EventFailed, all[0].Result)
			assert.Len(t, b.socket.Requests(), 4)
			assert.Equal(t, int(b.dials.Load()), all[0].Attempts)
		})
	})
}

// A kept connection may be dead without notice: an event that timed out on it is sent once
// more, on a new one.
func TestATimeoutOnAKeptConnection(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		ok, stall := hooktest.Answer(200, `{}`), hooktest.AfterRequest(hooktest.Stall)
		for name, row := range map[string]struct {
			plays    []hooktest.Behaviour
			first    bool // an event is delivered before
			result   resthook.EventResult
			attempts int
		}{
			"kept, then answered": {[]hooktest.Behaviour{ok, stall, ok}, true, resthook.EventDelivered, 2},
			"kept, then silent":   {[]hooktest.Behaviour{ok, stall, stall}, true, resthook.EventFailed, 2},
			"new":                 {[]hooktest.Behaviour{stall, ok}, false, resthook.EventFailed, 1},
			"kept, in the status line": {[]hooktest.Behaviour{ok, hooktest.OnRequest(func(c *hooktest.Conn) {
				c.Send("HTTP/1.1 2")
				hooktest.Stall(c)
			}), ok}, true, resthook.EventFailed, 1},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newEventBubbleVia(t, via, row.plays)
					s := b.session(t, "s")
					if row.first {
						notify(t, s, "n")
						synctest.Wait()
					}
					notify(t, s, "n")
					time.Sleep(time.Minute)
					all := b.seen.list()
					last := all[len(all)-1]
					assert.Equal(t, row.result, last.Result)
					assert.Equal(t, row.attempts, last.Attempts)
					assert.Equal(t, int64(row.attempts), b.dials.Load(), "each attempt after the first over a connection of its own")
				})
			})
		}
	})
}

// One log line when the backend is taken to be down, one when it is back.
func TestAnOutageOfEventsIsLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := new(logged)
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)}, resthook.WithLogger(log.logger()))
		b.socket.Down()
		for _, id := range []string{"1", "2", "3", "4"} {
			notify(t, b.session(t, id), "n")
			notify(t, b.session(t, id), "n")
		}
		time.Sleep(5 * time.Minute)
		require.Equal(t, 1, strings.Count(log.String(), "\n"), "%s", log)
		assert.Contains(t, log.String(), `level=ERROR msg="backend down" app="" url=`+b.socket.URL()+` kind=unreachable error=`)
		assert.Contains(t, log.String(), "refused")
		b.socket.Up()
		time.Sleep(time.Minute)
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		require.Len(t, lines, 2)
		assert.Regexp(t, `level=INFO msg="backend back" app="" url=\S+ down=(5m0|4m59)\S+s waiting=8$`, lines[1])
		b.socket.Down()
		notify(t, b.session(t, "5"), "n")
		time.Sleep(time.Minute)
		assert.Equal(t, 2, strings.Count(log.String(), "backend down"), "another outage, another line")
	})
}

// WithRetryTimeouts does not repeat an event for ten minutes that the backend received.
func TestUnansweredUnderRetryTimeouts(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		synctest.Test(t, func(t *testing.T) {
			b := newEventBubbleVia(t, via, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)}, resthook.WithRetryTimeouts())
			notify(t, b.session(t, "s"), "n")
			time.Sleep(15 * time.Minute)
			assert.Len(t, b.socket.Requests(), 4)
			assert.Equal(t, 1, b.seen.count(resthook.EventFailed))
		})
	})
}

// A closing event whose dials hang is delivered when the backend can be reached again.
func TestEventAfterDialsThatHang(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		synctest.Test(t, func(t *testing.T) {
			network := hooktest.NewNetwork()
			socket, hole := hooktest.NewSocketOn(t, network.Listen()), network.BlackHole()
			cfg, seen, begun := resthook.DefaultConfig(), new(outcomes), time.Now()
			cfg.RequestTimeout = time.Second
			client, err := resthook.NewClient(cfg, append(via.options(t, situation.Settings{
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

// A backend that answers no dial is down, and is not back when an event grows too old.
func TestABlackHoleIsDownOnce(t *testing.T) {
	t.Parallel()
	for _, age := range []time.Duration{3 * time.Second, 10 * time.Minute} {
		t.Run(age.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				log := new(logged)
				client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: "http://" + hooktest.NewNetwork().BlackHole()}),
					resthook.WithLogger(log.logger()), resthook.WithEventAge(age),
					resthook.WithDialContext(func(ctx context.Context, n, _ string) (net.Conn, error) {
						<-ctx.Done()
						return nil, &net.OpError{Op: "dial", Net: n, Err: ctx.Err()}
					}))
				require.NoError(t, err)
				for i := range 200 {
					s, err := client.Resume(&resthook.Connection{SessionID: strconv.Itoa(i)})
					require.NoError(t, err)
					notify(t, s, "n")
					time.Sleep(3 * time.Second)
				}
				time.Sleep(15 * time.Minute)
				assert.Equal(t, 1, strings.Count(log.String(), "backend down"))
				assert.Zero(t, strings.Count(log.String(), "backend back"))
				require.NoError(t, client.Close(t.Context()))
			})
		})
	}
}

// Dials to a backend behind a firewall are not answered: few are made, and no event ends.
func TestBlackHole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		seen := &outcomes{}
		dials := 0
		var mu sync.Mutex
		client, err := resthook.NewClient(resthook.DefaultConfig(),
			resthook.WithApp(resthook.App{URL: "http://" + network.BlackHole()}),
			resthook.WithDialContext(func(ctx context.Context, kind, address string) (net.Conn, error) {
				mu.Lock()
				dials++
				mu.Unlock()
				return network.DialContext(ctx, kind, address)
			}),
			resthook.WithObserver(resthook.Observer{Event: seen.note}))
		require.NoError(t, err)
		for i := range 1000 {
			s, err := client.Resume(&resthook.Connection{SessionID: strconv.Itoa(i)})
			require.NoError(t, err)
			notify(t, s, "n")
		}
		time.Sleep(5 * time.Minute)
		mu.Lock()
		t.Logf("1,000 events, dials not answered for 5 min: %d dials, %d events over", dials, len(seen.list()))
		assert.Less(t, dials, 200)
		mu.Unlock()
		assert.Empty(t, seen.list(), "nothing was delivered, so all are tried again")
		require.Error(t, client.Close(endedContext(t)))
	})
}

// Without retries an event has one attempt, as a hook that is sent has.
func TestEventsAreNotRepeatedWithoutRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.FIN), hooktest.Answer(200, `{}`)})
		off := resthook.DefaultConfig()
		off.SentRetryEnabled = false
		require.NoError(t, b.client.Reload(off))
		s := b.session(t, "s")
		notify(t, s, "1")
		notify(t, s, "2")
		synctest.Wait()
		all := b.seen.of("StreamStatusEvent")
		require.Len(t, all, 2)
		assert.Equal(t, resthook.EventFailed, all[0].Result)
		assert.Equal(t, 1, all[0].Attempts)
		require.ErrorIs(t, all[0].Err, resthook.ErrNoAnswer)
		assert.Equal(t, resthook.EventDelivered, all[1].Result)
		assert.Equal(t, []string{"1", "2"}, sequences(b.socket.Requests()))
	})
}

// Events that wait when hooks are disabled are shed.
func TestReloadWhileEventsWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Second, hooktest.Answer(200, `{}`))})
		s := b.session(t, "s")
		notify(t, s, "in flight")
		notify(t, s, "waits")
		synctest.Wait()
		off := resthook.DefaultConfig()
		off.DisableRestRequests = true
		require.NoError(t, b.client.Reload(off))
		notify(t, s, "not queued")
		time.Sleep(2 * time.Second)
		assert.Equal(t, 1, b.seen.count(resthook.EventDelivered), "what is in flight ends under the old one")
		assert.Equal(t, 1, b.seen.count(resthook.EventShed), "nobody wants it any more")
		require.NoError(t, b.client.Reload(resthook.DefaultConfig()))
		require.NoError(t, s.Disconnect(t.Context()))
		assert.Equal(t, []string{"1", "3"}, sequences(b.socket.Requests()))
	})
}

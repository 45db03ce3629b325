package resthook_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// An event that the backend took and did not answer is repeated as often as a hook
// that is sent, and is then failed, logged and counted; the next one goes on.
func TestAnEventThatCrashesItsBackend(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, road road) {
		for retries := range 5 {
			synctest.Test(t, func(t *testing.T) {
				log := new(logged)
				b := newEventBubbleOver(t, road, []hooktest.Behaviour{hooktest.OnRequest(func(c *hooktest.Conn) {
					if contains(c.Request().Body, "crash") {
						hooktest.RST(c)
						return
					}
					c.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
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

// What never reached the backend does not count: only the age bounds it.
func TestUnansweredCountsWhatReachedTheBackend(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, road road) {
		synctest.Test(t, func(t *testing.T) {
			b := newEventBubbleOver(t, road, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.FIN)})
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

// A kept connection that is silently dead says nothing of the backend: an event that
// timed out on it goes out once more, on a new one.
func TestATimeoutOnAKeptConnection(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, road road) {
		yes, stall := hooktest.Answer(200, `{}`), hooktest.AfterRequest(hooktest.Stall)
		for name, row := range map[string]struct {
			plays    []hooktest.Behaviour
			first    bool // an event is delivered before
			result   resthook.EventResult
			attempts int
		}{
			"kept, then answered": {[]hooktest.Behaviour{yes, stall, yes}, true, resthook.EventDelivered, 2},
			"kept, then silent":   {[]hooktest.Behaviour{yes, stall, stall}, true, resthook.EventFailed, 2},
			"new":                 {[]hooktest.Behaviour{stall, yes}, false, resthook.EventFailed, 1},
			"kept, in the status line": {[]hooktest.Behaviour{yes, hooktest.OnRequest(func(c *hooktest.Conn) {
				c.Send("HTTP/1.1 2")
				hooktest.Stall(c)
			}), yes}, true, resthook.EventFailed, 1},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newEventBubbleOver(t, road, row.plays)
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

// One line when the backend is taken to be down, one when it is back.
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
		assert.Contains(t, log.String(), `level=ERROR msg="backend down" app="" url=`+b.socket.URL()+`/StreamStatusEvent kind=unreachable error=`)
		assert.Contains(t, log.String(), "refused")
		b.socket.Up()
		time.Sleep(time.Minute)
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		require.Len(t, lines, 2)
		assert.Regexp(t, `level=INFO msg="backend back" app="" down=(5m0|4m59)\S+s waiting=8$`, lines[1])
		b.socket.Down()
		notify(t, b.session(t, "5"), "n")
		time.Sleep(time.Minute)
		assert.Equal(t, 2, strings.Count(log.String(), "backend down"), "another outage, another line")
	})
}

// A session is a line of its own, whatever its id.
func TestSessionsWithOneID(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", "same"} {
		synctest.Test(t, func(t *testing.T) {
			slow := hooktest.OnRequest(func(c *hooktest.Conn) {
				if contains(c.Request().Body, "slow") && !c.Wait(10*time.Second) {
					return
				}
				c.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
			})
			b := newEventBubble(t, []hooktest.Behaviour{slow}, resthook.WithQueueLimits(resthook.QueueLimits{SessionEvents: 20}))
			one, other := b.session(t, id), b.session(t, id)
			notify(t, one, "slow")
			synctest.Wait()
			for range 20 {
				notify(t, one, "slow")
				notify(t, other, "quick")
			}
			synctest.Wait()
			assert.Equal(t, 20, b.seen.count(resthook.EventDelivered), "the other one's, at once")
			assert.Zero(t, b.seen.count(resthook.EventShed), "each has its limit")
		})
	}
}

// An event's line and what is known of its attempts survive JSON, and a clock that
// was set back meanwhile makes it no older and no younger than it is.
func TestEventSurvivesJSON(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		given := resthook.Event{
			ID: "1", Hook: "StreamStatusEvent", Kind: resthook.KindEvent, Session: "s", Line: "line", Time: time.Now().Add(time.Hour),
			Body: []byte(`{}`), Attempts: 5, Unanswered: 3,
		}
		text, err := json.Marshal(given)
		require.NoError(t, err)
		e := new(resthook.Event)
		require.NoError(t, json.Unmarshal(text, e))
		assert.Equal(t, "line", e.Line)
		queue := resthook.NewQueue(resthook.QueueLimits{})
		put(t, queue, *e)
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.FIN)}, resthook.WithQueue(queue))
		time.Sleep(time.Minute)
		all := b.seen.list()
		require.Len(t, all, 1)
		assert.Equal(t, resthook.EventFailed, all[0].Result, "three were not answered before")
		assert.Equal(t, 6, all[0].Attempts)
		assert.Zero(t, all[0].Queued)

		b.socket.Down()
		notify(t, b.session(t, "t"), "n") // has workers
		future := *e
		future.ID, future.Unanswered, future.Line = "2", 0, "other"
		text, err = json.Marshal(future)
		require.NoError(t, err)
		back := new(resthook.Event)
		require.NoError(t, json.Unmarshal(text, back))
		put(t, queue, *back)
		time.Sleep(11 * time.Minute)
		assert.Equal(t, 2, b.seen.count(resthook.EventExpired), "at its age, not an hour later")
	})
}

// What a client calls its streams makes two streams of none and none of two.
func TestKeepAlivesOfHostileNames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Second, hooktest.Answer(200, `{}`))})
		s := b.session(t, "s")
		notify(t, s, "first")
		synctest.Wait()
		long := strings.Repeat("x", 100_000)
		for _, names := range [][2]string{{"a\x00b", "c"}, {"a", "b\x00c"}, {"", "a\x00b\x00c"}, {long, "n"}, {long, "n"}, {"2", "a b"}, {"", "2 a b"}} {
			require.NoError(t, resthook.StreamKeepAliveEvent.Notify(t.Context(), s, &resthook.Stream{MediaSessionID: names[0], Name: names[1]}))
		}
		synctest.Wait()
		assert.Equal(t, 1, b.seen.count(resthook.EventReplaced), "the long one's")
		require.NoError(t, b.client.Close(t.Context()))
		assert.Equal(t, 7, b.seen.count(resthook.EventDelivered))
	})
}

// A time-out is no reason either to send for ten minutes what the backend took.
func TestUnansweredUnderRetryTimeouts(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, road road) {
		synctest.Test(t, func(t *testing.T) {
			b := newEventBubbleOver(t, road, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)}, resthook.WithRetryTimeouts())
			notify(t, b.session(t, "s"), "n")
			time.Sleep(15 * time.Minute)
			assert.Len(t, b.socket.Requests(), 4)
			assert.Equal(t, 1, b.seen.count(resthook.EventFailed))
		})
	})
}

// A former process may have sent what a queue kept.
func TestKeptEventThatWasSentIsNotSafe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		queue := resthook.NewQueue(resthook.QueueLimits{})
		put(t, queue, resthook.Event{
			ID: "a.1", Sequence: 1, Time: time.Now().Add(-11 * time.Minute), Hook: "StreamStatusEvent", Kind: resthook.KindEvent,
			Session: "s", Body: []byte(`{}`), Attempts: 2, Unanswered: 2,
		})
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)}, resthook.WithQueue(queue))
		synctest.Wait()
		require.Equal(t, 1, b.seen.count(resthook.EventExpired))
		assert.False(t, resthook.SafeToRepeat(b.seen.list()[0].Err))
	})
}

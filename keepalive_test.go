package resthook_test

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

func keepingAlive() resthook.Config {
	cfg := resthook.DefaultConfig()
	cfg.KeepAliveEnabled, cfg.KeepAliveAppKeys = true, []string{"defaultApp"}
	return cfg
}

// liveBubble is a session with a restOnError for its keep-alives.
func liveBubble(t *testing.T, cfg resthook.Config, onError string, script ...hooktest.Behaviour) (*bubble, *resthook.Session) {
	t.Helper()
	b := newBubble(t, cfg, script)
	return b, b.under(t, "StreamKeepAliveEvent", `{"restOnError":"`+onError+`","restExclude":"sdp"}`)
}

func TestKeepAliveAtTheInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, s := liveBubble(t, keepingAlive(), "FAIL", hooktest.Answer(200, `{}`))
		stop, err := s.KeepAlive(&resthook.Stream{Name: "n", Published: true, SDP: "v=0"}, func(resthook.Info) { t.Error("ended") })
		require.NoError(t, err)
		time.Sleep(100 * time.Second) // virtual
		synctest.Wait()
		seen := b.socket.Requests()
		assert.Len(t, seen, 10)
		assert.Equal(t, "StreamKeepAliveEvent", seen[0].Hook)
		assert.Equal(t, `{"name":"n","published":true,"hasVideo":false,"hasAudio":false,"record":false,"sessionId":"s"}`, string(seen[0].Body))
		stop()
		stop()
		time.Sleep(time.Minute) // virtual
		assert.Len(t, b.socket.Requests(), 10, "stopped")
	})
}

func TestKeepAliveRefused(t *testing.T) {
	t.Parallel()
	for onError, ends := range map[string]int32{"FAIL": 1, "LOG": 0} {
		synctest.Test(t, func(t *testing.T) {
			b, s := liveBubble(t, keepingAlive(), onError, hooktest.Answer(200, `{}`), hooktest.Answer(403, ``))
			var ended atomic.Int32
			_, err := s.KeepAlive(&resthook.Stream{Name: "n"}, func(info resthook.Info) {
				assert.Equal(t, resthook.InfoTerminatedByKeepAlive, info)
				ended.Add(1)
			})
			require.NoError(t, err)
			time.Sleep(55 * time.Second) // virtual
			synctest.Wait()
			assert.Equal(t, ends, ended.Load())
			if ends == 1 {
				assert.Len(t, b.socket.Requests(), 2, "an ended stream is not asked about")
			} else {
				assert.GreaterOrEqual(t, len(b.socket.Requests()), 5)
			}
		})
	}
}

func TestKeepAliveSurvivesAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, s := liveBubble(t, keepingAlive(), "FAIL", hooktest.AfterRequest(hooktest.FIN))
		_, err := s.KeepAlive(&resthook.Stream{Name: "n"}, func(resthook.Info) { t.Error("a backend that is away ends no stream") })
		require.NoError(t, err)
		time.Sleep(time.Minute) // virtual
		b.socket.Play(hooktest.Answer(200, `{}`))
		time.Sleep(time.Minute) // virtual
		synctest.Wait()
		events, _ := b.client.Stats().Queued, 0
		assert.LessOrEqual(t, events, 1, "only the newest one waits")
	})
}

func TestKeepAliveIsOffUnlessConfigured(t *testing.T) {
	t.Parallel()
	other := keepingAlive()
	other.KeepAliveAppKeys = []string{"room"}
	for name, cfg := range map[string]resthook.Config{"disabled": resthook.DefaultConfig(), "another app": other} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b, s := liveBubble(t, cfg, "FAIL", hooktest.Answer(403, ``))
				stop, err := s.KeepAlive(&resthook.Stream{}, func(resthook.Info) { t.Error("ended") })
				require.NoError(t, err)
				time.Sleep(time.Minute) // virtual
				stop()
				assert.Empty(t, b.socket.Requests())
			})
		})
	}
}

func TestKeepAliveEndsWithTheSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, s := liveBubble(t, keepingAlive(), "FAIL", hooktest.Answer(200, `{}`))
		_, err := s.KeepAlive(&resthook.Stream{}, nil)
		require.NoError(t, err)
		require.NoError(t, s.Disconnect(t.Context()))
		time.Sleep(time.Minute) // virtual
		seen := b.socket.Requests()
		require.Len(t, seen, 1)
		assert.Equal(t, "ConnectionStatusEvent", seen[0].Hook)
		_, err = s.KeepAlive(nil, nil)
		require.ErrorIs(t, err, resthook.ErrConfig)
		require.NoError(t, b.client.Close(t.Context()))
		_, err = s.KeepAlive(&resthook.Stream{}, nil)
		require.ErrorIs(t, err, resthook.ErrClosed)
	})
}

// A session that has ended is not held in memory by keep-alives that nobody stopped.
func TestKeepAliveLetsGoOfItsSession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, s := liveBubble(t, keepingAlive(), "FAIL", hooktest.Answer(200, `{}`))
		_, err := s.KeepAlive(&resthook.Stream{}, nil)
		require.NoError(t, err)
		require.NoError(t, s.Disconnect(t.Context()))
		held := weak.Make(s)
		s = nil
		time.Sleep(time.Minute) // virtual
		runtime.GC()
		assert.Nil(t, held.Value())
		require.NoError(t, b.client.Close(t.Context()))
	})
}

// A keep-alive that no app takes is refused once, and is not sent again.
func TestKeepAliveThatNoAppTakes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := keepingAlive()
		cfg.KeepAliveAppKeys = []string{"none"}
		var seen outcomes
		client := makeClient(t, cfg, resthook.WithApp(resthook.App{Key: "one", URL: "http://one.example"}), resthook.WithObserver(resthook.Observer{Event: seen.note}))
		s, err := client.Resume(&resthook.Connection{SessionID: "s", AppKey: "none"})
		require.NoError(t, err)
		_, err = s.KeepAlive(&resthook.Stream{}, nil)
		require.NoError(t, err)
		time.Sleep(time.Minute) // virtual
		synctest.Wait()
		assert.Equal(t, 1, seen.count(resthook.EventRefused))
	})
}

// The keep-alives of streams that begin at once, as after a restart, are spread evenly.
func TestKeepAliveIsSpread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const streams = 2_000
		var mu sync.Mutex
		second := map[int]int{}
		begun := time.Now()
		count := hooktest.OnRequest(func(c *hooktest.Conn) {
			mu.Lock()
			second[int(time.Since(begun)/time.Second)]++
			mu.Unlock()
			c.Send(okAnswer)
		})
		b, _ := liveBubble(t, keepingAlive(), "FAIL", count)
		for i := range streams {
			s, err := b.client.Resume(&resthook.Connection{SessionID: strconv.Itoa(i)})
			require.NoError(t, err)
			_, err = s.KeepAlive(&resthook.Stream{Name: strconv.Itoa(i)}, nil)
			require.NoError(t, err)
		}
		time.Sleep(20*time.Second - time.Millisecond) // virtual
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		sum := 0
		for at, n := range second {
			assert.InDelta(t, streams/10, n, streams/20, "in second %d", at)
			sum += n
		}
		assert.InDelta(t, 2*streams, sum, streams/20)
	})
}

// stuck is a queue whose Push can be made to block.
type stuck struct {
	resthook.Queue

	once atomic.Pointer[time.Duration]
}

func (q *stuck) Push(e resthook.Event, stored func(error)) []resthook.Drop {
	if d := q.once.Swap(nil); d != nil {
		time.Sleep(*d)
	}
	return q.Queue.Push(e, stored)
}

// A process that was stopped for a minute does not send the keep-alives of that minute
// afterwards: no stream has more than one in an interval.
func TestKeepAlivesAreNotCaughtUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const streams = 2_000
		var mu sync.Mutex
		var arrived []time.Duration
		last := map[string]time.Time{}
		begun := time.Now()
		count := hooktest.OnRequest(func(c *hooktest.Conn) {
			mu.Lock()
			defer mu.Unlock()
			name := textOf(c.Request().Body, "name")
			if at, ok := last[name]; ok {
				assert.GreaterOrEqual(t, time.Since(at), 10*time.Second-200*time.Millisecond, name)
			}
			last[name] = time.Now()
			arrived = append(arrived, time.Since(begun))
			c.Send(okAnswer)
		})
		queue := &stuck{Queue: resthook.NewQueue(resthook.QueueLimits{})}
		b := newBubble(t, keepingAlive(), []hooktest.Behaviour{count}, resthook.WithQueue(queue))
		for i := range streams {
			s, err := b.client.Resume(&resthook.Connection{SessionID: strconv.Itoa(i)})
			require.NoError(t, err)
			_, err = s.KeepAlive(&resthook.Stream{Name: strconv.Itoa(i)}, nil)
			require.NoError(t, err)
		}
		time.Sleep(20 * time.Second) // virtual
		frozen := time.Minute
		queue.once.Store(&frozen)
		time.Sleep(90 * time.Second) // virtual
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		most := map[int]int{}
		for _, at := range arrived {
			most[int(at/time.Second)]++
		}
		for at, n := range most {
			assert.LessOrEqual(t, n, streams/10+streams/20, "in second %d", at)
		}
		assert.InDelta(t, 5*streams, len(arrived), streams/10, "20 s before, 30 s after")
	})
}

func TestReloadThatDisablesHooksEndsNoStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, s := liveBubble(t, keepingAlive(), "FAIL", hooktest.AfterRequest(hooktest.FIN))
		var ended atomic.Int32
		_, err := s.KeepAlive(&resthook.Stream{Name: "n"}, func(resthook.Info) { ended.Add(1) })
		require.NoError(t, err)
		time.Sleep(11 * time.Second) // virtual
		cfg := keepingAlive()
		cfg.DisableRestRequests = true
		require.NoError(t, b.client.Reload(cfg))
		time.Sleep(time.Minute) // virtual
		synctest.Wait()
		assert.Zero(t, ended.Load())
	})
}

// Whether a keep-alive ends its stream depends on the backend's answer, not on the number
// of attempts.
func TestKeepAliveEndsOnlyWhatWasRefused(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		plays hooktest.Behaviour
		ends  int32
	}{
		"403":       {hooktest.Answer(403, ``), 1},
		"500":       {hooktest.Answer(500, ``), 1},
		"no object": {hooktest.Answer(200, ``), 1},
		"timeout":   {hooktest.AfterRequest(hooktest.Stall), 1},
		"no answer": {hooktest.AfterRequest(hooktest.FIN), 0},
		"allowed":   {hooktest.Answer(200, `{}`), 0},
	} {
		for _, retries := range []int{0, 3} {
			t.Run(fmt.Sprint(name, retries), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					cfg := keepingAlive()
					cfg.RetryCount = retries
					b, s := liveBubble(t, cfg, "FAIL", row.plays)
					var ended atomic.Int32
					_, err := s.KeepAlive(&resthook.Stream{Name: "n"}, func(resthook.Info) { ended.Add(1) })
					require.NoError(t, err)
					time.Sleep(time.Minute) // virtual
					synctest.Wait()
					assert.Equal(t, row.ends, ended.Load())
					ctx, cancel := context.WithCancel(t.Context())
					cancel()
					_ = b.client.Close(ctx)
				})
			})
		}
	}
}

// Streams are kept apart whatever names a client gives them.
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

// A keep-alive replaces only one of the same name and media session.
func TestKeepAlivesOfTwoStreamsAreApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Second, hooktest.Answer(200, `{}`))})
		s := b.session(t, "s")
		notify(t, s, "in flight")
		synctest.Wait()
		for _, stream := range []resthook.Stream{{Name: "n", MediaSessionID: "1"}, {Name: "n", MediaSessionID: "2"}, {Name: "m", MediaSessionID: "1"}, {Name: "n", MediaSessionID: "1"}} {
			require.NoError(t, resthook.StreamKeepAliveEvent.Notify(t.Context(), s, &stream))
		}
		require.NoError(t, b.client.Close(t.Context()))
		all := b.seen.list()
		assert.Equal(t, uint64(2), all[0].Sequence)
		assert.Equal(t, resthook.EventReplaced, all[0].Result)
		assert.Equal(t, []string{"1", "3", "4", "5"}, sequences(b.socket.Requests()))
	})
}

// A callback of KeepAlive that blocks does not delay the outcomes of events.
func TestKeepAliveCallbackThatBlocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var reported atomic.Int32
		refuses := hooktest.OnRequest(func(c *hooktest.Conn) {
			if c.Request().Hook == "StreamKeepAliveEvent" {
				c.Send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
				return
			}
			c.Send(okAnswer)
		})
		b := newBubble(t, keepingAlive(), []hooktest.Behaviour{refuses}, resthook.WithObserver(resthook.Observer{
			Event: func(context.Context, resthook.EventOutcome) { reported.Add(1) },
		}))
		s := b.under(t, "StreamKeepAliveEvent", `{"restOnError":"FAIL"}`)
		release, ends := make(chan struct{}), false
		_, err := s.KeepAlive(&resthook.Stream{Name: "cam"}, func(resthook.Info) { ends = true; <-release })
		require.NoError(t, err)
		time.Sleep(time.Minute)
		synctest.Wait()
		require.True(t, ends)
		before := reported.Load()
		notify(t, s, "n")
		synctest.Wait()
		assert.Equal(t, before+1, reported.Load())
		close(release)
	})
}

package resthook_test

import (
	"context"
	"fmt"
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

// Stats add up at every moment.
func TestStatsAddUpAtEveryMoment(t *testing.T) {
	t.Parallel()
	for round := range 10 {
		synctest.Test(t, func(t *testing.T) {
			var inside func()
			look := hooktest.Late(time.Duration(round%3)*time.Millisecond, hooktest.Answer(200+round%2*203, `{}`))
			b := newEventBubble(t, []hooktest.Behaviour{look}, resthook.WithEventWorkers(4), resthook.WithQueueLimits(resthook.QueueLimits{Events: 20}),
				resthook.WithObserver(resthook.Observer{Event: func(context.Context, resthook.EventOutcome) { inside() }}))
			inside = func() { addsUp(t, b.client) }
			var wg sync.WaitGroup
			for i := range 10 {
				wg.Go(func() {
					s := b.session(t, strconv.Itoa(i))
					for range 30 {
						notify(t, s, "n")
						addsUp(t, b.client)
					}
					_ = s.Disconnect(t.Context())
					_ = resthook.StreamStatusEvent.Notify(t.Context(), s, &resthook.Stream{})
				})
			}
			wg.Wait()
			_ = b.client.Close(endedContext(t))
			synctest.Wait()
			addsUp(t, b.client)
			stats := b.client.Stats()
			assert.Equal(t, uint64(10*32), stats.Notified)
			assert.Len(t, b.seen.list(), 10*32, "each is reported once")
			assert.Zero(t, stats.Queued)
		})
	}
}

// Labels that a client may choose are bounded in length, and hooks in number.
func TestLabelsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, long := new(logged), strings.Repeat("é", 50_000)
		var labels []string
		var mu sync.Mutex
		add := func(more ...string) {
			mu.Lock()
			defer mu.Unlock()
			labels = append(labels, more...)
		}
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(403, ``)}, resthook.WithLogger(log.logger()), resthook.WithObserver(resthook.Observer{
			Start:   func(ctx context.Context, s resthook.Start) context.Context { add(s.App, s.Session); return ctx },
			Attempt: func(_ context.Context, a resthook.Attempt) { add(a.App, a.Session) },
			End:     func(_ context.Context, o resthook.Outcome) { add(o.App, o.Session, o.Err.Error()) },
			Event: func(_ context.Context, o resthook.EventOutcome) {
				add(o.App, o.Session, o.MediaSessionID, o.Name, o.CallID, o.EventStatus, o.Err.Error())
			},
		}))
		s, err := b.client.Resume(&resthook.Connection{AppKey: long, SessionID: long})
		require.NoError(t, err)
		stream := &resthook.Stream{Name: long, MediaSessionID: long, Status: resthook.StreamStatus(long)}
		_, _ = resthook.PublishStream.Send(t.Context(), s, stream)
		require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), s, stream))
		require.NoError(t, resthook.CallStatusEvent.Notify(t.Context(), s, &resthook.Call{CallID: long, Status: resthook.CallFinish}))
		_ = s.Disconnect(t.Context())
		_ = resthook.StreamStatusEvent.Notify(t.Context(), s, stream)
		_, _ = resthook.PublishStream.Send(t.Context(), s, stream)
		synctest.Wait()
		mu.Lock()
		assert.Greater(t, len(labels), 30)
		for _, text := range labels {
			assert.LessOrEqual(t, len(text), 700)
		}
		assert.Contains(t, labels, strings.Repeat("é", 64), "as many whole letters as fit")
		mu.Unlock()
		for line := range strings.Lines(log.String()) {
			assert.Less(t, len(line), 1500, "%.1500s", line)
		}
		_, err = resthook.NewHook[resthook.Stream](strings.Repeat("x", 129), resthook.KindEvent)
		require.ErrorIs(t, err, resthook.ErrConfig)

		other := b.session(t, "other")
		for i := range 1000 {
			hook, err := resthook.NewHook[resthook.Stream](fmt.Sprintf("own%d", i), resthook.KindEvent)
			require.NoError(t, err)
			require.NoError(t, hook.Notify(t.Context(), other, &resthook.Stream{}))
		}
		require.NoError(t, b.client.Close(t.Context()))
		stats := b.client.Stats()
		assert.LessOrEqual(t, len(stats.Events), 256*3)
		others := uint64(0)
		for _, n := range stats.Events {
			if n.Hook == "other" {
				others += n.Count
			}
		}
		assert.InDelta(t, 1000-256, others, 5)
		addsUp(t, b.client)
	})
}

// eventStats are the stats of a client, without what they say of its backends.
func eventStats(c *resthook.Client) resthook.Stats {
	s := c.Stats()
	s.Backends, s.Connections = nil, resthook.ConnectionStats{}
	return s
}

func TestStatsWhileEventsWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)})
		s := b.session(t, "s")
		assert.Equal(t, resthook.Stats{Events: []resthook.EventCount{}}, eventStats(b.client))
		for range 3 {
			notify(t, s, "n")
		}
		stats := b.client.Stats()
		assert.Equal(t, 3, stats.Queued)
		assert.Greater(t, stats.QueuedBytes, 3*512)
		require.Error(t, b.client.Close(endedContext(t)))
		for _, o := range b.seen.list() {
			assert.ErrorIs(t, o.Err, resthook.ErrClosed)
		}
		assert.Equal(t, resthook.Stats{Notified: 3, Events: []resthook.EventCount{
			{Hook: "StreamStatusEvent", Result: resthook.EventLeft, Count: 3},
		}}, eventStats(b.client))
	})
}

func TestConnectionStats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, resthook.DefaultConfig(), []hooktest.Behaviour{
			hooktest.Answer(200, `{}`), hooktest.Answer(200, `{}`), hooktest.Late(time.Second, hooktest.Answer(200, `{}`)), hooktest.Answer(200, `{}`),
		})
		is := func(open, idle int, opened, reused uint64) {
			t.Helper()
			synctest.Wait()
			assert.Equal(t, resthook.ConnectionStats{Open: open, Idle: idle, Opened: opened, Reused: reused}, b.client.Stats().Connections)
		}
		is(0, 0, 0, 0)
		require.NoError(t, b.send(t.Context()))
		require.NoError(t, b.send(t.Context()))
		is(1, 1, 1, 1)
		slow := make(chan error)
		go func() { slow <- b.send(t.Context()) }()
		synctest.Wait()
		is(1, 0, 1, 2)
		require.NoError(t, b.send(t.Context()))
		is(2, 1, 2, 2)
		require.NoError(t, <-slow)
		is(2, 2, 2, 2)
		require.NoError(t, b.client.Reload(resthook.DefaultConfig()))
		is(0, 0, 2, 2)
		require.NoError(t, b.send(t.Context()))
		is(1, 1, 3, 2)
		time.Sleep(61 * time.Second)
		is(0, 0, 3, 2)
	})
	synctest.Test(t, func(t *testing.T) {
		b := newBubbleVia(t, netHTTPTransport, resthook.DefaultConfig(), nil)
		require.NoError(t, b.send(t.Context()))
		assert.Zero(t, b.client.Stats().Connections)
	})
}

// The age of the oldest event grows while the backend is down, and there is none when all
// are delivered.
func TestStatsHaveTheOldestEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, nil)
		assert.Zero(t, b.client.Stats().Oldest)
		b.socket.Down()
		s := b.session(t, "s")
		first := time.Now()
		for range 3 {
			notify(t, s, "n")
			time.Sleep(time.Minute)
		}
		assert.True(t, first.Equal(b.client.Stats().Oldest))
		b.socket.Up()
		time.Sleep(time.Minute)
		assert.Zero(t, b.client.Stats().Oldest)
	})
}

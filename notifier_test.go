package resthook_test

import (
	"context"
	"net"
	"slices"
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
	"github.com/wcskit/resthook/internal/h1/situation"
)

// outcomes collects what came of events.
type outcomes struct {
	mu  sync.Mutex
	all []resthook.EventOutcome
}

func (o *outcomes) note(_ context.Context, e resthook.EventOutcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, e)
}

func (o *outcomes) count(result resthook.EventResult) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for _, e := range o.all {
		if e.Result == result {
			n++
		}
	}
	return n
}

// eventBubble is a client whose events are collected, and its backend, on
// virtual time.
type eventBubble struct {
	client *resthook.Client
	socket *hooktest.Socket
	seen   *outcomes
	begun  time.Time
	dials  atomic.Int64
}

func newEventBubble(t *testing.T, script []hooktest.Behaviour, opts ...resthook.Option) *eventBubble {
	t.Helper()
	return newEventBubbleOver(t, ownRoad, script, opts...)
}

func newEventBubbleOver(t *testing.T, over road, script []hooktest.Behaviour, opts ...resthook.Option) *eventBubble {
	t.Helper()
	network := hooktest.NewNetwork()
	b := &eventBubble{socket: hooktest.NewSocketOn(t, network.Listen(), script...), seen: &outcomes{}, begun: time.Now()}
	cfg := resthook.DefaultConfig()
	opts = append(opts, over.options(t, situation.Settings{
		Limit: cfg.MaxConnections,
		Dial: func(ctx context.Context, kind, address string) (net.Conn, error) {
			b.dials.Add(1)
			return network.DialContext(ctx, kind, address)
		},
	})...)
	client, err := resthook.NewClient(cfg, append(opts,
		resthook.WithApp(resthook.App{URL: b.socket.URL()}),
		resthook.WithObserver(resthook.Observer{Event: b.seen.note}))...)
	require.NoError(t, err)
	b.client = client
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = client.Close(ctx)
	})
	return b
}

func (b *eventBubble) session(t *testing.T, id string) *resthook.Session {
	t.Helper()
	session, err := b.client.Resume(&resthook.Connection{SessionID: id})
	require.NoError(t, err)
	return session
}

func notify(t *testing.T, s *resthook.Session, name string) {
	t.Helper()
	require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), s, &resthook.Stream{Name: name, Status: resthook.StreamPublishing}))
}

func sequences(requests []hooktest.Request) []string {
	var all []string
	for _, r := range requests {
		all = append(all, r.Header.Get(resthook.HeaderSequence))
	}
	return all
}

func TestNotifyKeepsTheOrderOverRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{
			hooktest.Answer(200, `{}`),
			hooktest.AfterRequest(hooktest.FIN), hooktest.AfterRequest(hooktest.RST),
			hooktest.Answer(200, `{}`),
		})
		s := b.session(t, "s")
		for i := range 5 {
			notify(t, s, strconv.Itoa(i))
		}
		assert.Zero(t, time.Since(b.begun), "Notify returns at once")
		require.NoError(t, s.Disconnect(t.Context()))
		require.NoError(t, b.client.Close(t.Context()))
		seen := b.socket.Requests()
		assert.Equal(t, []string{"1", "2", "2", "2", "3", "4", "5", "6"}, sequences(seen))
		assert.Equal(t, seen[1].Header, seen[2].Header, "a repeat has the same id and time")
		assert.Equal(t, "ConnectionStatusEvent", seen[7].Hook)
		assert.Equal(t, 6, b.seen.count(resthook.EventDelivered))
		assert.ErrorIs(t, resthook.StreamStatusEvent.Notify(t.Context(), s, &resthook.Stream{Status: resthook.StreamPublishing}), resthook.ErrClosed)
	})
}

func TestNotifyDoesNotHoldUpOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ill := hooktest.OnRequest(func(c *hooktest.Conn) {
			if contains(c.Request().Body, `"sessionId":"ill"`) {
				hooktest.FIN(c)
				return
			}
			c.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
		})
		b := newEventBubble(t, []hooktest.Behaviour{ill}, resthook.WithEventAge(time.Minute))
		sick, well := b.session(t, "ill"), b.session(t, "well")
		for i := range 100 {
			notify(t, sick, strconv.Itoa(i))
			notify(t, well, strconv.Itoa(i))
		}
		synctest.Wait()
		assert.Equal(t, 100, b.seen.count(resthook.EventDelivered), "at once, whatever the other does")
		time.Sleep(2 * time.Minute) // virtual
		assert.Equal(t, 100, b.seen.count(resthook.EventFailed)+b.seen.count(resthook.EventExpired))
		require.NoError(t, b.client.Close(t.Context()))
	})
}

func contains(body []byte, part string) bool { return strings.Contains(string(body), part) }

func TestOutageIsSatOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const sessions = 1000
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(5*time.Millisecond, hooktest.Answer(200, `{}`))})
		b.socket.Down()
		for i := range sessions {
			s := b.session(t, "s"+strconv.Itoa(i))
			notify(t, s, "a")
			notify(t, s, "b")
		}
		time.Sleep(30 * time.Second) // virtual
		during := int(b.dials.Load())
		assert.Less(t, during, 300, "attempts in 30 s of outage")
		b.socket.Up()
		back := time.Now()
		for b.seen.count(resthook.EventDelivered) < 2*sessions {
			time.Sleep(10 * time.Millisecond) // virtual
		}
		t.Logf("%d attempts in 30 s; all %d events delivered %v after the backend's return", during, 2*sessions, time.Since(back))
		assert.Less(t, time.Since(back), 3*time.Second)
		require.NoError(t, b.client.Close(t.Context()))
	})
}

func TestCloseSaysWhatItLeft(t *testing.T) {
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

// lingering is a queue whose Done takes its time, once it has let the next event
// go.
type lingering struct{ resthook.Queue }

func (q lingering) Pull(ctx context.Context, apps []string) (resthook.Lease, error) {
	lease, err := q.Queue.Pull(ctx, apps)
	return lingeringLease{lease}, err
}

type lingeringLease struct{ resthook.Lease }

func (l lingeringLease) Done(ctx context.Context, result resthook.EventResult) error {
	err := l.Lease.Done(ctx, result)
	if l.Event().Sequence == 1 {
		time.Sleep(time.Second)
	}
	return err
}

func TestOutcomesOfASessionAreReportedInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)},
			resthook.WithQueue(lingering{resthook.NewQueue(resthook.QueueLimits{})}))
		session := b.session(t, "s")
		for range 3 {
			notify(t, session, "n")
		}
		require.NoError(t, b.client.Close(t.Context()))
		var order []uint64
		for _, e := range b.seen.list() {
			order = append(order, e.Sequence)
		}
		assert.Equal(t, []uint64{1, 2, 3}, order)
	})
}

// callingBack is a queue of the media server's that calls the library from Push,
// and takes its time.
type callingBack struct {
	resthook.Queue

	back func(e resthook.Event)
}

func (q callingBack) Push(e resthook.Event, stored func(error)) []resthook.Drop {
	q.back(e)
	return q.Queue.Push(e, stored)
}

// No lock is held while a queue takes an event: it may call back, and be slow, and
// the events stay in their order.
func TestAQueueMayCallTheLibrary(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var session *resthook.Session
		queue := callingBack{resthook.NewQueue(resthook.QueueLimits{}), func(e resthook.Event) {
			time.Sleep(time.Millisecond)
			if e.Sequence == 5 {
				notify(t, session, "called back")
			}
		}}
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)}, resthook.WithQueue(queue))
		session = b.session(t, "s")
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { notify(t, session, "n") })
		}
		all.Wait()
		require.NoError(t, session.Disconnect(t.Context()))
		require.NoError(t, b.client.Close(t.Context()))
		var order []uint64
		for _, e := range b.seen.list() {
			order = append(order, e.Sequence)
		}
		assert.Len(t, order, 22)
		assert.True(t, slices.IsSorted(order), order)
	})
}

// A queue that panics ends nobody's order.
func TestAQueueThatPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		queue := callingBack{resthook.NewQueue(resthook.QueueLimits{}), func(e resthook.Event) {
			if e.Sequence == 1 {
				panic("full")
			}
		}}
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)}, resthook.WithQueue(queue))
		session := b.session(t, "s")
		assert.Panics(t, func() { notify(t, session, "1") })
		notify(t, session, "2")
		synctest.Wait()
		assert.Equal(t, 1, b.seen.count(resthook.EventDelivered))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_ = session.Disconnect(ctx)
		_ = b.client.Close(ctx)
	})
}

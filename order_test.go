package resthook_test

import (
	"context"
	"encoding/json"
	"fmt"
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

// callingBack is a queue that calls a function from Push.
type callingBack struct {
	resthook.Queue

	back func(e resthook.Event)
}

func (q callingBack) Push(e resthook.Event, stored func(error)) []resthook.Drop {
	q.back(e)
	return q.Queue.Push(e, stored)
}

// No lock is held during Push: a queue may be slow and may call the library, and the events
// stay in order.
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

// After a panic of Push the next events are still delivered.
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

// The backend receives the events of a session in the order of their sequence, however
// many goroutines notify.
func TestNotifyFromManyGoroutines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)})
		s := b.session(t, "s")
		const routines, each = 20, 90 // within what a session may have waiting
		var wg sync.WaitGroup
		for i := range routines {
			wg.Go(func() {
				for j := range each {
					assert.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), s, &resthook.Stream{Name: fmt.Sprintf("%d %d", i, j), Status: resthook.StreamPublishing}))
				}
			})
		}
		wg.Wait()
		require.NoError(t, s.Disconnect(t.Context()))
		seen := b.socket.Requests()
		require.Len(t, seen, routines*each+1)
		next := map[string]int{}
		for i, r := range seen[:routines*each] {
			require.Equal(t, strconv.Itoa(i+1), r.Header.Get(resthook.HeaderSequence))
			from, number, _ := strings.Cut(textOf(r.Body, "name"), " ")
			require.Equal(t, strconv.Itoa(next[from]), number, "those of one goroutine in its order")
			next[from]++
		}
		assert.Equal(t, "ConnectionStatusEvent", seen[routines*each].Hook)
	})
}

func TestSessionsWithOneIDAreOrderedApart(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"same", ""} {
		synctest.Test(t, func(t *testing.T) {
			b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Millisecond, hooktest.Answer(200, `{}`))})
			one, two := b.session(t, id), b.session(t, id)
			for i := range 10 {
				notify(t, one, "one "+strconv.Itoa(i))
				notify(t, two, "two "+strconv.Itoa(i))
			}
			require.NoError(t, one.Disconnect(t.Context()))
			notify(t, two, "two 10")
			require.NoError(t, two.Disconnect(t.Context()))
			synctest.Wait() // their outcomes are reported a moment later
			names := map[string][]string{}
			for _, r := range b.socket.Requests() {
				from, number, _ := strings.Cut(textOf(r.Body, "name"), " ")
				names[from] = append(names[from], number)
			}
			assert.Equal(t, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}, names["one"])
			assert.Equal(t, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}, names["two"])
			assert.Equal(t, 23, b.seen.count(resthook.EventDelivered))
		})
	}
}

// Sessions with the same id have queues of their own.
func TestSessionsWithOneID(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", "same"} {
		synctest.Test(t, func(t *testing.T) {
			slow := hooktest.OnRequest(func(c *hooktest.Conn) {
				if contains(c.Request().Body, "slow") && !c.Wait(10*time.Second) {
					return
				}
				c.Send(okAnswer)
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

// Events without a session are in order per media session, and wait for no others.
func TestOrderWithoutASession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Second, hooktest.Answer(200, `{}`))})
		for i := range 3 {
			for _, room := range []string{"a", "b"} {
				require.NoError(t, resthook.StreamEvent.Notify(t.Context(), b.client, &resthook.StreamSignal{MediaSessionID: room, Payload: map[string]any{"n": i}}))
			}
		}
		require.NoError(t, b.client.Close(t.Context()))
		order := map[string]string{}
		for _, request := range b.socket.Requests() {
			var got struct {
				MediaSessionID string
				Payload        struct{ N int }
			}
			require.NoError(t, json.Unmarshal(request.Body, &got))
			order[got.MediaSessionID] += fmt.Sprint(got.Payload.N)
		}
		assert.Equal(t, map[string]string{"a": "012", "b": "012"}, order)
		assert.Equal(t, 3*time.Second, time.Since(b.begun), "a and b side by side")
	})
}

package resthook_test

import (
	"context"
	"errors"
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

// list returns what came of events, in the order in which they ended.
func (o *outcomes) list() []resthook.EventOutcome {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.all)
}

// of is list for one hook.
func (o *outcomes) of(hook string) []resthook.EventOutcome {
	return slices.DeleteFunc(o.list(), func(e resthook.EventOutcome) bool { return e.Hook != hook })
}

// under is a session with a policy for one method.
func (b *eventBubble) under(t *testing.T, method, rule string) *resthook.Session {
	t.Helper()
	policy, err := resthook.ParsePolicy(fmt.Appendf(nil, `{%q:%s}`, method, rule))
	require.NoError(t, err)
	session, err := b.client.Resume(&resthook.Connection{AppKey: "mine", SessionID: "s", RestClientConfig: policy})
	require.NoError(t, err)
	return session
}

// over is a context that has ended.
func over(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func TestEventOutcomeOfADelivery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{
			hooktest.Late(time.Second, hooktest.AfterRequest(hooktest.FIN)),
			hooktest.Late(time.Second, hooktest.Answer(200, `{}`)),
		}, resthook.WithBackoff(time.Second, time.Second))
		s := b.under(t, "x", `{}`)
		notify(t, s, "n")
		require.NoError(t, s.Disconnect(t.Context()))
		synctest.Wait()
		seen := b.socket.Requests()
		all := b.seen.of("StreamStatusEvent")
		require.Len(t, all, 1)
		assert.GreaterOrEqual(t, all[0].Queued, 2500*time.Millisecond)
		assert.LessOrEqual(t, all[0].Queued, 3*time.Second)
		all[0].Queued, all[0].Status = 0, 0
		assert.Equal(t, resthook.EventOutcome{
			ID: seen[0].Header.Get(resthook.HeaderID), Sequence: 1, Hook: "StreamStatusEvent", Kind: resthook.KindEvent,
			About: resthook.About{Name: "n", EventStatus: "PUBLISHING"}, App: "mine", Session: "s", Priority: resthook.PriorityStatus, Result: resthook.EventDelivered, Action: resthook.ActionContinue,
			Attempts: 2,
		}, all[0])
		last := b.seen.of("ConnectionStatusEvent")
		require.Len(t, last, 1)
		assert.Equal(t, resthook.PriorityClosing, last[0].Priority)
		assert.Equal(t, uint64(2), last[0].Sequence)
		assert.GreaterOrEqual(t, last[0].Queued, 3500*time.Millisecond, "it waited for the one before it")
	})
}

// What a hook asks for when its event does not arrive is the matrix of
// docs/protocol.md, 3.1, as for a hook that is sent.
func TestEventOutcomeActsAsTheMatrixSays(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, road road) {
		for _, row := range matrix {
			for onError, action := range map[string]resthook.Action{"LOG": row.log, "FAIL": row.fail} {
				for _, trouble := range troubles {
					t.Run(fmt.Sprintf("%s %s %s", row.hook.Name(), onError, trouble.name), func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) {
							log := new(logged)
							b := newEventBubbleOver(t, road, []hooktest.Behaviour{trouble.plays}, resthook.WithEventAge(time.Minute), resthook.WithLogger(log.logger()))
							if trouble.name == "unreachable" {
								b.socket.Close()
							}
							s := b.under(t, row.hook.Name(), `{"restOnError":"`+onError+`"}`)
							require.NoError(t, notifyAny(s, row.hook))
							time.Sleep(2 * time.Minute)
							all := b.seen.of(row.hook.Name())
							require.Len(t, all, 1)
							result, want, lines := resthook.EventFailed, action, 1
							switch {
							case trouble.kind == nil:
								result, want, lines = resthook.EventDelivered, resthook.ActionContinue, 0
							case errors.Is(trouble.kind, resthook.ErrUnreachable):
								result, lines = resthook.EventExpired, 0 // repeated as long as it was young
							}
							assert.Equal(t, result, all[0].Result)
							assert.Equal(t, want, all[0].Action)
							assert.Equal(t, lines, strings.Count(log.String(), "hook failed"), "%s", log)
							if trouble.kind == nil {
								assert.NoError(t, all[0].Err)
								return
							}
							require.ErrorIs(t, all[0].Err, trouble.kind)
							failed, ok := errors.AsType[*resthook.Error](all[0].Err)
							require.True(t, ok)
							assert.Equal(t, want, failed.Action)
							assert.Equal(t, all[0].Attempts, failed.Attempts)
							assert.Equal(t, all[0].Status, failed.Status)
							assert.Equal(t, "mine", failed.App)
							assert.NotEmpty(t, failed.URL)
						})
					})
				}
			}
		}
	})
}

// notifyAny notifies a hook whose payload type does not matter.
func notifyAny(s *resthook.Session, hook resthook.Method) error {
	switch h := hook.(type) {
	case resthook.Hook[resthook.Stream]:
		return h.Notify(context.Background(), s, &resthook.Stream{Status: resthook.StreamPublishing})
	case resthook.Hook[resthook.Call]:
		return h.Notify(context.Background(), s, &resthook.Call{Status: resthook.CallFinish})
	case resthook.Hook[resthook.Connection]:
		return h.Notify(context.Background(), s, &resthook.Connection{Status: resthook.ConnectionEstablished})
	case resthook.Hook[resthook.Message]:
		return h.Notify(context.Background(), s, &resthook.Message{Status: resthook.MessageSent})
	case resthook.Hook[resthook.Data]:
		return h.Notify(context.Background(), s, &resthook.Data{Status: resthook.DataAccepted})
	case resthook.Hook[resthook.Playback]:
		return h.Notify(context.Background(), s, &resthook.Playback{})
	}
	return fmt.Errorf("%s: a payload of type %s", hook.Name(), hook.PayloadType())
}

func TestEventOutcomeWithoutARequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)},
			resthook.WithEventAge(10*time.Second), resthook.WithQueueLimits(resthook.QueueLimits{SessionEvents: 2}))
		s := b.session(t, "s")
		notify(t, s, "1") // stalls
		synctest.Wait()
		keepAlive := func() {
			require.NoError(t, resthook.StreamKeepAliveEvent.Notify(t.Context(), s, &resthook.Stream{Name: "n", MediaSessionID: "m"}))
		}
		keepAlive()
		time.Sleep(time.Second)
		keepAlive() // replaces
		notify(t, s, "2")
		notify(t, s, "3") // sheds the keep-alive
		synctest.Wait()
		seen := b.seen.list()
		require.Len(t, seen, 2)
		replaced, shed := seen[0], seen[1]
		assert.Equal(t, resthook.EventReplaced, replaced.Result)
		assert.Equal(t, time.Second, replaced.Queued)
		assert.Equal(t, uint64(2), replaced.Sequence)
		assert.Equal(t, resthook.EventShed, shed.Result)
		assert.Equal(t, uint64(3), shed.Sequence)
		require.NoError(t, replaced.Err)
		require.ErrorIs(t, shed.Err, resthook.ErrCanceled)
		assert.Equal(t, resthook.PriorityProgress, shed.Priority)
		for _, o := range seen {
			assert.Zero(t, o.Attempts)
			assert.Zero(t, o.Status)
			assert.Equal(t, resthook.ActionContinue, o.Action)
		}
		time.Sleep(time.Minute)
		assert.Equal(t, 3, b.seen.count(resthook.EventExpired), "two in their attempts, the last while it waited")
		all := b.seen.of("StreamStatusEvent")
		assert.Equal(t, []int{1, 1, 0}, []int{all[0].Attempts, all[1].Attempts, all[2].Attempts})
		for i, o := range all {
			assert.Equal(t, uint64([]int{1, 4, 5}[i]), o.Sequence)
		}
		assert.Equal(t, 10*time.Second, all[0].Queued)
		assert.ErrorIs(t, all[0].Err, resthook.ErrCanceled)
		assert.Equal(t, resthook.Stats{Notified: 5, Events: []resthook.EventCount{
			{Hook: "StreamKeepAliveEvent", Result: resthook.EventReplaced, Count: 1},
			{Hook: "StreamKeepAliveEvent", Result: resthook.EventShed, Count: 1},
			{Hook: "StreamStatusEvent", Result: resthook.EventExpired, Count: 3},
		}}, b.client.Stats())
	})
}

// An event's age counts its retries too, and none begins after its end.
func TestEventAgeCountsRetries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := new(logged)
		b := newEventBubble(t, nil,
			resthook.WithEventAge(10*time.Second), resthook.WithBackoff(time.Second, time.Second), resthook.WithLogger(log.logger()))
		b.socket.Down()
		s := b.session(t, "s")
		for i := range 3 {
			notify(t, s, strconv.Itoa(i))
		}
		time.Sleep(time.Minute)
		all := b.seen.of("StreamStatusEvent")
		require.Len(t, all, 3)
		assert.GreaterOrEqual(t, all[0].Attempts, 10)
		assert.LessOrEqual(t, all[0].Attempts, 20)
		for _, o := range all {
			assert.Equal(t, resthook.EventExpired, o.Result)
			assert.LessOrEqual(t, o.Queued, 11*time.Second, "given up once no repeat fits, or when it is asked after next")
		}
		assert.Contains(t, log.String(), "msg=\"events lost\" hook=StreamStatusEvent reason=expired count=1\n")
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

// Only an event of the same stream, by all its names, is replaced.
func TestKeepAlivesOfTwoStreamsAreApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Second, hooktest.Answer(200, `{}`))})
		s := b.session(t, "s")
		notify(t, s, "on its way")
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

func TestLostEventsAreLoggedAtABoundedRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := new(logged)
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)},
			resthook.WithLogger(log.logger()), resthook.WithQueueLimits(resthook.QueueLimits{SessionEvents: 10}))
		s := b.session(t, "s")
		const events, span = 5000, 5 * time.Second
		for range events {
			notify(t, s, "n")
			time.Sleep(span / events)
		}
		time.Sleep(2 * time.Second)
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		total := 0
		for _, line := range lines {
			var n int
			_, err := fmt.Sscanf(line, `level=ERROR msg="events lost" hook=StreamStatusEvent reason=shed count=%d`, &n)
			require.NoError(t, err, line)
			total += n
		}
		lost := b.seen.count(resthook.EventShed)
		t.Logf("%d events lost in %v: %d lines", lost, span, len(lines))
		assert.Equal(t, lost, total, "every loss is told of, also when nothing is lost after it")
		assert.LessOrEqual(t, len(lines), 7)
		require.Error(t, b.client.Close(over(t)))
		assert.Equal(t, 11, b.seen.count(resthook.EventLeft))
		assert.Contains(t, log.String(), "reason=left count=1\n")
		assert.Contains(t, log.String(), "reason=left count=10\n", "Close tells of what it leaves at once")
		told := log.String()
		time.Sleep(time.Hour)
		assert.Equal(t, told, log.String(), "nothing is told after Close")
	})
}

// A burst of losses of several kinds must not be told of as a single one.
func TestABurstOfLossesIsToldInFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := new(logged)
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)},
			resthook.WithLogger(log.logger()), resthook.WithQueueLimits(resthook.QueueLimits{SessionEvents: 1}))
		s := b.session(t, "s")
		for range 100 {
			notify(t, s, "n")
			require.NoError(t, resthook.StreamEvent.Notify(t.Context(), s, &resthook.StreamSignal{}))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		for _, hook := range []string{"StreamStatusEvent", "StreamEvent"} {
			lost := len(b.seen.of(hook))
			require.Positive(t, lost)
			assert.Contains(t, log.String(), fmt.Sprintf("hook=%s reason=shed count=1\n", hook))
			assert.Contains(t, log.String(), fmt.Sprintf("hook=%s reason=shed count=%d\n", hook, lost-1))
		}
	})
}

func TestStatsWhileEventsWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)})
		s := b.session(t, "s")
		assert.Equal(t, resthook.Stats{Events: []resthook.EventCount{}}, b.client.Stats())
		for range 3 {
			notify(t, s, "n")
		}
		stats := b.client.Stats()
		assert.Equal(t, 3, stats.Queued)
		assert.Greater(t, stats.QueuedBytes, 3*512)
		require.Error(t, b.client.Close(over(t)))
		for _, o := range b.seen.list() {
			assert.ErrorIs(t, o.Err, resthook.ErrClosed)
		}
		assert.Equal(t, resthook.Stats{Notified: 3, Events: []resthook.EventCount{
			{Hook: "StreamStatusEvent", Result: resthook.EventLeft, Count: 3},
		}}, b.client.Stats())
	})
}

// The sequence is the order in which the backend sees the events of a session,
// however many goroutines notify.
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

// textOf is a string of a JSON object that has no escapes.
func textOf(body []byte, name string) string {
	_, rest, _ := strings.Cut(string(body), `"`+name+`":"`)
	text, _, _ := strings.Cut(rest, `"`)
	return text
}

func TestSessionsOfOneIDShareTheirOrder(t *testing.T) {
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
			synctest.Wait() // what came of them is told a moment later
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

func TestDisconnectWithAContextThatHasEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Second, hooktest.Answer(200, `{}`))})
		s := b.session(t, "s")
		notify(t, s, "n")
		err := s.Disconnect(over(t))
		require.ErrorIs(t, err, resthook.ErrCanceled)
		require.ErrorIs(t, err, context.Canceled)
		assert.Zero(t, time.Since(b.begun))
		require.ErrorIs(t, resthook.StreamStatusEvent.Notify(t.Context(), s, &resthook.Stream{Status: resthook.StreamPublishing}), resthook.ErrClosed)
		require.NoError(t, s.Disconnect(t.Context()), "a second one does nothing")
		assert.Zero(t, time.Since(b.begun))
		synctest.Wait()
		require.NoError(t, b.client.Close(t.Context()))
		assert.Equal(t, []string{"1", "2"}, sequences(b.socket.Requests()), "the closing event goes all the same")
		assert.Equal(t, 2, b.seen.count(resthook.EventDelivered))
	})
}

func TestDisconnectAgainstNotifyAndClose(t *testing.T) {
	t.Parallel()
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Millisecond, hooktest.Answer(200, `{}`))})
			s := b.session(t, "s")
			var mu sync.Mutex
			accepted := 0
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					for {
						err := resthook.StreamStatusEvent.Notify(t.Context(), s, &resthook.Stream{Status: resthook.StreamPublishing})
						if err != nil {
							assert.ErrorIs(t, err, resthook.ErrClosed)
							return
						}
						mu.Lock()
						accepted++
						mu.Unlock()
						time.Sleep(time.Millisecond)
					}
				})
			}
			time.Sleep(3 * time.Millisecond)
			for range 3 {
				wg.Go(func() {
					if err := s.Disconnect(t.Context()); err != nil {
						assert.ErrorIs(t, err, resthook.ErrClosed)
					}
				})
			}
			for range 3 {
				wg.Go(func() { assert.NoError(t, b.client.Close(t.Context())) })
			}
			wg.Go(func() {
				if err := b.client.Reload(resthook.DefaultConfig()); err != nil {
					assert.ErrorIs(t, err, resthook.ErrClosed)
				}
			})
			wg.Wait()
			seen := b.socket.Requests()
			delivered := b.seen.of("ConnectionStatusEvent")
			delivered = slices.DeleteFunc(delivered, func(o resthook.EventOutcome) bool { return o.Result == resthook.EventRefused })
			closing := len(delivered)
			assert.LessOrEqual(t, closing, 1)
			assert.Len(t, seen, accepted+closing)
			assert.Equal(t, accepted+closing, b.seen.count(resthook.EventDelivered))
			if closing == 1 {
				assert.Equal(t, "ConnectionStatusEvent", seen[len(seen)-1].Hook)
			}
			for i, r := range seen[:accepted] {
				require.Equal(t, strconv.Itoa(i+1), r.Header.Get(resthook.HeaderSequence))
			}
		})
	}
}

// observing is a client on virtual time whose observer is set later.
type observing struct {
	client  *resthook.Client
	socket  *hooktest.Socket
	observe func(resthook.EventOutcome)
}

func newObserving(t *testing.T, play hooktest.Behaviour, opts ...resthook.Option) *observing {
	t.Helper()
	network := hooktest.NewNetwork()
	o := &observing{socket: hooktest.NewSocketOn(t, network.Listen(), play)}
	client, err := resthook.NewClient(resthook.DefaultConfig(), append(opts,
		resthook.WithApp(resthook.App{URL: o.socket.URL()}),
		resthook.WithDialContext(network.DialContext),
		resthook.WithObserver(resthook.Observer{Event: func(_ context.Context, e resthook.EventOutcome) { o.observe(e) }}))...)
	require.NoError(t, err)
	o.client = client
	return o
}

func TestObserverMayNotify(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newObserving(t, hooktest.Answer(200, `{}`), resthook.WithEventWorkers(1), resthook.WithQueueLimits(resthook.QueueLimits{SessionEvents: 1}))
		s, err := o.client.Resume(&resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		var mu sync.Mutex
		results := map[resthook.EventResult]int{}
		o.observe = func(e resthook.EventOutcome) {
			mu.Lock()
			results[e.Result]++
			again := len(results) < 2 || results[e.Result] < 5
			mu.Unlock()
			if again {
				notify(t, s, "again")
			}
		}
		notify(t, s, "first")
		notify(t, s, "second")
		time.Sleep(time.Second)
		require.NoError(t, s.Disconnect(t.Context()))
		require.NoError(t, o.client.Close(t.Context()))
		assert.GreaterOrEqual(t, results[resthook.EventDelivered], 5)
	})
}

// An observer that ends the session of an event that was refused, or shed, as a media
// server may do.
func TestObserverMayDisconnect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newObserving(t, hooktest.Answer(403, ``), resthook.WithQueueLimits(resthook.QueueLimits{SessionEvents: 1}))
		s, err := o.client.Resume(&resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		var mu sync.Mutex
		var seen []resthook.EventOutcome
		o.observe = func(e resthook.EventOutcome) {
			mu.Lock()
			seen = append(seen, e)
			mu.Unlock()
			assert.NoError(t, s.Disconnect(t.Context()))
		}
		notify(t, s, "n")
		time.Sleep(time.Second)
		require.NoError(t, o.client.Close(t.Context()))
		require.Len(t, seen, 2)
		assert.Equal(t, "ConnectionStatusEvent", seen[1].Hook)
	})
	synctest.Test(t, func(t *testing.T) {
		o := newObserving(t, hooktest.AfterRequest(hooktest.Stall), resthook.WithQueueLimits(resthook.QueueLimits{SessionEvents: 1}))
		s, err := o.client.Resume(&resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		o.observe = func(e resthook.EventOutcome) {
			if e.Result == resthook.EventShed {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_ = s.Disconnect(ctx)
			}
		}
		notify(t, s, "out")
		synctest.Wait()
		notify(t, s, "waits")
		begun := time.Now()
		notify(t, s, "sheds")
		assert.Zero(t, time.Since(begun), "no observer runs on the stack of Notify")
		time.Sleep(time.Hour)
		require.NoError(t, o.client.Close(t.Context()))
		assert.Equal(t, "ConnectionStatusEvent", o.socket.Requests()[1].Hook)
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

// Events that wait when hooks are disabled, or that no app takes any more.
func TestReloadWhileEventsWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Second, hooktest.Answer(200, `{}`))})
		s := b.session(t, "s")
		notify(t, s, "on its way")
		notify(t, s, "waits")
		synctest.Wait()
		off := resthook.DefaultConfig()
		off.DisableRestRequests = true
		require.NoError(t, b.client.Reload(off))
		notify(t, s, "not queued")
		time.Sleep(2 * time.Second)
		assert.Equal(t, 1, b.seen.count(resthook.EventDelivered), "what is on its way ends under the old one")
		assert.Equal(t, 1, b.seen.count(resthook.EventShed), "nobody wants it any more")
		require.NoError(t, b.client.Reload(resthook.DefaultConfig()))
		require.NoError(t, s.Disconnect(t.Context()))
		assert.Equal(t, []string{"1", "3"}, sequences(b.socket.Requests()))
	})
}

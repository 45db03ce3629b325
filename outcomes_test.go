package resthook_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

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

// The action of an event that is not delivered is that of docs/protocol.md, 3.1, as for a
// hook that is sent.
func TestEventOutcomeActions(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for _, row := range matrix {
			for onError, action := range map[string]resthook.Action{"LOG": row.log, "FAIL": row.fail} {
				for _, trouble := range troubles {
					t.Run(fmt.Sprintf("%s %s %s", row.hook.Name(), onError, trouble.name), func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) {
							log := new(logged)
							b := newEventBubbleVia(t, via, []hooktest.Behaviour{trouble.plays}, resthook.WithEventAge(time.Minute), resthook.WithLogger(log.logger()))
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
		}}, eventStats(b.client))
	})
}

// The age of an event includes its retries. No retry begins after it.
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
		assert.Equal(t, lost, total, "every loss is logged, also when nothing is lost after it")
		assert.LessOrEqual(t, len(lines), 7)
		require.Error(t, b.client.Close(endedContext(t)))
		assert.Equal(t, 11, b.seen.count(resthook.EventLeft))
		assert.Contains(t, log.String(), "reason=left count=1\n")
		assert.Contains(t, log.String(), "reason=left count=10\n", "Close logs at once what it leaves")
		reported := log.String()
		time.Sleep(time.Hour)
		assert.Equal(t, reported, log.String(), "nothing is logged after Close")
	})
}

// A burst of lost events of several hooks is logged in full.
func TestABurstOfLossesIsLoggedInFull(t *testing.T) {
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

// Outcomes that the callbacks do not keep up with are bounded, counted and logged.
func TestOutcomesBeyondTheBound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, release := new(logged), make(chan struct{})
		var heard atomic.Int32
		o := newObserving(t, hooktest.AfterRequest(hooktest.Stall), resthook.WithLogger(log.logger()),
			resthook.WithQueueLimits(resthook.QueueLimits{Events: 50, SessionEvents: 2}))
		o.observe = func(resthook.EventOutcome) {
			heard.Add(1)
			<-release
		}
		s, err := o.client.Resume(&resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		const events = 12_000
		for range events {
			notify(t, s, "n")
		}
		time.Sleep(1500 * time.Millisecond) // the second line of "events lost" is over
		addsUp(t, o.client)
		stats := o.client.Stats()
		assert.Equal(t, int32(1), heard.Load())
		over := uint64(events) - uint64(stats.Queued)
		assert.InDelta(t, over-10_000, stats.Unreported, 5, "one blocks, 10,000 wait")
		close(release)
		synctest.Wait()
		assert.Contains(t, log.String(), fmt.Sprintf(`msg="outcomes not reported" count=%d`, stats.Unreported))
		before := heard.Load()
		notify(t, s, "n")
		synctest.Wait()
		assert.Equal(t, before+1, heard.Load(), "it has caught up")
		within(t, 0, o.client.Close)
		assert.Equal(t, stats.Unreported, o.client.Stats().Unreported)
	})
}

// Events that are refused after Close are reported, but a callback that notifies again does
// not make that endless.
func TestReportsAfterClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newObserving(t, hooktest.Answer(200, `{}`))
		s, err := o.client.Resume(&resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		o.observe = func(resthook.EventOutcome) {}
		notify(t, s, "n")
		require.NoError(t, o.client.Close(t.Context()))
		calls := 0
		o.observe = func(e resthook.EventOutcome) {
			calls++
			assert.Equal(t, resthook.EventRefused, e.Result)
			_ = resthook.StreamStatusEvent.Notify(t.Context(), s, &resthook.Stream{Name: "again", Status: resthook.StreamPlaying})
		}
		err = resthook.StreamStatusEvent.Notify(t.Context(), s, &resthook.Stream{Name: "late", Status: resthook.StreamPlaying})
		require.ErrorIs(t, err, resthook.ErrClosed)
		synctest.Wait()
		assert.Positive(t, calls)
		assert.LessOrEqual(t, calls, 1000)
		addsUp(t, o.client)
	})
}

// Outcomes of one session are reported in the order of its events, however many workers
// there are, and also where the queue takes the next event before Done returns.
func TestOutcomesAreReportedInOrder(t *testing.T) {
	t.Parallel()
	memory := func() resthook.Queue { return resthook.NewQueue(resthook.QueueLimits{}) }
	for name, queue := range map[string]func() resthook.Queue{
		"in memory": memory, "slow Done": func() resthook.Queue { return lingering{memory()} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)}, resthook.WithQueue(queue()))
				sessions := make([]*resthook.Session, 20)
				for i := range sessions {
					sessions[i] = b.session(t, strconv.Itoa(i))
				}
				for range 100 {
					for _, s := range sessions {
						notify(t, s, "n")
					}
				}
				require.NoError(t, b.client.Close(t.Context()))
				last := map[string]uint64{}
				for _, o := range b.seen.list() {
					assert.Equal(t, last[o.Session]+1, o.Sequence)
					last[o.Session] = o.Sequence
				}
				assert.Len(t, last, 20)
			})
		})
	}
}

// lingering is a queue whose Done is slow after it has released the next event.
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

// The outcome of an event shows no password and no token of a stream's name.
func TestOutcomesShowNoSecretOfAName(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)})
		s := b.session(t, "s")
		for _, name := range []string{"rtsp://admin:S3CRET@10.0.0.5/cam?aclAuth=S3CRET", "rtsp:/admin:S3CRET@cam", "cam?token=S3CRET", "cam&token=S3CRET", "cam#token=S3CRET"} {
			require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), s, &resthook.Stream{Name: name, Status: resthook.StreamPlaying}))
		}
		synctest.Wait()
		all := b.seen.list()
		require.Len(t, all, 5)
		for _, o := range all {
			assert.NotContains(t, fmt.Sprintf("%v %+v", o, o.About), "S3CRET")
			assert.NotEmpty(t, o.Name)
		}
	})
}

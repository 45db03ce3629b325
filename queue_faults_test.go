package resthook_test

import (
	"context"
	"errors"
	"fmt"
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

// A Pull that fails is tried again, and is logged at most once a second.
func TestAPullThatFailsForAWhile(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]error{"an error": errDisk, "neither event nor error": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := newFaultyQueue()
				inner, until := q.pull, time.Now().Add(10*time.Second)
				q.pull = func(ctx context.Context, apps []string) (resthook.Lease, error) {
					if time.Now().Before(until) {
						return nil, fault
					}
					return inner(ctx, apps)
				}
				b, log := faultyBubble(t, q, accepting())
				notify(t, b.session(t, "s"), "n")
				time.Sleep(9 * time.Second)
				assert.Zero(t, b.seen.count(resthook.EventDelivered))
				lines := strings.Count(log.String(), `msg="queue failed" call=pull`)
				assert.GreaterOrEqual(t, lines, 3)
				assert.LessOrEqual(t, lines, 10)
				time.Sleep(7 * time.Second)
				assert.Equal(t, 1, b.seen.count(resthook.EventDelivered))
				require.NoError(t, b.client.Close(t.Context()))
			})
		})
	}
}

func TestAStoreThatFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newFaultyQueue()
		q.push = func(_ resthook.Event, stored func(error)) []resthook.Drop {
			go stored(errDisk)
			return nil
		}
		b, log := faultyBubble(t, q, accepting())
		s := b.session(t, "s")
		notify(t, s, "n")
		err := record(t.Context(), s)
		require.ErrorIs(t, err, resthook.ErrStore)
		failed, ok := errors.AsType[*resthook.Error](err)
		require.True(t, ok)
		assert.EqualValues(t, "store", failed.Kind)
		assert.NotContains(t, err.Error(), "\n")
		require.ErrorIs(t, s.Disconnect(t.Context()), resthook.ErrStore, "the backend does not get the closing event")
		require.NoError(t, b.client.Close(t.Context()))
		assert.Equal(t, 3, b.seen.count(resthook.EventUnstored))
		assert.Contains(t, log.String(), `msg="queue failed" call=store count=1 error="disk`)
		assert.Contains(t, log.String(), `msg="events lost" hook=StreamStatusEvent reason=unstored`)
		assert.Empty(t, b.socket.Requests())
	})
}

// Disconnect reports what has happened to the closing event by the time it is called, also with
// a context that has ended.
func TestDisconnectIntoAQueueThatFailsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for fault, want := range map[error]error{errDisk: resthook.ErrStore, resthook.ErrQueueFull: resthook.ErrQueueFull} {
			q := newFaultyQueue()
			q.push = func(_ resthook.Event, stored func(error)) []resthook.Drop {
				stored(fault)
				return nil
			}
			b, _ := faultyBubble(t, q, accepting())
			for range 20 {
				require.ErrorIs(t, b.session(t, "s").Disconnect(endedContext(t)), want)
			}
		}
	})
}

// The result of storing an event that a worker has counts once the attempt has ended.
func TestAStoreThatFailsWhileTheEventIsOut(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		answer hooktest.Behaviour
		want   resthook.EventResult
	}{
		"delivered":         {hooktest.Late(2*time.Second, accepting()), resthook.EventDelivered},
		"to be tried again": {hooktest.AfterRequest(func(c *hooktest.Conn) { c.Wait(2 * time.Second); hooktest.FIN(c) }), resthook.EventUnstored},
		"refused":           {hooktest.Late(2*time.Second, hooktest.Answer(403, ``)), resthook.EventFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := newFaultyQueue()
				q.storeAfter(time.Second, errDisk)
				b, _ := faultyBubble(t, q, row.answer)
				err := record(t.Context(), b.session(t, "s"))
				if row.want == resthook.EventUnstored {
					require.ErrorIs(t, err, resthook.ErrStore)
				} else {
					require.NoError(t, err)
				}
				assert.Equal(t, 2*time.Second, time.Since(b.begun))
				require.NoError(t, b.client.Close(t.Context()))
				assert.Len(t, b.socket.Requests(), 1)
				require.Len(t, b.seen.list(), 1)
				assert.Equal(t, row.want, b.seen.list()[0].Result)
			})
		})
	}
}

// An attempt whose lease is lost is aborted, and neither Done nor Requeue is called.
func TestALeaseThatIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newFaultyQueue()
		lost, cancel := context.WithCancel(t.Context())
		var calls atomic.Int32
		q.lease = func(l resthook.Lease) resthook.Lease {
			return &faultyLease{Lease: l, ctx: lost, done: func() { calls.Add(1) }, requeuing: func() { calls.Add(1) }}
		}
		b, _ := faultyBubble(t, q, hooktest.AfterRequest(hooktest.Stall))
		notify(t, b.session(t, "s"), "n")
		time.Sleep(time.Second)
		cancel()
		synctest.Wait()
		require.Equal(t, 1, b.seen.count(resthook.EventKept), "at once")
		assert.Zero(t, calls.Load())
		assert.Equal(t, 1, b.seen.list()[0].Attempts)
		assert.NoError(t, b.seen.list()[0].Err)
		ended, cancelClose := context.WithTimeout(t.Context(), time.Second)
		defer cancelClose()
		begun := time.Now()
		_ = b.client.Close(ended)
		assert.Zero(t, time.Since(begun), "Close waits for none that is another's")
	})
}

// A lease that was lost before its event could be sent: no attempt is made.
func TestALeaseThatWasLostBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newFaultyQueue()
		lost, cancel := context.WithCancel(t.Context())
		cancel()
		q.lease = func(l resthook.Lease) resthook.Lease { return &faultyLease{Lease: l, ctx: lost} }
		b, _ := faultyBubble(t, q, hooktest.Answer(200, "{}"))
		for i := range 50 {
			notify(t, b.session(t, fmt.Sprint(i)), "n")
		}
		asked := len(b.socket.Requests())
		synctest.Wait()
		assert.Len(t, b.socket.Requests(), asked)
		require.Equal(t, 50, b.seen.count(resthook.EventKept))
		assert.Zero(t, b.seen.list()[0].Attempts)
	})
}

func TestARequeueThatFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newFaultyQueue()
		q.lease = func(l resthook.Lease) resthook.Lease { return &faultyLease{Lease: l, failing: errDisk} }
		b, log := faultyBubble(t, q, hooktest.AfterRequest(hooktest.FIN))
		notify(t, b.session(t, "s"), "n")
		synctest.Wait()
		require.Equal(t, 1, b.seen.count(resthook.EventKept), "the queue has it still")
		assert.Contains(t, log.String(), `msg="queue failed" call=requeue`)
		assert.NotContains(t, log.String(), "events lost")
	})
}

func TestADoneThatFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newFaultyQueue()
		q.lease = func(l resthook.Lease) resthook.Lease { return &faultyLease{Lease: l, failing: errDisk} }
		b, log := faultyBubble(t, q.keeping(), accepting())
		s := b.session(t, "s")
		notify(t, s, "n")
		synctest.Wait()
		require.Equal(t, 1, b.seen.count(resthook.EventDelivered))
		assert.Contains(t, log.String(), `msg="queue failed" call=done`)
	})
}

// stored may be called after Push has returned, and after the event has ended.
func TestStoredIsCalledLate(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		answer hooktest.Behaviour
		wait   time.Duration
		err    error
	}{
		"stored before":    {hooktest.Late(5*time.Second, accepting()), time.Second, nil},
		"delivered before": {hooktest.Late(time.Second/2, accepting()), time.Second / 2, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := newFaultyQueue()
				q.storeAfter(time.Second, nil)
				b, _ := faultyBubble(t, q, row.answer)
				err := record(t.Context(), b.session(t, "s"))
				require.ErrorIs(t, err, row.err)
				assert.Equal(t, row.wait, time.Since(b.begun))
				require.NoError(t, b.client.Close(t.Context()))
				assert.Equal(t, 1, b.seen.count(resthook.EventDelivered))
			})
		})
	}
}

// An event that is leased twice at once is sent once.
func TestAnEventThatIsGivenOutTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newFaultyQueue()
		again := make(chan resthook.Lease, 1)
		inner := q.pull
		q.pull = func(ctx context.Context, apps []string) (resthook.Lease, error) {
			select {
			case lease := <-again:
				return lease, nil
			default:
			}
			lease, err := inner(ctx, apps)
			if err == nil && len(again) == 0 {
				again <- lease
			}
			return lease, err
		}
		b, _ := faultyBubble(t, q.keeping(), hooktest.Late(5*time.Second, accepting()))
		s := b.session(t, "s")
		notify(t, s, "1")
		time.Sleep(4 * time.Second)
		assert.Len(t, b.socket.Requests(), 1)
		time.Sleep(2 * time.Second)
		assert.Equal(t, 1, b.seen.count(resthook.EventDelivered))
	})
}

// An event that is leased again after it has ended is delivered and counted again: at
// least once.
func TestAnEventThatComesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newFaultyQueue()
		var given atomic.Int32
		q.lease = func(l resthook.Lease) resthook.Lease {
			if given.Add(1) > 1 {
				return l
			}
			put(t, q.Queue, l.Event())
			return l
		}
		b, _ := faultyBubble(t, q, accepting())
		notify(t, b.session(t, "s"), "1")
		synctest.Wait()
		assert.Equal(t, 2, b.seen.count(resthook.EventDelivered))
		assert.EqualValues(t, 2, b.client.Stats().Notified)
		requests := b.socket.Requests()
		require.Len(t, requests, 2)
		assert.Equal(t, requests[0].Header.Get(resthook.HeaderID), requests[1].Header.Get(resthook.HeaderID))
		require.NoError(t, b.client.Close(t.Context()))
	})
}

// An event that a queue drops without a valid reason is lost.
func TestADropWithoutAReason(t *testing.T) {
	t.Parallel()
	for _, result := range []resthook.EventResult{"", "odd", resthook.EventDelivered, resthook.EventRefused} {
		synctest.Test(t, func(t *testing.T) {
			q := newFaultyQueue()
			q.push = func(e resthook.Event, stored func(error)) []resthook.Drop {
				stored(nil)
				return []resthook.Drop{{Event: e, Result: result}}
			}
			b, _ := faultyBubble(t, q, accepting())
			notify(t, b.session(t, "s"), "1")
			synctest.Wait()
			require.Len(t, b.seen.list(), 1, result)
			assert.Equal(t, resthook.EventLeft, b.seen.list()[0].Result)
			assert.ErrorIs(t, b.seen.list()[0].Err, resthook.ErrStore)
		})
	}
}

// Close ends with its context, and says how many events have no outcome.
func TestAQueueWhoseCloseHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newFaultyQueue()
		release := make(chan struct{})
		inner := q.close
		q.close = func(ctx context.Context) ([]resthook.Drop, error) {
			<-release
			return inner(ctx)
		}
		b, _ := faultyBubble(t, q, hooktest.AfterRequest(hooktest.Stall))
		notify(t, b.session(t, "s"), "1")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := b.client.Close(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorContains(t, err, "1 events not over")
		assert.LessOrEqual(t, time.Since(b.begun), 1500*time.Millisecond)
		close(release)
		synctest.Wait()
	})
}

// A Push that blocks delays its caller, and no events of other sessions.
func TestAPushThatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newFaultyQueue()
		inner := q.push
		q.push = func(e resthook.Event, stored func(error)) []resthook.Drop {
			if e.Session == "slow" {
				time.Sleep(time.Second)
			}
			return inner(e, stored)
		}
		b, _ := faultyBubble(t, q, accepting())
		slow, other := b.session(t, "slow"), b.session(t, "other")
		go func() {
			assert.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), slow, &resthook.Stream{Status: resthook.StreamPublishing}))
		}()
		synctest.Wait()
		begun := time.Now()
		notify(t, slow, "2") // who pushes the first goes on with it
		notify(t, other, "1")
		synctest.Wait()
		assert.Zero(t, time.Since(begun))
		assert.Equal(t, 1, b.seen.count(resthook.EventDelivered))
		time.Sleep(3 * time.Second)
		assert.Equal(t, []string{"1", "1", "2"}, sequences(b.socket.Requests()))
		require.NoError(t, b.client.Close(t.Context()))
	})
}

// An event whose lease was lost may be in the memory of the queue alone: Record waits until the queue says
// whether it is stored.
func TestRecordOfAnEventWhoseLeaseIsLost(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		fault error
		want  error
	}{
		{"stored later", nil, nil},
		{"never stored", errDisk, resthook.ErrStore},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := newFaultyQueue()
				q.storeAfter(3*time.Second, row.fault)
				lost, cancel := context.WithCancel(t.Context())
				q.lease = func(l resthook.Lease) resthook.Lease { return &faultyLease{Lease: l, ctx: lost} }
				b, _ := faultyBubble(t, q, hooktest.AfterRequest(hooktest.Stall))
				time.AfterFunc(time.Second, cancel)
				begun := time.Now()
				err := record(t.Context(), b.session(t, "s"))
				assert.ErrorIs(t, err, row.want)
				assert.Equal(t, 3*time.Second, time.Since(begun))
				assert.Equal(t, 1, b.seen.count(resthook.EventKept))
			})
		})
	}
}

// A queue that is closed may say nothing any more of what it had not stored.
func TestRecordEndsWithTheClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := newFaultyQueue()
		q.storeAfter(time.Hour, nil)
		lost, cancel := context.WithCancel(t.Context())
		q.lease = func(l resthook.Lease) resthook.Lease { return &faultyLease{Lease: l, ctx: lost} }
		b, _ := faultyBubble(t, q, hooktest.AfterRequest(hooktest.Stall))
		time.AfterFunc(time.Second, func() {
			cancel()
			_ = b.client.Close(t.Context())
		})
		assert.ErrorIs(t, record(t.Context(), b.session(t, "s")), resthook.ErrClosed)
	})
}

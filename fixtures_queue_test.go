package resthook_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// faultyQueue is a queue in memory whose methods can be replaced.
type faultyQueue struct {
	resthook.Queue

	push  func(e resthook.Event, stored func(error)) []resthook.Drop
	pull  func(ctx context.Context, apps []string) (resthook.Lease, error)
	close func(ctx context.Context) ([]resthook.Drop, error)
	lease func(l resthook.Lease) resthook.Lease
}

func newFaultyQueue() *faultyQueue {
	q := resthook.NewQueue(resthook.QueueLimits{})
	return &faultyQueue{
		Queue: q, push: q.Push, pull: q.Pull, close: q.Close,
		lease: func(l resthook.Lease) resthook.Lease { return l },
	}
}

// storeAfter delays the result of storing an event.
func (q *faultyQueue) storeAfter(wait time.Duration, fault error) {
	inner := q.push
	q.push = func(e resthook.Event, stored func(error)) []resthook.Drop {
		time.AfterFunc(wait, func() { stored(fault) })
		return inner(e, func(error) {})
	}
}

func (q *faultyQueue) Push(e resthook.Event, stored func(error)) []resthook.Drop {
	return q.push(e, stored)
}

func (q *faultyQueue) Pull(ctx context.Context, apps []string) (resthook.Lease, error) {
	lease, err := q.pull(ctx, apps)
	if err != nil || lease == nil {
		return nil, err
	}
	return q.lease(lease), nil
}

func (q *faultyQueue) Close(ctx context.Context) ([]resthook.Drop, error) { return q.close(ctx) }

// faultyLease is a lease whose methods can be replaced.
type faultyLease struct {
	resthook.Lease

	ctx             context.Context //nolint:containedctx // what Context returns, unless it is nil
	failing         error           // what Done and Requeue return, without doing anything
	done, requeuing func()
}

func (l *faultyLease) Context() context.Context {
	if l.ctx == nil {
		return l.Lease.Context()
	}
	return l.ctx
}

func (l *faultyLease) Done(ctx context.Context, result resthook.EventResult) error {
	if l.done != nil {
		l.done()
	}
	if l.failing != nil {
		return l.failing
	}
	return l.Lease.Done(ctx, result)
}

func (l *faultyLease) Requeue(ctx context.Context, wait time.Duration, e resthook.Event) error {
	if l.requeuing != nil {
		l.requeuing()
	}
	if l.failing != nil {
		return l.failing
	}
	return l.Lease.Requeue(ctx, wait, e)
}

// keeping returns what is left at Close as kept.
func (q *faultyQueue) keeping() *faultyQueue {
	inner := q.close
	q.close = func(ctx context.Context) ([]resthook.Drop, error) {
		left, err := inner(ctx)
		for i := range left {
			left[i].Result = resthook.EventKept
		}
		return left, err
	}
	return q
}

// kept is an event as a queue keeps it over a restart.
func kept(session string, sequence uint64) resthook.Event {
	return resthook.Event{
		ID: session + "." + string(rune('0'+sequence)), Sequence: sequence, Time: time.Now(), Hook: "StreamStatusEvent", Kind: resthook.KindEvent,
		Session: session, Body: []byte(`{"sessionId":"` + session + `","status":"PUBLISHING"}`), Priority: resthook.PriorityStatus,
	}
}

// watched checks at many moments that the counts of the client add up.
func watched(t *testing.T, client *resthook.Client) (stop func()) {
	t.Helper()
	over := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		for {
			addsUp(t, client)
			select {
			case <-over:
				return
			case <-time.After(7 * time.Millisecond): // virtual
			}
		}
	})
	return func() {
		close(over)
		all.Wait()
		addsUp(t, client)
	}
}

// put puts an event into a queue, as if it had been kept over a restart.
func put(t *testing.T, queue resthook.Queue, e resthook.Event) {
	t.Helper()
	require.Empty(t, queue.Push(e, func(err error) { require.NoError(t, err) }))
}

var errDisk = errors.New("disk\nfull")

func accepting() hooktest.Behaviour { return hooktest.Answer(200, `{}`) }

// faultyBubble is a client over a faulty queue. Its counts are watched.
func faultyBubble(t *testing.T, q resthook.Queue, script ...hooktest.Behaviour) (*eventBubble, *logged) {
	t.Helper()
	log := new(logged)
	b := newEventBubble(t, script, resthook.WithQueue(q), resthook.WithLogger(log.logger()))
	t.Cleanup(watched(t, b.client))
	return b, log
}

package hooktest_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wcskit/resthook"
)

// wrongQueue is a queue in memory that behaves differently in one method.
type wrongQueue struct {
	resthook.Queue

	push  func(q resthook.Queue, e resthook.Event, stored func(error)) []resthook.Drop
	pull  func(q resthook.Queue, ctx context.Context, apps []string) (resthook.Lease, error)
	close func(q resthook.Queue, ctx context.Context) ([]resthook.Drop, error)
	load  func(q resthook.Queue) resthook.Load
	lease func(resthook.Lease) resthook.Lease
}

func (w wrongQueue) Push(e resthook.Event, stored func(error)) []resthook.Drop {
	if w.push == nil {
		return w.Queue.Push(e, stored)
	}
	return w.push(w.Queue, e, stored)
}

func (w wrongQueue) Pull(ctx context.Context, apps []string) (resthook.Lease, error) {
	pull := w.pull
	if pull == nil {
		pull = resthook.Queue.Pull
	}
	lease, err := pull(w.Queue, ctx, apps)
	if err != nil || w.lease == nil {
		return lease, err
	}
	return w.lease(lease), nil
}

func (w wrongQueue) Close(ctx context.Context) ([]resthook.Drop, error) {
	if w.close == nil {
		return w.Queue.Close(ctx)
	}
	return w.close(w.Queue, ctx)
}

func (w wrongQueue) Load() resthook.Load {
	if w.load == nil {
		return w.Queue.Load()
	}
	return w.load(w.Queue)
}

// wrongLease is a lease that behaves differently in one method.
type wrongLease struct {
	resthook.Lease

	event   func(resthook.Event) resthook.Event
	context context.Context //nolint:containedctx // the result of Context
	done    func(l resthook.Lease, ctx context.Context, result resthook.EventResult) error
	requeue func(l resthook.Lease, ctx context.Context, wait time.Duration, e resthook.Event) error
}

func (w wrongLease) Event() resthook.Event {
	if w.event == nil {
		return w.Lease.Event()
	}
	return w.event(w.Lease.Event())
}

func (w wrongLease) Context() context.Context {
	if w.context == nil {
		return w.Lease.Context()
	}
	return w.context
}

func (w wrongLease) Done(ctx context.Context, result resthook.EventResult) error {
	if w.done == nil {
		return w.Lease.Done(ctx, result)
	}
	return w.done(w.Lease, ctx, result)
}

func (w wrongLease) Requeue(ctx context.Context, wait time.Duration, e resthook.Event) error {
	if w.requeue == nil {
		return w.Lease.Requeue(ctx, wait, e)
	}
	return w.requeue(w.Lease, ctx, wait, e)
}

// leasing is a queue whose leases are wrong.
func leasing(q resthook.Queue, wrong wrongLease) resthook.Queue {
	return wrongQueue{Queue: q, lease: func(l resthook.Lease) resthook.Lease {
		own := wrong
		own.Lease = l
		return own
	}}
}

// filing is a queue that stores events under another app or line.
func filing(q resthook.Queue, file func(*resthook.Event)) wrongQueue {
	var mu sync.Mutex
	own := map[string][2]string{} // app and line, by the event's id
	return wrongQueue{
		Queue: q,
		push: func(q resthook.Queue, e resthook.Event, stored func(error)) []resthook.Drop {
			mu.Lock()
			own[e.ID] = [2]string{e.App, e.Line}
			mu.Unlock()
			file(&e)
			return q.Push(e, stored)
		},
		lease: func(l resthook.Lease) resthook.Lease {
			return wrongLease{Lease: l, event: func(e resthook.Event) resthook.Event {
				mu.Lock()
				defer mu.Unlock()
				e.App, e.Line = own[e.ID][0], own[e.ID][1]
				return e
			}}
		},
	}
}

// losing is a queue that loses a part of an event.
func losing(q resthook.Queue, lose func(*resthook.Event)) resthook.Queue {
	return leasing(q, wrongLease{event: func(e resthook.Event) resthook.Event {
		lose(&e)
		return e
	}})
}

// slow is a queue whose Push takes time.
func slow(q resthook.Queue, wait time.Duration) resthook.Queue {
	return wrongQueue{Queue: q, push: func(q resthook.Queue, e resthook.Event, stored func(error)) []resthook.Drop {
		time.Sleep(wait)
		return q.Push(e, stored)
	}}
}

// closing is a queue that changes the result of Close.
func closing(q resthook.Queue, change func([]resthook.Drop) []resthook.Drop) resthook.Queue {
	return wrongQueue{Queue: q, close: func(q resthook.Queue, ctx context.Context) ([]resthook.Drop, error) {
		left, err := q.Close(ctx)
		return change(left), err
	}}
}

// storing is a queue that changes the calls of stored.
func storing(q resthook.Queue, say func(e resthook.Event, stored func(error)) func(error)) resthook.Queue {
	return wrongQueue{Queue: q, push: func(q resthook.Queue, e resthook.Event, stored func(error)) []resthook.Drop {
		return q.Push(e, say(e, stored))
	}}
}

// behind is a queue whose Requeue puts an event behind the others of its session.
func behind(q resthook.Queue) resthook.Queue {
	return leasing(q, wrongLease{requeue: func(l resthook.Lease, ctx context.Context, _ time.Duration, e resthook.Event) error {
		if err := l.Done(ctx, resthook.EventDelivered); err != nil {
			return err
		}
		q.Push(e, func(error) {})
		return nil
	}})
}

// swapping calls stored for two events at a time, the second one first.
func swapping(q resthook.Queue) resthook.Queue {
	var mu sync.Mutex
	var held func(error)
	say := func(_ resthook.Event, stored func(error)) func(error) {
		return func(err error) {
			mu.Lock()
			first := held
			held = nil
			if first == nil {
				held = stored
			}
			mu.Unlock()
			if first != nil {
				stored(err)
				first(err)
			}
		}
	}
	return storing(q, say)
}

// prefetching pulls on goroutines that go on after a Pull has ended, and lose the events
// they get.
func prefetching(q resthook.Queue) resthook.Queue {
	return wrongQueue{Queue: q, pull: func(q resthook.Queue, ctx context.Context, apps []string) (resthook.Lease, error) {
		got, failed := make(chan resthook.Lease, 1), make(chan error, 1)
		go func() {
			lease, err := q.Pull(context.WithoutCancel(ctx), apps)
			if err != nil {
				failed <- err
				return
			}
			got <- lease
		}()
		select {
		case lease := <-got:
			return lease, nil
		case err := <-failed:
			return nil, err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
}

// byID ends an event by its id, although another lease may have the event now.
func byID(q resthook.Queue) resthook.Queue {
	var mu sync.Mutex
	out := map[string]resthook.Lease{}
	return wrongQueue{Queue: q, lease: func(l resthook.Lease) resthook.Lease {
		mu.Lock()
		defer mu.Unlock()
		id := l.Event().ID
		out[id] = l
		return wrongLease{Lease: l, done: func(_ resthook.Lease, ctx context.Context, result resthook.EventResult) error {
			mu.Lock()
			defer mu.Unlock()
			return out[id].Done(ctx, result)
		}}
	}}
}

// waking pulls only for the first of several apps.
func waking(q resthook.Queue) resthook.Queue {
	return wrongQueue{Queue: q, pull: func(q resthook.Queue, ctx context.Context, apps []string) (resthook.Lease, error) {
		return q.Pull(ctx, apps[:1])
	}}
}

// reopening accepts events after Close.
func reopening(q resthook.Queue) resthook.Queue {
	return storing(q, func(_ resthook.Event, stored func(error)) func(error) {
		return func(error) { stored(nil) }
	})
}

// replacing does not report the events that were replaced.
func replacing(q resthook.Queue) resthook.Queue {
	return wrongQueue{Queue: q, push: func(q resthook.Queue, e resthook.Event, stored func(error)) []resthook.Drop {
		q.Push(e, stored)
		return nil
	}}
}

func folded(e *resthook.Event) { e.Line = strings.ToLower(cmp.Or(e.Line, e.Session)) }

func twice(drops []resthook.Drop) []resthook.Drop { return slices.Concat(drops, drops) }

func upsideDown(drops []resthook.Drop) []resthook.Drop {
	drops = slices.Clone(drops)
	slices.Reverse(drops)
	return drops
}

// replacesAgain restores the Replaces of an event, which was not passed to the queue.
func replacesAgain(l resthook.Lease) resthook.Lease {
	return wrongLease{Lease: l, event: func(e resthook.Event) resthook.Event {
		if e.About.CallID == "the CallID" {
			e.Replaces = "the Replaces"
		}
		return e
	}}
}

// delaying calls stored later, in order, on a goroutine of its own.
func delaying(q resthook.Queue) resthook.Queue {
	var mu sync.Mutex
	var next []func()
	running := false
	run := func() {
		for {
			time.Sleep(100 * time.Microsecond)
			mu.Lock()
			if len(next) == 0 {
				running = false
				mu.Unlock()
				return
			}
			call := next[0]
			next = next[1:]
			mu.Unlock()
			call()
		}
	}
	return storing(q, func(_ resthook.Event, stored func(error)) func(error) {
		return func(err error) {
			mu.Lock()
			defer mu.Unlock()
			next = append(next, func() { stored(err) })
			if !running {
				running = true
				go run()
			}
		}
	})
}

// saying returns an error from a lease that is over.
func saying(q resthook.Queue) resthook.Queue {
	return wrongQueue{Queue: q, lease: func(l resthook.Lease) resthook.Lease {
		var mu sync.Mutex
		over := false
		first := func() error {
			mu.Lock()
			defer mu.Unlock()
			if over {
				return errLeaseOver
			}
			over = true
			return nil
		}
		return wrongLease{
			Lease: l,
			done: func(l resthook.Lease, ctx context.Context, result resthook.EventResult) error {
				if err := first(); err != nil {
					return err
				}
				return l.Done(ctx, result)
			},
			requeue: func(l resthook.Lease, ctx context.Context, wait time.Duration, e resthook.Event) error {
				if err := first(); err != nil {
					return err
				}
				return l.Requeue(ctx, wait, e)
			},
		}
	}}
}

var errLeaseOver = errors.New("the lease is over")

// replacingOut reports an event that is out with a lease as replaced by a newer one.
func replacingOut(q resthook.Queue) resthook.Queue {
	var mu sync.Mutex
	out := map[string]resthook.Event{} // by Replaces
	return wrongQueue{
		Queue: q,
		push: func(q resthook.Queue, e resthook.Event, stored func(error)) []resthook.Drop {
			drops := q.Push(e, stored)
			mu.Lock()
			defer mu.Unlock()
			if old, ok := out[e.Replaces]; ok && e.Replaces != "" && e.Session == old.Session {
				delete(out, e.Replaces)
				drops = append(drops, resthook.Drop{Event: old, Result: resthook.EventReplaced})
			}
			return drops
		},
		lease: func(l resthook.Lease) resthook.Lease {
			mu.Lock()
			defer mu.Unlock()
			out[l.Event().Replaces] = l.Event()
			return l
		},
	}
}

// remembering returns from each Close everything that earlier calls have returned.
func remembering(q resthook.Queue) resthook.Queue {
	var mu sync.Mutex
	var all []resthook.Drop
	return closing(q, func(left []resthook.Drop) []resthook.Drop {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, left...)
		return slices.Clone(all)
	})
}

// lastOldest is a queue whose Load has the oldest event that it ever had.
func lastOldest(q resthook.Queue) resthook.Queue {
	var mu sync.Mutex
	var at time.Time
	return wrongQueue{Queue: q, load: func(q resthook.Queue) resthook.Load {
		mu.Lock()
		defer mu.Unlock()
		load := q.Load()
		if at.IsZero() {
			at = load.Oldest
		}
		load.Oldest = at
		return load
	}}
}

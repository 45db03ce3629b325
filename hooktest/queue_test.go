package hooktest_test

import (
	"cmp"
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

func memoryQueue() resthook.Queue { return resthook.NewQueue(resthook.QueueLimits{}) }

// Behaviour that the interface leaves open is not a failure.
func TestQueuesMayDiffer(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(resthook.Queue) resthook.Queue{
		"nothing is replaced": func(q resthook.Queue) resthook.Queue {
			return wrongQueue{Queue: q, push: func(q resthook.Queue, e resthook.Event, stored func(error)) []resthook.Drop {
				e.Replaces = ""
				return q.Push(e, stored)
			}, lease: replacesAgain}
		},
		"events are kept": func(q resthook.Queue) resthook.Queue {
			return closing(q, func(left []resthook.Drop) []resthook.Drop {
				for i := range left {
					left[i].Result = resthook.EventKept
				}
				return left
			})
		},
		"stored comes later":           delaying,
		"a lease that is over says so": saying,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hooktest.TestQueue(t, func() resthook.Queue { return open(memoryQueue()) })
		})
	}
}

const (
	ruleOrder     = "a session is given out in the order of Push, one event at a time"
	ruleOthers    = "a session that has an event out holds up no other"
	ruleSessions  = "a session is a line of an app, and no other"
	ruleApps      = "Pull gives events of its apps alone"
	ruleSeveral   = "Pull waits for several apps"
	rulePullEnds  = "Pull ends with its context and loses nothing"
	ruleEvents    = "an event comes out as it went in"
	ruleStored    = "stored is called in the order of Push"
	ruleAtOnce    = "Push returns at once"
	ruleReplaced  = "an older event may be replaced, and Push says so"
	ruleRequeue   = "Requeue keeps the event at the head, with its counts"
	ruleWaits     = "Requeue makes the session wait"
	ruleLives     = "a lease is alive while the event is out"
	ruleLeaseOver = "a lease that is over does nothing"
	ruleLoad      = "Load counts what waits and what is out"
	ruleClosePull = "Close ends every Pull"
	ruleCloseRest = "Close returns what is not over, in order and once"
	ruleClosed    = "Push after Close says so"
	ruleLoaded    = "many sessions and many workers"
	ruleClient    = "a client delivers in order and leaves nothing"
)

// Each wrong queue breaks at least the rules that are listed with it.
func TestWrongQueuesFail(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		open   func(q resthook.Queue) resthook.Queue
		breaks []string
	}{
		"one line for each event": {func(q resthook.Queue) resthook.Queue {
			return filing(q, func(e *resthook.Event) { e.Line = e.ID })
		}, []string{ruleOrder, ruleLoaded}},
		"one line for each app": {func(q resthook.Queue) resthook.Queue {
			return filing(q, func(e *resthook.Event) { e.Line = "all" })
		}, []string{ruleOthers, ruleSessions, ruleWaits}},
		"sessions by their id": {func(q resthook.Queue) resthook.Queue {
			return filing(q, func(e *resthook.Event) { e.Line = "" })
		}, []string{ruleSessions}},
		"sessions without regard to case": {func(q resthook.Queue) resthook.Queue { return filing(q, folded) }, []string{ruleSessions}},
		"one app for all": {func(q resthook.Queue) resthook.Queue {
			w := filing(q, func(e *resthook.Event) { e.App = "" })
			w.pull = func(q resthook.Queue, ctx context.Context, _ []string) (resthook.Lease, error) {
				return q.Pull(ctx, []string{""})
			}
			return w
		}, []string{ruleApps}},
		"Pull looks at the first app": {waking, []string{ruleApps, ruleSeveral}},
		"Pull ignores its context": {func(q resthook.Queue) resthook.Queue {
			return wrongQueue{Queue: q, pull: func(q resthook.Queue, ctx context.Context, apps []string) (resthook.Lease, error) {
				return q.Pull(context.WithoutCancel(ctx), apps)
			}}
		}, []string{rulePullEnds, ruleOrder}},
		"Pull loses what comes as it ends": {prefetching, []string{rulePullEnds}},
		"Pull returns nothing": {func(q resthook.Queue) resthook.Queue {
			return wrongQueue{Queue: q, pull: func(resthook.Queue, context.Context, []string) (resthook.Lease, error) { return nil, nil }}
		}, []string{ruleOrder}},
		"Pull after Close fails otherwise": {func(q resthook.Queue) resthook.Queue {
			return wrongQueue{Queue: q, pull: func(q resthook.Queue, ctx context.Context, apps []string) (resthook.Lease, error) {
				lease, err := q.Pull(ctx, apps)
				if err != nil {
					err = errors.New("no connection")
				}
				return lease, err
			}}
		}, []string{ruleClosePull, ruleCloseRest}},
		"Pull goes on after Close": {func(q resthook.Queue) resthook.Queue {
			return wrongQueue{Queue: q, pull: func(q resthook.Queue, ctx context.Context, apps []string) (resthook.Lease, error) {
				lease, err := q.Pull(ctx, apps)
				if errors.Is(err, resthook.ErrClosed) {
					select {
					case <-ctx.Done():
					case <-time.After(time.Second):
					}
				}
				return lease, err
			}}
		}, []string{ruleClosePull}},

		"stored is never called": {func(q resthook.Queue) resthook.Queue {
			return storing(q, func(resthook.Event, func(error)) func(error) { return func(error) {} })
		}, []string{ruleStored, ruleOrder}},
		"stored is called twice": {func(q resthook.Queue) resthook.Queue {
			return storing(q, func(_ resthook.Event, stored func(error)) func(error) {
				return func(err error) {
					stored(err)
					stored(err)
				}
			})
		}, []string{ruleStored, ruleOrder}},
		"stored is called out of order": {swapping, []string{ruleStored}},
		"stored fails for an event that is kept": {func(q resthook.Queue) resthook.Queue {
			return storing(q, func(_ resthook.Event, stored func(error)) func(error) {
				return func(error) { stored(errors.New("disk full")) }
			})
		}, []string{ruleStored}},
		"an event is taken after Close":    {reopening, []string{ruleClosed}},
		"an event is replaced in silence":  {replacing, []string{ruleReplaced}},
		"an event that is out is replaced": {replacingOut, []string{ruleReplaced}},
		"1 ms in Push":                     {func(q resthook.Queue) resthook.Queue { return slow(q, time.Millisecond) }, []string{ruleAtOnce}},
		"1 s in Push":                      {func(q resthook.Queue) resthook.Queue { return slow(q, time.Second) }, []string{ruleAtOnce}},

		"an event is lost when it is put back": {func(q resthook.Queue) resthook.Queue {
			return leasing(q, wrongLease{requeue: func(l resthook.Lease, ctx context.Context, _ time.Duration, _ resthook.Event) error {
				return l.Done(ctx, resthook.EventDelivered)
			}})
		}, []string{ruleRequeue, ruleWaits, ruleLoaded}},
		"an event is put back behind the others": {behind, []string{ruleRequeue, ruleLoaded}},
		"counts are lost when an event is put back": {func(q resthook.Queue) resthook.Queue {
			return leasing(q, wrongLease{requeue: func(l resthook.Lease, ctx context.Context, wait time.Duration, _ resthook.Event) error {
				return l.Requeue(ctx, wait, l.Event())
			}})
		}, []string{ruleRequeue}},
		"an event does not wait": {func(q resthook.Queue) resthook.Queue {
			return leasing(q, wrongLease{requeue: func(l resthook.Lease, ctx context.Context, _ time.Duration, e resthook.Event) error {
				return l.Requeue(ctx, 0, e)
			}})
		}, []string{ruleWaits}},
		"an event waits a second too long": {func(q resthook.Queue) resthook.Queue {
			return leasing(q, wrongLease{requeue: func(l resthook.Lease, ctx context.Context, wait time.Duration, e resthook.Event) error {
				return l.Requeue(ctx, max(0, wait)+time.Second, e)
			}})
		}, []string{ruleRequeue}},
		"an event that is done comes again": {func(q resthook.Queue) resthook.Queue {
			return leasing(q, wrongLease{done: func(l resthook.Lease, ctx context.Context, _ resthook.EventResult) error {
				return l.Requeue(ctx, 0, l.Event())
			}})
		}, []string{ruleOrder, ruleLoaded}},
		"events end by their id": {byID, []string{ruleLeaseOver}},
		"a lease is dead from the start": {func(q resthook.Queue) resthook.Queue {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			return leasing(q, wrongLease{context: ctx})
		}, []string{ruleLives}},

		"nothing is loaded": {func(q resthook.Queue) resthook.Queue {
			return wrongQueue{Queue: q, load: func(resthook.Queue) resthook.Load { return resthook.Load{} }}
		}, []string{ruleLoad}},
		"bytes are not loaded": {func(q resthook.Queue) resthook.Queue {
			return wrongQueue{Queue: q, load: func(q resthook.Queue) resthook.Load { return resthook.Load{Events: q.Load().Events} }}
		}, []string{ruleLoad}},

		"the oldest is not of an event": {func(q resthook.Queue) resthook.Queue {
			return wrongQueue{Queue: q, load: func(q resthook.Queue) resthook.Load {
				load := q.Load()
				load.Oldest = load.Oldest.Add(-time.Hour)
				return load
			}}
		}, []string{ruleLoad}},
		"the oldest is the last of an empty queue": {lastOldest, []string{ruleLoad}},

		"Close returns nothing": {func(q resthook.Queue) resthook.Queue {
			return closing(q, func([]resthook.Drop) []resthook.Drop { return nil })
		}, []string{ruleCloseRest, ruleWaits}},
		"Close returns events twice":       {func(q resthook.Queue) resthook.Queue { return closing(q, twice) }, []string{ruleCloseRest}},
		"Close returns events upside down": {func(q resthook.Queue) resthook.Queue { return closing(q, upsideDown) }, []string{ruleCloseRest}},
		"Close returns events again":       {remembering, []string{ruleCloseRest}},
		"Close returns events as delivered": {func(q resthook.Queue) resthook.Queue {
			return closing(q, func(left []resthook.Drop) []resthook.Drop {
				for i := range left {
					left[i].Result = resthook.EventDelivered
				}
				return left
			})
		}, []string{ruleCloseRest}},
		"Close does not return": {func(q resthook.Queue) resthook.Queue {
			return wrongQueue{Queue: q, close: func(q resthook.Queue, ctx context.Context) ([]resthook.Drop, error) {
				left, err := q.Close(ctx)
				time.Sleep(time.Second)
				return left, err
			}}
		}, []string{ruleCloseRest}},
		"a client loses what it puts back": {func(q resthook.Queue) resthook.Queue {
			return leasing(q, wrongLease{requeue: func(l resthook.Lease, ctx context.Context, _ time.Duration, _ resthook.Event) error {
				return l.Done(ctx, resthook.EventDelivered)
			}})
		}, []string{ruleClient}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, rule := range row.breaks {
				t.Run(rule, func(t *testing.T) {
					t.Parallel()
					assert.NotEmpty(t, runWrong(t, rule, row.open(memoryQueue())))
				})
			}
		})
	}
}

// Each field of an event must be returned with the value that was pushed.
func TestQueuesThatLoseAField(t *testing.T) {
	t.Parallel()
	for _, field := range reflect.VisibleFields(reflect.TypeFor[resthook.Event]()) {
		if field.Name == "ID" { // the id identifies the event
			continue
		}
		t.Run(field.Name, func(t *testing.T) {
			t.Parallel()
			q := losing(memoryQueue(), func(e *resthook.Event) {
				reflect.ValueOf(e).Elem().FieldByIndex(field.Index).SetZero()
			})
			texts := runWrong(t, ruleEvents, q)
			require.NotEmpty(t, texts)
			assert.Contains(t, texts[0], cmp.Or(map[string]string{"Body": "a body of"}[field.Name], ": "+field.Name+" "))
		})
	}
}

// runWrong runs a case with a short time limit, and returns its failures.
func runWrong(t *testing.T, rule string, q resthook.Queue) []string {
	t.Helper()
	f := newFakeTB(t)
	f.fails(func() { hooktest.RunQueueCase(f, rule, q, 300*time.Millisecond) })
	f.end()
	return f.failures()
}

// Each rule is broken by some wrong queue above, so no rule is empty.
func TestEachRuleHasItsName(t *testing.T) {
	t.Parallel()
	assert.ElementsMatch(t, []string{
		ruleOrder, ruleOthers, ruleSessions, ruleApps, ruleSeveral, rulePullEnds, ruleEvents, ruleStored, ruleAtOnce, ruleReplaced,
		ruleRequeue, ruleWaits, ruleLives, ruleLeaseOver, ruleLoad, ruleClosePull, ruleCloseRest, ruleClosed, ruleLoaded, ruleClient,
	}, hooktest.QueueCases())
}

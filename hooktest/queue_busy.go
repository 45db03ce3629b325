package hooktest

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/wcskit/resthook"
)

// queueUnderLoad pushes and pulls concurrently. Each session's events must come in order,
// each once more for each Requeue.
func queueUnderLoad(q *queueTest) {
	const sessions, events, workers = 40, 25, 8
	w := &queueWorkers{q: q, seen: map[string][]uint64{}}
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	defer cancel()
	var pushing, waiting sync.WaitGroup
	waiting.Add(sessions)
	for i := range sessions {
		pushing.Go(func() {
			s := &queueLine{app: []string{"a", "b"}[i%2], session: fmt.Sprint(i)}
			for n := range events {
				if n == events/2 {
					waiting.Done()
				}
				q.pushAll(s.next())
				runtime.Gosched()
			}
		})
	}
	waiting.Wait() // so that other events wait behind the requeued ones
	for i := range uint64(workers) {
		all.Go(func() { w.work(ctx, rand.New(rand.NewPCG(i, 1))) })
	}
	pushing.Wait()
	q.eventually(q.ledger.ended, func() string {
		return fmt.Sprintf("%d of %d events are not over, such as %q", len(q.ledger.open()), sessions*events, q.ledger.open()[:1])
	})
	cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		all.Wait()
	}()
	q.within(ended, "Pull has not returned: its context has ended")
	w.check(events)
}

// queueWorkers note the events that they pull.
type queueWorkers struct {
	q *queueTest

	mu       sync.Mutex
	seen     map[string][]uint64 // the numbers of each session's events as they came
	requeued int
}

// work pulls events until ctx ends, and requeues one of four. It ends early if the queue has
// shown a fault.
func (w *queueWorkers) work(ctx context.Context, random *rand.Rand) {
	for w.q.faults.Load() == 0 {
		lease, err := w.q.queue.Pull(ctx, []string{"a", "b"})
		if err != nil {
			return
		}
		again := random.IntN(4) == 0
		w.note(lease.Event(), again)
		if again {
			w.q.requeue(lease, time.Duration(random.IntN(3))*time.Millisecond)
		} else {
			w.q.done(lease)
		}
	}
}

func (w *queueWorkers) note(e resthook.Event, again bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[e.Session] = append(w.seen[e.Session], e.Sequence)
	if again {
		w.requeued++
	}
}

// check checks that each session's events came in order, all of them, and none more often
// than it was requeued.
func (w *queueWorkers) check(events int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	given, different := 0, 0
	for session, numbers := range w.seen {
		if !slices.IsSorted(numbers) {
			w.q.Errorf("hooktest: session %q was given out as %v", session, numbers)
		}
		given += len(numbers)
		different += len(slices.Compact(slices.Sorted(slices.Values(numbers))))
	}
	if want := events * len(w.seen); different != want || given != want+w.requeued {
		w.q.Errorf("hooktest: %d events were given out %d times, want %d events and %d times", different, given, want, want+w.requeued)
	}
}

// queueUnderClient delivers the events with a client to a backend that drops some
// connections.
func queueUnderClient(q *queueTest) {
	const sessions, events = 5, 10
	b := NewBackend(q.TB, Within(q.limit))
	client, err := resthook.NewClient(resthook.DefaultConfig(), append(b.Options(), resthook.WithQueue(q.queue), resthook.WithLogger(slog.New(slog.DiscardHandler)))...)
	if err != nil {
		q.Fatalf("hooktest: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), q.limit)
	defer cancel()
	route := b.On("StreamStatusEvent")
	for range 3 {
		route.Mirror().Times(events).Play(AfterRequest(FIN))
	}
	route.Mirror()
	var all sync.WaitGroup
	for i := range sessions {
		all.Go(func() { q.visit(ctx, client, fmt.Sprint("s-", i), events) })
	}
	all.Wait()
	q.closed.Do(func() {}) // the client closes the queue
	if err := client.Close(ctx); err != nil {
		q.Errorf("hooktest: %v", err)
	}
	b.AssertInOrder(q.TB)
	b.AssertComplete(q.TB)
	for i := range sessions {
		q.closedLast(b, fmt.Sprint("s-", i))
	}
}

// visit is a session that notifies its events, and records one of them.
func (q *queueTest) visit(ctx context.Context, client *resthook.Client, id string, events int) {
	session, err := client.Resume(&resthook.Connection{SessionID: id})
	if err != nil {
		q.Errorf("hooktest: %v", err)
		return
	}
	for i := range events {
		stream := &resthook.Stream{Name: fmt.Sprint(i), Status: resthook.StreamPublishing}
		call := resthook.StreamStatusEvent.Notify
		if i == events/2 {
			call = resthook.StreamStatusEvent.Record
		}
		if err := call(ctx, session, stream); err != nil {
			q.Errorf("hooktest: event %d: %v", i, err)
		}
	}
	if err := session.Disconnect(ctx); err != nil {
		q.Errorf("hooktest: %v", err)
	}
}

// closedLast checks that the closing event is the last one of a session.
func (q *queueTest) closedLast(b *Backend, session string) {
	last := ""
	for _, r := range b.Requests() {
		if r.Session() == session {
			last = r.Hook
		}
	}
	if want := resthook.ConnectionStatusEvent.Name(); last != want {
		q.Errorf("hooktest: the last hook of session %q is %q, want %q", session, last, want)
	}
}

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

// queueUnderLoad has goroutines push and pull at once. Each session must see its
// events in order, each once more for each Requeue.
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
	waiting.Wait() // so that there is something behind what is put back
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
	w.judge(events)
}

// queueWorkers note what they are given.
type queueWorkers struct {
	q *queueTest

	mu       sync.Mutex
	seen     map[string][]uint64 // the numbers of a session's events as they came
	requeued int
}

// work takes events until the end of ctx. Of four it puts one back. A queue that does
// wrong is not asked again.
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

// judge finds that each session has seen so many events, in order, and none more
// often than it was put back.
func (w *queueWorkers) judge(events int) {
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

// queueUnderClient has a client deliver events to a backend that loses a connection
// now and then.
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
	q.closed.Do(func() {}) // the client does it
	if err := client.Close(ctx); err != nil {
		q.Errorf("hooktest: %v", err)
	}
	b.AssertInOrder(q.TB)
	b.AssertComplete(q.TB)
	for i := range sessions {
		q.closedLast(b, fmt.Sprint("s-", i))
	}
}

// visit is a session with its events, of which one is recorded.
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

// closedLast finds that the closing event is the last of a session.
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

package resthook_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// overhead is what an event counts in the bounds beside its body.
const overhead = 512

// line makes the events of one session, numbered from 1.
type line struct {
	app, session string
	last         uint64
}

func (l *line) next(priority resthook.Priority) *resthook.Event {
	l.last++
	return &resthook.Event{
		ID: fmt.Sprintf("%s/%s/%d", l.app, l.session, l.last), Sequence: l.last, Time: time.Now(),
		App: l.app, Session: l.session, Priority: priority,
	}
}

func (l *line) about(priority resthook.Priority, replaces string) *resthook.Event {
	e := l.next(priority)
	e.Replaces = replaces
	return e
}

func (l *line) sized(priority resthook.Priority, body int) *resthook.Event {
	e := l.next(priority)
	e.Body = make([]byte, body)
	return e
}

func ids(events ...*resthook.Event) []string {
	all := []string{}
	for _, e := range events {
		all = append(all, e.ID)
	}
	return all
}

func drops(dropped []resthook.Drop) []string {
	all := []string{}
	for _, d := range dropped {
		all = append(all, d.Event.ID+" "+string(d.Result))
	}
	return all
}

// pulled is a Pull that may have to wait.
type pulled struct {
	event *resthook.Event
	open  bool
	done  chan struct{}
}

// over reports whether it has come to an end; then event and open say how.
func (p *pulled) over() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// got is the event, or nil while it waits.
func (p *pulled) got() *resthook.Event {
	if !p.over() {
		return nil
	}
	return p.event
}

// pull begins a Pull and says what has come of it so far.
func pull(q resthook.Queue, app string) *pulled {
	p := &pulled{done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.event, p.open = q.Pull(app)
	}()
	synctest.Wait()
	return p
}

// take is a Pull that must not have to wait.
func take(t *testing.T, q resthook.Queue, app string) *resthook.Event {
	t.Helper()
	p := pull(q, app)
	require.True(t, p.over(), "Pull waits")
	require.True(t, p.open, "Pull says that the queue is closed")
	return p.event
}

func TestMemoryQueue(t *testing.T) {
	t.Parallel()
	testQueue(t, func() resthook.Queue { return resthook.NewQueue(resthook.QueueLimits{}) })
}

// testQueue holds a Queue against what the interface promises. open returns an
// empty one, with room for some thousand events; it is called in a bubble.
func testQueue(t *testing.T, open func() resthook.Queue) {
	t.Helper()
	for _, row := range []struct {
		name string
		test func(*testing.T, resthook.Queue)
	}{
		{"one session in order, one event at a time", queueKeepsOrder},
		{"a session whose event is out holds up no other", queueServesOthers},
		{"sessions take turns", queueTakesTurns},
		{"again keeps the head and makes the session wait", queueWaits},
		{"again without a wait", queueAgainAtOnce},
		{"the sleeper that is due first wakes first", queueWakesInOrder},
		{"events that are not out", queueIgnoresStrangers},
		{"an event replaces the one that waits", queueReplaces},
		{"an event that is out is not replaced", queueReplacesNoneThatIsOut},
		{"apps are apart", queueKeepsAppsApart},
		{"close wakes pull", queueCloseWakesPull},
		{"close returns what is left in order", queueCloseReturnsTheRest},
		{"after close", queueAfterClose},
		{"len counts events and bytes", queueCounts},
		{"many sessions, many workers", queueUnderLoad},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := open()
				row.test(t, q)
				q.Close()
				synctest.Wait() // no Pull is left
			})
		})
	}
}

func queueKeepsOrder(t *testing.T, q resthook.Queue) {
	t.Helper()
	s := &line{app: "a", session: "s"}
	first, second, third := s.next(resthook.PriorityStatus), s.next(resthook.PriorityClosing), s.next(resthook.PriorityProgress)
	for _, e := range []*resthook.Event{first, second, third} {
		assert.Empty(t, q.Push(e))
	}
	assert.Same(t, first, take(t, q, "a"))
	waiting := pull(q, "a")
	assert.False(t, waiting.over(), "one is out")
	q.Done(first)
	synctest.Wait()
	require.True(t, waiting.over())
	assert.Same(t, second, waiting.got())
	q.Done(second)
	assert.Same(t, third, take(t, q, "a"))
	q.Done(third)
	waiting = pull(q, "a")
	fourth := s.next(resthook.PriorityStatus)
	q.Push(fourth)
	synctest.Wait()
	assert.Same(t, fourth, waiting.event, "Push wakes Pull")
}

func queueServesOthers(t *testing.T, q resthook.Queue) {
	t.Helper()
	s, other := &line{app: "a", session: "s"}, &line{app: "a", session: "other"}
	out := s.next(resthook.PriorityStatus)
	q.Push(out)
	assert.Same(t, out, take(t, q, "a"))
	q.Push(s.next(resthook.PriorityStatus))
	for range 3 {
		e := other.next(resthook.PriorityStatus)
		q.Push(e)
		assert.Same(t, e, take(t, q, "a"))
		q.Done(e)
	}
	assert.False(t, pull(q, "a").over())
}

func queueTakesTurns(t *testing.T, q resthook.Queue) {
	t.Helper()
	lines := []*line{{app: "a", session: "1"}, {app: "a", session: "2"}, {app: "a", session: "3"}}
	for _, l := range lines {
		for range 3 {
			q.Push(l.next(resthook.PriorityStatus))
		}
	}
	var turns []string
	for range 9 {
		e := take(t, q, "a")
		turns = append(turns, e.Session)
		q.Done(e)
	}
	assert.Equal(t, []string{"1", "2", "3", "1", "2", "3", "1", "2", "3"}, turns)
}

func queueWaits(t *testing.T, q resthook.Queue) {
	t.Helper()
	s, other := &line{app: "a", session: "s"}, &line{app: "a", session: "other"}
	head, next := s.next(resthook.PriorityStatus), s.next(resthook.PriorityStatus)
	q.Push(head)
	q.Push(next)
	begun := time.Now()
	for range 3 {
		q.Requeue(take(t, q, "a"), time.Minute)
		waiting := pull(q, "a")
		require.False(t, waiting.over(), "the session waits, with all it has")
		e := other.next(resthook.PriorityStatus)
		q.Push(e)
		synctest.Wait()
		require.Same(t, e, waiting.event, "others go on")
		q.Done(e)
		waiting = pull(q, "a")
		time.Sleep(time.Minute - 1)
		synctest.Wait()
		require.False(t, waiting.over(), "before the wait is over")
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		require.Same(t, head, waiting.got())
		q.Requeue(head, 0)
	}
	assert.Equal(t, 3*time.Minute, time.Since(begun))
	assert.Same(t, head, take(t, q, "a"))
	q.Done(head)
	assert.Same(t, next, take(t, q, "a"), "Done ends the wait for good")
}

func queueAgainAtOnce(t *testing.T, q resthook.Queue) {
	t.Helper()
	s := &line{app: "a", session: "s"}
	head, next := s.next(resthook.PriorityStatus), s.next(resthook.PriorityStatus)
	q.Push(head)
	q.Push(next)
	for range 3 {
		assert.Same(t, head, take(t, q, "a"))
		q.Requeue(head, 0)
	}
	assert.Same(t, head, take(t, q, "a"))
	q.Requeue(head, -time.Second)
	assert.Same(t, head, take(t, q, "a"))
}

func queueWakesInOrder(t *testing.T, q resthook.Queue) {
	t.Helper()
	const sessions = 50
	waits := rand.Perm(sessions)
	var out []*resthook.Event
	for i := range waits {
		q.Push((&line{app: "a", session: strconv.Itoa(i)}).next(resthook.PriorityStatus))
		out = append(out, take(t, q, "a"))
	}
	begun := time.Now()
	for i, e := range out {
		q.Requeue(e, time.Duration(waits[i]+1)*time.Second)
	}
	for i := range sessions {
		e, ok := q.Pull("a")
		require.True(t, ok)
		assert.Equal(t, time.Duration(i+1)*time.Second, time.Since(begun))
		assert.Equal(t, strconv.Itoa(slices.Index(waits, i)), e.Session)
		q.Done(e)
	}
}

func queueIgnoresStrangers(t *testing.T, q resthook.Queue) {
	t.Helper()
	s, stranger := &line{app: "a", session: "s"}, &line{app: "a", session: "none"}
	q.Done(stranger.next(resthook.PriorityStatus))
	q.Requeue(stranger.next(resthook.PriorityStatus), time.Second)
	first, second := s.next(resthook.PriorityStatus), s.next(resthook.PriorityStatus)
	q.Push(first)
	q.Push(second)
	q.Done(first) // not out yet
	q.Requeue(first, time.Hour)
	assert.Same(t, first, take(t, q, "a"))
	q.Done(second) // not out either
	q.Requeue(second, time.Hour)
	assert.False(t, pull(q, "a").over(), "one is out")
	q.Done(first)
	q.Done(first) // a second time
	q.Requeue(first, time.Hour)
	synctest.Wait()
	events, _ := q.Len()
	assert.Equal(t, 1, events)
}

func queueReplaces(t *testing.T, q resthook.Queue) {
	t.Helper()
	s, other := &line{app: "a", session: "s"}, &line{app: "a", session: "other"}
	plain := s.next(resthook.PriorityStatus)
	old := s.about(resthook.PriorityProgress, "stream 1")
	different := s.about(resthook.PriorityProgress, "stream 2")
	foreign := other.about(resthook.PriorityProgress, "stream 1")
	for _, e := range []*resthook.Event{plain, old, different, foreign} {
		assert.Empty(t, q.Push(e))
	}
	newer := s.about(resthook.PriorityProgress, "stream 1")
	assert.Equal(t, []string{"a/s/2 replaced"}, drops(q.Push(newer)))
	newest := s.about(resthook.PriorityProgress, "stream 1")
	assert.Equal(t, []string{"a/s/4 replaced"}, drops(q.Push(newest)))
	events, bytes := q.Len()
	assert.Equal(t, 4, events)
	assert.Equal(t, 4*overhead, bytes)
	assert.Empty(t, q.Push(s.next(resthook.PriorityStatus)), "what replaces nothing replaces nothing")
	assert.Equal(t, ids(plain, different, newest), sessionOrder(q.Close(), "s")[:3])
}

func sessionOrder(events []*resthook.Event, session string) []string {
	own := slices.DeleteFunc(slices.Clone(events), func(e *resthook.Event) bool { return e.Session != session })
	return ids(own...)
}

func queueReplacesNoneThatIsOut(t *testing.T, q resthook.Queue) {
	t.Helper()
	s := &line{app: "a", session: "s"}
	out := s.about(resthook.PriorityProgress, "stream")
	q.Push(out)
	require.Same(t, out, take(t, q, "a"))
	waiting := s.about(resthook.PriorityProgress, "stream")
	assert.Empty(t, q.Push(waiting), "the older one is out")
	newest := s.about(resthook.PriorityProgress, "stream")
	assert.Equal(t, []string{waiting.ID + " replaced"}, drops(q.Push(newest)))
	q.Done(out)
	assert.Same(t, newest, take(t, q, "a"))
	q.Done(newest)
	assert.Empty(t, q.Push(s.about(resthook.PriorityProgress, "stream")), "the older ones are gone")
}

func queueKeepsAppsApart(t *testing.T, q resthook.Queue) {
	t.Helper()
	// Names that would be one if they were written one after the other.
	one, two := &line{app: "a", session: "bc"}, &line{app: "ab", session: "c"}
	waiting := pull(q, "ab")
	first := one.next(resthook.PriorityStatus)
	q.Push(first)
	synctest.Wait()
	assert.False(t, waiting.over(), "an event of another app")
	second := two.next(resthook.PriorityStatus)
	q.Push(second)
	synctest.Wait()
	assert.Same(t, second, waiting.got())
	assert.Same(t, first, take(t, q, "a"))
	q.Requeue(first, time.Hour)
	third := two.next(resthook.PriorityStatus)
	q.Push(third)
	q.Done(second)
	assert.Same(t, third, take(t, q, "ab"), "an app does not wait with another")
	same := &line{app: "c", session: "bc"}
	q.Push(same.next(resthook.PriorityStatus))
	assert.Equal(t, "c/bc/1", take(t, q, "c").ID, "the same session id in another app")
}

func queueCloseWakesPull(t *testing.T, q resthook.Queue) {
	t.Helper()
	var waiting []*pulled
	for _, app := range []string{"a", "a", "b"} {
		waiting = append(waiting, pull(q, app))
	}
	assert.Empty(t, q.Close())
	synctest.Wait()
	for _, p := range waiting {
		assert.True(t, p.over())
		assert.False(t, p.open)
		assert.Nil(t, p.event)
	}
}

func queueCloseReturnsTheRest(t *testing.T, q resthook.Queue) {
	t.Helper()
	s, ill, out := &line{app: "a", session: "s"}, &line{app: "a", session: "ill"}, &line{app: "b", session: "out"}
	for _, priority := range []resthook.Priority{resthook.PriorityStatus, resthook.PriorityProgress, resthook.PriorityClosing, resthook.PriorityStatus} {
		q.Push(ill.next(priority))
	}
	q.Requeue(take(t, q, "a"), time.Hour)
	for _, priority := range []resthook.Priority{resthook.PriorityClosing, resthook.PriorityProgress, resthook.PriorityStatus} {
		q.Push(s.next(priority))
		q.Push(out.next(priority))
	}
	gone := take(t, q, "b")
	left := q.Close()
	assert.Len(t, left, 9)
	assert.Equal(t, []string{"a/ill/1", "a/ill/2", "a/ill/3", "a/ill/4"}, sessionOrder(left, "ill"), "what waits to be repeated is left too")
	assert.Equal(t, []string{"a/s/1", "a/s/2", "a/s/3"}, sessionOrder(left, "s"))
	assert.Equal(t, []string{"b/out/2", "b/out/3"}, sessionOrder(left, "out"), "what is out is with the one who took it")
	events, bytes := q.Len()
	assert.Equal(t, 1, events)
	assert.Equal(t, overhead, bytes)
	q.Done(gone)
	events, bytes = q.Len()
	assert.Zero(t, events)
	assert.Zero(t, bytes)
}

func queueAfterClose(t *testing.T, q resthook.Queue) {
	t.Helper()
	s := &line{app: "a", session: "s"}
	q.Push(s.next(resthook.PriorityStatus))
	out := take(t, q, "a")
	assert.Empty(t, q.Close())
	assert.Empty(t, q.Close())
	_, ok := q.Pull("a")
	assert.False(t, ok)
	assert.Equal(t, []string{"a/s/2 left"}, drops(q.Push(s.next(resthook.PriorityClosing))))
	q.Requeue(out, time.Second)
	_, ok = q.Pull("a")
	assert.False(t, ok, "nothing comes of a closed queue")
	assert.Equal(t, ids(out), ids(q.Close()...), "what was put back is not lost")
	assert.Empty(t, q.Close(), "each event once")
	events, _ := q.Len()
	assert.Zero(t, events)
}

func queueCounts(t *testing.T, q resthook.Queue) {
	t.Helper()
	s := &line{app: "a", session: "s"}
	expect := func(wantEvents, wantBytes int, when string) {
		events, bytes := q.Len()
		assert.Equal(t, wantEvents, events, when)
		assert.Equal(t, wantBytes, bytes, when)
	}
	expect(0, 0, "at first")
	q.Push(s.sized(resthook.PriorityStatus, 100))
	q.Push(s.sized(resthook.PriorityStatus, 1000))
	expect(2, 1100+2*overhead, "two wait")
	first := take(t, q, "a")
	expect(2, 1100+2*overhead, "one is out")
	q.Requeue(first, time.Second)
	expect(2, 1100+2*overhead, "it waits again")
	time.Sleep(time.Second)
	q.Done(take(t, q, "a"))
	expect(1, 1000+overhead, "one is done")
	q.Done(take(t, q, "a"))
	expect(0, 0, "all are done")
}

// queueUnderLoad has goroutines push and pull at once. Each session must see its
// events in order, each once more for each Again.
func queueUnderLoad(t *testing.T, q resthook.Queue) {
	t.Helper()
	const sessions, events, workers = 50, 20, 8
	var mu sync.Mutex
	seen := map[string][]uint64{}
	var pushing, pulling sync.WaitGroup
	for i := range workers {
		pulling.Go(func() {
			random := rand.New(rand.NewPCG(uint64(i), 1))
			for {
				e, ok := q.Pull("a")
				if !ok {
					return
				}
				mu.Lock()
				seen[e.Session] = append(seen[e.Session], e.Sequence)
				mu.Unlock()
				if e.Attempts++; random.IntN(4) == 0 {
					q.Requeue(e, time.Duration(random.IntN(100))*time.Millisecond)
				} else {
					q.Done(e)
				}
			}
		})
	}
	for i := range sessions {
		pushing.Go(func() {
			s := &line{app: "a", session: strconv.Itoa(i)}
			for range events {
				assert.Empty(t, q.Push(s.next(resthook.PriorityStatus)))
				runtime.Gosched()
			}
		})
	}
	pushing.Wait()
	time.Sleep(time.Hour)
	left, _ := q.Len()
	assert.Zero(t, left)
	q.Close()
	pulling.Wait()
	assert.Len(t, seen, sessions)
	for session, all := range seen {
		assert.True(t, slices.IsSorted(all), "session %s: %v", session, all)
		assert.Len(t, slices.Compact(all), events, "session %s", session)
	}
}

func TestQueueBounds(t *testing.T) {
	t.Parallel()
	const progress, status, closing = resthook.PriorityProgress, resthook.PriorityStatus, resthook.PriorityClosing
	small := overhead + 100
	type push struct {
		session  string
		priority resthook.Priority
		body     int
		want     []string // what loses its place
	}
	for _, row := range []struct {
		name   string
		limits resthook.QueueLimits
		pushes []push
	}{
		{"events of all sessions", resthook.QueueLimits{Events: 3}, []push{
			{"1", closing, 0, nil},
			{"2", status, 0, nil},
			{"3", progress, 0, nil},
			{"4", status, 0, []string{"3/1 shed"}},
			{"5", status, 0, []string{"2/1 shed"}},
			{"6", closing, 0, []string{"4/1 shed"}},
			{"7", progress, 0, []string{"7/1 shed"}}, // the newcomer matters least
			{"8", closing, 0, []string{"5/1 shed"}},
			{"9", status, 0, []string{"9/1 shed"}},
			{"1", closing, 0, []string{"1/1 shed"}}, // the oldest of its priority
		}},
		{"the oldest of a priority goes first", resthook.QueueLimits{Events: 4}, []push{
			{"1", progress, 0, nil},
			{"2", progress, 0, nil},
			{"1", progress, 0, nil},
			{"3", progress, 0, nil},
			{"4", progress, 0, []string{"1/1 shed"}},
			{"4", progress, 0, []string{"2/1 shed"}},
			{"4", progress, 0, []string{"1/2 shed"}},
		}},
		{"bytes of all sessions", resthook.QueueLimits{Bytes: 3 * small}, []push{
			{"1", status, 100, nil},
			{"2", progress, 100, nil},
			{"3", status, 100, nil},
			{"4", status, 101, []string{"2/1 shed", "1/1 shed"}}, // one byte more than there was
			{"5", closing, 99, nil},                              // room to the last byte
			{"6", progress, 0, []string{"6/1 shed"}},
			{"7", closing, 2*small - overhead, []string{"3/1 shed", "4/1 shed"}},
		}},
		{"events of one session", resthook.QueueLimits{SessionEvents: 2}, []push{
			{"1", progress, 0, nil},
			{"1", status, 0, nil},
			{"2", progress, 0, nil},
			{"2", progress, 0, nil}, // of another
			{"1", status, 0, []string{"1/1 shed"}},
			{"1", progress, 0, []string{"1/4 shed"}},
			{"1", closing, 0, []string{"1/2 shed"}},
			{"1", closing, 0, []string{"1/3 shed"}},
			{"1", status, 0, []string{"1/7 shed"}},
			{"1", closing, 0, []string{"1/5 shed"}},
		}},
		{"bytes of one session", resthook.QueueLimits{SessionBytes: 2 * small}, []push{
			{"1", progress, 100, nil},
			{"1", status, 100, nil},
			{"2", status, 100, nil},
			{"1", status, 100, []string{"1/1 shed"}},
			{"1", closing, 2*small - overhead, []string{"1/2 shed", "1/3 shed"}},
			{"1", progress, 0, []string{"1/5 shed"}},
			{"2", status, 100, nil},
		}},
		{"an event for which there never is room", resthook.QueueLimits{SessionBytes: 2 * small, Bytes: 4 * small}, []push{
			{"1", status, 100, nil},
			{"1", progress, 100, nil},
			{"1", closing, 2*small - overhead + 1, []string{"1/3 shed"}}, // the others need not go for it
			{"2", closing, 1 << 20, []string{"2/1 shed"}},
			{"2", progress, 100, nil},
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			q := resthook.NewQueue(row.limits)
			lines := map[string]*line{}
			for i, p := range row.pushes {
				l := lines[p.session]
				if l == nil {
					l = &line{session: p.session}
					lines[p.session] = l
				}
				e := l.sized(p.priority, p.body)
				e.ID = e.ID[1:] // no app
				assert.Equal(t, append([]string{}, p.want...), drops(q.Push(e)), "push %d", i+1)
			}
		})
	}
}

func TestQueueBoundsCountWhatIsOut(t *testing.T) {
	t.Parallel()
	q := resthook.NewQueue(resthook.QueueLimits{Events: 2})
	s := &line{session: "s"}
	q.Push(s.next(resthook.PriorityProgress))
	out, _ := q.Pull("")
	assert.Empty(t, q.Push(s.next(resthook.PriorityStatus)))
	assert.Equal(t, []string{"/s/2 shed"}, drops(q.Push(s.next(resthook.PriorityClosing))), "what is out can't be shed")
	q.Done(out)
	assert.Empty(t, q.Push(s.next(resthook.PriorityStatus)))
	q.Requeue(out, 0) // not out any more
	events, _ := q.Len()
	assert.Equal(t, 2, events)
}

func TestQueueShedsWhatWaitsToBeRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		q := resthook.NewQueue(resthook.QueueLimits{Events: 2})
		s := &line{app: "a", session: "s"}
		head, second := s.next(resthook.PriorityProgress), s.next(resthook.PriorityStatus)
		q.Push(head)
		q.Push(second)
		q.Requeue(take(t, q, "a"), time.Minute)
		assert.Equal(t, []string{"a/s/1 shed"}, drops(q.Push(s.next(resthook.PriorityStatus))))
		e, _ := q.Pull("a")
		assert.Same(t, second, e, "its place is the next one's")
		q.Done(head) // in vain
		assert.False(t, pull(q, "a").over())
		q.Close()
	})
}

// TestQueueProgram runs random programs against a model of the queue.
func TestQueueProgram(t *testing.T) {
	t.Parallel()
	for seed := range 300 {
		random := rand.New(rand.NewPCG(uint64(seed), 7))
		program := make([]byte, 400)
		for i := range program {
			program[i] = byte(random.UintN(256))
		}
		synctest.Test(t, func(t *testing.T) { runQueueProgram(t, program) })
	}
}

func FuzzQueue(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7})
	f.Add([]byte("push pull again push done sleep close"))
	f.Fuzz(func(t *testing.T, program []byte) {
		synctest.Test(t, func(t *testing.T) { runQueueProgram(t, program[:min(len(program), 4096)]) })
	})
}

// modelQueue is the queue as one would write it if time did not matter.
type modelQueue struct {
	limits  resthook.QueueLimits
	waiting []*resthook.Event // the oldest first
	out     []*resthook.Event
	due     map[[2]string]time.Time
	fresh   map[*resthook.Event]bool // was never out
	number  map[*resthook.Event]int  // as they came
}

func laneOf(e *resthook.Event) [2]string { return [2]string{e.App, e.Session} }

func (m *modelQueue) lane(of [2]string) []*resthook.Event {
	return slices.DeleteFunc(slices.Clone(m.waiting), func(e *resthook.Event) bool { return laneOf(e) != of })
}

func (m *modelQueue) outOf(lane [2]string) bool {
	return slices.ContainsFunc(m.out, func(e *resthook.Event) bool { return laneOf(e) == lane })
}

func (m *modelQueue) drop(e *resthook.Event) {
	i := slices.Index(m.waiting, e)
	m.waiting = slices.Delete(m.waiting, i, i+1)
	if lane := laneOf(e); len(m.lane(lane)) == 0 && !m.outOf(lane) {
		delete(m.due, lane)
	}
}

func bytesOf(events []*resthook.Event) int {
	n := 0
	for _, e := range events {
		n += len(e.Body) + overhead
	}
	return n
}

func least(events []*resthook.Event) *resthook.Event {
	return slices.MinFunc(events, func(a, b *resthook.Event) int { return int(a.Priority) - int(b.Priority) })
}

func (m *modelQueue) push(e *resthook.Event) []string {
	if size := len(e.Body) + overhead; size > m.limits.Bytes || size > m.limits.SessionBytes {
		return []string{e.ID + " shed"}
	}
	lost := []string{}
	lane := laneOf(e)
	m.waiting = append(m.waiting, e)
	m.number[e] = len(m.number)
	for _, old := range m.lane(lane) {
		if old != e && e.Replaces != "" && old.Replaces == e.Replaces && m.fresh[old] {
			m.drop(old)
			lost = append(lost, old.ID+" replaced")
		}
	}
	m.fresh[e] = true
	shed := func(from []*resthook.Event) {
		victim := least(from)
		m.drop(victim)
		lost = append(lost, victim.ID+" shed")
	}
	ownOut := slices.DeleteFunc(slices.Clone(m.out), func(e *resthook.Event) bool { return laneOf(e) != lane })
	for own := m.lane(lane); len(own) > m.limits.SessionEvents || len(own) > 0 && bytesOf(own)+bytesOf(ownOut) > m.limits.SessionBytes; own = m.lane(lane) {
		shed(own)
	}
	for len(m.waiting) > 0 && (len(m.waiting)+len(m.out) > m.limits.Events || bytesOf(m.waiting)+bytesOf(m.out) > m.limits.Bytes) {
		shed(m.mostOver())
	}
	return lost
}

// part is what an app takes of the limits.
func (m *modelQueue) part(app string) float64 {
	own := slices.DeleteFunc(slices.Concat(m.waiting, m.out), func(e *resthook.Event) bool { return e.App != app })
	return max(float64(len(own))/float64(m.limits.Events), float64(bytesOf(own))/float64(m.limits.Bytes))
}

// mostOver are the waiting events of the app that is most over its share; of two
// such apps, of that whose event to shed matters less, or is the older one.
func (m *modelQueue) mostOver() []*resthook.Event {
	first := slices.MinFunc(m.waiting, func(a, b *resthook.Event) int {
		return cmp.Or(cmp.Compare(m.part(b.App), m.part(a.App)), cmp.Compare(a.Priority, b.Priority), cmp.Compare(m.number[m.leastOf(a.App)], m.number[m.leastOf(b.App)]))
	})
	return m.of(first.App)
}

func (m *modelQueue) of(app string) []*resthook.Event {
	return slices.DeleteFunc(slices.Clone(m.waiting), func(e *resthook.Event) bool { return e.App != app })
}

func (m *modelQueue) leastOf(app string) *resthook.Event { return least(m.of(app)) }

// ready are the events of an app that Pull may give.
func (m *modelQueue) ready(app string) []*resthook.Event {
	var heads []*resthook.Event
	met := map[[2]string]bool{}
	for _, e := range m.waiting {
		lane := laneOf(e)
		if e.App != app || met[lane] {
			continue
		}
		met[lane] = true
		if !m.outOf(lane) && !time.Now().Before(m.due[lane]) {
			heads = append(heads, e)
		}
	}
	return heads
}

// queueProgram reads a program, a byte at a time.
type queueProgram struct{ rest []byte }

func (p *queueProgram) pick(n int) int {
	if len(p.rest) == 0 {
		return 0
	}
	b := p.rest[0]
	p.rest = p.rest[1:]
	return int(b) % n
}

func runQueueProgram(t *testing.T, program []byte) {
	t.Helper()
	limits := resthook.QueueLimits{Events: 12, Bytes: 14 * overhead, SessionEvents: 5, SessionBytes: 4 * overhead}
	q := resthook.NewQueue(limits)
	m := &modelQueue{limits: limits, due: map[[2]string]time.Time{}, fresh: map[*resthook.Event]bool{}, number: map[*resthook.Event]int{}}
	apps := []string{"", "a", "b"}
	lines := map[[2]string]*line{}
	p := &queueProgram{program}
	for step := 0; len(p.rest) > 0; step++ {
		switch p.pick(9) {
		case 0, 1, 2, 3:
			key := [2]string{apps[p.pick(len(apps))], strconv.Itoa(p.pick(4))}
			if lines[key] == nil {
				lines[key] = &line{app: key[0], session: key[1]}
			}
			e := lines[key].sized(resthook.Priority(p.pick(3)), []int{0, 1, overhead, 2 * overhead, 4 * overhead}[p.pick(5)])
			e.Replaces = []string{"", "", "x", "y"}[p.pick(4)]
			want := m.push(e)
			require.Equal(t, want, drops(q.Push(e)), "step %d: push %s", step, e.ID)
		case 4, 5:
			app := apps[p.pick(len(apps))]
			ready := m.ready(app)
			if len(ready) == 0 {
				continue
			}
			e, ok := q.Pull(app) // a deadlock if there is nothing
			require.True(t, ok)
			require.Contains(t, ready, e, "step %d: pull", step)
			m.drop(e)
			m.out = append(m.out, e)
			delete(m.fresh, e)
			delete(m.due, laneOf(e))
		case 6, 7:
			if len(m.out) == 0 {
				continue
			}
			i := p.pick(len(m.out))
			e := m.out[i]
			m.out = slices.Delete(m.out, i, i+1)
			if p.pick(2) == 0 {
				q.Done(e)
				break
			}
			wait := time.Duration(p.pick(4)) * time.Second
			q.Requeue(e, wait)
			m.waiting = slices.Insert(m.waiting, 0, e)
			m.due[laneOf(e)] = time.Now().Add(wait)
		case 8:
			time.Sleep(time.Duration(p.pick(3)) * 500 * time.Millisecond)
			synctest.Wait()
		}
		events, bytes := q.Len()
		require.Equal(t, len(m.waiting)+len(m.out), events, "step %d", step)
		require.Equal(t, bytesOf(m.waiting)+bytesOf(m.out), bytes, "step %d", step)
	}
	left := q.Close()
	require.Len(t, left, len(m.waiting))
	for lane := range lines {
		own := slices.DeleteFunc(slices.Clone(left), func(e *resthook.Event) bool { return laneOf(e) != lane })
		require.Equal(t, ids(m.lane(lane)...), ids(own...), "left of %v", lane)
	}
	for _, e := range m.out {
		q.Done(e)
	}
	events, bytes := q.Len()
	require.Zero(t, events)
	require.Zero(t, bytes)
}

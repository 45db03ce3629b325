package resthook_test

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// arrival is a request that a ledger has received.
type arrival struct {
	at       time.Duration // after the ledger's beginning
	hook     string
	session  string
	id       string
	sequence uint64
	body     []byte
	answered bool // with a whole answer: not a fault
}

// ledger is a backend for load tests: it records all requests, and answers with play.
type ledger struct {
	begun time.Time
	play  func(*hooktest.Conn, arrival) (answered bool)

	mu   sync.Mutex
	seen []arrival
}

// newLedger answers each request after delay.
func newLedger(delay time.Duration) *ledger {
	return &ledger{begun: time.Now(), play: func(c *hooktest.Conn, _ arrival) bool { return answerAfter(c, delay) }}
}

func answerAfter(c *hooktest.Conn, delay time.Duration) bool {
	if delay > 0 && !c.Wait(delay) {
		return false
	}
	return c.Send(okAnswer)
}

func (r *ledger) behaviour() hooktest.Behaviour {
	return hooktest.OnRequest(func(c *hooktest.Conn) {
		request := c.Request()
		sequence, _ := strconv.ParseUint(request.Header.Get(resthook.HeaderSequence), 10, 64)
		a := arrival{
			at: time.Since(r.begun), hook: request.Hook, session: textOf(request.Body, "sessionId"),
			id: request.Header.Get(resthook.HeaderID), sequence: sequence, body: request.Body,
		}
		r.mu.Lock()
		at := len(r.seen)
		r.seen = append(r.seen, a)
		r.mu.Unlock()
		if r.play(c, a) {
			r.mu.Lock()
			r.seen[at].answered = true
			r.mu.Unlock()
		}
	})
}

func (r *ledger) arrivals() []arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seen)
}

// disorder lists events of a session that came out of order, or more than once without a
// reason to repeat them.
func disorder(seen []arrival) (faults []string) {
	last := map[string]arrival{}
	for _, a := range seen {
		before, met := last[a.session]
		switch {
		case !met || a.sequence > before.sequence:
		case a.sequence == before.sequence && a.id == before.id && !before.answered && bytes.Equal(a.body, before.body):
		default:
			faults = append(faults, fmt.Sprintf("session %s: %s %d after %s %d (answered: %v)", a.session, a.hook, a.sequence, before.hook, before.sequence, before.answered))
		}
		last[a.session] = a
	}
	return faults
}

// loadClient is a client whose backend is the ledger.
type loadClient struct {
	*eventBubble

	ledger *ledger
}

func newLoadClient(t *testing.T, r *ledger, opts ...resthook.Option) *loadClient {
	t.Helper()
	return &loadClient{newEventBubble(t, []hooktest.Behaviour{r.behaviour()}, opts...), r}
}

func (s *loadClient) idle() bool { return s.client.Stats().Queued == 0 }

// drain waits until all events have ended, and returns how long that took.
func (s *loadClient) drain() time.Duration {
	begun := time.Now()
	for !s.idle() {
		time.Sleep(time.Millisecond)
	}
	return time.Since(begun)
}

func (s *loadClient) lost() int {
	lost := 0
	for _, c := range s.client.Stats().Events {
		if c.Result != resthook.EventDelivered {
			lost += int(c.Count)
		}
	}
	return lost
}

// TestBurstOfJoins: 1,000 users join a room within a second. LiveKit's notifier loses
// events at that rate.
func TestBurstOfJoins(t *testing.T) {
	t.Parallel()
	const joins = 1000
	liveKit := map[int]int{5: 600, 20: 744, 50: 777, 100: 788}
	var mu sync.Mutex
	rows := map[string]string{}
	t.Cleanup(func() {
		var table strings.Builder
		w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(w, "answered in\tjoins of\tdelivered\tlost\tthe last after\tLiveKit lost\t")
		for _, form := range []string{"1,000 sessions", "1 session"} {
			for _, ms := range []int{5, 20, 50, 100} {
				_, _ = fmt.Fprint(w, rows[fmt.Sprint(form, ms)])
			}
		}
		_ = w.Flush()
		t.Logf("%d joins of a room in a second, default settings:\n%s", joins, table.String())
	})
	for _, ms := range []int{5, 20, 50, 100} {
		for _, form := range []string{"1,000 sessions", "1 session"} {
			t.Run(fmt.Sprintf("%s answered in %d ms", form, ms), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newLoadClient(t, newLedger(time.Duration(ms)*time.Millisecond))
					one := s.session(t, "room")
					for i := range joins {
						if form == "1 session" {
							notify(t, one, strconv.Itoa(i))
						} else {
							s.join(t, strconv.Itoa(i))
						}
						time.Sleep(time.Second / joins)
					}
					s.drain()
					last := time.Since(s.begun)
					require.NoError(t, s.client.Close(t.Context()))
					assert.Zero(t, s.lost())
					assert.Equal(t, joins, s.seen.count(resthook.EventDelivered))
					assert.Empty(t, disorder(s.ledger.arrivals()))
					mu.Lock()
					defer mu.Unlock()
					rows[fmt.Sprint(form, ms)] = fmt.Sprintf("%d ms\t%s\t%d\t%d\t%v\t%d\t\n",
						ms, form, s.seen.count(resthook.EventDelivered), s.lost(), last.Round(time.Millisecond), liveKit[ms])
				})
			})
		}
	}
}

// join connects a user, off the test's goroutine, and notifies the stream.
func (s *loadClient) join(t *testing.T, id string) {
	t.Helper()
	go func() {
		session, err := s.client.Connect(t.Context(), &resthook.Connection{SessionID: id})
		if assert.NoError(t, err) {
			assert.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), session, &resthook.Stream{Name: id, Status: resthook.StreamPublishing}))
		}
	}()
}

// outage is a run of many sessions whose backend is down for a while, and its results.
type outage struct {
	limits   resthook.QueueLimits
	sessions int
	down     time.Duration

	attempts  int            // during the outage
	accepted  map[string]int // events by priority
	results   map[string]map[resthook.EventResult]int
	firstLost map[string]time.Duration // by class
	drained   time.Duration
	rate      []int // requests in each 100 ms after the return
	first     int   // requests before the first was answered
}

func (o *outage) run(t *testing.T) {
	t.Helper()
	o.accepted, o.results, o.firstLost = map[string]int{}, map[string]map[resthook.EventResult]int{}, map[string]time.Duration{}
	r := newLedger(5 * time.Millisecond)
	s := newLoadClient(t, r, resthook.WithQueueLimits(o.limits))
	s.socket.Down()
	o.notifyAll(t, s)
	synctest.Wait()
	o.attempts = int(s.dials.Load())
	s.socket.Up()
	returned := time.Since(r.begun)
	o.drained = s.drain()
	require.NoError(t, s.client.Close(t.Context()))
	assert.Empty(t, disorder(r.arrivals()))
	o.count(s, r.arrivals(), returned)
}

// notifyAll has each session publish at the beginning, keep alive twice and go
// away at the end of the outage: status, progress and closing events.
func (o *outage) notifyAll(t *testing.T, s *loadClient) {
	t.Helper()
	sessions := make([]*resthook.Session, o.sessions)
	for i := range sessions {
		sessions[i] = s.session(t, strconv.Itoa(i))
	}
	steps := []resthook.StreamStatus{resthook.StreamPublishing, "", "", resthook.StreamUnpublished}
	for _, status := range steps {
		for i, session := range sessions {
			stream := &resthook.Stream{Name: "n", MediaSessionID: strconv.Itoa(i), Status: status}
			switch status {
			case "":
				stream.Status = resthook.StreamResize
				o.accepted["progress"]++
			case resthook.StreamUnpublished:
				o.accepted["closing"]++
			default:
				o.accepted["status"]++
			}
			require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), session, stream))
			if i%100 == 99 {
				time.Sleep(o.down / time.Duration(len(steps)*o.sessions/100))
			}
		}
	}
}

func (o *outage) count(s *loadClient, after []arrival, returned time.Duration) {
	for _, e := range s.seen.list() {
		class := e.Priority.String()
		if o.results[class] == nil {
			o.results[class] = map[resthook.EventResult]int{}
		}
		o.results[class][e.Result]++
	}
	for _, a := range after {
		if a.at < after[0].at+5*time.Millisecond {
			o.first++
		}
		slot := int((a.at - returned) / (100 * time.Millisecond))
		for len(o.rate) <= slot {
			o.rate = append(o.rate, 0)
		}
		o.rate[slot]++
	}
}

func (o *outage) print(t *testing.T, title string) {
	t.Helper()
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "class\tnotified\tdelivered\tshed\texpired\tfailed\t")
	for _, class := range []string{"progress", "status", "closing"} {
		r := o.results[class]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t\n", class, o.accepted[class], r[resthook.EventDelivered], r[resthook.EventShed], r[resthook.EventExpired], r[resthook.EventFailed])
	}
	_ = w.Flush()
	shown := o.rate[:min(len(o.rate), 12)]
	t.Logf("%s: %d sessions, backend down for %v (%d attempts meanwhile), then answering in 5 ms.\n%sAll delivered %v after its return; requests in each 100 ms: %v, at most %d.",
		title, o.sessions, o.down, o.attempts, table.String(), o.drained, shown, slices.Max(o.rate))
}

func TestOutageOfThirtySeconds(t *testing.T) {
	t.Parallel()
	o := &outage{sessions: 10_000, down: 30 * time.Second}
	synctest.Test(t, func(t *testing.T) { o.run(t) })
	o.print(t, "Default limits")
	for _, class := range []string{"progress", "status", "closing"} {
		assert.Equal(t, map[resthook.EventResult]int{resthook.EventDelivered: o.accepted[class]}, o.results[class], class)
	}
	assert.Less(t, o.attempts, 300)
	assert.Less(t, o.drained, 5*time.Second)
	o.assertNoStampede(t)
}

// assertNoStampede checks the slow start after an outage: 64 workers at 5 ms make at most
// 1,280 requests in 100 ms, and the first 5 ms have one.
func (o *outage) assertNoStampede(t *testing.T) {
	t.Helper()
	assert.LessOrEqual(t, slices.Max(o.rate), 64*20+64)
	assert.LessOrEqual(t, o.first, 2, "it begins slowly")
}

func TestOutageWithASmallQueue(t *testing.T) {
	t.Parallel()
	const sessions = 1000
	for _, row := range []struct {
		room int
		want map[string]int // delivered, at most 64 more or less: those in flight can't be shed
	}{
		{3_000, map[string]int{"progress": 1000, "status": 1000, "closing": 1000}},
		{2_000, map[string]int{"progress": 0, "status": 1000, "closing": 1000}},
		{1_500, map[string]int{"progress": 0, "status": 500, "closing": 1000}},
		{1_000, map[string]int{"progress": 0, "status": 0, "closing": 1000}},
		{500, map[string]int{"progress": 0, "status": 0, "closing": 500}},
	} {
		t.Run(strconv.Itoa(row.room), func(t *testing.T) {
			t.Parallel()
			o := &outage{sessions: sessions, down: 30 * time.Second, limits: resthook.QueueLimits{Events: row.room}}
			synctest.Test(t, func(t *testing.T) { o.run(t) })
			o.print(t, fmt.Sprintf("Room for %d events", row.room))
			for class, want := range row.want {
				got := o.results[class]
				assert.InDelta(t, want, got[resthook.EventDelivered], 64, class)
				assert.Equal(t, o.accepted[class], got[resthook.EventDelivered]+got[resthook.EventShed], class)
			}
			o.assertNoStampede(t)
		})
	}
}

// TestStallingBackend: a backend that reads requests and never answers. It holds a bounded
// number of workers, and few events fail: an event that is not answered in time has failed
// (docs/protocol.md, 0.2).
func TestStallingBackend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newLedger(0)
		var mu sync.Mutex
		isDown := true
		up := r.play
		r.play = func(c *hooktest.Conn, a arrival) bool {
			mu.Lock()
			broken := isDown
			mu.Unlock()
			if broken {
				hooktest.Stall(c)
				return false
			}
			return up(c, a)
		}
		const workers, sessions = 8, 1000
		s := newLoadClient(t, r, resthook.WithEventWorkers(workers))
		before := runtime.NumGoroutine()
		for i := range sessions {
			notify(t, s.session(t, strconv.Itoa(i)), "n")
		}
		synctest.Wait()
		during := runtime.NumGoroutine()
		time.Sleep(30 * time.Second)
		mu.Lock()
		isDown = false
		mu.Unlock()
		s.drain()
		failed := s.seen.count(resthook.EventFailed)
		t.Logf("%d workers, %d events, no answer for 30 s: %d goroutines before, %d during; %d events failed, %d delivered after",
			workers, sessions, before, during, failed, s.seen.count(resthook.EventDelivered))
		assert.LessOrEqual(t, during-before, 300, "other tests come and go")
		assert.LessOrEqual(t, failed, 2*workers, "a backend that is taken to be down is asked one by one")
		assert.Equal(t, sessions, failed+s.seen.count(resthook.EventDelivered))
		require.NoError(t, s.client.Close(t.Context()))
	})
}

package resthook_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// A scenario is a random list of steps of a media server and its backend. For every
// scenario, the backend must have received what the model below says.
type scenario []step

type step struct {
	do      string // notify, send, backend, sleep, disconnect, reload
	session int
	mode    int32
	wait    time.Duration
}

const scenarioSessions = 4

// How the backend answers.
const (
	modeAllow int32 = iota
	modeDeny
	modeFail
	modeFIN
	modeRST
	modeSlow
	modes
)

// newScenario makes a scenario of bytes, four a step, 60 steps at most.
func newScenario(program []byte) (s scenario) {
	do := []string{
		"notify", "notify", "notify", "notify", "notify", "notify", "send", "backend", "backend", "sleep", "disconnect", "reload",
	}
	for ; len(program) >= 4 && len(s) < 60; program = program[4:] {
		s = append(s, step{
			do:      do[int(program[0])%len(do)],
			session: int(program[1]) % scenarioSessions,
			mode:    int32(program[2]) % modes,
			wait:    time.Duration(program[3]) * 12 * time.Millisecond,
		})
	}
	return s
}

func TestAnyScenarioKeepsThePromises(t *testing.T) {
	t.Parallel()
	for seed := range 100 {
		random := rand.New(rand.NewPCG(uint64(seed), 1))
		program := make([]byte, 4*(1+random.IntN(60)))
		for i := range program {
			program[i] = byte(random.UintN(256))
		}
		checkScenario(t, program)
	}
}

func FuzzScenario(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x00\x06\x01\x00\x00\x07\x00\x02\x00\x09\x00\x00\x80\x0a\x00\x00\xff\x0b\x00\x01\x00"))
	f.Fuzz(func(t *testing.T, program []byte) { checkScenario(t, program) })
}

func checkScenario(t *testing.T, program []byte) {
	t.Helper()
	s := newScenario(program)
	var faults []string
	synctest.Test(t, func(t *testing.T) { faults = s.run(t) })
	if len(faults) > 0 {
		t.Fatalf("%v:\n%s", s, strings.Join(faults, "\n"))
	}
}

// world is a client and its backend, and all that each has received.
type world struct {
	client   *resthook.Client
	sessions []*resthook.Session
	mode     atomic.Int32
	sending  sync.WaitGroup

	mu       sync.Mutex
	seen     []sight
	ended    map[string][]resthook.EventOutcome // by id
	notified map[int]int                        // accepted, by session
	denied   int                                // what Notify returned an error for
	refused  int                                // what was reported as refused
	closed   map[int]bool
}

// sight is a request that the backend received.
type sight struct {
	session, hook, id, sequence string
	mode                        int32
}

func (p scenario) run(t *testing.T) []string {
	t.Helper()
	w := newWorld(t)
	for _, s := range p {
		w.take(t, s)
	}
	w.mode.Store(modeAllow)
	var wg sync.WaitGroup
	for i, s := range w.sessions {
		w.closed[i] = true
		wg.Go(func() { _ = s.Disconnect(context.Background()) })
	}
	wg.Wait()
	w.sending.Wait()
	if err := w.client.Close(context.Background()); err != nil {
		return []string{err.Error()}
	}
	return w.judge()
}

func newWorld(t *testing.T) *world {
	t.Helper()
	network := hooktest.NewNetwork()
	w := &world{ended: map[string][]resthook.EventOutcome{}, notified: map[int]int{}, closed: map[int]bool{}}
	one := hooktest.NewSocketOn(t, network.Listen(), hooktest.OnRequest(w.answer))
	two := hooktest.NewSocketOn(t, network.Listen(), hooktest.OnRequest(w.answer))
	client, err := resthook.NewClient(resthook.DefaultConfig(),
		resthook.WithApp(resthook.App{Key: "one", URL: one.URL()}), resthook.WithApp(resthook.App{Key: "two", URL: two.URL()}),
		resthook.WithDialContext(network.DialContext), resthook.WithEventWorkers(3),
		resthook.WithObserver(resthook.Observer{Event: w.end}))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := resthook.ParsePolicy([]byte(`{"StreamStatusEvent":{"restExclude":"sdp"}}`))
	if err != nil {
		t.Fatal(err)
	}
	w.client = client
	for i := range scenarioSessions {
		s, err := client.Resume(&resthook.Connection{AppKey: []string{"one", "two"}[i%2], SessionID: fmt.Sprint(i), RestClientConfig: policy})
		if err != nil {
			t.Fatal(err)
		}
		w.sessions = append(w.sessions, s)
	}
	return w
}

func (w *world) take(t *testing.T, s step) {
	t.Helper()
	session := w.sessions[s.session]
	switch s.do {
	case "backend":
		w.mode.Store(s.mode)
	case "sleep":
		time.Sleep(s.wait) // virtual
	case "reload":
		cfg := resthook.DefaultConfig()
		cfg.MaxConnections = 1 + int(s.mode)
		_ = w.client.Reload(cfg)
	case "disconnect":
		w.closed[s.session] = true
		ctx, cancel := context.WithTimeout(t.Context(), s.wait)
		defer cancel()
		_ = session.Disconnect(ctx)
	case "send":
		w.sending.Go(func() {
			_, _ = resthook.PublishStream.Send(t.Context(), session, &resthook.Stream{Name: "decision"})
		})
	case "notify":
		err := resthook.StreamStatusEvent.Notify(t.Context(), session, &resthook.Stream{Name: "event", Status: resthook.StreamPublishing, SDP: "must not be seen"})
		if (err == nil) == w.closed[s.session] {
			t.Errorf("notify on a session that is closed=%v: %v", w.closed[s.session], err)
		}
		if err == nil {
			w.notified[s.session]++
		} else {
			w.denied++
		}
	}
}

// answer is the backend.
func (w *world) answer(c *hooktest.Conn) {
	r, mode := c.Request(), w.mode.Load()
	w.mu.Lock()
	w.seen = append(w.seen, sight{
		session: between(string(r.Body), `"sessionId":"`, `"`), hook: r.Hook,
		id: r.Header.Get(resthook.HeaderID), sequence: r.Header.Get(resthook.HeaderSequence), mode: mode,
	})
	if strings.Contains(string(r.Body), "must not be seen") {
		w.seen[len(w.seen)-1].hook = "sdp was seen"
	}
	w.mu.Unlock()
	switch mode {
	case modeDeny:
		c.Send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
	case modeFail:
		c.Send("HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops")
	case modeFIN:
		hooktest.FIN(c)
	case modeRST:
		hooktest.RST(c)
	case modeSlow:
		if !c.Wait(500 * time.Millisecond) {
			return
		}
		fallthrough
	default:
		c.Send(okAnswer)
	}
}

func between(text, from, to string) string {
	_, text, _ = strings.Cut(text, from)
	text, _, _ = strings.Cut(text, to)
	return text
}

func (w *world) end(_ context.Context, o resthook.EventOutcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if o.Result == resthook.EventRefused {
		w.refused++
		return
	}
	w.ended[o.ID] = append(w.ended[o.ID], o)
}

// judge is the model: what every scenario must lead to.
func (w *world) judge() (faults []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if w.refused != w.denied {
		fault("%d events were refused, and %d observed as refused", w.denied, w.refused)
	}
	outcomes := map[string]int{}
	for id, all := range w.ended {
		o := all[0]
		outcomes[o.Session]++
		sights := w.sightsOf(id)
		switch {
		case len(all) != 1:
			fault("event %s ended %d times", id, len(all))
		case len(sights) != o.Attempts:
			fault("event %s: %d attempts said, %d seen", id, o.Attempts, len(sights))
		case o.Result == resthook.EventDelivered && sights[len(sights)-1].mode != modeAllow && sights[len(sights)-1].mode != modeSlow:
			fault("event %s delivered, but its last answer was %d", id, sights[len(sights)-1].mode)
		case o.Result == resthook.EventFailed && !refused(sights):
			fault("event %s failed after %v", id, sights)
		case o.Result != resthook.EventDelivered && o.Result != resthook.EventFailed:
			fault("event %s: %s, which nothing called for", id, o.Result)
		}
	}
	for i := range scenarioSessions {
		if want := w.notified[i] + 1; outcomes[fmt.Sprint(i)] != want {
			fault("session %d: %d outcomes for %d events", i, outcomes[fmt.Sprint(i)], want)
		}
		faults = append(faults, w.judgeOrder(fmt.Sprint(i))...)
	}
	return faults
}

// refused reports whether the backend denied an event, or has left it without an answer
// so often that it is not tried again.
func refused(sights []sight) bool {
	if last := sights[len(sights)-1].mode; last == modeDeny || last == modeFail {
		return true
	}
	unanswered := slices.DeleteFunc(slices.Clone(sights), func(s sight) bool { return s.mode != modeFIN && s.mode != modeRST })
	return len(unanswered) == resthook.DefaultConfig().RetryCount+1
}

func (w *world) sightsOf(id string) (sights []sight) {
	for _, s := range w.seen {
		if s.id == id {
			sights = append(sights, s)
		}
	}
	return sights
}

// judgeOrder checks the events of one session as the backend received them: in order, a
// repeat directly after its first attempt, the closing event last.
func (w *world) judgeOrder(session string) (faults []string) {
	last, lastID, over := 0, "", false
	for _, s := range w.seen {
		if s.session != session {
			continue
		}
		if over && s.id != lastID {
			faults = append(faults, fmt.Sprintf("session %s: %s after the closing event", session, s.hook))
		}
		if s.hook == "publishStream" {
			continue
		}
		var n int
		_, _ = fmt.Sscan(s.sequence, &n)
		if n < last || n == last && s.id != lastID {
			faults = append(faults, fmt.Sprintf("session %s: %s %d after %d", session, s.hook, n, last))
		}
		last, lastID, over = n, s.id, s.hook == "ConnectionStatusEvent"
		if s.hook != "ConnectionStatusEvent" && s.hook != "StreamStatusEvent" {
			faults = append(faults, s.hook)
		}
	}
	return faults
}

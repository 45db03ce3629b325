package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// loaded is a run on virtual time against a backend in memory.
type loaded struct {
	command benchCommand
	backend *hooktest.Backend
	network *hooktest.Network
	cfg     resthook.Config
}

func newLoaded(t testing.TB, c benchCommand) *loaded {
	t.Helper()
	network := hooktest.NewNetwork()
	backend := hooktest.NewBackendOn(t, network.Listen())
	c.URL = backend.URL()
	return &loaded{command: c, backend: backend, network: network, cfg: resthook.DefaultConfig()}
}

func (l *loaded) run(ctx context.Context, t testing.TB) benchReport {
	t.Helper()
	run, err := l.command.load(l.cfg, &resthook.Connection{}, l.network.DialContext)
	require.NoError(t, err)
	run.run(ctx)
	return run.report(l.command.URL, ctx.Err() != nil)
}

func TestBenchSessionIsAVisit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, benchCommand{Sessions: 1, Concurrency: 3})
		r := l.run(t.Context(), t)
		var got []string
		for _, request := range l.backend.Requests() {
			var body struct{ Status, SessionID, Name string }
			require.NoError(t, json.Unmarshal(request.Body, &body))
			assert.NotEmpty(t, body.SessionID)
			got = append(got, strings.TrimPrefix(request.Path, "/")+" "+body.Status)
		}
		assert.ElementsMatch(t, []string{
			"connect ", "publishStream PENDING", "StreamStatusEvent PENDING", "StreamStatusEvent PUBLISHING",
			"StreamKeepAliveEvent PUBLISHING", "unPublishStream PUBLISHING", "StreamStatusEvent UNPUBLISHED",
			"ConnectionStatusEvent DISCONNECTED",
		}, got)
		assert.Equal(t, "ConnectionStatusEvent DISCONNECTED", got[7])
		assert.Equal(t, sessionCount{Begun: 1, LetIn: 1}, r.Sessions)
		assert.Equal(t, hookCount{Count: 8, OK: 8}, r.Hooks.hookCount)
		assert.Equal(t, eventCount{Delivered: 5}, r.Events)
		assert.Equal(t, []int{8, 0, l.backend.Accepted()}, []int{r.Requests, r.Retried, r.Connections})
	})
}

func TestBenchSessionsDiffer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, benchCommand{Sessions: 20, Concurrency: 4})
		r := l.run(t.Context(), t)
		assert.Equal(t, sessionCount{Begun: 20, LetIn: 20}, r.Sessions)
		ids := map[string]bool{}
		for _, request := range l.backend.Requests("connect") {
			var body resthook.Connection
			require.NoError(t, json.Unmarshal(request.Body, &body))
			ids[body.SessionID] = true
		}
		assert.Len(t, ids, 20)
	})
}

func TestBenchKeepsItsRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, benchCommand{Rate: 4, Duration: 2 * time.Second, Concurrency: 5})
		begun := time.Now()
		var at []time.Duration
		l.backend.On("connect").Handle(func(w http.ResponseWriter, _ *http.Request) {
			at = append(at, time.Since(begun))
			_, _ = w.Write([]byte("{}"))
		})
		r := l.run(t.Context(), t)
		assert.Equal(t, sessionCount{Begun: 8, LetIn: 8}, r.Sessions)
		for i, after := range at {
			assert.Equal(t, time.Duration(i)*250*time.Millisecond, after)
		}
		assert.InDelta(t, 1.75, r.Duration, 0.001)
	})
}

func TestBenchEndsInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, benchCommand{Duration: 10 * time.Second, Concurrency: 2})
		l.backend.On("publishStream").Delay(3 * time.Second)
		r := l.run(t.Context(), t)
		assert.Equal(t, 8, r.Sessions.Begun) // at 0, 3, 6 and 9 s
		assert.InDelta(t, 12, r.Duration, 0.001)
		assert.InDelta(t, 64.0/12, r.Hooks.Rate, 0.1)
		assert.Zero(t, r.Hooks.Failed)
	})
}

// One session at a time cannot hold the rate of a backend that takes 2 s: what
// clients wait for their connect is more than what the backend took for it.
func TestBenchCountsFromWhenASessionShouldHaveBegun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, benchCommand{Rate: 1, Duration: 5 * time.Second, Concurrency: 1})
		l.backend.On("connect").Delay(2 * time.Second)
		r := l.run(t.Context(), t)
		assert.Equal(t, sessionCount{Begun: 3, LetIn: 3, Missed: 2}, r.Sessions) // at 0, 2 and 4 s
		assert.Equal(t, "connect", r.Methods[0].Method)
		assert.InDelta(t, 4, r.Methods[0].Latency.Max, 0.001) // due at 2 s, let in at 6 s
		assert.Less(t, r.Methods[1].Latency.Max, 0.1)
	})
}

func TestBenchTellsNoFromFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, benchCommand{Sessions: 5, Concurrency: 1})
		l.backend.On("connect").Deny(403).Drop().Times(4).Mirror().Drop()
		l.backend.On("publishStream").Deny(404)
		l.backend.On("StreamKeepAliveEvent").Deny(403)
		l.backend.On("StreamStatusEvent").Status(500, "").Mirror()
		l.backend.On("unPublishStream").Drop().Mirror()
		r := l.run(t.Context(), t)
		assert.Equal(t, sessionCount{Begun: 5, LetIn: 1, Denied: 1, Failed: 3}, r.Sessions)
		assert.Equal(t, hookCount{Count: 12, OK: 5, Denied: 3, Failed: 4}, r.Hooks.hookCount)
		assert.Equal(t, eventCount{Delivered: 3, Denied: 1, Failed: 1}, r.Events)
		assert.Equal(t, []errorReport{{"connect", "no_answer", 3}, {"StreamStatusEvent", "status", 1}}, r.Errors)
		assert.InDelta(t, 8/r.Duration, r.Hooks.Rate, 0.1)
		assert.Equal(t, []int{22, 14, 4}, []int{r.Requests, r.Lost, r.Retried})
	})
}

func TestBenchActsOnARefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, benchCommand{Sessions: 1, Concurrency: 1})
		l.backend.On("connect").Answer(`{"restClientConfig":{"publishStream":{"restOnError":"FAIL"}}}`)
		l.backend.On("publishStream").Deny(403)
		r := l.run(t.Context(), t)
		assert.Equal(t, hookCount{Count: 3, OK: 2, Denied: 1}, r.Hooks.hookCount)
		assert.Empty(t, l.backend.Requests("StreamStatusEvent"))
	})
}

func TestBenchInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, benchCommand{Rate: 1, Duration: time.Hour, Concurrency: 10})
		l.backend.On("publishStream").Mirror().Stall()
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		r := l.run(ctx, t)
		assert.InDelta(t, (2500*time.Millisecond + interruptTime).Seconds(), r.Duration, 0.001)
		assert.True(t, r.Interrupted)
		assert.Equal(t, sessionCount{Begun: 3, LetIn: 3}, r.Sessions)
		assert.Zero(t, r.Hooks.Failed)
		assert.Equal(t, 2, r.Hooks.Cut)
		assert.Empty(t, r.Errors)
		assert.NoError(t, r.print(&streams{out: &safeBuffer{}}, false))
	})
}

// What was being tried again when the signal came had failed already.
func TestBenchInterruptedInAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, benchCommand{Sessions: 1, Concurrency: 1})
		l.backend.On("StreamKeepAliveEvent").Drop()
		l.cfg.RetryCount = 1000
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		r := l.run(ctx, t)
		assert.Equal(t, []errorReport{{"StreamKeepAliveEvent", "left", 1}}, r.Errors)
		assert.Equal(t, []int{1, 2}, []int{r.Hooks.Failed, r.Hooks.Cut})              // UNPUBLISHED and DISCONNECTED waited
		assert.InDelta(t, len(l.backend.Requests("StreamKeepAliveEvent")), r.Lost, 1) // one may come after the signal
		assert.ErrorIs(t, r.print(&streams{out: &safeBuffer{}}, false), errRefused)
	})
}

// After a signal, sessions that can end do.
func TestBenchInterruptedEndsWhatItCan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, benchCommand{Duration: time.Hour, Concurrency: 10})
		l.backend.On("publishStream").Delay(interruptTime / 2)
		ctx, cancel := context.WithTimeout(t.Context(), interruptTime/4)
		defer cancel()
		r := l.run(ctx, t)
		assert.Equal(t, hookCount{Count: 80, OK: 80}, r.Hooks.hookCount)
		assert.Zero(t, r.Hooks.Cut)
		assert.True(t, r.Interrupted)
		assert.InDelta(t, (interruptTime / 2).Seconds(), r.Duration, 0.001)
	})
}

// What begins until a signal is all that could have begun.
func TestBenchInterruptedMissesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, benchCommand{Rate: 10, Duration: time.Hour, Concurrency: 100})
		l.backend.On("publishStream").Mirror().Stall()
		ctx, cancel := context.WithTimeout(t.Context(), 2550*time.Millisecond)
		defer cancel()
		r := l.run(ctx, t)
		assert.Equal(t, []int{26, 0}, []int{r.Sessions.Begun, r.Sessions.Missed})
	})
}

// A backend that never answers, and settings that never lose patience: what is
// under way has 15 s once the last of the sessions, or of the time, has begun.
func TestBenchHasAnEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		command benchCommand
		want    float64
	}{
		{benchCommand{Sessions: 2, Duration: 0, Concurrency: 2}, 15},
		{benchCommand{Sessions: 2, Duration: 5 * time.Second, Concurrency: 2}, 15},
		{benchCommand{Sessions: 3, Duration: 5 * time.Second, Concurrency: 2}, 20},
		{benchCommand{Sessions: 2, Rate: 0.5, Duration: 0, Concurrency: 2}, 17},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			l := newLoaded(t, tt.command)
			l.cfg.RequestTimeout = 0
			l.backend.On("publishStream").Stall()
			r := l.run(ctx, t)
			assert.InDelta(t, tt.want, r.Duration, 0.001)
			assert.False(t, r.Interrupted)
			assert.Contains(t, r.Errors, errorReport{"publishStream", "canceled", 2})
			assert.ErrorIs(t, r.print(&streams{out: &safeBuffer{}}, false), errRefused)
		})
	}
}

// An outage that outlasts the run: the closing events are lost, and that is
// told.
func TestBenchTellsOfLostEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, benchCommand{Sessions: 1, Concurrency: 1})
		l.backend.On("ConnectionStatusEvent").Drop()
		l.cfg.RetryCount = 1000
		r := l.run(t.Context(), t)
		assert.Equal(t, eventCount{Delivered: 4, Left: 1}, r.Events)
		assert.Equal(t, []errorReport{{"ConnectionStatusEvent", "left", 1}}, r.Errors)
		assert.Less(t, r.Duration, 31.0)
	})
}

func TestPaceIsFarAlong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &pace{begun: time.Now(), sessions: 10, duration: 10 * time.Second}
		time.Sleep(2 * time.Second)
		assert.InDelta(t, 0.2, p.done(1), 1e-9)
		assert.InDelta(t, 0.5, p.done(5), 1e-9)
		time.Sleep(time.Minute)
		assert.InDelta(t, 1, p.done(1), 1e-9)
		assert.Zero(t, (&pace{begun: time.Now()}).done(5))
	})
}

func TestPaceKnowsWhatIsDue(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pace  *pace
		after time.Duration
		want  int
	}{
		{&pace{rate: 10}, 0, 0},
		{&pace{rate: 10}, 100 * time.Millisecond, 1},
		{&pace{rate: 10}, 101 * time.Millisecond, 2},
		{&pace{rate: 10, duration: time.Second}, time.Hour, 10},
		{&pace{rate: 10, sessions: 3}, time.Hour, 3},
		{&pace{rate: 0.3, duration: 10 * time.Second}, time.Hour, 3},
		{&pace{}, time.Hour, 0},
	} {
		assert.Equal(t, tt.want, tt.pace.due(tt.after))
		if tt.after == time.Hour && tt.want > 0 {
			n := 0
			for _, ok := tt.pace.take(); ok; _, ok = tt.pace.take() {
				n++
			}
			assert.Equal(t, tt.want, n, "as many as take gives")
		}
	}
}

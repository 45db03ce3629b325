package load

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/pace"
	"github.com/wcskit/resthook/hooktest"
)

// loaded is a run on virtual time against a backend in memory.
type loaded struct {
	plan    Plan
	backend *hooktest.Backend
	cfg     resthook.Config
}

func newLoaded(t testing.TB, p Plan) *loaded {
	t.Helper()
	network := hooktest.NewNetwork()
	backend := hooktest.NewBackendOn(t, network.Listen())
	p.Dial = network.DialContext
	return &loaded{plan: p, backend: backend, cfg: rarely(resthook.DefaultConfig())}
}

// rarely sets a keep-alive interval so long that a test can expect no keep-alive. (The
// first one is sent at a random time within the interval.)
func rarely(cfg resthook.Config) resthook.Config {
	cfg.KeepAliveInterval = 500 * time.Hour
	return cfg
}

func (l *loaded) run(ctx context.Context, t testing.TB) Report {
	t.Helper()
	return runAt(ctx, t, l.backend.URL(), l.plan, l.cfg)
}

// interrupted is a run that is cancelled, as by a signal, after a time.
func (l *loaded) interrupted(t testing.TB, after time.Duration) Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), after)
	defer cancel()
	return l.run(ctx, t)
}

// connects records when sessions connect, counted from now.
func (l *loaded) connects() *[]time.Duration {
	begun, at := time.Now(), &[]time.Duration{}
	l.backend.On("connect").Handle(func(w http.ResponseWriter, _ *http.Request) {
		*at = append(*at, time.Since(begun))
		_, _ = w.Write([]byte("{}"))
	})
	return at
}

func runAt(ctx context.Context, t testing.TB, url string, p Plan, cfg resthook.Config) Report {
	t.Helper()
	run, err := New(p, cfg, func(cfg resthook.Config, opts ...resthook.Option) (*resthook.Client, error) {
		return resthook.NewClient(cfg, append(opts, resthook.WithApp(resthook.App{URL: url}), resthook.WithLogger(slog.New(slog.DiscardHandler)))...)
	})
	require.NoError(t, err)
	return run.Run(ctx)
}

// seen are the hooks that the backend got, in order: the method, and the status in the
// payload.
func (l *loaded) seen(t testing.TB) []string {
	t.Helper()
	var hooks []string
	for _, r := range l.backend.Requests() {
		hooks = append(hooks, method(r)+" "+string(body[resthook.Stream](t, r).Status))
	}
	return hooks
}

func method(r hooktest.Request) string { return strings.TrimPrefix(r.Path, "/") }

func body[P any](t testing.TB, r hooktest.Request) P {
	t.Helper()
	var payload P
	require.NoError(t, json.Unmarshal(r.Body, &payload))
	return payload
}

func (r Report) method(t testing.TB, name string) methodReport {
	t.Helper()
	for _, m := range r.Methods {
		if m.Method == name {
			return m
		}
	}
	require.Fail(t, "no hook of "+name)
	return methodReport{}
}

// A publisher's session, and then a player's. The hooks come in order, spread over the
// session's time, with keep-alives and statistics at their intervals.
func TestSessionIsAVisit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, Plan{Sessions: 2, Concurrency: 1, Players: 1, Hold: 26 * time.Second})
		l.cfg.KeepAliveInterval = 10 * time.Second
		begun := time.Now()
		var at []time.Duration
		l.backend.OnAny().Handle(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/StreamKeepAliveEvent") { // when it comes within the interval is random
				at = append(at, time.Since(begun))
			}
			_, _ = w.Write([]byte("{}"))
		})
		r := l.run(t.Context(), t)
		milliseconds := []int{0, 0, 500, 500, 1000, 11000, 21000, 25500, 25500, 26000}
		var want []time.Duration
		for _, session := range []int{0, 26000} {
			for _, after := range milliseconds {
				want = append(want, time.Duration(session+after)*time.Millisecond)
			}
		}
		assert.Equal(t, want, at)
		var hooks []string
		for _, hook := range l.seen(t) {
			if !strings.HasPrefix(hook, "StreamKeepAliveEvent") {
				hooks = append(hooks, hook)
			}
		}
		assert.Equal(t, []string{
			"connect ", "ConnectionStatusEvent ESTABLISHED", "publishStream PENDING", "StreamStatusEvent PENDING", "StreamStatusEvent PUBLISHING",
			"StreamsStatEvent ", "StreamsStatEvent ", "unPublishStream PUBLISHING", "StreamStatusEvent UNPUBLISHED", "ConnectionStatusEvent DISCONNECTED",
			"connect ", "ConnectionStatusEvent ESTABLISHED", "playStream PENDING", "StreamStatusEvent PENDING", "StreamStatusEvent PLAYING",
			"StreamsStatEvent ", "StreamsStatEvent ", "stopStream PLAYING", "StreamStatusEvent STOPPED", "ConnectionStatusEvent DISCONNECTED",
		}, hooks)
		keepAlives := len(l.backend.Requests("StreamKeepAliveEvent"))
		assert.Contains(t, []int{4, 5, 6}, keepAlives, "one in 10s, of two streams that live for 24.5s")
		assert.Equal(t, sessionCount{Begun: 2, Publishers: 1, LetIn: 2}, r.Sessions)
		assert.Equal(t, hookCount{Count: 20 + keepAlives, OK: 20 + keepAlives}, r.Hooks.hookCount)
		assert.Equal(t, eventCount{Delivered: 14 + keepAlives}, r.Events)
		assert.Equal(t, []int{20 + keepAlives, 0, l.backend.Accepted()}, []int{r.Requests, r.Retried, r.Connections})
		assert.Empty(t, r.Faults())
	})
}

// Payloads are like those of a media server, and contain what the client gives.
func TestPayloads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conn := &resthook.Connection{NodeID: "node", Login: "a", Custom: map[string]any{"token": "x"}}
		l := newLoaded(t, Plan{Sessions: 8, Concurrency: 4, Players: 3, Hold: time.Second, Connection: conn})
		l.cfg.KeepAliveInterval = 100 * time.Millisecond
		l.run(t.Context(), t)
		streams, ids, names := map[string]bool{}, map[string]bool{}, map[string]int{}
		for _, r := range l.backend.Requests() {
			stream := body[resthook.Stream](t, r)
			ids[stream.SessionID] = true
			assert.Equal(t, []string{"node", "defaultApp"}, []string{stream.NodeID, stream.AppKey})
			switch method(r) {
			case "publishStream":
				names[stream.Name] += 10
				assert.True(t, stream.Published)
				assert.InDelta(t, 3000, len(stream.SDP), 500)
			case "playStream":
				names[stream.Name]++
				assert.False(t, stream.Published)
			case "StreamStatusEvent", "StreamKeepAliveEvent":
				streams[stream.MediaSessionID] = true
				assert.Empty(t, stream.SDP)
				assert.Equal(t, []any{"H264", 1280}, []any{stream.VideoCodec, stream.Width})
			case "StreamsStatEvent":
				continue
			}
			assert.Equal(t, map[string]any{"token": "x"}, stream.Custom, method(r))
		}
		assert.Len(t, ids, 8)
		assert.Len(t, streams, 8)
		assert.Equal(t, []int{13, 13}, []int{names[nameOf(t, l, 0)], names[nameOf(t, l, 1)]}, "each stream has one publisher and three players")
		for _, name := range []string{"StreamKeepAliveEvent", "StreamsStatEvent"} {
			assert.InDelta(t, 8*6, len(l.backend.Requests(name)), 8*2, name)
		}
	})
}

func nameOf(t testing.TB, l *loaded, publisher int) string {
	t.Helper()
	return body[resthook.Stream](t, l.backend.Requests("publishStream")[publisher]).Name
}

// A player plays only a stream that the backend has allowed. It does not wait for a
// publisher who was denied.
func TestPlayersWaitForTheirPublisher(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, Plan{Sessions: 6, Concurrency: 6, Players: 2})
		hooktest.On(l.backend, resthook.Connect).Reply(func(c *resthook.Connection) (*resthook.Connection, error) {
			if strings.HasSuffix(c.SessionID, "-4") { // the second publisher
				return nil, errors.New("no")
			}
			return c, nil
		})
		l.backend.On("publishStream").Delay(2 * time.Second).Mirror()
		begun := time.Now()
		var mu sync.Mutex
		played := map[string][]time.Duration{}
		hooktest.On(l.backend, resthook.PlayStream).Reply(func(s *resthook.Stream) (*resthook.Stream, error) {
			mu.Lock()
			defer mu.Unlock()
			publisher := s.Name[strings.LastIndex(s.Name, "-"):]
			played[publisher] = append(played[publisher], time.Since(begun))
			return s, nil
		})
		l.run(t.Context(), t)
		assert.Equal(t, map[string][]time.Duration{"-1": {2 * time.Second, 2 * time.Second}, "-4": {0, 0}}, played)
	})
}

// After the backend has changed a stream's name, the stream's hooks have the new name.
func TestBackendChangesTheStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, Plan{Sessions: 1})
		l.backend.On("connect").Answer(`{"restClientConfig":{"publishStream":{"restPolicy":"OVERWRITE","restOverwrite":"name"}}}`)
		l.backend.On("publishStream").Overwrite(map[string]any{"name": "other"})
		l.run(t.Context(), t)
		for _, r := range l.backend.Requests("StreamStatusEvent", "unPublishStream") {
			assert.Equal(t, "other", body[resthook.Stream](t, r).Name)
		}
	})
}

// Under FAIL, a denied stream does not begin, and a stream whose keep-alive is denied
// ends.
func TestBackendRefusesTheStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, Plan{Sessions: 1, Hold: time.Minute})
		l.backend.On("connect").Answer(`{"restClientConfig":{"publishStream":{"restOnError":"FAIL"}}}`)
		l.backend.On("publishStream").Deny(403)
		r := l.run(t.Context(), t)
		assert.Equal(t, hookCount{Count: 4, OK: 3, Denied: 1}, r.Hooks.hookCount)
		assert.Empty(t, l.backend.Requests("StreamStatusEvent"))
	})
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, Plan{Sessions: 1, Hold: time.Minute})
		l.backend.On("connect").Answer(`{"restClientConfig":{"StreamKeepAliveEvent":{"restOnError":"FAIL"}}}`)
		l.backend.On("StreamKeepAliveEvent").Mirror().Deny(403)
		l.cfg.KeepAliveInterval = 10 * time.Second
		r := l.run(t.Context(), t)
		assert.Equal(t, 2, r.method(t, "StreamKeepAliveEvent").Count)
		assert.Empty(t, l.backend.Requests("unPublishStream"))
		last := l.backend.Requests("StreamStatusEvent")[2]
		assert.Equal(t, []any{resthook.StreamUnpublished, resthook.InfoTerminatedByKeepAlive},
			[]any{body[resthook.Stream](t, last).Status, body[resthook.Stream](t, last).Info})
		assert.Empty(t, r.Faults())
	})
}

// A session sends all its hooks, also when each takes nearly as long as the timeout
// allows, and when the session is long.
func TestSessionHasTimeForAllItsHooks(t *testing.T) {
	t.Parallel()
	for _, hold := range []time.Duration{0, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			l := newLoaded(t, Plan{Sessions: 8, Concurrency: 4, Players: 3, Duration: time.Second, Hold: hold})
			l.cfg.RequestTimeout = time.Second
			l.backend.OnAny().Delay(990 * time.Millisecond)
			r := l.run(t.Context(), t)
			n := r.Sessions.Begun * hooksOfSession
			assert.Equal(t, hookCount{Count: n, OK: n}, r.Hooks.hookCount)
			assert.Len(t, l.backend.Requests(), n)
			assert.Empty(t, r.Faults())
		})
	}
}

// A backend never answers, and the settings have no time limit. Each hook then gets 15
// s, so that the run ends.
func TestRunHasAnEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, Plan{Sessions: 2, Concurrency: 2})
		l.cfg.RequestTimeout = 0
		l.backend.On("publishStream").Stall()
		r := l.run(t.Context(), t)
		assert.InDelta(t, 15, r.Duration, 0.001)
		assert.Equal(t, []errorCount{{"publishStream", "timeout", 2}}, r.Errors)
		assert.InDelta(t, 15, r.method(t, "publishStream").Latency.P50, 0.06, "a request that timed out took so long")
		assert.Equal(t, []string{"2 hooks failed"}, r.Faults())
	})
}

// An outage lasts longer than the run. The hook that was tried counts as failed; the one
// that waited behind it counts as cut.
func TestOutageOutlastsTheRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, Plan{Sessions: 1, Hold: time.Second})
		l.cfg.RetryCount, l.cfg.RequestTimeout = 1000, time.Second
		l.backend.On("StreamStatusEvent").Mirror().Mirror().Drop()
		r := l.run(t.Context(), t)
		assert.Equal(t, []errorCount{{"StreamStatusEvent", "no_answer", 1}}, r.Errors)
		assert.Equal(t, hookCount{Count: 8, OK: 6, Failed: 1, Cut: 1}, r.Hooks.hookCount)
		assert.Equal(t, len(l.backend.Requests()), r.Requests)
		assert.Equal(t, []string{"1 hook failed"}, r.Faults())
		assert.InDelta(t, 9, r.Duration, 1.001)
	})
}

func TestEndsInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, Plan{Duration: 10 * time.Second, Concurrency: 2})
		l.backend.On("publishStream").Delay(3 * time.Second)
		r := l.run(t.Context(), t)
		assert.Equal(t, 8, r.Sessions.Begun) // two each at 0, 3, 6 and 9 s
		assert.InDelta(t, 12, r.Duration, 0.001)
		assert.InDelta(t, 64.0/12, r.Hooks.Rate, 0.1)
		assert.Zero(t, r.Hooks.Failed)
	})
}

// Without a rate, the first sessions begin evenly spread over the time that a session
// lasts, and each later one begins when another ends.
func TestSessionsSpread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, Plan{Sessions: 8, Concurrency: 4, Hold: 4 * time.Second})
		at := l.connects()
		l.run(t.Context(), t)
		assert.Len(t, *at, 8)
		for i, after := range *at {
			assert.Equal(t, time.Duration(i)*time.Second, after)
		}
	})
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, Plan{Rate: 1, Duration: time.Hour})
		l.backend.On("publishStream").Mirror().Stall()
		r := l.interrupted(t, 2500*time.Millisecond)
		assert.InDelta(t, (2500*time.Millisecond + pace.Grace).Seconds(), r.Duration, 0.001)
		assert.True(t, r.Interrupted)
		assert.Equal(t, sessionCount{Begun: 3, Publishers: 3, LetIn: 3}, r.Sessions)
		assert.Equal(t, 2, r.Hooks.Cut)
		assert.Empty(t, r.Errors)
		assert.Empty(t, r.Faults())
	})
}

// A hook that was being retried when the signal came counts as failed.
func TestInterruptedInAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, Plan{Sessions: 1})
		l.backend.On("StreamStatusEvent").Drop()
		l.cfg.RetryCount = 1000
		r := l.interrupted(t, 10*time.Second)
		assert.Equal(t, []errorCount{{"StreamStatusEvent", "no_answer", 1}}, r.Errors)
		assert.Equal(t, []int{1, 3}, []int{r.Hooks.Failed, r.Hooks.Cut}) // three more were queued
		assert.InDelta(t, len(l.backend.Requests("StreamStatusEvent")), r.Lost, 1)
		assert.NotEmpty(t, r.Faults())
	})
}

// After a signal the clients disconnect, and their sessions end in order.
func TestInterruptedEndsWhatItCan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLoaded(t, Plan{Duration: time.Hour, Concurrency: 10, Hold: time.Hour, Rate: 10})
		r := l.interrupted(t, 3*time.Second)
		assert.Equal(t, hookCount{Count: 80, OK: 80}, r.Hooks.hookCount)
		assert.True(t, r.Interrupted)
		assert.InDelta(t, 3, r.Duration, 0.001)
	})
}

package resthook_test

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// Of three events of a session the third is refused: its outcome says which it was, and
// the id leads to it everywhere.
func TestOutcomeSaysWhichEventItWas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := new(logged)
		var attempts []resthook.Attempt
		yes := hooktest.Answer(200, `{}`)
		b := newEventBubble(t, []hooktest.Behaviour{yes, yes, hooktest.Answer(403, ``), yes}, resthook.WithLogger(log.logger()),
			resthook.WithObserver(resthook.Observer{Attempt: func(_ context.Context, a resthook.Attempt) { attempts = append(attempts, a) }}))
		s := b.under(t, "StreamStatusEvent", `{"restOnError":"FAIL","restExclude":"mediaSessionId,name"}`)
		for i := range 3 {
			require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), s, &resthook.Stream{
				Name: "n" + strconv.Itoa(i), MediaSessionID: "m" + strconv.Itoa(i), Status: resthook.StreamPublishing,
			}))
		}
		require.NoError(t, resthook.CallStatusEvent.Notify(t.Context(), s, &resthook.Call{CallID: "c", Status: resthook.CallFinish}))
		require.NoError(t, b.client.Close(t.Context()))
		all, seen := b.seen.list(), b.socket.Requests()
		require.Len(t, all, 4)
		assert.Equal(t, resthook.About{MediaSessionID: "m2", Name: "n2", EventStatus: "PUBLISHING"}, all[2].About, "which the backend was not told")
		assert.Equal(t, resthook.About{CallID: "c", EventStatus: "FINISH"}, all[3].About)
		id := seen[2].Header.Get(resthook.HeaderID)
		assert.Equal(t, id, all[2].ID)
		failed, ok := all[2].Err.(*resthook.Error) //nolint:errorlint // the promise
		require.True(t, ok)
		assert.Equal(t, id, failed.ID)
		assert.Contains(t, lineWith(t, log.String(), "hook failed"), " id="+id+" ")
		require.Len(t, attempts, 4)
		assert.Equal(t, id, attempts[2].ID)
		assert.Equal(t, "mine", attempts[2].App)
		assert.Equal(t, "s", attempts[2].Session)
	})
}

// The attempts of an event are numbered over its repeats, as those of a hook are.
func TestAttemptsAreNumberedOverAll(t *testing.T) {
	t.Parallel()
	for _, event := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var attempts []string
			reset := hooktest.AfterRequest(hooktest.RST)
			b := newEventBubble(t, []hooktest.Behaviour{reset, reset, hooktest.Answer(200, `{}`)},
				resthook.WithObserver(resthook.Observer{Attempt: func(ctx context.Context, a resthook.Attempt) {
					assert.NotNil(t, ctx)
					attempts = append(attempts, fmt.Sprintf("%d %s %s %s", a.Number, a.App, a.Session, a.ID))
				}}))
			s := b.under(t, "x", `{}`)
			if event {
				notify(t, s, "n")
			} else {
				_, err := resthook.PublishStream.Send(t.Context(), s, &resthook.Stream{})
				require.NoError(t, err)
			}
			require.NoError(t, b.client.Close(t.Context()))
			id := b.socket.Requests()[0].Header.Get(resthook.HeaderID)
			assert.Equal(t, []string{"1 mine s " + id, "2 mine s " + id, "3 mine s " + id}, attempts)
		})
	}
}

// All observers are told, in their order, and the context of one is that of the next.
func TestAllObserversAreTold(t *testing.T) {
	t.Parallel()
	type key int
	var mu sync.Mutex
	var told []string
	note := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, fmt.Sprintf(format, args...))
	}
	whole := func(n int) resthook.Observer {
		return resthook.Observer{
			Start: func(ctx context.Context, _ resthook.Start) context.Context {
				note("start %d %v", n, ctx.Value(key(n-1)))
				return context.WithValue(ctx, key(n), "from "+strconv.Itoa(n))
			},
			Attempt: func(ctx context.Context, _ resthook.Attempt) { note("attempt %d %v", n, ctx.Value(key(2))) },
			End:     func(ctx context.Context, _ resthook.Outcome) { note("end %d %v", n, ctx.Value(key(2))) },
			Event:   func(_ context.Context, o resthook.EventOutcome) { note("event %d %s", n, o.Result) },
		}
	}
	none := resthook.Observer{Start: func(context.Context, resthook.Start) context.Context { return nil }}
	client := newClient(t, hooktest.NewSocket(t, hooktest.Answer(200, `{}`)).URL(), resthook.WithObserver(whole(1)), resthook.WithObserver(resthook.Observer{}),
		resthook.WithObserver(none), resthook.WithObserver(whole(2)))
	s, err := client.Resume(&resthook.Connection{SessionID: "s"})
	require.NoError(t, err)
	_, err = resthook.PublishStream.Send(t.Context(), s, &resthook.Stream{})
	require.NoError(t, err)
	notify(t, s, "n")
	require.NoError(t, client.Close(t.Context()))
	assert.Equal(t, []string{
		"start 1 <nil>", "start 2 from 1", "attempt 1 from 2", "attempt 2 from 2", "end 1 from 2", "end 2 from 2",
		"attempt 1 <nil>", "attempt 2 <nil>", "event 1 delivered", "event 2 delivered",
	}, told)
}

// What is refused before it is sent is counted, logged and observed as any other.
func TestRefusedHooksAreReported(t *testing.T) {
	t.Parallel()
	bad := &resthook.Stream{Name: "n", Status: resthook.StreamPlaying, Custom: map[string]any{"x": math.NaN()}}
	good := &resthook.Stream{Name: "n", MediaSessionID: "m", Status: resthook.StreamPlaying}
	for name, row := range map[string]struct {
		app     string // of the session
		before  func(*resthook.Client, *resthook.Session)
		payload *resthook.Stream
		kind    error
		about   resthook.About
	}{
		"no such app": {app: "other", payload: good, kind: resthook.ErrConfig, about: resthook.About{Name: "n", MediaSessionID: "m", EventStatus: "PLAYING"}},
		"NaN":         {app: "a", payload: bad, kind: resthook.ErrConfig},
		"nil payload": {app: "a", payload: nil, kind: resthook.ErrConfig},
		"no status":   {app: "a", payload: &resthook.Stream{}, kind: resthook.ErrConfig},
		"disconnected": {
			app: "a", payload: good, kind: resthook.ErrClosed, about: resthook.About{Name: "n", MediaSessionID: "m", EventStatus: "PLAYING"},
			before: func(_ *resthook.Client, s *resthook.Session) { _ = s.Disconnect(context.Background()) },
		},
		"closed": {
			app: "a", payload: good, kind: resthook.ErrClosed, about: resthook.About{Name: "n", MediaSessionID: "m", EventStatus: "PLAYING"},
			before: func(c *resthook.Client, _ *resthook.Session) { _ = c.Close(context.Background()) },
		},
	} {
		for _, event := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " ", event), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					network, log := hooktest.NewNetwork(), new(logged)
					var started []resthook.Start
					var ends []resthook.Outcome
					var events []resthook.EventOutcome
					socket := hooktest.NewSocketOn(t, network.Listen(), hooktest.Answer(200, `{}`))
					client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{Key: "a", URL: socket.URL()}),
						resthook.WithDialContext(network.DialContext), resthook.WithLogger(log.logger()), resthook.WithObserver(resthook.Observer{
							Start: func(ctx context.Context, s resthook.Start) context.Context { started = append(started, s); return ctx },
							End:   func(_ context.Context, o resthook.Outcome) { ends = append(ends, o) },
							Event: func(_ context.Context, o resthook.EventOutcome) {
								if o.Hook == "StreamStatusEvent" {
									events = append(events, o)
								}
							},
						}))
					require.NoError(t, err)
					s, err := client.Resume(&resthook.Connection{AppKey: row.app, SessionID: "s"})
					require.NoError(t, err)
					if row.before != nil {
						row.before(client, s)
					}
					if event {
						err = resthook.StreamStatusEvent.Notify(t.Context(), s, row.payload)
					} else {
						_, err = resthook.StreamStatusEvent.Send(t.Context(), s, row.payload)
					}
					require.ErrorIs(t, err, row.kind)
					require.NoError(t, client.Close(t.Context()))
					synctest.Wait()
					line := lineWith(t, log.String(), "hook failed")
					assert.Equal(t, 1, strings.Count(log.String(), "hook failed"))
					assert.Contains(t, line, "hook=StreamStatusEvent app="+row.app+" session=s id=\"\"")
					if !event {
						require.Len(t, ends, 1)
						require.Len(t, started, 1)
						assert.Equal(t, err, ends[0].Err)
						assert.Equal(t, "s", ends[0].Session)
						assert.False(t, ends[0].Sent)
						return
					}
					require.Len(t, events, 1)
					assert.Equal(t, row.about, events[0].About)
					assert.Equal(t, resthook.EventRefused, events[0].Result)
					assert.Equal(t, err, events[0].Err)
					assert.Equal(t, row.app, events[0].App)
					addsUp(t, client)
					assert.Contains(t, client.Stats().Events, resthook.EventCount{Hook: "StreamStatusEvent", Result: resthook.EventRefused, Count: 1})
				})
			})
		}
	}
}

// What is no hook's JSON is refused too.
func TestRefusedJSONIsReported(t *testing.T) {
	t.Parallel()
	log := new(logged)
	client := newClient(t, "http://backend.example", resthook.WithLogger(log.logger()))
	_, err := resthook.PublishStream.SendJSON(t.Context(), client, []byte(`[]`))
	require.ErrorIs(t, err, resthook.ErrConfig)
	assert.Contains(t, lineWith(t, log.String(), "hook failed"), "hook=publishStream ")
	assert.Equal(t, 1, strings.Count(log.String(), "\n"))
}

// A status event has to say a status, unless it came as JSON.
func TestStatusEventsNeedAStatus(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)})
		s := b.session(t, "s")
		send := func(method resthook.Method) (error, error) {
			switch h := method.(type) {
			case resthook.Hook[resthook.Connection]:
				return both(t, h, s)
			case resthook.Hook[resthook.Registration]:
				return both(t, h, s)
			case resthook.Hook[resthook.Call]:
				return both(t, h, s)
			case resthook.Hook[resthook.Message]:
				return both(t, h, s)
			case resthook.Hook[resthook.Subscription]:
				return both(t, h, s)
			case resthook.Hook[resthook.XCAP]:
				return both(t, h, s)
			case resthook.Hook[resthook.Stream]:
				return both(t, h, s)
			case resthook.Hook[resthook.Recording]:
				return both(t, h, s)
			case resthook.Hook[resthook.Data]:
				return both(t, h, s)
			case resthook.Hook[resthook.BugReport]:
				return both(t, h, s)
			case resthook.Hook[resthook.DebugSession]:
				return both(t, h, s)
			case resthook.Hook[resthook.ErrorReport]:
				return both(t, h, s)
			}
			require.Fail(t, method.Name())
			return nil, nil
		}
		n := 0
		for _, method := range resthook.Methods() {
			if !strings.HasSuffix(method.Name(), "StatusEvent") {
				continue
			}
			n++
			sent, notified := send(method)
			require.ErrorIs(t, sent, resthook.ErrConfig, method.Name())
			require.ErrorIs(t, notified, resthook.ErrConfig, method.Name())
			_, err := method.SendJSON(t.Context(), s, []byte(`{}`))
			require.NoError(t, err)
		}
		assert.Equal(t, 13, n)
		assert.Len(t, b.socket.Requests(), n, "what came as JSON")
		own, err := resthook.NewHook[map[string]any]("pollStatusEvent", resthook.KindEvent)
		require.NoError(t, err)
		require.NoError(t, own.Notify(t.Context(), s, &map[string]any{"a": 1}))
		odd, err := resthook.StreamStatusEvent.Decode([]byte(`{"status":7}`))
		require.NoError(t, err)
		require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), s, odd), "which somebody has sent")
		require.NoError(t, resthook.StreamKeepAliveEvent.Notify(t.Context(), s, &resthook.Stream{}), "it is no status event")
	})
}

func both[P any](t *testing.T, h resthook.Hook[P], s *resthook.Session) (sent, notified error) {
	t.Helper()
	_, sent = h.Send(t.Context(), s, new(P))
	return sent, h.Notify(t.Context(), s, new(P))
}

// Stats add up whatever is going on.
func TestStatsAddUpAtEveryMoment(t *testing.T) {
	t.Parallel()
	for round := range 10 {
		synctest.Test(t, func(t *testing.T) {
			var inside func()
			look := hooktest.Late(time.Duration(round%3)*time.Millisecond, hooktest.Answer(200+round%2*203, `{}`))
			b := newEventBubble(t, []hooktest.Behaviour{look}, resthook.WithEventWorkers(4), resthook.WithQueueLimits(resthook.QueueLimits{Events: 20}),
				resthook.WithObserver(resthook.Observer{Event: func(context.Context, resthook.EventOutcome) { inside() }}))
			inside = func() { addsUp(t, b.client) }
			var wg sync.WaitGroup
			for i := range 10 {
				wg.Go(func() {
					s := b.session(t, strconv.Itoa(i))
					for range 30 {
						notify(t, s, "n")
						addsUp(t, b.client)
					}
					_ = s.Disconnect(t.Context())
					_ = resthook.StreamStatusEvent.Notify(t.Context(), s, &resthook.Stream{})
				})
			}
			wg.Wait()
			_ = b.client.Close(over(t))
			synctest.Wait()
			addsUp(t, b.client)
			stats := b.client.Stats()
			assert.Equal(t, uint64(10*32), stats.Notified)
			assert.Len(t, b.seen.list(), 10*32, "each is told of once")
			assert.Zero(t, stats.Queued)
		})
	}
}

// What a client may choose is bounded in each label, and hooks in number.
func TestLabelsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, long := new(logged), strings.Repeat("é", 50_000)
		var labels []string
		var mu sync.Mutex
		add := func(more ...string) {
			mu.Lock()
			defer mu.Unlock()
			labels = append(labels, more...)
		}
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(403, ``)}, resthook.WithLogger(log.logger()), resthook.WithObserver(resthook.Observer{
			Start:   func(ctx context.Context, s resthook.Start) context.Context { add(s.App, s.Session); return ctx },
			Attempt: func(_ context.Context, a resthook.Attempt) { add(a.App, a.Session) },
			End:     func(_ context.Context, o resthook.Outcome) { add(o.App, o.Session, o.Err.Error()) },
			Event: func(_ context.Context, o resthook.EventOutcome) {
				add(o.App, o.Session, o.MediaSessionID, o.Name, o.CallID, o.EventStatus, o.Err.Error())
			},
		}))
		s, err := b.client.Resume(&resthook.Connection{AppKey: long, SessionID: long})
		require.NoError(t, err)
		stream := &resthook.Stream{Name: long, MediaSessionID: long, Status: resthook.StreamStatus(long)}
		_, _ = resthook.PublishStream.Send(t.Context(), s, stream)
		require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), s, stream))
		require.NoError(t, resthook.CallStatusEvent.Notify(t.Context(), s, &resthook.Call{CallID: long, Status: resthook.CallFinish}))
		_ = s.Disconnect(t.Context())
		_ = resthook.StreamStatusEvent.Notify(t.Context(), s, stream)
		_, _ = resthook.PublishStream.Send(t.Context(), s, stream)
		synctest.Wait()
		mu.Lock()
		assert.Greater(t, len(labels), 30)
		for _, text := range labels {
			assert.LessOrEqual(t, len(text), 700)
		}
		assert.Contains(t, labels, strings.Repeat("é", 64), "as many whole letters as fit")
		mu.Unlock()
		for line := range strings.Lines(log.String()) {
			assert.Less(t, len(line), 1500, "%.1500s", line)
		}
		_, err = resthook.NewHook[resthook.Stream](strings.Repeat("x", 129), resthook.KindEvent)
		require.ErrorIs(t, err, resthook.ErrConfig)

		other := b.session(t, "other")
		for i := range 1000 {
			hook, err := resthook.NewHook[resthook.Stream](fmt.Sprintf("own%d", i), resthook.KindEvent)
			require.NoError(t, err)
			require.NoError(t, hook.Notify(t.Context(), other, &resthook.Stream{}))
		}
		require.NoError(t, b.client.Close(t.Context()))
		stats := b.client.Stats()
		assert.LessOrEqual(t, len(stats.Events), 256*3)
		others := uint64(0)
		for _, n := range stats.Events {
			if n.Hook == "other" {
				others += n.Count
			}
		}
		assert.InDelta(t, 1000-256, others, 5)
		addsUp(t, b.client)
	})
}

package resthook_test

import (
	"context"
	"errors"
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

func TestOneLineForAFailedHook(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for name, row := range map[string]struct {
			plays hooktest.Behaviour
			want  string
		}{
			"allowed": {hooktest.Answer(200, `{}`), ""},
			"denied":  {hooktest.Answer(403, ``), `level=WARN msg="hook failed" hook=playStream app=a session=s id=ID url=URL/playStream attempts=1 status=403 kind=status action=continue error="403 Forbidden"`},
			"lost":    {hooktest.AfterRequest(hooktest.FIN), `level=ERROR msg="hook failed" hook=playStream app=a session=s id=ID url=URL/playStream attempts=4 status=0 kind=no_answer action=continue error=EOF`},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				log := new(logged)
				socket := hooktest.NewSocket(t, row.plays)
				client := newClientVia(t, via, socket.URL(), resthook.WithLogger(log.logger()), resthook.WithBackoff(time.Millisecond, time.Millisecond))
				_, err := resthook.PlayStream.Send(t.Context(), client, &resthook.Stream{AppKey: "a", SessionID: "s", Custom: map[string]any{"token": "s3cret"}})
				require.NoError(t, err)
				want := strings.NewReplacer("URL", socket.URL(), "ID", socket.Requests()[0].Header.Get(resthook.HeaderID)).Replace(row.want)
				assert.Equal(t, want, strings.TrimSpace(log.String()))
			})
		}
	})
}

func TestObserverSeesEverything(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		type key struct{}
		var mu sync.Mutex
		var seen []string
		note := func(ctx context.Context, format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			assert.Equal(t, "span", ctx.Value(key{}))
			seen = append(seen, fmt.Sprintf(format, args...))
		}
		socket := hooktest.NewSocket(t, hooktest.AfterRequest(hooktest.FIN), hooktest.Answer(403, ``))
		client := newClientVia(t, via, socket.URL(), resthook.WithBackoff(time.Millisecond, time.Millisecond), resthook.WithObserver(resthook.Observer{
			Start: func(ctx context.Context, s resthook.Start) context.Context {
				ctx = context.WithValue(ctx, key{}, "span")
				note(ctx, "start %s %s %s %s", s.Hook, s.Kind, s.App, s.Session)
				return ctx
			},
			Attempt: func(ctx context.Context, a resthook.Attempt) {
				note(ctx, "attempt %s %d %d %v no answer %v", a.Hook, a.Number, a.Status, a.Reused, errors.Is(a.Err, resthook.ErrNoAnswer))
				assert.Positive(t, a.Duration)
			},
			End: func(ctx context.Context, o resthook.Outcome) {
				note(ctx, "end %s %s %s %d %d denied %v", o.Hook, o.Session, o.Action, o.Attempts, o.Status, resthook.Denied(o.Err))
				assert.Nil(t, o.Payload)
				assert.Positive(t, o.Duration)
			},
		}))
		_, err := resthook.PlayStream.Send(t.Context(), client, &resthook.Stream{AppKey: "a", SessionID: "s"})
		require.NoError(t, err)
		assert.Equal(t, []string{
			"start playStream direct a s",
			"attempt playStream 1 0 false no answer true",
			"attempt playStream 2 403 false no answer false",
			"end playStream s continue 2 403 denied true",
		}, seen)
	})
}

// The outcome of an event says which event it was. Its id is in the request, the error, the
// log and the attempts.
func TestOutcomeNamesItsEvent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := new(logged)
		var attempts []resthook.Attempt
		allow := hooktest.Answer(200, `{}`)
		b := newEventBubble(t, []hooktest.Behaviour{allow, allow, hooktest.Answer(403, ``), allow}, resthook.WithLogger(log.logger()),
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
		assert.Equal(t, resthook.About{MediaSessionID: "m2", Name: "n2", EventStatus: "PUBLISHING"}, all[2].About, "which the policy excludes")
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

// The attempts of an event are numbered over its repeats, as those of a sent hook.
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

// All observers are called, in their order, and each gets the context of the one before.
func TestAllObserversAreCalled(t *testing.T) {
	t.Parallel()
	type key int
	var mu sync.Mutex
	var calls []string
	note := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		calls = append(calls, fmt.Sprintf(format, args...))
	}
	whole := func(n int) resthook.Observer {
		return resthook.Observer{
			Start: func(ctx context.Context, _ resthook.Start) context.Context {
				note("start %d %v", n, ctx.Value(key(n-1)))
				return context.WithValue(ctx, key(n), "from "+strconv.Itoa(n))
			},
			StartAttempt: func(ctx context.Context, a resthook.AttemptStart) context.Context {
				note("request %d %v", n, ctx.Value(key(2)))
				a.Header.Add("X-Trace", strconv.Itoa(n))
				return nil
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
		"start 1 <nil>", "start 2 from 1", "request 1 from 2", "request 2 from 2", "attempt 1 from 2", "attempt 2 from 2", "end 1 from 2", "end 2 from 2",
		"request 1 <nil>", "request 2 <nil>", "attempt 1 <nil>", "attempt 2 <nil>", "event 1 delivered", "event 2 delivered",
	}, calls)
}

// A hook that is refused before it is sent is counted, logged and observed like any other.
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

// So is JSON that is no object.
func TestRefusedJSONIsReported(t *testing.T) {
	t.Parallel()
	log := new(logged)
	client := newClient(t, "http://backend.example", resthook.WithLogger(log.logger()))
	_, err := resthook.PublishStream.SendJSON(t.Context(), client, []byte(`[]`))
	require.ErrorIs(t, err, resthook.ErrConfig)
	assert.Contains(t, lineWith(t, log.String(), "hook failed"), "hook=publishStream ")
	assert.Equal(t, 1, strings.Count(log.String(), "\n"))
}

func TestObserverMayNotify(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newObserving(t, hooktest.Answer(200, `{}`), resthook.WithEventWorkers(1), resthook.WithQueueLimits(resthook.QueueLimits{SessionEvents: 1}))
		s, err := o.client.Resume(&resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		var mu sync.Mutex
		results := map[resthook.EventResult]int{}
		o.observe = func(e resthook.EventOutcome) {
			mu.Lock()
			results[e.Result]++
			again := len(results) < 2 || results[e.Result] < 5
			mu.Unlock()
			if again {
				notify(t, s, "again")
			}
		}
		notify(t, s, "first")
		notify(t, s, "second")
		time.Sleep(time.Second)
		require.NoError(t, s.Disconnect(t.Context()))
		require.NoError(t, o.client.Close(t.Context()))
		assert.GreaterOrEqual(t, results[resthook.EventDelivered], 5)
	})
}

// An observer may disconnect the session whose event was denied or shed.
func TestObserverMayDisconnect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newObserving(t, hooktest.Answer(403, ``), resthook.WithQueueLimits(resthook.QueueLimits{SessionEvents: 1}))
		s, err := o.client.Resume(&resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		var mu sync.Mutex
		var seen []resthook.EventOutcome
		o.observe = func(e resthook.EventOutcome) {
			mu.Lock()
			seen = append(seen, e)
			mu.Unlock()
			assert.NoError(t, s.Disconnect(t.Context()))
		}
		notify(t, s, "n")
		time.Sleep(time.Second)
		require.NoError(t, o.client.Close(t.Context()))
		require.Len(t, seen, 2)
		assert.Equal(t, "ConnectionStatusEvent", seen[1].Hook)
	})
	synctest.Test(t, func(t *testing.T) {
		o := newObserving(t, hooktest.AfterRequest(hooktest.Stall), resthook.WithQueueLimits(resthook.QueueLimits{SessionEvents: 1}))
		s, err := o.client.Resume(&resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		o.observe = func(e resthook.EventOutcome) {
			if e.Result == resthook.EventShed {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_ = s.Disconnect(ctx)
			}
		}
		notify(t, s, "out")
		synctest.Wait()
		notify(t, s, "waits")
		begun := time.Now()
		notify(t, s, "sheds")
		assert.Zero(t, time.Since(begun), "no observer runs on the stack of Notify")
		time.Sleep(time.Hour)
		require.NoError(t, o.client.Close(t.Context()))
		assert.Equal(t, "ConnectionStatusEvent", o.socket.Requests()[1].Hook)
	})
}

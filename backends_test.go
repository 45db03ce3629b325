package resthook_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// several is a client with several backends on virtual time.
type several struct {
	client  *resthook.Client
	network *hooktest.Network
	sockets []*hooktest.Socket
	log     logged
	seen    outcomes

	mu       sync.Mutex
	attempts []resthook.Attempt
}

// newSeveral makes n backends that allow everything, and their client.
func newSeveral(t *testing.T, n int, app resthook.App, opts ...resthook.Option) *several {
	t.Helper()
	s := &several{network: hooktest.NewNetwork()}
	for range n {
		socket := hooktest.NewSocketOn(t, s.network.Listen(), hooktest.Answer(200, `{}`))
		s.sockets = append(s.sockets, socket)
		app.URLs = append(app.URLs, socket.URL())
	}
	client, err := resthook.NewClient(resthook.DefaultConfig(), append(opts,
		resthook.WithApp(app), resthook.WithDialContext(s.network.DialContext), resthook.WithLogger(slog.New(slog.NewTextHandler(&s.log, nil))),
		resthook.WithObserver(resthook.Observer{Event: s.seen.note, Attempt: func(_ context.Context, a resthook.Attempt) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.attempts = append(s.attempts, a)
		}}))...)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_ = client.Close(ctx)
	})
	s.client = client
	return s
}

func (s *several) send(t *testing.T) (took time.Duration, err error) {
	t.Helper()
	begun := time.Now()
	_, err = resthook.PlayHLS.Send(t.Context(), s.client, &resthook.Playback{Name: "n"})
	return time.Since(begun), err
}

// asked is how many requests each backend has had.
func (s *several) asked() (counts []int) {
	for _, one := range s.sockets {
		counts = append(counts, len(one.Requests()))
	}
	return counts
}

func (s *several) down() (down []bool) {
	for _, one := range s.client.Stats().Backends {
		down = append(down, one.Down)
	}
	return down
}

// A hook that never reached a backend goes to the next one at once; the one that is down is
// left alone, and asked again by one hook after a pause.
func TestNextBackendAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, 3, resthook.App{})
		_, err := s.send(t)
		require.NoError(t, err)
		assert.Equal(t, []int{1, 0, 0}, s.asked(), "the first that is well")
		s.sockets[0].Down()
		s.sockets[1].Down()
		took, err := s.send(t)
		require.NoError(t, err)
		assert.Zero(t, took, "no wait")
		assert.Equal(t, []int{1, 0, 1}, s.asked())
		assert.Equal(t, []bool{true, true, false}, s.down())
		for range 200 {
			_, err := s.send(t)
			require.NoError(t, err)
		}
		assert.Equal(t, []int{1, 0, 201}, s.asked())
		assert.Len(t, s.attempts, 1+3+200, "the ones that are down are left alone")

		s.sockets[0].Up()
		time.Sleep(time.Second + 1)
		for range 200 {
			_, err := s.send(t)
			require.NoError(t, err)
		}
		assert.Equal(t, []int{201, 0, 201}, s.asked())
		assert.Equal(t, []bool{false, true, false}, s.down())
		synctest.Wait()
		assert.Len(t, s.log.all("backend down"), 2)
		assert.Len(t, s.log.all("backend back"), 1)
		assert.Contains(t, lineWith(t, s.log.String(), "backend back"), "url="+s.sockets[0].URL())
	})
}

// Attempts are counted over all backends, and one round of them is followed by a wait.
func TestAttemptsOverAllBackends(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, 3, resthook.App{})
		for _, one := range s.sockets {
			one.Down()
		}
		took, err := s.send(t)
		var fault *resthook.Error
		require.ErrorAs(t, err, &fault)
		assert.Equal(t, 4, fault.Attempts)
		assert.Equal(t, s.sockets[0].URL()+"/playHLS", fault.URL)
		assert.True(t, resthook.SafeToRepeat(err))
		assert.True(t, took >= 25*time.Millisecond && took <= 50*time.Millisecond, "one wait: %v", took)
		var urls []string
		for _, a := range s.attempts {
			urls = append(urls, a.URL)
		}
		assert.Equal(t, []string{s.sockets[0].URL() + "/playHLS", s.sockets[1].URL() + "/playHLS", s.sockets[2].URL() + "/playHLS", s.sockets[0].URL() + "/playHLS"}, urls)
	})
}

// Without retries there is one attempt, whatever the number of backends.
func TestNoRetryNoOtherBackend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, 2, resthook.App{})
		cfg := resthook.DefaultConfig()
		cfg.SentRetryEnabled = false
		require.NoError(t, s.client.Reload(cfg))
		s.sockets[0].Down()
		_, err := s.send(t)
		require.ErrorIs(t, err, resthook.ErrUnreachable)
		_, err = s.send(t)
		require.NoError(t, err, "the next hook goes to the other")
	})
}

// A backend that swallows packets costs a hook a second, or half of the time that it has, until
// it is left alone.
func TestBackendBehindABlackHole(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct{ deadline, most time.Duration }{
		"a long deadline":  {time.Minute, time.Second},
		"a short deadline": {800 * time.Millisecond, 400 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSeveral(t, 1, resthook.App{URLs: nil})
				black := "http://" + s.network.BlackHole()
				require.NoError(t, s.client.Reload(resthook.DefaultConfig(), resthook.App{URLs: []string{black, s.sockets[0].URL()}}))
				ctx, cancel := context.WithTimeout(t.Context(), one.deadline)
				defer cancel()
				begun := time.Now()
				_, err := resthook.PlayHLS.Send(ctx, s.client, &resthook.Playback{Name: "n"})
				require.NoError(t, err)
				assert.Equal(t, one.most, time.Since(begun))
				took, err := s.send(t)
				require.NoError(t, err)
				assert.Zero(t, took, "it is left alone")
				assert.Equal(t, []bool{true, false}, s.down())
				synctest.Wait()
				assert.Contains(t, lineWith(t, s.log.String(), "backend down"), "no connection in time, and another backend is well")
			})
		})
	}
}

// A hook that may have been received is not sent to another backend, unless it may be repeated.
// After three in a row, the backend is left alone all the same.
func TestHookThatMayHaveBeenReceived(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		play  hooktest.Behaviour
		opts  []resthook.Option
		fails int // hooks that fail
		asked []int
	}{
		"silence":                      {hooktest.AfterRequest(hooktest.Stall), nil, 3, []int{3, 7}},
		"silence that may be repeated": {hooktest.AfterRequest(hooktest.Stall), []resthook.Option{resthook.WithRetryTimeouts()}, 0, []int{3, 10}},
		"503":                          {hooktest.Answer(503, `{}`), nil, 3, []int{3, 7}},
		"503 that may be repeated":     {hooktest.Answer(503, `{}`), []resthook.Option{resthook.WithRetryStatuses(503)}, 0, []int{3, 10}},
		"429 that may be repeated":     {hooktest.Answer(429, `{}`), []resthook.Option{resthook.WithRetryStatuses(429)}, 0, []int{3, 10}},
		"500":                          {hooktest.Answer(500, `{}`), nil, 10, []int{10, 0}},
		"denied":                       {hooktest.Answer(403, `{}`), nil, 10, []int{10, 0}},
		"no object":                    {hooktest.Answer(200, `[]`), nil, 10, []int{10, 0}},
		"connection lost":              {hooktest.AfterRequest(hooktest.FIN), nil, 0, []int{3, 10}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSeveral(t, 2, resthook.App{}, one.opts...)
				s.sockets[0].Play(one.play)
				failed := 0
				for range 10 {
					if _, err := s.send(t); err != nil {
						failed++
					}
				}
				assert.Equal(t, one.fails, failed)
				got := s.asked()
				assert.Equal(t, one.asked[1], got[1])
				assert.InDelta(t, one.asked[0], got[0], 1, "a probe more, where time has passed")
			})
		})
	}
}

// A caller who gives up says nothing about a backend; one whose deadline ends has waited for it.
func TestWhatACallerSaysOfABackend(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		ctx  func(context.Context) (context.Context, context.CancelFunc)
		down bool
	}{
		"gives up": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return ctx, cancel
		}, false},
		"deadline": {func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSeveral(t, 2, resthook.App{})
				s.sockets[0].Play(hooktest.AfterRequest(hooktest.Stall))
				for range 5 {
					ctx, cancel := one.ctx(t.Context())
					_, err := resthook.PlayHLS.Send(ctx, s.client, &resthook.Playback{Name: "n"})
					cancel()
					if err == nil {
						break
					}
				}
				assert.Equal(t, []bool{one.down, false}, s.down())
			})
		})
	}
}

// Hooks without a session, and sessions, go to the backends in turn.
func TestRoundRobin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, 3, resthook.App{RoundRobin: true})
		for range 30 {
			_, err := s.send(t)
			require.NoError(t, err)
		}
		assert.Equal(t, []int{10, 10, 10}, s.asked())
		var sessions []*resthook.Session
		for i := range 30 {
			session, err := s.client.Connect(t.Context(), &resthook.Connection{SessionID: fmt.Sprint(i)})
			require.NoError(t, err)
			sessions = append(sessions, session)
		}
		assert.Equal(t, []int{20, 20, 20}, s.asked())
		for _, session := range sessions {
			for range 3 {
				publish(t, session)
				notify(t, session, "n")
			}
			require.NoError(t, session.Disconnect(t.Context()))
		}
		assert.Equal(t, []int{90, 90, 90}, s.asked())
		for i, socket := range s.sockets {
			homes := map[string]int{}
			for _, r := range socket.Requests() {
				if id := textOf(r.Body, "sessionId"); id != "" {
					homes[id]++
				}
			}
			assert.Len(t, homes, 10, "backend %d", i)
			for id, hooks := range homes {
				assert.Equal(t, 8, hooks, "session %s stays with backend %d", id, i)
			}
		}
	})
}

// A session stays with the backend that it was moved to while that one is well, also when its
// first one is back, and its events stay in order.
func TestSessionStaysWithItsBackend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, 2, resthook.App{})
		session, err := s.client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		notify(t, session, "n")
		synctest.Wait()
		s.sockets[0].Down()
		for range 5 {
			notify(t, session, "n")
		}
		time.Sleep(time.Minute)
		s.sockets[0].Up()
		_, err = s.send(t)
		require.NoError(t, err)
		assert.Equal(t, []bool{false, false}, s.down())
		for range 5 {
			notify(t, session, "n")
		}
		publish(t, session)
		require.NoError(t, session.Disconnect(t.Context()))
		assert.Equal(t, []int{3, 12}, s.asked(), "connect, an event and the other hook; all others")
		assert.IsIncreasing(t, eventNumbers(s.sockets[1].Requests()))
		addsUp(t, s.client)
		assert.Empty(t, s.log.all("events lost"))
	})
}

// eventNumbers are the places of the events that came, in the order in which they came.
func eventNumbers(requests []hooktest.Request) (all []uint64) {
	for _, r := range requests {
		if r.Hook != "publishStream" {
			all = append(all, r.Sequence())
		}
	}
	return all
}

// Events go to the other backend at once, and all of them when the last one is back.
func TestEventsWhileBackendsAreDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, 2, resthook.App{})
		s.sockets[0].Down()
		session, err := s.client.Resume(&resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		begun := time.Now()
		notify(t, session, "n")
		synctest.Wait()
		assert.Equal(t, 1, s.seen.count(resthook.EventDelivered))
		assert.Zero(t, time.Since(begun))
		s.sockets[1].Down()
		for range 100 {
			notify(t, session, "n")
		}
		time.Sleep(time.Minute)
		assert.Equal(t, []bool{true, true}, s.down())
		s.sockets[1].Up()
		time.Sleep(time.Minute)
		assert.Equal(t, 101, s.seen.count(resthook.EventDelivered))
		assert.Equal(t, []int{0, 101}, s.asked())
		assert.IsIncreasing(t, eventNumbers(s.sockets[1].Requests()))
	})
}

// An event whose connection was lost goes to the other backend, at once.
func TestEventGoesToTheOtherBackend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, 2, resthook.App{})
		s.sockets[0].Play(hooktest.AfterRequest(hooktest.FIN))
		session, err := s.client.Resume(&resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		begun := time.Now()
		notify(t, session, "n")
		synctest.Wait()
		assert.Zero(t, time.Since(begun))
		assert.Equal(t, []int{1, 1}, s.asked())
		assert.Equal(t, 1, s.seen.count(resthook.EventDelivered))
	})
}

// What is known of a backend outlives a Reload, also where its place among the URLs is another.
func TestReloadKeepsWhatIsKnownOfABackend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, 2, resthook.App{})
		s.sockets[0].Down()
		_, err := s.send(t)
		require.NoError(t, err)
		require.NoError(t, s.client.Reload(resthook.DefaultConfig()))
		assert.Equal(t, []bool{true, false}, s.down())
		require.NoError(t, s.client.Reload(resthook.DefaultConfig(), resthook.App{URLs: []string{s.sockets[1].URL(), s.sockets[0].URL(), "http://new.example"}}))
		assert.Equal(t, []bool{false, true, false}, s.down())
		_, err = s.send(t)
		require.NoError(t, err)
		assert.Len(t, s.attempts, 3, "the one that is down was left alone")
	})
}

// A session begins with the backend that has let it in.
func TestSessionBeginsWithTheBackendOfItsConnect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, 2, resthook.App{})
		s.sockets[0].Down()
		session, err := s.client.Connect(t.Context(), &resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		s.sockets[0].Up()
		time.Sleep(time.Minute)
		_, err = s.send(t)
		require.NoError(t, err)
		assert.Equal(t, []int{1, 1}, s.asked(), "the first is back")
		publish(t, session)
		assert.Equal(t, []int{1, 2}, s.asked())
	})
}

// What could not be trusted was not sent, so that it goes to another backend, an event too. It
// is not repeated where there is none.
func TestUntrustedBackend(t *testing.T) {
	t.Parallel()
	untrusted := hooktest.NewTLSSocket(t, hooktest.Trusted, hooktest.Answer(200, `{}`))
	good := hooktest.NewSocket(t, hooktest.Answer(200, `{}`))
	client := makeClient(t, resthook.DefaultConfig(), resthook.WithApp(resthook.App{URLs: []string{untrusted.URL(), good.URL()}}), resthook.WithLogger(new(logged).logger()))
	_, err := resthook.PlayHLS.Send(t.Context(), client, &resthook.Playback{Name: "n"})
	require.NoError(t, err)
	require.NoError(t, client.Reload(resthook.DefaultConfig(), resthook.App{URLs: []string{untrusted.URL() + "/fresh", good.URL()}}))
	require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), client, &resthook.Stream{Status: resthook.StreamPublishing}))
	require.NoError(t, good.Wait(t.Context(), 2))

	require.NoError(t, client.Reload(resthook.DefaultConfig(), resthook.App{URL: untrusted.URL()}))
	_, err = resthook.PlayHLS.Send(t.Context(), client, &resthook.Playback{Name: "n"})
	var fault *resthook.Error
	require.ErrorAs(t, err, &fault)
	require.ErrorIs(t, err, resthook.ErrTLS)
	assert.Equal(t, 1, fault.Attempts)
	assert.Empty(t, untrusted.Requests())
}

// Events of many sessions that find the first backend down do not wait for each other: the
// second one is well.
func TestManyEventsFindABackendDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, 2, resthook.App{})
		s.sockets[0].Down()
		begun := time.Now()
		for i := range 200 {
			session, err := s.client.Resume(&resthook.Connection{SessionID: fmt.Sprint(i)})
			require.NoError(t, err)
			notify(t, session, "n")
		}
		for s.seen.count(resthook.EventDelivered) < 200 {
			synctest.Wait()
			if s.seen.count(resthook.EventDelivered) < 200 {
				time.Sleep(time.Millisecond)
			}
		}
		assert.LessOrEqual(t, time.Since(begun), 70*time.Millisecond, "unknown lanes may have to wait for places, 20 ms and more")
		assert.Equal(t, []int{0, 200}, s.asked())
	})
}

// Of 200 hooks that come in the moment when a pause is over, one asks the backend that is down.
func TestOneHookProbes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, 2, resthook.App{})
		s.sockets[0].Down()
		_, err := s.send(t)
		require.NoError(t, err)
		s.attempts = nil
		time.Sleep(time.Second + 1)
		var all sync.WaitGroup
		for range 200 {
			all.Go(func() {
				_, err := s.send(t)
				assert.NoError(t, err)
			})
		}
		all.Wait()
		assert.Len(t, s.attempts, 201)
	})
}

// A transport that panics in a probe does not keep the backend from being asked ever again.
func TestPanicInAProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		panics := false
		var s *several
		s = newSeveral(t, 2, resthook.App{}, resthook.WithObserver(resthook.Observer{
			StartAttempt: func(ctx context.Context, a resthook.AttemptStart) context.Context {
				if panics && a.URL == s.sockets[0].URL()+"/playHLS" {
					panic("in the observer")
				}
				return ctx
			},
		}))
		s.sockets[0].Down()
		_, err := s.send(t)
		require.NoError(t, err)
		time.Sleep(time.Second + 1)
		panics = true
		assert.Panics(t, func() { _, _ = s.send(t) })
		panics = false
		s.sockets[0].Up()
		_, err = s.send(t)
		require.NoError(t, err)
		assert.Equal(t, []bool{false, false}, s.down())
	})
}

func TestURLsAreChecked(t *testing.T) {
	t.Parallel()
	many := make([]string, 17)
	for i := range many {
		many[i] = fmt.Sprintf("http://backend-%d.example", i)
	}
	for name, one := range map[string]struct {
		app  resthook.App
		want string
	}{
		"both":           {resthook.App{URL: "http://a.example", URLs: []string{"http://b.example"}}, "both a url and urls"},
		"none":           {resthook.App{URLs: []string{}}, `url "": an app needs one`},
		"an empty one":   {resthook.App{URLs: []string{"http://a.example", ""}}, `url ""`},
		"too many":       {resthook.App{URLs: many}, "17 urls: at most 16"},
		"twice":          {resthook.App{URLs: []string{"http://a.example/x", "http://a.example/x/"}}, `url "http://a.example/x" is there twice`},
		"a bad one":      {resthook.App{URLs: []string{"http://a.example", "ftp://u:secret@b.example"}}, `b.example`},
		"users and user": {resthook.App{Username: "u", URLs: []string{"http://a.example", "http://u:secret@b.example"}}, "a user name both in the url and beside it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(one.app))
			require.ErrorIs(t, err, resthook.ErrConfig)
			require.ErrorContains(t, err, one.want)
			assert.NotContains(t, err.Error(), "secret")
		})
	}
}

// Each URL may have its own user.
func TestUsersOfSeveralURLs(t *testing.T) {
	t.Parallel()
	first, second := hooktest.NewSocket(t, hooktest.Answer(200, `{}`)), hooktest.NewSocket(t, hooktest.Answer(200, `{}`))
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{RoundRobin: true, URLs: []string{
		"http://one:1@" + first.Addr(), "http://two:2@" + second.Addr(),
	}}))
	require.NoError(t, err)
	defer closeClient(t, client)
	for range 2 {
		_, err := resthook.PlayHLS.Send(t.Context(), client, &resthook.Playback{Name: "n"})
		require.NoError(t, err)
	}
	assert.Equal(t, "Basic b25lOjE=", first.Requests()[0].Header.Get("Authorization"))
	assert.Equal(t, "Basic dHdvOjI=", second.Requests()[0].Header.Get("Authorization"))
}

// Sessions that connect one after the other are spread over any number of backends, and those of
// one app are not displaced by another.
func TestRoundRobinOfConnects(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 3, 4} {
		synctest.Test(t, func(t *testing.T) {
			s := newSeveral(t, n, resthook.App{Key: "a", RoundRobin: true})
			var urls []string
			for _, one := range s.sockets {
				urls = append(urls, one.URL()+"/b")
			}
			require.NoError(t, s.client.Reload(resthook.DefaultConfig(),
				resthook.App{Key: "a", URLs: []string{urls[0][:len(urls[0])-2], urls[1][:len(urls[1])-2]}, RoundRobin: true},
				resthook.App{Key: "b", URLs: urls, RoundRobin: true}))
			for i := range 12 {
				for _, key := range []string{"a", "b"} {
					session, err := s.client.Connect(t.Context(), &resthook.Connection{AppKey: key, SessionID: fmt.Sprint(key, i)})
					require.NoError(t, err)
					publish(t, session)
				}
			}
			ofA, ofB := make([]int, n), make([]int, n)
			for i, one := range s.sockets {
				for _, r := range one.Requests() {
					if textOf(r.Body, "appKey") == "a" {
						ofA[i]++
					} else {
						ofB[i]++
					}
				}
			}
			assert.Equal(t, []int{12, 12}, ofA[:2])
			for i := range ofB {
				assert.Equal(t, 24/n, ofB[i], "backend %d of %d", i, n)
			}
		})
	}
}

// The sessions of a backend that goes down are spread over the others.
func TestRoundRobinOfMovedSessions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, 3, resthook.App{RoundRobin: true})
		var sessions []*resthook.Session
		for i := range 30 {
			session, err := s.client.Connect(t.Context(), &resthook.Connection{SessionID: fmt.Sprint(i)})
			require.NoError(t, err)
			sessions = append(sessions, session)
		}
		s.sockets[1].Down()
		for _, session := range sessions {
			publish(t, session)
		}
		got := s.asked()
		assert.Equal(t, 10, got[1])
		assert.InDelta(t, 25, got[0], 1)
		assert.Equal(t, 60, got[0]+got[1]+got[2])
	})
}

// Where only sessions are active, one of their hooks asks a backend that is down, five seconds
// after its pause.
func TestSessionsProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, 2, resthook.App{})
		s.sockets[0].Down()
		var sessions []*resthook.Session
		for i := range 10 {
			session, err := s.client.Connect(t.Context(), &resthook.Connection{SessionID: fmt.Sprint(i)})
			require.NoError(t, err)
			sessions = append(sessions, session)
		}
		s.sockets[0].Up()
		for range 70 {
			for _, session := range sessions {
				publish(t, session)
			}
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		assert.Equal(t, []bool{false, false}, s.down())
		assert.Len(t, s.log.all("backend back"), 1)
		homes := map[string]bool{}
		for _, r := range s.sockets[0].Requests() {
			homes[textOf(r.Body, "sessionId")] = true
		}
		assert.Len(t, homes, 1, "the others stay where they are")
	})
}

// The only backend of an app is down in Stats when the log says so.
func TestDownOfTheOnlyBackend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, 1, resthook.App{})
		s.sockets[0].Down()
		_, err := s.send(t)
		require.Error(t, err)
		assert.Equal(t, []bool{false}, s.down())
		assert.Empty(t, s.log.all("backend down"))
		for range 3 {
			require.NoError(t, resthook.StreamStatusEvent.Notify(t.Context(), s.client, &resthook.Stream{Status: resthook.StreamPublishing}))
		}
		time.Sleep(time.Second)
		assert.Equal(t, []bool{true}, s.down())
		assert.Len(t, s.log.all("backend down"), 1)
	})
}

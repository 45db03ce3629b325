package resthook_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/h1/situation"
)

func TestHookPolicyErrors(t *testing.T) {
	t.Parallel()
	with := resthook.WithHookPolicy
	for name, row := range map[string]struct {
		opts []resthook.Option
		says string
	}{
		"nil method":       {[]resthook.Option{with(nil, resthook.HookPolicy{})}, "a nil method"},
		"zero hook":        {[]resthook.Option{with(resthook.Hook[resthook.Stream]{}, resthook.HookPolicy{})}, "NewHook did not make"},
		"twice":            {[]resthook.Option{with(resthook.PlayHLS, resthook.HookPolicy{}), with(resthook.PlayHLS, resthook.HookPolicy{Retries: 1})}, "two hook policies of playHLS"},
		"negative timeout": {[]resthook.Option{with(resthook.Connect, resthook.HookPolicy{Timeout: -1})}, "hook policy of connect: a time below 0"},
		"negative total":   {[]resthook.Option{with(resthook.Connect, resthook.HookPolicy{Total: -time.Second})}, "-1s in total"},
		"retries":          {[]resthook.Option{with(resthook.Connect, resthook.HookPolicy{Retries: -2})}, "-2 retries"},
		"many retries":     {[]resthook.Option{with(resthook.Connect, resthook.HookPolicy{Retries: 1_000_001})}, "1000001 retries"},
		"status":           {[]resthook.Option{with(resthook.Connect, resthook.HookPolicy{RetryStatuses: []int{503, 200}})}, "retry status 200"},
	} {
		_, err := resthook.NewClient(resthook.DefaultConfig(), append(row.opts, resthook.WithApp(resthook.App{URL: "http://h"}))...)
		require.ErrorIs(t, err, resthook.ErrConfig, name)
		require.ErrorContains(t, err, row.says, name)
	}
}

func TestHookPolicyBoundsEachAttemptOfItsMethod(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for config, timeout := range map[string]time.Duration{"beside a limit": 15 * time.Second, "without": 0} {
			t.Run(config, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					cfg := resthook.DefaultConfig()
					cfg.RequestTimeout = timeout
					b := newBubbleVia(t, via, cfg, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)},
						resthook.WithHookPolicy(resthook.Connect, resthook.HookPolicy{Timeout: 2 * time.Second}))
					err := b.send(t.Context())
					require.ErrorIs(t, err, resthook.ErrTimeout)
					require.ErrorContains(t, err, "HookPolicy.Timeout is over")
					assert.Equal(t, 2*time.Second, time.Since(b.begun))
					ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
					defer cancel()
					_, err = resthook.PlayHLS.Send(ctx, b.client, &resthook.Playback{Name: "cam"})
					if timeout > 0 {
						require.ErrorIs(t, err, resthook.ErrTimeout)
						assert.ErrorContains(t, err, "rest_request_timeout is over")
					} else {
						assert.ErrorIs(t, err, resthook.ErrCanceled)
					}
				})
			})
		}
	})
}

// When Total ends, that is a time-out, whatever the attempt was doing.
func TestHookPolicyTotalIsATimeout(t *testing.T) {
	t.Parallel()
	const total = 500 * time.Millisecond
	overBothTransports(t, func(t *testing.T, via transport) {
		for name, row := range map[string]struct {
			play   hooktest.Behaviour
			policy resthook.HookPolicy
		}{
			"first attempt":  {hooktest.AfterRequest(hooktest.Stall), resthook.HookPolicy{Total: total, RetryTimeouts: true}},
			"in the body":    {hooktest.InBody(hooktest.Stall), resthook.HookPolicy{Total: total}},
			"longer attempt": {hooktest.AfterRequest(hooktest.Stall), resthook.HookPolicy{Total: total, Timeout: time.Second}},
			"third attempt":  {hooktest.AfterRequest(hooktest.Stall), resthook.HookPolicy{Total: total, Timeout: 175 * time.Millisecond, RetryTimeouts: true}},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newBubbleVia(t, via, resthook.DefaultConfig(), []hooktest.Behaviour{row.play}, resthook.WithHookPolicy(resthook.Connect, row.policy))
					_, err := b.client.Connect(t.Context(), &resthook.Connection{})
					require.ErrorIs(t, err, resthook.ErrTimeout)
					require.NotErrorIs(t, err, resthook.ErrCanceled)
					require.ErrorIs(t, err, context.DeadlineExceeded)
					require.ErrorContains(t, err, "HookPolicy.Total is over")
					failed, _ := errors.AsType[*resthook.Error](err)
					assert.True(t, failed.Timeout())
					assert.Equal(t, total, time.Since(b.begun))
				})
			})
		}
	})
}

func TestHookPolicyTotalWhileConnecting(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		synctest.Test(t, func(t *testing.T) {
			network := hooktest.NewNetwork()
			cfg := resthook.DefaultConfig()
			client := makeClient(t, cfg, append(via.options(t, situation.Settings{Limit: cfg.MaxConnections, Dial: traced(network.DialContext)}),
				resthook.WithApp(resthook.App{URL: "http://" + network.BlackHole()}),
				resthook.WithHookPolicy(resthook.Connect, resthook.HookPolicy{Total: time.Second}))...)
			begun := time.Now()
			_, err := client.Connect(t.Context(), &resthook.Connection{})
			require.ErrorIs(t, err, resthook.ErrTimeout)
			require.ErrorContains(t, err, "connecting: HookPolicy.Total is over")
			assert.True(t, resthook.SafeToRepeat(err))
			assert.Equal(t, time.Second, time.Since(begun))
		})
	})
}

func TestHookPolicyTotalWhileNoConnectionIsFree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := resthook.DefaultConfig()
		cfg.MaxConnections = 1
		b := newBubble(t, cfg, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)},
			resthook.WithHookPolicy(resthook.PlayHLS, resthook.HookPolicy{Total: time.Second, RetryTimeouts: true}))
		holds := make(chan error, 1)
		go func() { holds <- b.send(t.Context()) }()
		synctest.Wait()
		_, err := resthook.PlayHLS.Send(t.Context(), b.client, &resthook.Playback{Name: "cam"})
		require.ErrorIs(t, err, resthook.ErrTimeout)
		require.ErrorContains(t, err, "waiting for a free connection: HookPolicy.Total is over")
		assert.Equal(t, time.Second, time.Since(b.begun))
		require.ErrorIs(t, <-holds, resthook.ErrTimeout)
	})
}

// A retry that would begin after Total is not made, and the failure keeps its kind. The
// caller's own deadline is named where that comes first.
func TestHookPolicyTotalBoundsTheRetries(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		patience time.Duration
		says     string
	}{
		"total":      {time.Minute, "no further attempt fits into HookPolicy.Total"},
		"the caller": {time.Second, "no further attempt fits before the deadline"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubble(t, retrying(1000), []hooktest.Behaviour{hooktest.AfterRequest(hooktest.FIN)},
					resthook.WithHookPolicy(resthook.Connect, resthook.HookPolicy{Total: 3 * time.Second}))
				ctx, cancel := context.WithTimeout(t.Context(), row.patience)
				defer cancel()
				err := b.send(ctx)
				require.ErrorIs(t, err, resthook.ErrNoAnswer)
				require.ErrorContains(t, err, row.says)
				assert.Less(t, time.Since(b.begun), min(3*time.Second, row.patience))
				assert.Greater(t, len(b.socket.Requests()), 3)
			})
		})
	}
}

func TestHookPolicyRetries(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		config  int
		off     bool
		retries int
		want    int // requests
	}{
		"fewer":                {3, false, 1, 2},
		"more":                 {0, false, 5, 6},
		"none":                 {3, false, resthook.NoRetry, 1},
		"as the config has it": {2, false, 0, 3},
		"switched off":         {3, true, 5, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg := retrying(row.config)
				cfg.SentRetryEnabled = !row.off
				b := newBubble(t, cfg, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.FIN)},
					resthook.WithHookPolicy(resthook.Connect, resthook.HookPolicy{Retries: row.retries}),
					resthook.WithHookPolicy(resthook.PlayRTSP, resthook.HookPolicy{Retries: 9}))
				require.ErrorIs(t, b.send(t.Context()), resthook.ErrNoAnswer)
				assert.Len(t, b.socket.Requests(), row.want)
			})
		})
	}
}

func TestHookPolicyStatuses(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]struct{ connect, play int }{503: {3, 1}, 502: {3, 3}, 504: {1, 1}} {
		synctest.Test(t, func(t *testing.T) {
			b := newBubble(t, retrying(2), []hooktest.Behaviour{hooktest.Answer(status, ``)},
				resthook.WithHookPolicy(resthook.Connect, resthook.HookPolicy{RetryStatuses: []int{503}}),
				resthook.WithRetryStatuses(502), resthook.WithEventRetryStatuses(504))
			require.ErrorIs(t, b.send(t.Context()), resthook.ErrStatus)
			assert.Len(t, b.socket.Requests(), want.connect, "connect, %d", status)
			_, err := resthook.PlayHLS.Send(t.Context(), b.client, &resthook.Playback{Name: "cam"})
			require.ErrorIs(t, err, resthook.ErrStatus)
			assert.Len(t, b.socket.Requests(), want.connect+want.play, "playHLS, %d", status)
		})
	}
}

// Of the policy of an event, all but Total holds.
func TestHookPolicyOfEvents(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		policy resthook.HookPolicy
		play   []hooktest.Behaviour
		result resthook.EventResult
		asked  int
		took   time.Duration // at least; a second more at most
	}{
		"timeout": {resthook.HookPolicy{Timeout: time.Second}, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)}, resthook.EventFailed, 1, time.Second},
		"no retry": {
			resthook.HookPolicy{Retries: resthook.NoRetry},
			[]hooktest.Behaviour{hooktest.AfterRequest(hooktest.FIN), hooktest.Answer(200, `{}`)},
			resthook.EventFailed, 1, 0,
		},
		"statuses": {
			resthook.HookPolicy{RetryStatuses: []int{503}},
			[]hooktest.Behaviour{hooktest.Answer(503, ``), hooktest.Answer(504, ``), hooktest.Answer(200, `{}`)},
			resthook.EventDelivered, 3, 0,
		},
		"timeouts": {
			resthook.HookPolicy{Timeout: 2 * time.Second, RetryTimeouts: true},
			[]hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall), hooktest.Answer(200, `{}`)},
			resthook.EventDelivered, 2, 2 * time.Second,
		},
		"total": {resthook.HookPolicy{Total: time.Millisecond}, []hooktest.Behaviour{hooktest.Late(5*time.Second, hooktest.Answer(200, `{}`))}, resthook.EventDelivered, 1, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newEventBubble(t, row.play, resthook.WithHookPolicy(resthook.StreamStatusEvent, row.policy), resthook.WithEventRetryStatuses(504))
				notify(t, b.session(t, "s"), "n")
				time.Sleep(time.Minute) // virtual
				require.Len(t, b.seen.list(), 1)
				end := b.seen.list()[0]
				assert.Equal(t, row.result, end.Result, "%v", end.Err)
				assert.Len(t, b.socket.Requests(), row.asked)
				assert.GreaterOrEqual(t, end.Queued, row.took)
				assert.Less(t, end.Queued, row.took+time.Second)
			})
		})
	}
}

// A player waits no longer than the policy says, and those who ask at once share the
// failure: it is not one of a caller who gave up.
func TestHookPolicyOfPlayers(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]hooktest.Behaviour{"stall": hooktest.AfterRequest(hooktest.Stall), "lost": hooktest.AfterRequest(hooktest.FIN)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cfg := admitting()
				cfg.RetryCount = 1000
				b := newBubble(t, cfg, []hooktest.Behaviour{play}, resthook.WithHookPolicy(resthook.PlayHLS, resthook.HookPolicy{Total: 500 * time.Millisecond}))
				var players sync.WaitGroup
				for range 5 {
					players.Go(func() {
						err := b.client.AdmitHLS(t.Context(), viewer("t"))
						assert.Error(t, err)
						assert.NotErrorIs(t, err, resthook.ErrCanceled)
						assert.LessOrEqual(t, time.Since(b.begun), 500*time.Millisecond)
					})
				}
				players.Wait()
			})
		})
	}
}

// Under FAIL, a stream ends that the backend does not allow to go on in the time of the
// policy.
func TestHookPolicyOfKeepAlives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		socket := hooktest.NewSocketOn(t, network.Listen(), hooktest.AfterRequest(hooktest.Stall))
		client := makeClient(t, keepingAlive(), resthook.WithDialContext(network.DialContext), resthook.WithApp(resthook.App{URL: socket.URL()}),
			resthook.WithHookPolicy(resthook.StreamKeepAliveEvent, resthook.HookPolicy{Timeout: time.Second}))
		s := sessionUnder(t, client, resthook.Connection{SessionID: "s"}, `{"StreamKeepAliveEvent":{"restOnError":"FAIL"}}`)
		var ended atomic.Bool
		_, err := s.KeepAlive(&resthook.Stream{Name: "n"}, func(resthook.Info) { ended.Store(true) })
		require.NoError(t, err)
		time.Sleep(12 * time.Second) // virtual
		synctest.Wait()
		assert.True(t, ended.Load())
	})
}

// A policy is the client's own: the list that it was made with may be used again.
func TestHookPolicyIsCopied(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		socket := hooktest.NewSocketOn(t, network.Listen(), hooktest.Answer(503, ``))
		statuses := []int{503}
		option := resthook.WithHookPolicy(resthook.Connect, resthook.HookPolicy{RetryStatuses: statuses})
		statuses[0] = 504
		client := makeClient(t, retrying(1), option, resthook.WithDialContext(network.DialContext), resthook.WithApp(resthook.App{URL: socket.URL()}))
		_, err := client.Connect(t.Context(), &resthook.Connection{})
		require.ErrorIs(t, err, resthook.ErrStatus)
		assert.Len(t, socket.Requests(), 2)
	})
}

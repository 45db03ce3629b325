package resthook_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/h1/situation"
)

func TestBackoffDoublesWithJitterUpToItsCeiling(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		seen := map[time.Duration]bool{}
		for range 5 {
			synctest.Test(t, func(t *testing.T) {
				b := newBubbleVia(t, via, retrying(7), []hooktest.Behaviour{hooktest.AfterRequest(hooktest.FIN)})
				require.ErrorIs(t, b.send(t.Context()), resthook.ErrNoAnswer)
				gaps := b.gaps()
				require.Len(t, gaps, 7)
				for i, ms := range []int{50, 100, 200, 400, 800, 1000, 1000} {
					most := time.Duration(ms) * time.Millisecond
					assert.GreaterOrEqual(t, gaps[i], most/2, "wait %d", i+1)
					assert.LessOrEqual(t, gaps[i], most, "wait %d", i+1)
					seen[gaps[i]] = true
				}
			})
		}
		assert.Greater(t, len(seen), 20, "35 waits with jitter differ")
	})
}

func TestRetryAfterIsAFloorWithinTheCeiling(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for header, want := range map[string][2]time.Duration{
			"1":                             {500 * time.Millisecond, 500 * time.Millisecond}, // capped
			"0":                             {50 * time.Millisecond, 100 * time.Millisecond},
			"9999999999":                    {500 * time.Millisecond, 500 * time.Millisecond},
			"99999999999999999999999":       {50 * time.Millisecond, 100 * time.Millisecond}, // no number of seconds
			"-5":                            {50 * time.Millisecond, 100 * time.Millisecond},
			"1.5":                           {50 * time.Millisecond, 100 * time.Millisecond},
			"soon":                          {50 * time.Millisecond, 100 * time.Millisecond},
			"Fri, 31 Dec 9999 23:59:59 GMT": {500 * time.Millisecond, 500 * time.Millisecond},
			"Sat, 01 Jan 2000 00:00:00 GMT": {50 * time.Millisecond, 100 * time.Millisecond},
		} {
			t.Run(header, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newBubbleVia(t, via, retrying(1), []hooktest.Behaviour{
						hooktest.Answer(503, ``, "Retry-After: "+header),
						hooktest.Answer(200, `{}`),
					}, resthook.WithRetryStatuses(http.StatusServiceUnavailable), resthook.WithBackoff(100*time.Millisecond, 500*time.Millisecond))
					require.NoError(t, b.send(t.Context()))
					require.Len(t, b.gaps(), 1)
					assert.GreaterOrEqual(t, b.gaps()[0], want[0])
					assert.LessOrEqual(t, b.gaps()[0], want[1])
				})
			})
		}
	})
}

func TestRetryStatusesAreThoseNamed(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for status, want := range map[int]int{502: 3, 503: 3, 500: 1, 403: 1} {
			synctest.Test(t, func(t *testing.T) {
				b := newBubbleVia(t, via, retrying(2), []hooktest.Behaviour{hooktest.Answer(status, ``)}, resthook.WithRetryStatuses(502, 503))
				err := b.send(t.Context())
				require.ErrorIs(t, err, resthook.ErrStatus)
				assert.Len(t, b.socket.Requests(), want, "status %d", status)
				assert.Equal(t, 1, b.socket.Accepted(), "connections for status %d", status)
			})
		}
	})
}

func TestRetryTimeoutsAreAnOption(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		synctest.Test(t, func(t *testing.T) {
			b := newBubbleVia(t, via, retrying(2), []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)}, resthook.WithRetryTimeouts())
			require.ErrorIs(t, b.send(t.Context()), resthook.ErrTimeout)
			assert.Equal(t, 3, b.socket.Accepted())
			assert.GreaterOrEqual(t, time.Since(b.begun), 45*time.Second, "three attempts of 15 s")
			assert.Less(t, time.Since(b.begun), 46*time.Second)
		})
	})
}

func TestTimeoutBoundsEachAttempt(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for name, script := range map[string]hooktest.Behaviour{
			"before the status": hooktest.AfterRequest(hooktest.Stall),
			"in the body":       hooktest.InBody(hooktest.Stall),
			"drip":              hooktest.Drip(time.Second, 200, `{"name":"longer than fifteen bytes"}`),
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newBubbleVia(t, via, resthook.DefaultConfig(), []hooktest.Behaviour{script})
					require.ErrorIs(t, b.send(t.Context()), resthook.ErrTimeout)
					assert.Equal(t, 15*time.Second, time.Since(b.begun))
				})
			})
		}
	})
}

func TestNoTimeoutWaitsAsLongAsTheCaller(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		synctest.Test(t, func(t *testing.T) {
			cfg := resthook.DefaultConfig()
			cfg.RequestTimeout = 0
			b := newBubbleVia(t, via, cfg, []hooktest.Behaviour{hooktest.Late(time.Hour, hooktest.Answer(200, `{}`))})
			require.NoError(t, b.send(t.Context()))
			assert.GreaterOrEqual(t, time.Since(b.begun), time.Hour)
		})
	})
}

// A denial is its status: a body that never ends does not delay it.
func TestStatusIsNotHeldUpByItsBody(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for name, timeout := range map[string]time.Duration{"with a limit": 15 * time.Second, "without": 0} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					cfg := resthook.DefaultConfig()
					cfg.RequestTimeout = timeout
					b := newBubbleVia(t, via, cfg, []hooktest.Behaviour{hooktest.AnswerRaw("HTTP/1.1 403 Forbidden\r\nContent-Length: 10\r\n\r\nno", hooktest.Stall)})
					err := b.send(t.Context())
					require.ErrorIs(t, err, resthook.ErrStatus)
					assert.True(t, resthook.Denied(err))
					assert.Less(t, time.Since(b.begun), time.Second)
				})
			})
		}
	})
}

func TestDialTimeoutIsUnreachableAndRepeated(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		synctest.Test(t, func(t *testing.T) {
			network := hooktest.NewNetwork()
			cfg := retrying(1)
			cfg.RequestTimeout = time.Second
			client := makeClient(t, cfg, append(via.options(t, situation.Settings{Limit: cfg.MaxConnections, Dial: traced(network.DialContext)}),
				resthook.WithApp(resthook.App{URL: "http://" + network.BlackHole()}))...)
			_, err := resthook.Connect.Send(t.Context(), client, &resthook.Connection{})
			require.ErrorIs(t, err, resthook.ErrUnreachable)
			failed, _ := errors.AsType[*resthook.Error](err)
			assert.Equal(t, 2, failed.Attempts)
		})
	})
}

func TestWaitForAConnectionIsATimeout(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		synctest.Test(t, func(t *testing.T) {
			cfg := resthook.DefaultConfig()
			cfg.MaxConnections, cfg.RequestTimeout = 1, 0
			b := newBubbleVia(t, via, cfg, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)}, resthook.WithRetryTimeouts())
			ctx, release := context.WithCancel(t.Context())
			holds := make(chan error, 1)
			go func() { holds <- b.send(ctx) }() // for as long as it likes
			synctest.Wait()
			cfg.RequestTimeout = 15 * time.Second
			require.NoError(t, b.client.Reload(cfg))
			err := b.send(t.Context())
			require.ErrorIs(t, err, resthook.ErrTimeout)
			assert.ErrorContains(t, err, "waiting for a free connection")
			failed, _ := errors.AsType[*resthook.Error](err)
			assert.Zero(t, failed.Attempts, "none was begun")
			assert.True(t, resthook.SafeToRepeat(err))
			assert.Equal(t, 15*time.Second, time.Since(b.begun))
			assert.Equal(t, 1, b.socket.Accepted(), "never a second connection while the first is open")
			release()
			require.ErrorIs(t, <-holds, resthook.ErrCanceled)
		})
	})
}

func TestStaleConnectionIsReplacedAtOnce(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		for name, end := range map[string]hooktest.Ending{"FIN": hooktest.FIN, "RST": hooktest.RST} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newBubbleVia(t, via, resthook.DefaultConfig(), []hooktest.Behaviour{
						hooktest.AtNextRequest(200, `{}`, end), hooktest.Answer(200, `{}`),
					})
					require.NoError(t, b.send(t.Context()))
					begun := time.Now()
					require.NoError(t, b.send(t.Context()))
					assert.Zero(t, time.Since(begun), "no wait before the repeat")
					assert.Equal(t, 2, b.socket.Accepted())
					assert.Len(t, b.socket.Requests(), 3, "each attempt is one request, net/http adds none")
				})
			})
		}
	})
}

func TestStaleConnectionWithoutRetriesIsAnError(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		synctest.Test(t, func(t *testing.T) {
			b := newBubbleVia(t, via, retrying(0), []hooktest.Behaviour{
				hooktest.AtNextRequest(200, `{}`, hooktest.FIN), hooktest.Answer(200, `{}`),
			})
			require.NoError(t, b.send(t.Context()))
			require.ErrorIs(t, b.send(t.Context()), resthook.ErrNoAnswer)
			assert.Len(t, b.socket.Requests(), 2)
		})
	})
}

// The repeat after a failure on a new connection waits.
func TestOnlyTheFirstRepeatGoesOutAtOnce(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		synctest.Test(t, func(t *testing.T) {
			b := newBubbleVia(t, via, retrying(2), []hooktest.Behaviour{
				hooktest.AtNextRequest(200, `{}`, hooktest.FIN), hooktest.AfterRequest(hooktest.FIN),
			})
			require.NoError(t, b.send(t.Context()))
			require.ErrorIs(t, b.send(t.Context()), resthook.ErrNoAnswer)
			gaps := b.gaps()
			require.Len(t, gaps, 3)
			assert.Zero(t, gaps[1])
			assert.GreaterOrEqual(t, gaps[2], 50*time.Millisecond)
		})
	})
}

func TestAllAttemptsSendTheSameBytes(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		synctest.Test(t, func(t *testing.T) {
			cfg := resthook.DefaultConfig()
			cfg.SendHash, cfg.SecretKey = true, resthook.NewSecret("k")
			b := newBubbleVia(t, via, cfg, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.FIN)})
			require.ErrorIs(t, b.send(t.Context()), resthook.ErrNoAnswer)
			seen := b.socket.Requests()
			require.Len(t, seen, 4)
			for _, request := range seen {
				assert.Equal(t, `{"sessionId":"s"}`, string(request.Body))
				assert.Equal(t, seen[0].Header, request.Header)
				assert.Equal(t, "17", request.Header.Get("Content-Length"))
			}
		})
	})
}

func TestDeadlineBoundsAllAttempts(t *testing.T) {
	t.Parallel()
	overBothTransports(t, func(t *testing.T, via transport) {
		t.Run("in an attempt", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubbleVia(t, via, resthook.DefaultConfig(), []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)})
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				err := b.send(ctx)
				require.ErrorIs(t, err, resthook.ErrCanceled)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				assert.NotErrorIs(t, err, resthook.ErrTimeout)
				assert.Equal(t, time.Second, time.Since(b.begun))
			})
		})
		t.Run("a wait that does not fit is not begun", func(t *testing.T) {
			t.Parallel()
			for range 20 { // the wait is random
				synctest.Test(t, func(t *testing.T) {
					b := newBubbleVia(t, via, retrying(3), []hooktest.Behaviour{hooktest.AfterRequest(hooktest.FIN)})
					ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
					defer cancel()
					err := b.send(ctx)
					require.ErrorIs(t, err, resthook.ErrNoAnswer)
					assert.ErrorContains(t, err, "no further attempt fits before the deadline")
					assert.Less(t, time.Since(b.begun), 30*time.Millisecond)
				})
			}
		})
		t.Run("none is missed after the last attempt", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubbleVia(t, via, retrying(0), []hooktest.Behaviour{hooktest.AfterRequest(hooktest.FIN)})
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				defer cancel()
				err := b.send(ctx)
				require.ErrorIs(t, err, resthook.ErrNoAnswer)
				assert.NotContains(t, err.Error(), "no further attempt fits")
			})
		})
		t.Run("canceled in a wait", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubbleVia(t, via, resthook.DefaultConfig(), []hooktest.Behaviour{hooktest.AfterRequest(hooktest.FIN)}, resthook.WithBackoff(time.Minute, time.Minute))
				why := errors.New("the viewer left")
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(5*time.Second, func() { cancel(why) })
				err := b.send(ctx)
				require.ErrorIs(t, err, resthook.ErrCanceled)
				require.ErrorIs(t, err, context.Canceled)
				require.ErrorIs(t, err, why)
				require.ErrorIs(t, err, resthook.ErrNoAnswer, "what had gone wrong before")
				assert.Equal(t, 5*time.Second, time.Since(b.begun))
				failed, _ := errors.AsType[*resthook.Error](err)
				assert.Equal(t, 1, failed.Attempts)
				assert.Equal(t, resthook.ErrorKind("canceled"), failed.Kind)
			})
		})
		t.Run("ended before", func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBubbleVia(t, via, resthook.DefaultConfig(), nil)
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				err := b.send(ctx)
				require.ErrorIs(t, err, resthook.ErrCanceled)
				assert.Zero(t, b.socket.Accepted())
				assert.True(t, resthook.SafeToRepeat(err))
			})
		})
	})
}

func FuzzRetryAfter(f *testing.F) {
	for _, header := range []string{"1", "9999999999", "-1", "1.5", "", "Fri, 31 Dec 9999 23:59:59 GMT", "99999999999999999999"} {
		f.Add(header)
	}
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, header string) {
		require.GreaterOrEqual(t, resthook.RetryAfter(header, now), time.Duration(0))
	})
}

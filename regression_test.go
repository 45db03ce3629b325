package resthook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// What governs a session is the backend's to say: a client that sends a
// restClientConfig of its own must not get past it.
func TestClientCannotBringItsOwnPolicy(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]hooktest.Behaviour{
		"says nothing": hooktest.Answer(200, `{}`),
		"says null":    hooktest.Answer(200, `{"restClientConfig":null}`),
		"mirrors":      hooktest.Mirror(),
	} {
		for _, given := range []string{`{"publishStream":{"restPolicy":"DISABLE"}}`, `"no policy"`, `null`, `[]`} {
			t.Run(name+given, func(t *testing.T) {
				t.Parallel()
				conn := new(resthook.Connection)
				_ = json.Unmarshal([]byte(`{"sessionId":"s","restClientConfig":`+given+`}`), conn)
				client := newClient(t, hooktest.NewSocket(t, answer).URL())
				session, err := client.Connect(t.Context(), conn)
				require.NoError(t, err)
				assert.Equal(t, resthook.RestPolicyNotify, session.Policy().Rule("publishStream").RestPolicy)
				got, err := resthook.PublishStream.SendJSON(t.Context(), session, []byte(`{}`))
				require.NoError(t, err)
				assert.True(t, got.Sent)
			})
		}
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	cfg := resthook.DefaultConfig()
	cfg.HLSAuthEnabled, cfg.SecretKey = true, resthook.NewSecret("s3cret")
	client, err := resthook.NewClient(cfg, resthook.WithApp(resthook.App{URL: hooktest.NewSocket(t).URL(), Username: "u", Password: resthook.NewSecret("s3cret")}))
	require.NoError(t, err)
	defer closeClient(t, client)
	require.NoError(t, client.AdmitHLS(t.Context(), viewer("s3cret")))
	session, err := client.Resume(&resthook.Connection{SessionID: "s", SIPPassword: "s3cret"})
	require.NoError(t, err)
	event := resthook.Event{Hook: "x", Body: []byte(`{"custom":{"token":"s3cret"}}`)}
	app, err := json.Marshal(resthook.App{URL: "http://u:s3cret@h", Password: resthook.NewSecret("s3cret")})
	require.NoError(t, err)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		shown := fmt.Sprintf(strings.Repeat(verb+" ", 8), client, session, event, &event,
			resthook.NewSecret("s3cret"), resthook.Connection{SIPPassword: "s3cret"}, &resthook.Connection{SIPPassword: "s3cret"}, cfg)
		assert.NotContains(t, shown, "s3cret", verb)
	}
	assert.NotContains(t, string(app), "s3cret")
	assert.Equal(t, "*** ***", fmt.Sprintf("%d %x", resthook.NewSecret("s3cret"), resthook.NewSecret("s3cret")))
}

func TestErrorsQuoteNoHeader(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, road road) {
		for name, wire := range map[string]string{
			"malformed header": "HTTP/1.1 200 OK\r\nX-Token s3cret\r\n\r\n{}",
			"content type":     "HTTP/1.1 200 OK\r\nContent-Type: \x1b[2J" + strings.Repeat("x", 40_000) + "\r\nContent-Length: 0\r\n\r\n",
			"encoding":         "HTTP/1.1 200 OK\r\nContent-Encoding: \x1b[2J" + strings.Repeat("x", 40_000) + "\r\nContent-Length: 0\r\n\r\n",
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					b := newBubbleOver(t, road, retrying(0), []hooktest.Behaviour{hooktest.AnswerRaw(wire, hooktest.Close)})
					err := b.send(t.Context())
					require.ErrorIs(t, err, resthook.ErrBody)
					assert.NotContains(t, err.Error(), "s3cret")
					assert.NotContains(t, err.Error(), "\x1b")
					assert.Less(t, len(err.Error()), 300)
				})
			})
		}
	})
}

// A length that is only announced makes no room for itself.
func TestAnnouncedLengthIsNotBelieved(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, road road) {
		synctest.Test(t, func(t *testing.T) {
			b := newBubbleOver(t, road, retrying(0), []hooktest.Behaviour{
				hooktest.AnswerRaw("HTTP/1.1 200 OK\r\nContent-Length: 4611686018427387000\r\n\r\n{}", hooktest.Close),
			}, resthook.WithAnswerLimit(1<<30))
			require.ErrorIs(t, b.send(t.Context()), resthook.ErrBody)
		})
		_, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: "http://h"}), resthook.WithAnswerLimit(1<<62))
		require.ErrorIs(t, err, resthook.ErrConfig)
	})
}

func TestWaitThatDoesNotFitIsNotBegun(t *testing.T) {
	t.Parallel()
	overBoth(t, func(t *testing.T, road road) {
		for range 20 { // the wait is random
			synctest.Test(t, func(t *testing.T) {
				b := newBubbleOver(t, road, retrying(3), []hooktest.Behaviour{hooktest.AfterRequest(hooktest.FIN)})
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
				defer cancel()
				require.ErrorIs(t, b.send(ctx), resthook.ErrNoAnswer)
				assert.Less(t, time.Since(b.begun), 30*time.Millisecond)
			})
		}
	})
}

func TestReloadThatDisablesHooksEndsNoStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, s := liveBubble(t, keepingAlive(), "FAIL", hooktest.AfterRequest(hooktest.FIN))
		var ended atomic.Int32
		_, err := s.KeepAlive(&resthook.Stream{Name: "n"}, func(resthook.Info) { ended.Add(1) })
		require.NoError(t, err)
		time.Sleep(11 * time.Second) // virtual
		cfg := keepingAlive()
		cfg.DisableRestRequests = true
		require.NoError(t, b.client.Reload(cfg))
		time.Sleep(time.Minute) // virtual
		synctest.Wait()
		assert.Zero(t, ended.Load())
	})
}

// Whether a keep-alive ends its stream hangs on what the backend said, not on how
// often it was asked.
func TestKeepAliveEndsOnlyWhatWasRefused(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		plays hooktest.Behaviour
		ends  int32
	}{
		"403":       {hooktest.Answer(403, ``), 1},
		"500":       {hooktest.Answer(500, ``), 1},
		"no object": {hooktest.Answer(200, ``), 1},
		"timeout":   {hooktest.AfterRequest(hooktest.Stall), 1},
		"no answer": {hooktest.AfterRequest(hooktest.FIN), 0},
		"yes":       {hooktest.Answer(200, `{}`), 0},
	} {
		for _, retries := range []int{0, 3} {
			t.Run(fmt.Sprint(name, retries), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					cfg := keepingAlive()
					cfg.RetryCount = retries
					b, s := liveBubble(t, cfg, "FAIL", row.plays)
					var ended atomic.Int32
					_, err := s.KeepAlive(&resthook.Stream{Name: "n"}, func(resthook.Info) { ended.Add(1) })
					require.NoError(t, err)
					time.Sleep(time.Minute) // virtual
					synctest.Wait()
					assert.Equal(t, row.ends, ended.Load())
					ctx, cancel := context.WithCancel(t.Context())
					cancel()
					_ = b.client.Close(ctx)
				})
			})
		}
	}
}

func TestDisconnectTellsOfAClosingEventThatIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)})
		s := b.session(t, "s")
		gone := make(chan error, 1)
		go func() { gone <- s.Disconnect(context.Background()) }()
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorContains(t, b.client.Close(ctx), "1 ConnectionStatusEvent not delivered")
		assert.ErrorIs(t, <-gone, resthook.ErrClosed)
	})
}

// A client that drops has mostly an ended context; its closing event is the last
// all the same.
func TestDisconnectWithAnEndedContextIsStillTheLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{
			hooktest.Late(time.Second, hooktest.AfterRequest(hooktest.FIN)), hooktest.Answer(200, `{}`),
		})
		s := b.session(t, "s")
		sent := make(chan error, 1)
		go func() {
			_, err := resthook.PublishStream.Send(t.Context(), s, &resthook.Stream{})
			sent <- err
		}()
		synctest.Wait()
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, s.Disconnect(ended), resthook.ErrCanceled)
		require.NoError(t, <-sent)
		synctest.Wait()
		seen := b.socket.Requests()
		require.Len(t, seen, 3)
		assert.Equal(t, "ConnectionStatusEvent", seen[2].Hook)
	})
}

// Nor does the end of the client lose it, as long as its context allows.
func TestCloseWaitsForAClosingEventThatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Second, hooktest.Answer(200, `{}`))})
		s := b.session(t, "s")
		go func() { _, _ = resthook.PublishStream.Send(context.Background(), s, &resthook.Stream{}) }()
		synctest.Wait()
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, s.Disconnect(ended), resthook.ErrCanceled)
		require.NoError(t, b.client.Close(t.Context()))
		seen := b.socket.Requests()
		require.Len(t, seen, 2)
		assert.Equal(t, "ConnectionStatusEvent", seen[1].Hook)
	})
}

func TestSecondCloseKeepsToItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, retrying(0), []hooktest.Behaviour{hooktest.AfterRequest(hooktest.Stall)})
		go func() { _ = b.send(t.Context()) }()
		synctest.Wait()
		go func() { _ = b.client.Close(context.Background()) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_ = b.client.Close(ctx)
		assert.Equal(t, time.Second, time.Since(b.begun))
	})
}

func TestLongOverwriteListIsLinear(t *testing.T) {
	t.Parallel()
	var list, answer strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&list, "a%d,", i)
		fmt.Fprintf(&answer, `,"a%d":1`, i)
	}
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, retrying(0), []hooktest.Behaviour{hooktest.Answer(200, "{"+answer.String()[1:]+"}")})
		session := b.under(t, "publishStream", `{"restPolicy":"OVERWRITE","restOverwrite":"`+list.String()+`"}`)
		stream, err := resthook.PublishStream.Send(t.Context(), session, &resthook.Stream{})
		require.NoError(t, err)
		assert.Len(t, stream.Unknown, 50_000)
	})
}

// A queue that has kept events over a restart is emptied without a further
// Notify, and Close waits for it.
func TestQueueThatKeptEvents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		queue := resthook.NewQueue(resthook.QueueLimits{})
		put(t, queue, resthook.Event{ID: "1", Hook: "StreamStatusEvent", Kind: resthook.KindEvent, Session: "s", Time: time.Now(), Body: []byte(`{}`)})
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Answer(200, `{}`)}, resthook.WithQueue(queue))
		synctest.Wait()
		assert.Equal(t, 1, b.seen.count(resthook.EventDelivered))
		notify(t, b.session(t, "t"), "a")
		require.NoError(t, b.client.Close(t.Context()))
		assert.Zero(t, time.Since(b.begun))
		assert.Equal(t, 2, b.seen.count(resthook.EventDelivered))
	})
}

func TestOwnMapComesBackWithoutTheIDs(t *testing.T) {
	t.Parallel()
	own, err := resthook.NewHook[map[string]any]("own", resthook.KindDirect)
	require.NoError(t, err)
	synctest.Test(t, func(t *testing.T) {
		b := newBubble(t, retrying(0), []hooktest.Behaviour{hooktest.Answer(200, `{"name":"b"}`)})
		session := b.under(t, "own", `{"restPolicy":"OVERWRITE","restOverwrite":"name"}`)
		got, err := own.Send(t.Context(), session, &map[string]any{"name": "a"})
		require.NoError(t, err)
		assert.Equal(t, map[string]any{"name": "b"}, *got)
	})
}

func TestPanicOfAnObserverLeavesNobodyWaiting(t *testing.T) {
	t.Parallel()
	var first atomic.Bool
	client, err := resthook.NewClient(admitting(), resthook.WithApp(resthook.App{URL: "http://backend.example"}),
		resthook.WithTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
			if first.CompareAndSwap(false, true) {
				panic("a transport of the media server's")
			}
			return &http.Response{StatusCode: http.StatusForbidden, Body: http.NoBody, Request: r, Header: http.Header{}}, nil
		})))
	require.NoError(t, err)
	assert.Panics(t, func() { _ = client.AdmitHLS(t.Context(), viewer("t")) })
	assert.True(t, resthook.Denied(client.AdmitHLS(t.Context(), viewer("t"))))
}

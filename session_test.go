package resthook_test

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
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

// A session prints one short line, whatever ids a client chose.
func TestASessionPrintsALine(t *testing.T) {
	t.Parallel()
	client := newClient(t, "http://backend.example")
	s, err := client.Resume(&resthook.Connection{SessionID: "a\nb\x1b[2J" + strings.Repeat("x", 1<<20), AppKey: strings.Repeat("y", 1<<20)})
	require.NoError(t, err)
	text := fmt.Sprintf("%v", s)
	assert.Less(t, len(text), 400)
	assert.NotContains(t, text, "\n")
	assert.NotContains(t, text, "\x1b")
}

// An idle session has no goroutine and takes less than 1 KiB, with what it
// keeps of the client's data and with its policy.
//
//nolint:paralleltest // it measures the memory of the whole process
func TestIdleSessionsCostLittle(t *testing.T) {
	sessions := 100_000
	if testing.Short() {
		sessions = 10_000
	}
	client := newClient(t, hooktest.RefusedURL(t))
	policy := []byte(`{"publishStream":{"restPolicy":"OVERWRITE","restOverwrite":"name","restOnError":"FAIL"},
		"playStream":{"restOnError":"FAIL"},"StreamStatusEvent":{"restExclude":"sdp"}}`)
	all := make([]*resthook.Session, sessions)
	goroutines, before := runtime.NumGoroutine(), heap()
	for i := range all {
		parsed, err := resthook.ParsePolicy(policy) // as each answer to connect has its own
		require.NoError(t, err)
		all[i], err = client.Resume(&resthook.Connection{
			NodeID: "Qm3vTz8kWn5rYb2xJc7dLf4gHs9pAe6u@10.20.30.1", AppKey: "defaultApp",
			SessionID:      fmt.Sprintf("/10.20.30.40:%d/10.20.30.1:8443-0b6ae1f0-6c1f-4f0e-9d2e-1d5b7f3a9c11", i),
			MediaProviders: []string{"WebRTC", "MSE", "WSPlayer"}, ClientVersion: "2.0.201", Origin: "https://page.example:8888",
			ClientOSVersion: "5.0 (X11; Linux x86_64)", Login: fmt.Sprint("user", i),
			Custom: map[string]any{"token": fmt.Sprint("token-of-", i)}, RestClientConfig: parsed,
		})
		require.NoError(t, err)
	}
	perSession := (heap() - before) / int64(sessions)
	t.Logf("%d idle sessions: %d bytes each, %d goroutines more", sessions, perSession, runtime.NumGoroutine()-goroutines)
	assert.LessOrEqual(t, perSession, int64(1024))
	assert.LessOrEqual(t, runtime.NumGoroutine(), goroutines)
	runtime.KeepAlive(all)
}

func TestDisconnectIsTheLastHook(t *testing.T) {
	t.Parallel()
	client, socket := recorder(t, resthook.DefaultConfig(), resthook.App{})
	session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s", Login: "alice", Status: resthook.ConnectionEstablished, Info: "of this status"})
	require.NoError(t, err)
	require.NoError(t, session.Disconnect(t.Context()))
	require.NoError(t, session.Disconnect(t.Context()), "again")
	_, err = resthook.PublishStream.Send(t.Context(), session, &resthook.Stream{})
	require.ErrorIs(t, err, resthook.ErrClosed)
	seen := socket.Requests()
	require.Len(t, seen, 2)
	assert.Equal(t, "ConnectionStatusEvent", seen[1].Hook)
	assert.Equal(t, `{"sessionId":"s","login":"alice","status":"DISCONNECTED"}`, string(seen[1].Body))
}

func TestDisconnectWithAContextThatHasEnded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Second, hooktest.Answer(200, `{}`))})
		s := b.session(t, "s")
		notify(t, s, "n")
		err := s.Disconnect(endedContext(t))
		require.ErrorIs(t, err, resthook.ErrCanceled)
		require.ErrorIs(t, err, context.Canceled)
		assert.Zero(t, time.Since(b.begun))
		require.ErrorIs(t, resthook.StreamStatusEvent.Notify(t.Context(), s, &resthook.Stream{Status: resthook.StreamPublishing}), resthook.ErrClosed)
		require.NoError(t, s.Disconnect(t.Context()), "a second one does nothing")
		assert.Zero(t, time.Since(b.begun))
		synctest.Wait()
		require.NoError(t, b.client.Close(t.Context()))
		assert.Equal(t, []string{"1", "2"}, sequences(b.socket.Requests()), "the closing event goes all the same")
		assert.Equal(t, 2, b.seen.count(resthook.EventDelivered))
	})
}

func TestDisconnectAgainstNotifyAndClose(t *testing.T) {
	t.Parallel()
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			b := newEventBubble(t, []hooktest.Behaviour{hooktest.Late(time.Millisecond, hooktest.Answer(200, `{}`))})
			s := b.session(t, "s")
			var mu sync.Mutex
			accepted := 0
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					for {
						err := resthook.StreamStatusEvent.Notify(t.Context(), s, &resthook.Stream{Status: resthook.StreamPublishing})
						if err != nil {
							assert.ErrorIs(t, err, resthook.ErrClosed)
							return
						}
						mu.Lock()
						accepted++
						mu.Unlock()
						time.Sleep(time.Millisecond)
					}
				})
			}
			time.Sleep(3 * time.Millisecond)
			for range 3 {
				wg.Go(func() {
					if err := s.Disconnect(t.Context()); err != nil {
						assert.ErrorIs(t, err, resthook.ErrClosed)
					}
				})
			}
			for range 3 {
				wg.Go(func() { assert.NoError(t, b.client.Close(t.Context())) })
			}
			wg.Go(func() {
				if err := b.client.Reload(resthook.DefaultConfig()); err != nil {
					assert.ErrorIs(t, err, resthook.ErrClosed)
				}
			})
			wg.Wait()
			seen := b.socket.Requests()
			delivered := b.seen.of("ConnectionStatusEvent")
			delivered = slices.DeleteFunc(delivered, func(o resthook.EventOutcome) bool { return o.Result == resthook.EventRefused })
			closing := len(delivered)
			assert.LessOrEqual(t, closing, 1)
			assert.Len(t, seen, accepted+closing)
			assert.Equal(t, accepted+closing, b.seen.count(resthook.EventDelivered))
			if closing == 1 {
				assert.Equal(t, "ConnectionStatusEvent", seen[len(seen)-1].Hook)
			}
			for i, r := range seen[:accepted] {
				require.Equal(t, strconv.Itoa(i+1), r.Header.Get(resthook.HeaderSequence))
			}
		})
	}
}

func TestDisconnectReportsALostClosingEvent(t *testing.T) {
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

// The context of a client that drops has mostly ended. Its closing event is the last all
// the same, also where the client is closed meanwhile.
func TestDisconnectWithAnEndedContextIsStillTheLast(t *testing.T) {
	t.Parallel()
	for _, closed := range []bool{false, true} {
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
			require.ErrorIs(t, s.Disconnect(endedContext(t)), resthook.ErrCanceled)
			if closed {
				require.NoError(t, b.client.Close(t.Context()))
			}
			require.NoError(t, <-sent)
			synctest.Wait()
			seen := b.socket.Requests()
			require.Len(t, seen, 3)
			assert.Equal(t, "ConnectionStatusEvent", seen[2].Hook)
		})
	}
}

func TestConnectMergesTheAnswer(t *testing.T) {
	t.Parallel()
	socket := hooktest.NewSocket(t, hooktest.Answer(200, `{"nodeId":"evil","appKey":"evil","sessionId":"evil",
		"login":null,"sipLogin":"100","sipPort":"5060","sipRegisterRequired":"false","extra":{"a":1},
		"custom":{"token":null,"role":"host"},"login":null,"mediaProviders":["WebRTC"]}`))
	client := newClient(t, socket.URL())
	conn := &resthook.Connection{
		NodeID: "n", AppKey: "a", SessionID: "s", Login: "alice", Origin: "https://page",
		Custom: map[string]any{"token": "t", "seat": "1"},
	}
	session, err := client.Connect(t.Context(), conn)
	require.NoError(t, err)
	got := session.Connection()
	assert.Equal(t, []string{"n", "a", "s"}, []string{got.NodeID, got.AppKey, got.SessionID}, "can't be overwritten")
	assert.Equal(t, "alice", got.Login, "null means unchanged")
	assert.Equal(t, "https://page", got.Origin, "missing means unchanged")
	assert.Equal(t, "100", got.SIPLogin)
	assert.Equal(t, 5060, got.SIPPort)
	assert.Equal(t, new(false), got.SIPRegisterRequired)
	assert.Equal(t, map[string]any{"token": "t", "role": "host"}, got.Custom, "the object is replaced; null inside it means unchanged")
	assert.Equal(t, json.RawMessage(`{"a":1}`), got.Unknown["extra"])
	assert.Equal(t, []string{"WebRTC"}, got.MediaProviders)
	assert.Empty(t, conn.SIPLogin, "the caller's value is never written")
	assert.Nil(t, conn.Unknown)
}

// Sessions that were let in unasked have ids of their own, with hooks enabled later too.
func TestSessionsLetInUnaskedHaveTheirOwnIDs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSeveral(t, 1, resthook.App{ConnectUnasked: true})
		seen := map[string]bool{}
		for range 3 {
			session, err := s.client.Connect(t.Context(), &resthook.Connection{SessionID: "same"})
			require.NoError(t, err)
			publish(t, session)
			require.NoError(t, session.Disconnect(t.Context()))
		}
		for _, r := range s.sockets[0].Requests() {
			assert.False(t, seen[r.ID()], "%s came twice", r.ID())
			seen[r.ID()] = true
		}
		assert.Len(t, seen, 6)
	})
}

package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// onVirtualTime runs a test on virtual time, on a network in memory.
func onVirtualTime(t *testing.T, test func(t *testing.T, s *virtual)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newVirtual(t)
		t.Cleanup(s.stop)
		test(t, s)
	})
}

// virtual is a media server and its backend on a network in memory.
type virtual struct {
	t       *testing.T
	network *hooktest.Network
	backend *hooktest.Backend
	media   *mediaServer
	client  *resthook.Client
	goAway  context.CancelCauseFunc
	server  *http.Server
	http    *http.Client
}

func newVirtual(t *testing.T) *virtual {
	t.Helper()
	network := hooktest.NewNetwork()
	s := &virtual{t: t, network: network, backend: hooktest.NewBackendOn(t, network.Listen())}
	var err error
	s.client, err = resthook.NewClient(resthook.DefaultConfig(), resthook.WithDialContext(network.DialContext), resthook.WithEventWorkers(2),
		resthook.WithApp(resthook.App{Key: appKey, URL: s.backend.URL()}))
	require.NoError(t, err)
	s.media = newMediaServer(s.client, slog.New(slog.DiscardHandler))
	ctx, goAway := context.WithCancelCause(context.Background())
	s.goAway, s.server = goAway, open(ctx, network.Listen(), s.media.public())
	s.http = &http.Client{Transport: &http.Transport{DialContext: network.DialContext}}
	return s
}

func (s *virtual) stop() {
	s.t.Helper()
	ctx := context.WithoutCancel(s.t.Context())
	s.goAway(errGoingAway)
	assert.NoError(s.t, s.media.wait(ctx))
	assert.NoError(s.t, s.server.Shutdown(ctx))
	assert.NoError(s.t, s.client.Close(ctx))
	s.http.CloseIdleConnections()
}

func (s *virtual) dial() *user {
	s.t.Helper()
	socket, _, err := websocket.Dial(s.t.Context(), "http://"+s.server.Addr+"/ws", &websocket.DialOptions{HTTPClient: s.http}) //nolint:bodyclose // the connection is the answer's body
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = socket.CloseNow() })
	return &user{"somebody", socket}
}

func (s *virtual) enter() *user {
	s.t.Helper()
	u := s.dial()
	require.NoError(s.t, u.send(s.t.Context(), frameConnection, map[string]any{"appKey": appKey}))
	s.next(u, frameUserData)
	return u
}

func (s *virtual) next(u *user, message string) json.RawMessage {
	s.t.Helper()
	f, err := u.next(s.t.Context())
	require.NoError(s.t, err)
	require.Equal(s.t, message, f.Message)
	return f.object()
}

// ids are the ids of all sessions, in the order of their connects.
func (s *virtual) ids() (ids []string) {
	s.t.Helper()
	for _, request := range s.backend.Requests("connect") {
		var conn struct{ SessionID string }
		require.NoError(s.t, json.Unmarshal(request.Body, &conn))
		ids = append(ids, conn.SessionID)
	}
	return ids
}

// closing is the last hook that the backend has got.
func (s *virtual) closing() string {
	synctest.Wait()
	requests := s.backend.Requests()
	return told(requests[len(requests)-1])
}

// told is the name of a hook and its status.
func told(request hooktest.Request) string {
	var event struct{ Status string }
	_ = json.Unmarshal(request.Body, &event)
	return request.Hook + " " + event.Status
}

const gone = "ConnectionStatusEvent DISCONNECTED"

func TestSilentFromTheStart(t *testing.T) {
	t.Parallel()
	onVirtualTime(t, func(t *testing.T, s *virtual) {
		began, u := time.Now(), s.dial()
		_, err := u.next(t.Context())
		require.Error(t, err)
		assert.Equal(t, greetLimit, time.Since(began))
		assert.Empty(t, s.backend.Requests())
	})
}

// A client that answers pings stays connected. One that does not is dropped after ten.
func TestSilentLater(t *testing.T) {
	t.Parallel()
	onVirtualTime(t, func(t *testing.T, s *virtual) {
		alive, dead := s.enter(), s.enter()
		lost := make(chan time.Time, 1)
		go func() {
			for {
				if _, err := receive(t.Context(), dead.socket, time.Hour); err != nil {
					lost <- time.Now()
					return
				}
			}
		}()
		heard := make(chan frame, 1)
		go func() {
			f, _ := alive.next(t.Context())
			heard <- f
		}()
		began := time.Now()
		assert.Equal(t, idleLimit, (<-lost).Sub(began))
		assert.Equal(t, gone, s.closing())

		time.Sleep(10 * idleLimit)
		assert.Empty(t, heard)
		require.NoError(t, alive.send(t.Context(), framePing, nil))
		assert.Equal(t, framePong, (<-heard).Message)
	})
}

func TestTooFast(t *testing.T) {
	t.Parallel()
	onVirtualTime(t, func(t *testing.T, s *virtual) {
		u := s.enter()
		say := func() string {
			require.NoError(t, u.send(t.Context(), frameSendData, utterance{"1", map[string]any{}}))
			return string(s.next(u, frameDataStatus))
		}
		for range paceBurst {
			assert.Equal(t, `{"operationId":"1","status":"ACCEPTED"}`, say())
		}
		assert.Equal(t, `{"operationId":"1","status":"FAILED","info":"too many messages, slow down"}`, say())
		time.Sleep(pacePeriod)
		assert.Contains(t, say(), "ACCEPTED")
		assert.Contains(t, say(), "FAILED")
		time.Sleep(paceBurst * pacePeriod)
		for range paceBurst {
			assert.Contains(t, say(), "ACCEPTED")
		}
		assert.Contains(t, say(), "FAILED")
		assert.Len(t, s.backend.Requests("OnDataEvent"), 2*paceBurst+1)
	})
}

// large is the size of a message of which three fit into the network's buffer while the
// client does not read.
const large = 20_000

// sayToAll sends a message of this size to all clients, as a backend does.
func (s *virtual) sayToAll(size int) {
	s.t.Helper()
	data := &resthook.Data{NodeID: nodeID, OperationID: "1", Payload: map[string]any{"body": strings.Repeat("x", size)}}
	require.NoError(s.t, s.media.dataSend(s.t.Context(), s.ids(), data))
	synctest.Wait()
}

func (s *virtual) clients() int {
	s.media.mu.Lock()
	defer s.media.mu.Unlock()
	return len(s.media.clients)
}

// A client that does not keep up is dropped as soon as its queue is full. It delays
// neither the other clients nor the backend that sends to all.
func TestSlowClient(t *testing.T) {
	t.Parallel()
	onVirtualTime(t, func(t *testing.T, s *virtual) {
		const under = 3 + 1 // three in the network, one in the writer
		quick, slow, slower := s.enter(), s.enter(), s.enter()
		began := time.Now()
		toAll := func(size, times int) {
			for range times {
				s.sayToAll(size)
				s.next(quick, frameOnData)
			}
		}
		toAll(large, under)
		toAll(1, queueLimit)
		s.next(slow, frameOnData) // makes room for one more
		synctest.Wait()
		toAll(1, 1)
		assert.Zero(t, time.Since(began))

		for range under {
			s.next(slower, frameOnData)
		}
		_, err := slower.next(t.Context())
		assert.Equal(t, websocket.StatusPolicyViolation, websocket.CloseStatus(err))
		for range under + queueLimit {
			s.next(slow, frameOnData)
		}
		synctest.Wait()
		assert.Equal(t, 2, s.clients())
	})
}

// A client that does not accept a frame in time is dropped before its queue is full.
func TestStuckClient(t *testing.T) {
	t.Parallel()
	onVirtualTime(t, func(t *testing.T, s *virtual) {
		s.enter()
		began := time.Now()
		for range 4 {
			s.sayToAll(large)
		}
		time.Sleep(writeLimit - time.Nanosecond)
		assert.Equal(t, 1, s.clients())
		time.Sleep(time.Nanosecond)
		assert.Equal(t, gone, s.closing())
		assert.Equal(t, writeLimit, time.Since(began))
	})
}

// When the server ends, it sends its clients a close frame and ends their sessions.
func TestGoingAway(t *testing.T) {
	t.Parallel()
	onVirtualTime(t, func(t *testing.T, s *virtual) {
		u := s.enter()
		s.goAway(errGoingAway)
		_, err := u.next(t.Context())
		assert.Equal(t, websocket.StatusGoingAway, websocket.CloseStatus(err))
		require.NoError(t, s.media.wait(t.Context()))
		assert.Equal(t, gone, s.closing())
	})
}

// A client that does not answer the close frame delays the end only for a limited time.
func TestGoingAwayUnheard(t *testing.T) {
	t.Parallel()
	onVirtualTime(t, func(t *testing.T, s *virtual) {
		s.enter()
		began := time.Now()
		s.goAway(errGoingAway)
		require.NoError(t, s.media.wait(t.Context()))
		assert.Less(t, time.Since(began), drainLimit)
		assert.Equal(t, gone, s.closing())

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s.media.running.Add(1)
		assert.ErrorIs(t, s.media.wait(ctx), context.Canceled)
		s.media.running.Done()
	})
}

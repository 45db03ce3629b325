package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// stage is a media server with a recording backend and the users of a test.
type stage struct {
	t       *testing.T
	backend *hooktest.Backend
	media   *mediaServer
	log     *logged
	public  *httptest.Server
	api     *httptest.Server
}

// newStage starts both. The answer to connect contains a restClientConfig and the login
// that the client gave.
func newStage(t *testing.T, policy string) *stage {
	t.Helper()
	s := &stage{t: t, backend: hooktest.NewBackend(t), log: new(logged)}
	s.backend.On("connect").Overwrite(map[string]any{"restClientConfig": json.RawMessage(policy)})
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{Key: appKey, URL: s.backend.URL()}))
	require.NoError(t, err)
	s.media = newMediaServer(client, slog.New(slog.NewTextHandler(s.log, nil)))
	api, err := s.media.api(resthook.NewSecret("secret"))
	require.NoError(t, err)
	s.public, s.api = httptest.NewServer(s.media.public()), httptest.NewServer(api)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		assert.NoError(t, s.media.wait(ctx))
		s.public.Close()
		s.api.Close()
		assert.NoError(t, client.Close(ctx))
	})
	return s
}

// logged is a log that a test can read.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// dial connects and sends nothing.
func (s *stage) dial() *user {
	s.t.Helper()
	socket, _, err := websocket.Dial(s.t.Context(), s.public.URL+"/ws", nil) //nolint:bodyclose // the connection is the answer's body
	require.NoError(s.t, err)
	s.t.Cleanup(func() { _ = socket.CloseNow() })
	return &user{"somebody", socket}
}

// enter connects a user, and returns it with its session id.
func (s *stage) enter(login string) (*user, string) {
	s.t.Helper()
	u := s.dial()
	s.send(u, frameConnection, `{"appKey":"chatApp","custom":{"login":"`+login+`","token":"secret"}}`)
	var conn struct{ SessionID string }
	require.NoError(s.t, json.Unmarshal([]byte(s.next(u, frameUserData)), &conn))
	return u, conn.SessionID
}

func (s *stage) send(u *user, message, object string) {
	s.t.Helper()
	require.NoError(s.t, u.send(s.t.Context(), message, json.RawMessage(object)))
}

// next returns the object of the next frame, which must have this name.
func (s *stage) next(u *user, message string) string {
	s.t.Helper()
	f, err := u.next(s.t.Context())
	require.NoError(s.t, err)
	require.Equal(s.t, message, f.Message)
	return string(f.object())
}

// gone waits until the server closes a connection, and returns the status code.
func (s *stage) gone(u *user) websocket.StatusCode {
	s.t.Helper()
	f, err := u.next(s.t.Context())
	require.Error(s.t, err, "got %s", f.Message)
	return websocket.CloseStatus(err)
}

// post calls the media server's REST API as a backend does.
func (s *stage) post(kind, body string) int {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.api.URL+"/rest-api/data/send", strings.NewReader(body))
	require.NoError(s.t, err)
	req.Header.Set("Content-Type", kind)
	req.SetBasicAuth(backendName, "secret")
	resp, err := s.api.Client().Do(req)
	require.NoError(s.t, err)
	require.NoError(s.t, resp.Body.Close())
	return resp.StatusCode
}

// hooks waits for n hooks and returns their names in the order of arrival.
func (s *stage) hooks(n int) (names []string) {
	s.t.Helper()
	require.NoError(s.t, s.backend.Wait(s.t.Context(), n))
	for _, request := range s.backend.Requests() {
		names = append(names, request.Hook)
	}
	return names
}

// body is the payload of the last hook with this name.
func (s *stage) body(hook string) (body map[string]any) {
	s.t.Helper()
	requests := s.backend.Requests(hook)
	require.NotEmpty(s.t, requests, hook)
	require.NoError(s.t, json.Unmarshal(requests[len(requests)-1].Body, &body))
	return body
}

func TestSession(t *testing.T) {
	t.Parallel()
	s := newStage(t, `{}`)
	u, id := s.enter("alice")
	s.send(u, frameSendData, `{"operationId":"op-1","payload":{"body":"hello","n":12345678901234567890}}`)
	assert.Equal(t, `{"operationId":"op-1","status":"ACCEPTED"}`, s.next(u, frameDataStatus))

	assert.Equal(t, http.StatusOK, s.post("application/json", `{"nodeId":"`+nodeID+`","operationId":"op-2","sessionId":"`+id+`","payload":{"n":12345678901234567890}}`))
	assert.Equal(t, `{"operationId":"op-2","payload":{"n":12345678901234567890}}`, s.next(u, frameOnData)) // next also acknowledges it
	require.NoError(t, s.backend.Wait(t.Context(), 1, "DataStatusEvent"))
	require.NoError(t, u.leave())

	// The closing event is always the last.
	want := []string{"connect", "ConnectionStatusEvent", "OnDataEvent", "DataStatusEvent", "ConnectionStatusEvent"}
	got := s.hooks(len(want))
	assert.ElementsMatch(t, want, got)
	assert.Equal(t, "connect", got[0])
	assert.Equal(t, "DISCONNECTED", s.body("ConnectionStatusEvent")["status"])

	data := s.body("OnDataEvent")
	assert.Equal(t, map[string]any{
		"nodeId": nodeID, "appKey": appKey, "sessionId": id, "operationId": "op-1",
		"payload": map[string]any{"body": "hello", "n": 12345678901234567890.0},
	}, data)
	assert.Equal(t, "ACCEPTED", s.body("DataStatusEvent")["status"])
	assert.Equal(t, "op-2", s.body("DataStatusEvent")["operationId"])
}

// A client cannot give itself another identity.
func TestIdentity(t *testing.T) {
	t.Parallel()
	s := newStage(t, `{}`)
	u := s.dial()
	s.send(u, frameConnection, `{"appKey":"chatApp","nodeId":"x","sessionId":"stolen","login":"root","status":"ESTABLISHED",
		"origin":"https://x.example","restClientConfig":{"OnDataEvent":{"restPolicy":"DISABLE"}},"custom":{"login":"eve"}}`)
	s.next(u, frameUserData)
	s.send(u, frameSendData, `{"operationId":"1","sessionId":"stolen","payload":{}}`)
	s.next(u, frameDataStatus)

	said := s.body("connect")
	assert.Equal(t, nodeID, said["nodeId"])
	assert.Equal(t, "PENDING", said["status"])
	assert.NotEqual(t, "stolen", said["sessionId"])
	assert.Equal(t, said["sessionId"], s.body("OnDataEvent")["sessionId"])
	for _, key := range []string{"login", "origin", "restClientConfig"} {
		assert.Empty(t, said[key], key)
	}
	require.NoError(t, u.leave())
}

func TestDeclined(t *testing.T) {
	t.Parallel()
	s := newStage(t, `{}`)
	for status, want := range map[int]struct {
		info string
		code websocket.StatusCode
	}{
		403: {"wrong login or token", websocket.StatusPolicyViolation},
		500: {"the application could not be asked", websocket.StatusTryAgainLater},
	} {
		s.backend.On("connect").Status(status, "a secret of the backend")
		u := s.dial()
		s.send(u, frameConnection, `{"appKey":"chatApp"}`)
		assert.Equal(t, `{"apiMethod":"ConnectionStatusEvent","status":"FAILED","info":"`+want.info+`"}`, s.next(u, frameFail))
		assert.Equal(t, want.code, s.gone(u))
	}
	assert.Equal(t, []string{"connect", "connect"}, s.hooks(2), "no session, no event")
}

// The SDK's default appKey differs from that of the chat. The client and the log are
// told so, and the backend is not asked.
func TestOtherApp(t *testing.T) {
	t.Parallel()
	s := newStage(t, `{}`)
	for _, key := range []string{`"appKey":"defaultApp",`, `"appKey":"",`, ``} {
		u := s.dial()
		s.send(u, frameConnection, `{`+key+`"custom":{"token":"secret"}}`)
		assert.Equal(t, `{"apiMethod":"ConnectionStatusEvent","status":"FAILED","info":"this server has the appKey chatApp and no other"}`, s.next(u, frameFail))
		assert.Equal(t, websocket.StatusPolicyViolation, s.gone(u))
	}
	assert.Contains(t, s.log.String(), `app=defaultApp error="this server has the appKey chatApp and no other"`)
	assert.NotContains(t, s.log.String(), "secret")
	assert.Empty(t, s.backend.Requests())
}

func TestRefused(t *testing.T) {
	t.Parallel()
	s := newStage(t, `{"OnDataEvent":{"restOnError":"FAIL"}}`)
	s.backend.On("OnDataEvent").Deny(403).Status(500, "").Mirror()
	u, _ := s.enter("alice")
	for _, want := range []string{
		`{"operationId":"1","status":"FAILED","info":"refused by the application"}`,
		`{"operationId":"1","status":"FAILED","info":"the application could not be asked"}`,
		`{"operationId":"1","status":"ACCEPTED"}`,
	} {
		s.send(u, frameSendData, `{"operationId":"1","payload":{}}`)
		assert.Equal(t, want, s.next(u, frameDataStatus))
	}
	s.send(u, frameSendData, `{"operationId":"2","payload":"text"}`)
	assert.Equal(t, `{"operationId":"2","status":"FAILED","info":"the payload is not an object"}`, s.next(u, frameDataStatus))
	assert.Len(t, s.backend.Requests("OnDataEvent"), 3)
	require.NoError(t, u.leave())
}

// Under restOnError=LOG, the default, a denial is only logged.
func TestRefusedUnderLog(t *testing.T) {
	t.Parallel()
	s := newStage(t, `{}`)
	s.backend.On("OnDataEvent").Deny(403)
	u, _ := s.enter("alice")
	s.send(u, frameSendData, `{"operationId":"1","payload":{}}`)
	assert.Equal(t, `{"operationId":"1","status":"ACCEPTED"}`, s.next(u, frameDataStatus))
	require.NoError(t, u.leave())
}

func TestClientExclude(t *testing.T) {
	t.Parallel()
	s := newStage(t, `{"ConnectionStatusEvent":{"clientExclude":"custom"},"OnDataEvent":{"clientExclude":"payload.address"},"DataStatusEvent":{"clientExclude":"status"}}`)
	u := s.dial()
	s.send(u, frameConnection, `{"appKey":"chatApp","custom":{"token":"secret"},"clientVersion":"2.0"}`)
	in := s.next(u, frameUserData)
	assert.NotContains(t, in, "secret")
	assert.Contains(t, in, `"clientVersion":"2.0"`)
	assert.Contains(t, in, `"status":"ESTABLISHED"`)
	assert.NotContains(t, in, "restClientConfig")

	id, ok := s.body("connect")["sessionId"].(string)
	require.True(t, ok)
	s.post("application/json", `{"nodeId":"`+nodeID+`","operationId":"1","sessionIds":["`+id+`"],"payload":{"address":"10.0.0.7","body":"x"}}`)
	assert.Equal(t, `{"operationId":"1","payload":{"body":"x"}}`, s.next(u, frameOnData))
	s.send(u, frameSendData, `{"operationId":"2","payload":{}}`)
	assert.Equal(t, `{"operationId":"2"}`, s.next(u, frameDataStatus))
	require.NoError(t, u.leave())
}

func TestRESTAPI(t *testing.T) {
	t.Parallel()
	s := newStage(t, `{}`)
	alice, a := s.enter("alice")
	bob, b := s.enter("bob")
	to := func(node, ids string) string {
		return `{"nodeId":"` + node + `","operationId":"1","sessionIds":[` + ids + `],"payload":{"body":"all"}}`
	}
	// Clients that have left are skipped.
	assert.Equal(t, 200, s.post("application/json;charset=UTF-8", to(nodeID, `"`+a+`","/1.2.3.4:5/6","`+b+`"`)))
	assert.Equal(t, `{"operationId":"1","payload":{"body":"all"}}`, s.next(alice, frameOnData))
	assert.Equal(t, `{"operationId":"1","payload":{"body":"all"}}`, s.next(bob, frameOnData))

	assert.Equal(t, 404, s.post("application/json", to(nodeID, `"/1.2.3.4:5/6"`)))
	assert.Equal(t, 404, s.post("application/json", to("another node", `"`+a+`"`)))
	assert.Equal(t, 415, s.post("text/plain", to(nodeID, `"`+a+`"`)), "a form of some site")
	for _, body := range []string{``, `[]`, `{`, `{"nodeId":"` + nodeID + `","payload":{}}`, `{"nodeId":"` + nodeID + `","operationId":"1"}`} {
		assert.Equal(t, 400, s.post("application/json", body))
	}
	resp, err := s.api.Client().Post(s.api.URL+"/rest-api/data/send", "application/json", strings.NewReader(to(nodeID, `"`+a+`"`))) //nolint:noctx // the test's timeout ends it
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, 401, resp.StatusCode, "without the password")
	require.NoError(t, alice.leave())
	require.NoError(t, bob.leave())
}

// A client that sends something other than a frame is told so, and its session ends.
func TestNotAFrame(t *testing.T) {
	t.Parallel()
	s := newStage(t, `{}`)
	for name, c := range map[string]struct {
		kind websocket.MessageType
		text string
		want websocket.StatusCode
	}{
		"no JSON":      {websocket.MessageText, `hello`, websocket.StatusInvalidFramePayloadData},
		"no message":   {websocket.MessageText, `{"data":[{}]}`, websocket.StatusInvalidFramePayloadData},
		"no operation": {websocket.MessageText, `{"message":"sendData","data":[{"payload":{}}]}`, websocket.StatusInvalidFramePayloadData},
		"no data":      {websocket.MessageText, `{"message":"sendData"}`, websocket.StatusInvalidFramePayloadData},
		"long id":      {websocket.MessageText, `{"message":"sendData","data":[{"operationId":"` + strings.Repeat("x", operationLimit+1) + `"}]}`, websocket.StatusInvalidFramePayloadData},
		"binary":       {websocket.MessageBinary, `{"message":"ping","data":[null]}`, websocket.StatusInvalidFramePayloadData},
		"too large":    {websocket.MessageText, `{"message":"` + strings.Repeat("x", frameLimit) + `"}`, websocket.StatusMessageTooBig},
	} {
		t.Run(name, func(t *testing.T) {
			u, _ := s.enter("mallory")
			require.NoError(t, u.socket.Write(t.Context(), c.kind, []byte(c.text)))
			assert.Equal(t, c.want, s.gone(u))
		})
	}
	require.NoError(t, s.backend.Wait(t.Context(), 2*7, "ConnectionStatusEvent"))
	assert.Equal(t, "DISCONNECTED", s.body("ConnectionStatusEvent")["status"])
	assert.Empty(t, s.backend.Requests("OnDataEvent"))
}

// The first frame must be "connection". Before it the backend is not asked.
func TestFirstFrame(t *testing.T) {
	t.Parallel()
	s := newStage(t, `{}`)
	for _, text := range []string{`{"message":"sendData","data":[{"operationId":"1","payload":{}}]}`, `{"message":"connection","data":["alice"]}`, `x`} {
		u := s.dial()
		require.NoError(t, u.socket.Write(t.Context(), websocket.MessageText, []byte(text)))
		assert.Equal(t, websocket.StatusPolicyViolation, s.gone(u), text)
	}
	assert.Empty(t, s.backend.Requests())
}

// The SDK also sends frames that are not about signalling. They are not an error.
func TestOtherFrames(t *testing.T) {
	t.Parallel()
	s := newStage(t, `{}`)
	u, _ := s.enter("alice")
	s.send(u, "pushLogs", `{"logs":"..."}`)
	s.send(u, framePong, `null`)
	s.send(u, framePing, `null`)
	assert.Equal(t, `null`, s.next(u, framePong))
	require.NoError(t, u.leave())
}

func TestForeignOrigin(t *testing.T) {
	t.Parallel()
	s := newStage(t, `{}`)
	_, resp, err := websocket.Dial(t.Context(), s.public.URL+"/ws", &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"https://evil.example"}}})
	require.Error(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusForbidden, resp.StatusCode)
	assert.Contains(t, s.log.String(), `msg="connection refused"`)
	assert.Contains(t, s.log.String(), "origin=https://evil.example")
}

func TestSeats(t *testing.T) {
	t.Parallel()
	s := newStage(t, `{}`)
	for range clientLimit {
		s.media.seats <- struct{}{}
	}
	_, resp, err := websocket.Dial(t.Context(), s.public.URL+"/ws", nil)
	require.Error(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	<-s.media.seats // a client leaves
	u, _ := s.enter("alice")
	require.NoError(t, u.leave())
}

package hooktest_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
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

// postJSON sends one body to a hook and returns the answer.
func postJSON(t *testing.T, client *http.Client, b *hooktest.Backend, name, body string) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.URL()+"/"+name, strings.NewReader(body))
	require.NoError(t, err)
	got, err := transmit(client, request)
	require.NoError(t, err)
	return got
}

func TestTypedScript(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	hooktest.On(b, resthook.PublishStream).
		Change(func(s *resthook.Stream) { s.Name = "live/" + s.Name }).
		Reply(func(*resthook.Stream) (*resthook.Stream, error) { return &resthook.Stream{Width: 640}, nil }).
		Reply(func(*resthook.Stream) (*resthook.Stream, error) { return nil, nil }).
		Reply(func(s *resthook.Stream) (*resthook.Stream, error) { return s, errors.New("no: " + s.Name) }).
		Deny(418, "later").Deny(403).
		Overwrite(map[string]any{"name": "x"})
	client := newClient(t)
	for _, want := range []struct {
		status     int
		kind, body string
	}{
		{200, "application/json", `{"name":"live/cam","bitrate":0,"big":12345678901234567890}`},
		{200, "application/json", `{"published":false,"hasVideo":false,"hasAudio":false,"record":false,"width":640}`},
		{200, "application/json", `{ "name":"cam","bitrate":0,"big":12345678901234567890}`},
		{403, "text/plain; charset=utf-8", `no: cam`},
		{418, "text/plain; charset=utf-8", `later`},
		{403, "application/json", `{}`},
		{200, "application/json", `{"big":12345678901234567890,"bitrate":0,"name":"x"}`},
	} {
		got := postJSON(t, client, b, "publishStream", `{ "name":"cam","bitrate":0,"big":12345678901234567890}`)
		assert.Equal(t, want.status, got.StatusCode)
		assert.Equal(t, want.kind, got.Header.Get("Content-Type"))
		assert.Equal(t, want.body, got.body)
	}
}

// A value that does not fit its field is passed to the test's own code. A body that is
// not a payload fails the test.
func TestTypedScriptReadsPayloads(t *testing.T) {
	t.Parallel()
	failing := newFakeTB(t)
	b := hooktest.NewBackend(failing)
	hooktest.On(b, resthook.PublishStream).Change(func(s *resthook.Stream) { s.Name = string(s.Unknown["width"]) })
	client := newClient(t)
	got := postJSON(t, client, b, "publishStream", `{"width":"wide"}`)
	assert.Equal(t, `{"name":"\"wide\"","width":"wide"}`, got.body)
	assert.Empty(t, failing.failures())

	same := func(*map[string]any) {}
	b.On("playStream").Change(same)
	got = postJSON(t, client, b, "playStream", `{"big":12345678901234567890}`)
	assert.Equal(t, `{"big":12345678901234567890}`, got.body)
	for i, c := range []struct{ hook, body string }{
		{"publishStream", `[]`}, {"publishStream", `{} garbage`}, {"publishStream", `{}{}`}, {"playStream", `{} garbage`}, {"playStream", `null`},
	} {
		got = postJSON(t, client, b, c.hook, c.body)
		assert.Equal(t, http.StatusBadRequest, got.StatusCode, c.body)
		require.Len(t, failing.failures(), i+1, c.body)
		assert.True(t, strings.HasPrefix(failing.failures()[i], "hooktest: "+c.hook+": "), failing.failures()[i])
	}
	b.OnAny().Change(same)
	got = postJSON(t, client, b, "playStream", `{} garbage`)
	assert.Equal(t, http.StatusBadRequest, got.StatusCode)
}

func TestAnswerThatIsNoJSON(t *testing.T) {
	t.Parallel()
	type wish struct{ Value any }
	own, err := resthook.NewHook[wish]("wish", resthook.KindDirect)
	require.NoError(t, err)
	failing := newFakeTB(t)
	b := hooktest.NewBackend(failing)
	hooktest.On(b, own).Change(func(w *wish) { w.Value = func() {} })
	got := postJSON(t, newClient(t), b, "wish", `{}`)
	assert.Equal(t, http.StatusInternalServerError, got.StatusCode)
	failing.wantFailure(t, "hooktest: wish: the answer: json: unsupported type: func()")
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	b.On("connect").Policy(map[resthook.Method]resthook.Rule{
		resthook.PlayStream: {RestOnError: resthook.OnErrorFail},
	})
	b.On("playStream").Deny(403)
	session, err := b.Client().Connect(t.Context(), &resthook.Connection{SessionID: "s"})
	require.NoError(t, err)
	assert.Equal(t, resthook.OnErrorFail, session.Policy().Rule("playStream").RestOnError)
	_, err = resthook.PlayStream.Send(t.Context(), session, &resthook.Stream{Name: "cam"})
	assert.True(t, resthook.Denied(err))
}

func TestRequests(t *testing.T) {
	t.Parallel()
	failing := newFakeTB(t)
	b := hooktest.NewBackend(failing)
	assert.Empty(t, hooktest.Requests(b, resthook.StreamStatusEvent))
	client := newClient(t)
	send(t, client, b.URL(), visit("s")[2], visit("s")[3], visit("s")[2])
	got := hooktest.Requests(b, resthook.StreamStatusEvent)
	require.Len(t, got, 2)
	assert.Equal(t, resthook.StreamPublishing, got[0].Payload.Status)
	assert.Equal(t, "s", got[0].Payload.SessionID)
	assert.Equal(t, "s", got[0].Session())
	assert.Equal(t, "PUBLISHING", got[0].Status())
	assert.Equal(t, uint64(2), got[0].Sequence())
	assert.Equal(t, "s.3", got[0].ID())
	assert.Equal(t, "/rest/StreamStatusEvent", got[0].Path)
	assert.Equal(t, 1, got[0].Attempt)
	assert.Equal(t, 2, got[1].Attempt)
	assert.Equal(t, "StreamStatusEvent PUBLISHING, session s, sequence 2, attempt 2", got[1].String())
	assert.Empty(t, failing.failures())

	postJSON(t, client, b, "StreamStatusEvent", `[]`)
	assert.Len(t, hooktest.Requests(b, resthook.StreamStatusEvent), 2)
	require.Len(t, failing.failures(), 1)
	assert.True(t, strings.HasPrefix(failing.failures()[0], "hooktest: StreamStatusEvent: "), failing.failures()[0])
}

// A request whose body is not a hook's payload is recorded without a session and a
// sequence.
func TestRequestOfNoHook(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	client := newClient(t)
	for _, body := range []string{"", "{", `{"sessionId":5,"status":null}`, "{}{}"} {
		postJSON(t, client, b, "connect", body)
	}
	for _, r := range b.Requests() {
		assert.Equal(t, "connect", r.String())
		assert.Zero(t, r.Sequence())
		assert.Equal(t, 1, r.Attempt)
	}
	assert.Empty(t, b.Sessions())
	send(t, client, b.URL(), visit("a")[0], visit("b")[0], visit("a")[1])
	assert.Equal(t, []string{"a", "b"}, b.Sessions())
}

func TestAwait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		b := hooktest.NewBackendOn(t, network.Listen())
		client := newClient(t, on(network))
		var sender sync.WaitGroup
		sender.Go(func() {
			for _, h := range append(visit("a"), visit("b")...) {
				time.Sleep(time.Hour)
				send(t, client, b.URL(), h)
			}
		})
		began := time.Now()
		got := hooktest.Await(t, b, resthook.PublishStream)
		assert.Equal(t, "a", got.Session())
		assert.Equal(t, 2*time.Hour, time.Since(began))
		assert.Equal(t, began.Add(2*time.Hour), got.At)
		got = hooktest.Await(t, b, resthook.PublishStream, func(s *resthook.Stream) bool {
			assert.NotEmpty(t, b.Requests()) // a match function may call the backend
			return s.SessionID == "b"
		})
		assert.Equal(t, "b", got.Payload.SessionID)
		assert.Equal(t, 6*time.Hour, time.Since(began))
		got = hooktest.Await(t, b, resthook.PublishStream)
		assert.Equal(t, "a", got.Session(), "the first one, though it came long ago")
		sender.Wait()
	})
}

// A wait for a hook that never comes ends the test. The failure names the hooks that
// came.
func TestAwaitInVain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		b := hooktest.NewBackendOn(t, network.Listen(), hooktest.Within(time.Minute))
		client := newClient(t, on(network))
		send(t, client, b.URL(), visit("s")...)
		postJSON(t, client, b, "playStream", `[]`)
		failing := newFakeTB(t)
		began := time.Now()
		failing.fails(func() {
			hooktest.Await(failing, b, resthook.PlayStream, func(*resthook.Stream) bool { return true })
			t.Error("the test went on")
		})
		assert.Equal(t, time.Minute, time.Since(began))
		failing.wantFailure(t, `
			hooktest: waited for playStream that matches: not within 1m0s; 1 connection accepted, 1 open, 5 requests came:
			    connect, session s
			    publishStream PENDING, session s, sequence 1
			    StreamStatusEvent PUBLISHING, session s, sequence 2
			    ConnectionStatusEvent DISCONNECTED, session s, sequence 3
			    playStream`)
	})
}

func TestWaitForGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		b := hooktest.NewBackendOn(t, network.Listen())
		began := time.Now()
		_, err := hooktest.WaitFor(t.Context(), b, resthook.PlayStream)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.EqualError(t, err, "waited for playStream: not within 24h0m0s; 0 connections accepted, 0 open, no request came")
		assert.Equal(t, 24*time.Hour, time.Since(began))

		ctx, cancel := context.WithTimeout(t.Context(), 48*time.Hour)
		defer cancel()
		require.ErrorIs(t, b.Wait(ctx, 1, "connect", "call"), context.DeadlineExceeded)
		assert.Equal(t, 72*time.Hour, time.Since(began), "the deadline is the caller's")

		enough := errors.New("enough")
		ended, end := context.WithCancelCause(t.Context())
		end(enough)
		_, err = hooktest.WaitFor(ended, b, resthook.PlayStream)
		require.ErrorIs(t, err, enough)
		err = b.WaitAccepted(ended, 1)
		require.EqualError(t, err, "waited for 1 connection: enough; 0 connections accepted, 0 open, no request came")
	})
}

// Other hooks do not extend a wait, however many come.
func TestWaitForWhileOthersCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		b := hooktest.NewBackendOn(t, network.Listen(), hooktest.Within(time.Hour))
		client := newClient(t, on(network))
		ctx, cancel := context.WithCancel(t.Context())
		var sender sync.WaitGroup
		sender.Go(func() {
			time.Sleep(time.Second) // so that no hook comes at the very moment when the hour is over
			for ctx.Err() == nil {
				send(t, client, b.URL(), hook{name: "StreamKeepAliveEvent", session: "s"})
				time.Sleep(time.Minute)
			}
		})
		began := time.Now()
		_, err := hooktest.WaitFor(t.Context(), b, resthook.PlayStream)
		assert.Equal(t, time.Hour, time.Since(began))
		cancel()
		sender.Wait()
		require.ErrorContains(t, err, "\n    (30 more)\n    StreamKeepAliveEvent, session s")
		assert.Equal(t, 30, strings.Count(err.Error(), "KeepAlive"))
	})
}

func TestStrict(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		expected           []string
		method, hook, body string
		says               string
	}{
		"expected": {[]string{"connect"}, http.MethodPost, "connect", `{}`, ""},
		"one expected": {[]string{"connect"}, http.MethodPost, "publishStream", `{"sessionId":"s","name":"<cam>","a":{"c":1,"b":12345678901234567890}}`, `
			hooktest: unexpected hook (-want +got):
			  - connect
			  + publishStream, session s
			    {
			      "a": {
			        "b": 12345678901234567890,
			        "c": 1
			      },
			      "name": "<cam>",
			      "sessionId": "s"
			    }`},
		"some expected": {[]string{"publishStream", "connect"}, http.MethodPost, "Connect", `{}`, `
			hooktest: unexpected hook (-want +got):
			  - one of connect, publishStream
			  + Connect
			    {}`},
		"none expected": {nil, http.MethodPost, "connect", `{}`, `
			hooktest: unexpected hook (-want +got):
			  - no hook
			  + connect
			    {}`},
		"another verb": {[]string{"connect"}, http.MethodPut, "connect", `{}`, `
			hooktest: not a hook (-want +got):
			  - POST /connect
			  + PUT /connect`},
		"no object": {[]string{"connect"}, http.MethodPost, "connect", `[1]`, `
			hooktest: not a hook: /connect: expected an object, found '[' at byte 0:
			  + "[1]"`},
		"no body": {[]string{"connect"}, http.MethodPost, "connect", ``, `
			hooktest: not a hook: /connect: expected an object, found the end at byte 0:
			  + ""`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failing := newFakeTB(t)
			b := hooktest.NewBackend(failing, hooktest.Strict(row.expected[:min(1, len(row.expected))]...))
			for _, hook := range row.expected[min(1, len(row.expected)):] {
				b.On(hook)
			}
			request, err := http.NewRequestWithContext(t.Context(), row.method, b.URL()+"/"+row.hook, strings.NewReader(row.body))
			require.NoError(t, err)
			got, err := transmit(newClient(t), request)
			require.NoError(t, err)
			assert.Equal(t, row.method != http.MethodPut, got.StatusCode == http.StatusOK, "it is answered all the same")
			failing.end()
			if row.says == "" {
				assert.Empty(t, failing.failures())
				return
			}
			failing.wantFailure(t, row.says)
		})
	}
}

// Without Strict no hook is unexpected.
func TestNotStrict(t *testing.T) {
	t.Parallel()
	failing := newFakeTB(t)
	b := hooktest.NewBackend(failing)
	client := newClient(t)
	for _, body := range []string{`{}`, `[]`, ``} {
		postJSON(t, client, b, "anything", body)
	}
	failing.end()
	assert.Empty(t, failing.failures())
}

// A hook that comes while the test ends is not reported after its end: end waits for
// hooks in progress.
func TestNothingIsReportedAfterTheEnd(t *testing.T) {
	t.Parallel()
	for range 20 {
		failing := newFakeTB(t)
		b := hooktest.NewBackend(failing, hooktest.Strict())
		client := newClient(t)
		var sender sync.WaitGroup
		for range 4 {
			sender.Go(func() {
				for range 5 {
					_, _ = post(t, client, b.URL())
				}
			})
		}
		_ = b.Wait(t.Context(), 1)
		failing.end()
		assert.NotEmpty(t, failing.failures())
		sender.Wait()
	}
}

// A script can be replaced while hooks come in. Every hook gets an answer of one of the
// scripts.
func TestScriptsWhileHooksCome(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	client := newClient(t)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 25 {
				got, err := post(t, client, b.URL())
				assert.NoError(t, err)
				assert.True(t, json.Valid([]byte(got.body)), got.body)
			}
		})
	}
	for range 25 {
		hooktest.On(b, resthook.PublishStream).Deny(403).Change(func(s *resthook.Stream) { s.Name = "b" })
		b.OnAny().Pass().Status(503, "{}").Pass()
		_ = b.Sessions()
		_ = hooktest.Requests(b, resthook.PublishStream)
	}
	group.Wait()
	assert.Len(t, b.Requests(), 100)
}

// If the name of a hook were misspelt, the hook would only be mirrored and its test
// would pass.
func TestOnMisspelt(t *testing.T) {
	t.Parallel()
	for name, meant := range map[string]string{"publishstream": "publishStream", "PublishStream": "publishStream", "StreamStatus_Event": "StreamStatusEvent", "conect": "connect"} {
		failing := newFakeTB(t)
		b := hooktest.NewBackend(failing)
		failing.fails(func() { b.On(name) })
		failing.fails(func() { hooktest.NewBackend(failing, hooktest.Strict("connect", name)) })
		require.Len(t, failing.failures(), 2)
		for _, text := range failing.failures() {
			assert.Contains(t, text, "the catalogue has no "+name+"; did you mean "+meant+"?")
		}
	}
	b := hooktest.NewBackend(t)
	b.On("roomEvent").Deny(403)
	hooktest.On(b, resthook.MustHook[map[string]any]("publishStreams", resthook.KindDirect))
	b.On("publishStreams").Deny(403) // the app's own hook, not a misspelt name
}

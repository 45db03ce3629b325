package hooktest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/hooktest"
)

func TestSocketMirrorsByDefault(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t)
	got, err := post(t, newClient(t), s.URL()+"/rest")
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, got.StatusCode)
	assert.Equal(t, "application/json", got.Header.Get("Content-Type"))
	assert.JSONEq(t, `{"name":"a"}`, got.body)
}

func TestSocketRecordsRequests(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t)
	_, err := post(t, newClient(t), s.URL()+"/rest")
	require.NoError(t, err)
	require.Len(t, s.Requests(), 1)
	got := s.Requests()[0]
	assert.Equal(t, "application/json", got.Header.Get("Content-Type"))
	assert.WithinDuration(t, time.Now(), got.At, time.Minute)
	got.Header, got.At = nil, time.Time{}
	assert.Equal(t, hooktest.Request{
		Method: http.MethodPost, Hook: "publishStream", Path: "/rest/publishStream", Host: s.Addr(),
		Body: []byte(`{"name":"a"}`), Conn: 1, Turn: 1, Attempt: 1,
	}, got)
}

// A script is played in order, and its last behaviour repeats. Kept connections are
// reused.
func TestScriptInOrder(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t,
		hooktest.Answer(200, "1"), hooktest.Answer(503, "2", "Retry-After: 7"), hooktest.Answer(200, "3"))
	client := newClient(t)
	for _, want := range []string{"1", "2", "3", "3"} {
		got, err := post(t, client, s.URL())
		require.NoError(t, err)
		assert.Equal(t, want, got.body)
		assert.Equal(t, want == "2", got.Header.Get("Retry-After") == "7")
	}
	assert.Equal(t, 1, s.Accepted())
	assert.Equal(t, [][2]int{{1, 1}, {1, 2}, {1, 3}, {1, 4}}, places(s))
}

// A behaviour for a new connection does not affect a kept connection before its turn in
// the script.
func TestAtAcceptOnKeptConnection(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t,
		hooktest.Answer(200, "{}"), hooktest.AtAccept(hooktest.RST), hooktest.Answer(200, "{}"))
	client := newClient(t)
	_, err := post(t, client, s.URL())
	require.NoError(t, err)
	_, err = post(t, client, s.URL())
	require.Error(t, err)
	_, err = post(t, client, s.URL())
	require.NoError(t, err)
	assert.Equal(t, 2, s.Accepted())
}

func TestPlayReplacesScript(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t, hooktest.Answer(500, ""))
	client := newClient(t)
	got, err := post(t, client, s.URL())
	require.NoError(t, err)
	assert.Equal(t, 500, got.StatusCode)
	s.Play(hooktest.Answer(200, "{}"))
	got, err = post(t, client, s.URL())
	require.NoError(t, err)
	assert.Equal(t, 200, got.StatusCode)
}

func TestCloseRefuses(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t)
	client := newClient(t)
	_, err := post(t, client, s.URL())
	require.NoError(t, err)
	s.Close()
	s.Close()
	client.CloseIdleConnections()
	_, err = post(t, client, s.URL())
	require.ErrorIs(t, err, syscall.ECONNREFUSED)
	assert.Zero(t, s.Open())
}

func TestWaitSaysWhatThereWas(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t)
	cause := errors.New("no more time")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	err := s.Wait(ctx, 1)
	require.ErrorIs(t, err, cause)
	assert.ErrorContains(t, err, "waited for 1 request: no more time; 0 connections accepted, 0 open, no request came")
}

func TestManyClientsAtOnce(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t)
	client := newClient(t)
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for range 8 {
				_, err := post(t, client, s.URL())
				assert.NoError(t, err)
			}
		})
	}
	clients.Wait()
	assert.Len(t, s.Requests(), 64)
}

func TestExpectContinue(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL(), strings.NewReader("{}"))
	require.NoError(t, err)
	request.Header.Set("Expect", "100-continue")
	client := newClient(t, func(transport *http.Transport) { transport.ExpectContinueTimeout = 1 << 62 })
	got, err := transmit(client, request)
	require.NoError(t, err)
	assert.Equal(t, "{}", got.body)
}

func TestClientAsksToClose(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t)
	client := newClient(t, func(transport *http.Transport) { transport.DisableKeepAlives = true })
	for range 2 {
		_, err := post(t, client, s.URL())
		require.NoError(t, err)
	}
	require.NoError(t, s.WaitClosed(t.Context()))
	assert.Equal(t, 2, s.Accepted())
}

// A user can write behaviours with the exported names only.
func TestOwnBehaviour(t *testing.T) {
	t.Parallel()
	s := hooktest.NewSocket(t, hooktest.OnRequest(func(c *hooktest.Conn) {
		c.Send("HTTP/1.1 200 " + c.Request().Hook)
		hooktest.FIN(c)
		assert.False(t, c.Send("too late"))
		assert.False(t, c.Wait(1))
		assert.False(t, c.ReadRequest())
	}))
	got, err := exchange(t, s)
	require.NoError(t, err)
	assert.Equal(t, "HTTP/1.1 200 connect", got)
}

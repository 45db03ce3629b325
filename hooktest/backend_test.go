package hooktest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
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

func TestBackendMirrorsAndRecords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // on a busy machine net/http may close a connection instead of reusing it
		network := hooktest.NewNetwork()
		b := hooktest.NewBackendOn(t, network.Listen())
		client := newClient(t, on(network))
		for range 2 {
			got, err := post(t, client, b.URL()+"/rest")
			require.NoError(t, err)
			assert.Equal(t, http.StatusOK, got.StatusCode)
			assert.Equal(t, "application/json", got.Header.Get("Content-Type"))
			assert.Equal(t, `{"name":"a"}`, got.body)
		}
		assert.Equal(t, 1, b.Accepted())
		assert.Equal(t, 1, b.Open())
		require.Len(t, b.Requests(), 2)
		got := b.Requests("publishStream")[1]
		assert.Equal(t, "application/json", got.Header.Get("Content-Type"))
		assert.WithinDuration(t, time.Now(), got.At, time.Minute)
		got.Header, got.At = nil, time.Time{}
		assert.Equal(t, hooktest.Request{
			Method: http.MethodPost, Hook: "publishStream", Path: "/rest/publishStream",
			Host: strings.TrimPrefix(b.URL(), "http://"), Body: []byte(`{"name":"a"}`), Conn: 1, Turn: 2, Attempt: 1,
		}, got)
		assert.Empty(t, b.Requests("connect"))
	})
}

func TestBackendTakesPostAlone(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.URL()+"/connect", http.NoBody)
	require.NoError(t, err)
	got, err := transmit(newClient(t), request)
	require.NoError(t, err)
	assert.Equal(t, http.StatusMethodNotAllowed, got.StatusCode)
	assert.Len(t, b.Requests("connect"), 1)
}

func TestRouteScript(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // on a busy machine net/http may close a connection instead of reusing it
		network := hooktest.NewNetwork()
		b := hooktest.NewBackendOn(t, network.Listen())
		b.On("publishStream").
			Status(503, "busy", "Retry-After: 1").Times(2).
			Answer(`{"name":"b"}`).
			Overwrite(map[string]any{"name": "c", "n": []int{1}}).
			Deny(403).
			Mirror()
		client := newClient(t, on(network))
		for _, want := range []struct {
			status int
			body   string
		}{
			{503, "busy"},
			{503, "busy"},
			{200, `{"name":"b"}`},
			{200, `{"n":[1],"name":"c"}`},
			{403, `{}`},
			{200, `{"name":"a"}`},
			{200, `{"name":"a"}`},
		} {
			got, err := post(t, client, b.URL())
			require.NoError(t, err)
			assert.Equal(t, want.status, got.StatusCode)
			assert.Equal(t, want.body, got.body)
			assert.Equal(t, want.body == "busy", got.Header.Get("Retry-After") == "1")
		}
		assert.Equal(t, 1, b.Accepted())
	})
}

// A route without answers mirrors. On replaces the script.
func TestOnReplacesScript(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	b.On("publishStream").Deny(403)
	b.On("publishStream")
	got, err := post(t, newClient(t), b.URL())
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, got.StatusCode)
}

func TestOverwriteKeepsOtherFieldsExact(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	b.On("publishStream").Overwrite(map[string]any{"a": nil})
	client := newClient(t)
	for body, want := range map[string]string{
		`{"big":12345678901234567890,"a":1}`: `{"a":null,"big":12345678901234567890}`,
		`null`:                               `{"a":null}`,
		`[]`:                                 `{}`,
	} {
		got, err := postBody(t, client, b.URL(), strings.NewReader(body))
		require.NoError(t, err)
		assert.Equal(t, want, got.body)
		assert.Equal(t, body == `[]`, got.StatusCode == http.StatusBadRequest)
	}
}

func TestRouteDropAndHandle(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	b.On("publishStream").Drop().Handle(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	})
	client := newClient(t)
	_, err := post(t, client, b.URL())
	require.ErrorIs(t, err, io.EOF)
	require.NoError(t, b.WaitClosed(t.Context()))
	got, err := post(t, client, b.URL())
	require.NoError(t, err)
	assert.Equal(t, `{"name":"a"}`, got.body)
	assert.Equal(t, 2, b.Accepted())
}

// Wait lets a test wait for a hook without sleeping.
func TestBackendWait(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	client := newClient(t)
	var sender sync.WaitGroup
	sender.Go(func() {
		for range 3 {
			_, err := post(t, client, b.URL())
			assert.NoError(t, err)
		}
	})
	require.NoError(t, b.Wait(t.Context(), 3, "publishStream"))
	require.NoError(t, b.Wait(t.Context(), 3))
	sender.Wait()

	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(enough)
	require.ErrorIs(t, b.Wait(ctx, 1, "connect"), enough)
}

func TestRouteDelayOnVirtualTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		b := hooktest.NewBackendOn(t, network.Listen())
		b.On("publishStream").Delay(time.Hour).Deny(403).Mirror().Delay(time.Minute)
		client := newClient(t, on(network))
		for i, want := range []time.Duration{time.Hour, 0, time.Minute, time.Minute} {
			began := time.Now()
			got, err := post(t, client, b.URL())
			require.NoError(t, err)
			assert.Equal(t, i == 0, got.StatusCode == http.StatusForbidden)
			assert.Equal(t, want, time.Since(began))
		}
	})
}

// A delay and a stall end when the client gives up.
func TestRouteEndsWithClient(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]func(*hooktest.Route){
		"delay": func(r *hooktest.Route) { r.Delay(time.Hour) },
		"stall": func(r *hooktest.Route) { r.Stall() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				network := hooktest.NewNetwork()
				b := hooktest.NewBackendOn(t, network.Listen())
				script(b.On("publishStream"))
				client := newClient(t, on(network))
				client.Timeout = time.Minute
				began := time.Now()
				_, err := post(t, client, b.URL())
				assert.True(t, os.IsTimeout(err), err)
				require.NoError(t, b.WaitClosed(t.Context()))
				assert.Equal(t, time.Minute, time.Since(began))
			})
		})
	}
}

// Close does not wait for a stalled answer.
func TestBackendClosesWhileStalling(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	b.On("publishStream").Stall()
	client := newClient(t)
	var sender sync.WaitGroup
	sender.Go(func() {
		_, err := post(t, client, b.URL())
		assert.ErrorIs(t, err, io.EOF)
	})
	require.NoError(t, b.Wait(t.Context(), 1))
	b.Close()
	b.Close()
	sender.Wait()
}

// An invalid script fails the test on the line where it is written.
func TestRouteMistakes(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]func(*hooktest.Route){
		"deny with 200":  func(r *hooktest.Route) { r.Deny(200) },
		"interim status": func(r *hooktest.Route) { r.Status(100, "") },
		"no JSON":        func(r *hooktest.Route) { r.Overwrite(map[string]any{"a": func() {}}) },
		"times nothing":  func(r *hooktest.Route) { r.Times(2) },
		"no policy":      func(r *hooktest.Route) { r.Policy(map[resthook.Method]resthook.Rule{nil: {}}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failing := newFakeTB(t)
			b := hooktest.NewBackend(failing)
			failing.fails(func() { script(b.On("connect")) })
			require.Len(t, failing.failures(), 1)
			assert.Contains(t, failing.failures()[0], "hooktest: connect: ")
		})
	}
}

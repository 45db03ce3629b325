package backend_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
	"github.com/wcskit/resthook/hooktest"
)

// counted allows everybody and counts the calls.
func counted(n *int) backend.Handler[resthook.Connection] {
	return func(context.Context, *resthook.Connection) (*resthook.Connection, error) {
		*n++
		return nil, nil
	}
}

// numbered answers each hook that it handles with the next number.
func numbered(t *testing.T, opts ...backend.Option) http.Handler {
	t.Helper()
	n := 0
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(context.Context, *resthook.Connection) (*resthook.Connection, error) {
		n++
		return &resthook.Connection{Login: fmt.Sprint(n)}, nil
	})
	return wrap(t, mux, opts...)
}

// login posts a connect with an id and returns the number in its answer.
func login(t *testing.T, handler http.Handler, id string) string {
	t.Helper()
	answer := send(t, handler, "/connect", strings.NewReader(`{}`), "Webhook-Id", id)
	assert.Equal(t, http.StatusOK, answer.Code)
	assert.Equal(t, "application/json", answer.Header().Get("Content-Type"))
	return strings.Trim(answer.Body.String(), `{"login:}`)
}

func TestRepeatHasTheSameAnswer(t *testing.T) {
	t.Parallel()
	asked := map[string]int{}
	mux := backend.NewMux()
	backend.Handle(mux, resthook.PublishStream, func(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		asked[s.Name]++
		switch s.Name {
		case "denied":
			return nil, backend.Deny("not today")
		case "mirrored":
			return nil, nil
		}
		s.Name = fmt.Sprint("live/", asked[s.Name])
		return s, nil
	})
	handler := wrap(t, mux)
	for name, want := range map[string]string{"denied": "not today\n", "mirrored": `{"name":"mirrored"}`, "changed": `{"name":"live/1"}`} {
		var first *httptest.ResponseRecorder
		for range 3 {
			answer := send(t, handler, "/rest/publishStream", strings.NewReader(`{"name":"`+name+`"}`), "Webhook-Id", name)
			if first == nil {
				first = answer
			}
			assert.Equal(t, want, answer.Body.String())
			assert.Equal(t, first.Code, answer.Code, name)
			assert.Equal(t, first.Header(), answer.Header(), name)
		}
		assert.Equal(t, 1, asked[name], name)
	}
}

// A hook is handled unless it is certainly a repeat.
func TestNoRepeat(t *testing.T) {
	t.Parallel()
	n := 0
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, counted(&n))
	backend.Handle(mux, resthook.ConnectionStatusEvent, counted(&n))
	handler := wrap(t, mux)
	for i, c := range []struct{ path, id, body string }{
		{"/rest/connect", "1", `{}`},
		{"/rest/connect", "2", `{}`},               // another id
		{"/rest/connect", "1", `{ }`},              // other bytes
		{"/rest/ConnectionStatusEvent", "1", `{}`}, // another method
		{"/rest/connect", "", `{}`},                // without an id
		{"/rest/connect", "", `{}`},
	} {
		assert.Equal(t, http.StatusOK, send(t, handler, c.path, strings.NewReader(c.body), "Webhook-Id", c.id).Code)
		assert.Equal(t, i+1, n, "%+v", c)
	}
	send(t, handler, "/rest/connect", strings.NewReader(`{}`), "Webhook-Id", "1")
	assert.Equal(t, 6, n)
}

// The signature does not cover the path: a copied hook that is sent to another path is
// still a repeat.
func TestRepeatElsewhere(t *testing.T) {
	t.Parallel()
	n := 0
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, counted(&n))
	handler := wrap(t, mux)
	for _, url := range []string{
		"/connect", "/connect?1", "/x/connect", "/connect/", "//connect", "/c%6fnnect", "http://other.example/rest/connect",
	} {
		assert.Equal(t, http.StatusOK, send(t, handler, url, strings.NewReader(`{}`), "Webhook-Id", "1").Code)
		assert.Equal(t, 1, n, url)
	}
}

func TestWithoutRepeats(t *testing.T) {
	t.Parallel()
	handler := numbered(t, backend.WithoutRepeats())
	assert.Equal(t, "1", login(t, handler, "a"))
	assert.Equal(t, "2", login(t, handler, "a"))
}

func TestRepeatWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		standard := numbered(t)
		short := numbered(t, backend.WithRepeats(backend.RepeatLimits{Window: time.Minute}))
		for handler, window := range map[http.Handler]time.Duration{standard: 20 * time.Minute, short: time.Minute} {
			assert.Equal(t, "1", login(t, handler, "a"))
			time.Sleep(window - 1)
			assert.Equal(t, "1", login(t, handler, "a"))
			time.Sleep(time.Nanosecond)
			assert.Equal(t, "2", login(t, handler, "a"))
		}
	})
}

func TestRepeatLimits(t *testing.T) {
	t.Parallel()
	t.Run("hooks", func(t *testing.T) {
		t.Parallel()
		handler := numbered(t, backend.WithRepeats(backend.RepeatLimits{Hooks: 2}))
		for _, c := range [][2]string{{"a", "1"}, {"b", "2"}, {"a", "1"}, {"c", "3"}, {"b", "2"}, {"a", "4"}, {"c", "3"}, {"b", "5"}} {
			assert.Equal(t, c[1], login(t, handler, c[0]), c)
		}
	})
	t.Run("bytes", func(t *testing.T) {
		t.Parallel()
		handler := numbered(t, backend.WithRepeats(backend.RepeatLimits{Bytes: 2 * len(`{"login":"1"}`)}))
		for _, c := range [][2]string{{"a", "1"}, {"b", "2"}, {"a", "1"}, {"c", "3"}, {"b", "2"}, {"a", "4"}} {
			assert.Equal(t, c[1], login(t, handler, c[0]), c)
		}
	})
	t.Run("an answer that is too large is not kept, and takes no other's place", func(t *testing.T) {
		t.Parallel()
		n := 0
		mux := backend.NewMux()
		backend.Handle(mux, resthook.Connect, func(_ context.Context, c *resthook.Connection) (*resthook.Connection, error) {
			n++
			return &resthook.Connection{Login: fmt.Sprint(n, strings.Repeat("x", c.Width))}, nil
		})
		handler := wrap(t, mux, backend.WithRepeats(backend.RepeatLimits{Bytes: 100}))
		ask := func(body string) string {
			return send(t, handler, "/connect", strings.NewReader(body), "Webhook-Id", "a").Body.String()[:11]
		}
		assert.Equal(t, `{"login":"1`, ask(`{}`))
		assert.Equal(t, `{"login":"2`, ask(`{"width":100}`))
		assert.Equal(t, `{"login":"3`, ask(`{"width":100}`))
		assert.Equal(t, `{"login":"1`, ask(`{}`))
	})
	t.Run("mirrored answers take no bytes", func(t *testing.T) {
		t.Parallel()
		n := 0
		mux := backend.NewMux()
		backend.Handle(mux, resthook.Connect, counted(&n))
		handler := wrap(t, mux, backend.WithRepeats(backend.RepeatLimits{Bytes: 1}))
		for range 3 {
			wantOK(t, `{"login":"a"}`, send(t, handler, "/connect", strings.NewReader(`{"login":"a"}`), "Webhook-Id", "a"))
		}
		assert.Equal(t, 1, n)
	})
}

// A hook that failed is handled again, and its handler can see that it is a repeat.
func TestRepeatOfAFailure(t *testing.T) {
	t.Parallel()
	var repeats []bool
	faults := []error{errors.New("the database is away"), context.Canceled, nil}
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(ctx context.Context, _ *resthook.Connection) (*resthook.Connection, error) {
		repeats = append(repeats, backend.DeliveryOf(ctx).Repeat)
		return nil, faults[len(repeats)-1]
	})
	handler := wrap(t, mux)
	for _, status := range []int{500, 500, 200, 200} {
		assert.Equal(t, status, send(t, handler, "/connect", strings.NewReader(`{}`), "Webhook-Id", "a").Code)
	}
	assert.Equal(t, []bool{false, true, true}, repeats)
}

// A handler that is not a Mux can answer with a status that asks for a retry.
func TestStatusesThatAreNoLastWord(t *testing.T) {
	t.Parallel()
	for status, handled := range map[int]int{200: 1, 204: 1, 400: 1, 403: 1, 404: 1, 408: 2, 429: 2, 500: 2, 503: 2} {
		n := 0
		handler := wrap(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			n++
			w.WriteHeader(status)
		}))
		for range 2 {
			assert.Equal(t, status, send(t, handler, "/connect", strings.NewReader(`{}`), "Webhook-Id", "a").Code)
		}
		assert.Equal(t, handled, n, status)
	}
}

func TestRepeatOfAPanic(t *testing.T) {
	t.Parallel()
	n := 0
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(context.Context, *resthook.Connection) (*resthook.Connection, error) {
		if n++; n == 1 {
			panic(http.ErrAbortHandler)
		}
		return nil, nil
	})
	handler := wrap(t, mux)
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() {
		send(t, handler, "/connect", strings.NewReader(`{}`), "Webhook-Id", "a")
	})
	wantOK(t, `{}`, send(t, handler, "/connect", strings.NewReader(`{}`), "Webhook-Id", "a"))
}

// slow is a handler of connect that takes a minute, and fails the first times.
func slow(handled *atomic.Int32, failures int32) http.Handler {
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(context.Context, *resthook.Connection) (*resthook.Connection, error) {
		n := handled.Add(1)
		time.Sleep(time.Minute)
		if n <= failures {
			return nil, errors.New("away")
		}
		return &resthook.Connection{Login: fmt.Sprint(n)}, nil
	})
	return mux
}

func TestRepeatWaitsForTheFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var handled atomic.Int32
		handler := wrap(t, slow(&handled, 0))
		begun := time.Now()
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() { assert.Equal(t, "1", login(t, handler, "a")) })
		}
		synctest.Wait()
		group.Go(func() { assert.Equal(t, "2", login(t, handler, "b")) })
		group.Wait()
		assert.EqualValues(t, 2, handled.Load())
		assert.Equal(t, time.Minute, time.Since(begun), "another hook does not wait")
	})
}

func TestRepeatWhoseFirstFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var handled atomic.Int32
		handler := wrap(t, slow(&handled, 1))
		var group sync.WaitGroup
		var statuses sync.Map
		for i := range 5 {
			group.Go(func() {
				answer := send(t, handler, "/connect", strings.NewReader(`{}`), "Webhook-Id", "a")
				statuses.Store(i, answer.Code)
			})
		}
		group.Wait()
		assert.EqualValues(t, 2, handled.Load(), "one after the other")
		count := map[any]int{}
		for _, status := range statuses.Range {
			count[status]++
		}
		assert.Equal(t, map[any]int{500: 1, 200: 4}, count)
	})
}

func TestRepeatDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var handled atomic.Int32
		handler := wrap(t, slow(&handled, 0))
		var group sync.WaitGroup
		group.Go(func() { assert.Equal(t, "1", login(t, handler, "a")) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/connect", strings.NewReader(`{}`))
		request.Header.Set("Webhook-Id", "a")
		answer := httptest.NewRecorder()
		begun := time.Now()
		handler.ServeHTTP(answer, request)
		assert.Equal(t, http.StatusServiceUnavailable, answer.Code)
		assert.Equal(t, time.Second, time.Since(begun))
		group.Wait()
		assert.Equal(t, "1", login(t, handler, "a"))
	})
}

// A client of this library that loses the connection sends the hook again. The backend
// gets it twice, and handles it once.
func TestRepeatOfAClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var handled atomic.Int32
		mux := backend.NewMux()
		backend.Handle(mux, resthook.Connect, func(context.Context, *resthook.Connection) (*resthook.Connection, error) {
			return &resthook.Connection{Login: fmt.Sprint(handled.Add(1))}, nil
		})
		handler := wrap(t, mux)
		requests := 0
		network := hooktest.NewNetwork()
		listener := network.Listen()
		server := backend.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests++
			handler.ServeHTTP(w, r)
			if requests == 1 {
				panic(http.ErrAbortHandler) // the answer is lost
			}
		}))
		ctx, stop := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() { assert.NoError(t, backend.Serve(ctx, listener, server, time.Second)) })
		client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithDialContext(network.DialContext),
			resthook.WithApp(resthook.App{URL: "http://" + listener.Addr().String()}))
		require.NoError(t, err)
		session, err := client.Connect(ctx, &resthook.Connection{SessionID: "s"})
		require.NoError(t, err)
		assert.Equal(t, "1", session.Connection().Login)
		assert.Equal(t, 2, requests)
		assert.EqualValues(t, 1, handled.Load())
		require.NoError(t, client.Close(ctx))
		stop()
		group.Wait()
	})
}

// A media server closes the connection and sends the hook again. It gets the answer of
// the handler that is still running.
func TestRepeatOfALostConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var handled atomic.Int32
		mux := backend.NewMux()
		backend.Handle(mux, resthook.Connect, func(ctx context.Context, _ *resthook.Connection) (*resthook.Connection, error) {
			n := handled.Add(1)
			select {
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			case <-time.After(10 * time.Second):
				return &resthook.Connection{Login: fmt.Sprint(n)}, nil
			}
		})
		s := serve(t, backend.NewServer(wrap(t, mux)), time.Minute)
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err := s.post(impatient, `{}`, "Webhook-Id", "a")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		for range 2 {
			status, text, err := s.post(t.Context(), `{}`, "Webhook-Id", "a")
			require.NoError(t, err)
			assert.Equal(t, http.StatusOK, status)
			assert.JSONEq(t, `{"login":"1"}`, text)
		}
		assert.EqualValues(t, 1, handled.Load())
		s.stop()
		require.NoError(t, <-s.over)
	})
}

// When the context of a handler ends. Its values are kept in any case.
func TestContextOfAHandler(t *testing.T) {
	t.Parallel()
	type key struct{}
	for name, c := range map[string]struct {
		id   string
		opts []backend.Option
		want error
		took time.Duration
	}{
		"with an id":      {"a", nil, context.DeadlineExceeded, time.Minute},
		"without an id":   {"", nil, context.Canceled, time.Second},
		"without repeats": {"a", []backend.Option{backend.WithoutRepeats()}, context.Canceled, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				mux := backend.NewMux()
				begun := time.Now()
				backend.Handle(mux, resthook.Connect, func(ctx context.Context, _ *resthook.Connection) (*resthook.Connection, error) {
					<-ctx.Done()
					assert.Equal(t, c.want, ctx.Err())
					assert.Equal(t, c.took, time.Since(begun))
					assert.Equal(t, "kept", ctx.Value(key{}))
					assert.Equal(t, c.id, backend.DeliveryOf(ctx).ID)
					return nil, ctx.Err()
				})
				ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "kept"))
				defer time.AfterFunc(time.Second, cancel).Stop()
				request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/connect", strings.NewReader(`{}`))
				request.Header.Set("Webhook-Id", c.id)
				answer := httptest.NewRecorder()
				wrap(t, mux, c.opts...).ServeHTTP(answer, request)
				assert.Equal(t, http.StatusInternalServerError, answer.Code)
			})
		})
	}
}

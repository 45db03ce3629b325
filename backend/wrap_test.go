package backend_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	const secret = "very secret"
	for says, opts := range map[string][]backend.Option{
		"a nil option":                              {nil},
		"the WCS hash without a key":                {backend.WithHash()},
		"the WCS hash with an empty key":            {backend.WithHash(resthook.NewSecret(secret), resthook.Secret{})},
		"signatures without a secret":               {backend.WithSignature()},
		"signing secret 2 of 2 is empty":            {backend.WithSignature(resthook.NewSecret(oldSecret), resthook.Secret{})},
		"signing secret 1 of 1 is empty":            {backend.WithSignature(resthook.NewSecret("whsec_"))},
		`signing secret 1 of 1 is not in base64`:    {backend.WithSignature(resthook.NewSecret("whsec_" + secret))},
		"a greatest age of 0s":                      {backend.WithSignature(resthook.NewSecret(oldSecret)), backend.WithMaxAge(0)},
		"a greatest age of -1m0s":                   {backend.WithSignature(resthook.NewSecret(oldSecret)), backend.WithMaxAge(-time.Minute)},
		"an age of signed hooks, and no":            {backend.WithMaxAge(time.Hour)},
		"basic auth with an empty name or password": {backend.WithBasicAuth("", resthook.NewSecret(secret))},
		"basic auth with a colon":                   {backend.WithBasicAuth("wcs:"+secret, resthook.NewSecret(secret))},
		"basic auth twice":                          {backend.WithBasicAuth("a", resthook.NewSecret(secret)), backend.WithBasicAuth("b", resthook.NewSecret(secret))},
		"both want the Authorization":               {backend.WithBasicAuth("wcs", resthook.NewSecret(secret)), backend.WithHash(resthook.NewSecret(secret))},
		"a body limit of 1 bytes":                   {backend.WithBodyLimit(1)},
		"a body limit of 1073741825 byte":           {backend.WithBodyLimit(1<<30 + 1)},
		"a limit of repeats below 0":                {backend.WithRepeats(backend.RepeatLimits{Hooks: -1})},
		"limits of repeats, and no":                 {backend.WithRepeats(backend.RepeatLimits{}), backend.WithoutRepeats()},
		"a nil logger":                              {backend.WithLogger(nil)},
	} {
		handler, err := backend.Wrap(backend.Echo(), opts...)
		require.ErrorIs(t, err, resthook.ErrConfig, says)
		require.ErrorContains(t, err, says)
		assert.Nil(t, handler)
		assert.NotContains(t, err.Error(), secret)
	}
	_, err := backend.Wrap(backend.Echo(), backend.WithBasicAuth("wcs", resthook.NewSecret("")))
	require.ErrorContains(t, err, "basic auth with an empty name or password")
	_, err = backend.Wrap(backend.Echo(), backend.WithRepeats(backend.RepeatLimits{Bytes: -1}))
	require.ErrorContains(t, err, "below 0")
	_, err = backend.Wrap(backend.Echo(), backend.WithRepeats(backend.RepeatLimits{Window: -1}))
	require.ErrorContains(t, err, "below 0")

	_, err = backend.Wrap(nil, backend.WithHash(), backend.WithBodyLimit(0))
	require.ErrorIs(t, err, resthook.ErrConfig)
	for _, fault := range []string{"no handler", "without a key", "a body limit of 0"} {
		require.ErrorContains(t, err, fault)
	}
}

// Without options every hook is accepted. What is not a hook is refused with the same
// answer as by the mux.
func TestWrapAsTheMux(t *testing.T) {
	t.Parallel()
	handler := wrap(t, neverAsked(t))
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodOptions} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), method, "/connect", untouched{t}))
		wantRefusal(t, http.StatusMethodNotAllowed, "POST", answer)
		assert.Equal(t, "POST", answer.Header().Get("Allow"))
	}
	for _, body := range []string{"", "null", "[]", "{", "{}{}", "<a/>", "{\"a\":\"\xff\"}"} {
		wantRefusal(t, http.StatusBadRequest, "JSON", post(t, handler, "/connect", body))
	}
	cut := io.MultiReader(strings.NewReader(`{}`), iotest.ErrReader(io.ErrUnexpectedEOF))
	wantRefusal(t, http.StatusBadRequest, "cut short", ask(t, handler, "/connect", cut))
	wantRefusal(t, http.StatusRequestEntityTooLarge, "1048576", post(t, handler, "/connect", object(1<<20+1)))
	wantOK(t, object(1<<20), post(t, wrap(t, backend.Echo()), "/connect", object(1<<20)))
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	small := wrap(t, backend.Echo(), backend.WithBodyLimit(10))
	wantOK(t, object(10), post(t, small, "/connect", object(10)))
	wantRefusal(t, http.StatusRequestEntityTooLarge, "over 10 bytes", post(t, small, "/connect", object(11)))

	large := wrap(t, backend.Echo(), backend.WithBodyLimit(2<<20))
	wantOK(t, object(2<<20), post(t, large, "/connect", object(2<<20)))

	standard := http.MaxBytesHandler(backend.Echo(), 10)
	wantRefusal(t, http.StatusRequestEntityTooLarge, "over 10 bytes", post(t, standard, "/connect", object(11)))
}

// endless is a body without an end. It counts the bytes read.
type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) {
	e.read += len(b)
	return len(b), nil
}

func TestBodyLimitBeforeTheCheck(t *testing.T) {
	t.Parallel()
	body := &endless{}
	handler := wrap(t, neverAsked(t), backend.WithHash(resthook.NewSecret(wcsKey)), backend.WithBodyLimit(1<<16))
	answer := send(t, handler, "/connect", body, "Authorization", "WCS 6ba3d7619d7c1dc5e0f8493b186198d3")
	wantRefusal(t, http.StatusRequestEntityTooLarge, "65536", answer)
	assert.LessOrEqual(t, body.read, 1<<16+1)
}

// A handler gets the whole body, although Wrap has read it before. The handler need not
// be a mux.
func TestBodyIsReadOnce(t *testing.T) {
	t.Parallel()
	handler := wrap(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.NoError(t, r.Body.Close())
		w.Header().Set("X-Length", fmt.Sprint(len(body)))
		backend.Echo().ServeHTTP(w, r) // reads the body once more
	}))
	answer := post(t, handler, "/connect", `{"a":1}`)
	wantOK(t, `{"a":1}`, answer)
	assert.Equal(t, "7", answer.Header().Get("X-Length"))
}

func TestWrapUnderARouter(t *testing.T) {
	t.Parallel()
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(ctx context.Context, _ *resthook.Connection) (*resthook.Connection, error) {
		return nil, backend.Deny(backend.DeliveryOf(ctx).Method)
	})
	handler := wrap(t, mux)
	router := http.NewServeMux()
	router.Handle("/rest/", handler)
	router.Handle("POST /v2/{tenant}/hooks/{hook}", http.StripPrefix("/v2", handler))
	for _, path := range []string{"/rest/connect", "/rest/index.php/connect", "/rest/connect/", "/v2/acme/hooks/connect?debug=1"} {
		wantRefusal(t, http.StatusForbidden, "connect", post(t, router, path, `{}`))
	}
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	var got []backend.Delivery
	mux := backend.NewMux()
	backend.Handle(mux, resthook.PublishStream, func(ctx context.Context, _ *resthook.Stream) (*resthook.Stream, error) {
		got = append(got, backend.DeliveryOf(ctx))
		return nil, nil
	})
	for _, handler := range []http.Handler{mux, wrap(t, mux)} {
		got = nil
		send(t, handler, "/rest/publishStream", strings.NewReader(`{"sessionId":"/10.0.0.7:1\u0026/x"}`),
			"Webhook-Id", "b.7", "Webhook-Timestamp", "1795456800", "Resthook-Sequence", "3")
		send(t, handler, "/rest/publishStream", strings.NewReader(`{"sessionId":7}`),
			"Webhook-Timestamp", "yesterday", "Resthook-Sequence", "-1", "Resthook-Recovered", "true")
		assert.Equal(t, []backend.Delivery{
			{Method: "publishStream", Session: "/10.0.0.7:1&/x", ID: "b.7", Time: time.Unix(1795456800, 0), Sequence: 3},
			{Method: "publishStream", Recovered: true},
		}, got)
	}
	assert.Zero(t, backend.DeliveryOf(t.Context()))
}

// Only the backend sets the policy of a session: if a client writes a policy into
// connect, the answer does not contain it.
func TestPolicyOfAClient(t *testing.T) {
	t.Parallel()
	const body = `{"login":"eve","restClientConfig":{"publishStream":{"restPolicy":"DISABLE"}}}`
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, counted(new(int)))
	wantOK(t, `{"login":"eve"}`, post(t, mux, "/connect", body))
	backend.Handle(mux, resthook.Connect, func(_ context.Context, c *resthook.Connection) (*resthook.Connection, error) {
		assert.Nil(t, c.RestClientConfig)
		return c, nil
	})
	wantOK(t, `{"login":"eve"}`, post(t, mux, "/connect", body))
	wantOK(t, `{"login":"eve"}`, post(t, wrap(t, mux), "/connect", body))
	wantOK(t, body, post(t, mux, "/ConnectionStatusEvent", body))
}

// logged wraps a handler with a logger, and returns the log without the values that
// differ between runs.
func logged(t *testing.T, level slog.Level, next http.Handler, opts ...backend.Option) (http.Handler, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	return wrap(t, next, append(opts, backend.WithLogger(logger))...), &out
}

func TestLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mux := backend.NewMux()
		backend.Handle(mux, resthook.PublishStream, func(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
			time.Sleep(5 * time.Millisecond)
			switch s.Name {
			case "denied":
				return nil, fmt.Errorf("user 7: %w", backend.Deny("not today"))
			case "failed":
				return nil, errors.New("the database is away")
			}
			return nil, nil
		})
		handler, out := logged(t, slog.LevelDebug, mux, backend.WithBasicAuth("wcs", resthook.NewSecret("secret")))
		auth := []string{"Authorization", basic("wcs:secret"), "Webhook-Id", "1"}
		for _, c := range []struct{ body, want string }{
			{`{"sessionId":"s-1"}`, `level=DEBUG msg="hook answered" hook=publishStream session=s-1 id=1 status=200 duration=5ms remote=192.0.2.1:1234`},
			{`{"sessionId":"s-1"}`, `level=DEBUG msg="hook answered" hook=publishStream session=s-1 id=1 status=200 duration=0s remote=192.0.2.1:1234 repeat=true`},
			{`{"sessionId":"s-1","name":"denied"}`, `level=INFO msg="hook answered" hook=publishStream session=s-1 id=1 status=403 duration=5ms remote=192.0.2.1:1234 error="user 7: not today"`},
			{`{"sessionId":"s-1","name":"failed"}`, `level=ERROR msg="hook answered" hook=publishStream session=s-1 id=1 status=500 duration=5ms remote=192.0.2.1:1234 error="the database is away"`},
			{`[`, `level=INFO msg="hook answered" hook=publishStream session="" id=1 status=400 duration=0s remote=192.0.2.1:1234 error="not a JSON object: expected an object, found '[' at byte 0"`},
		} {
			out.Reset()
			send(t, handler, "/rest/publishStream", strings.NewReader(c.body), auth...)
			assert.Equal(t, c.want+"\n", out.String())
		}
		out.Reset()
		send(t, handler, "/rest/publishStream", strings.NewReader(`{"sessionId":"s-1"}`), "Authorization", basic("wcs:guessed"))
		assert.Equal(t, `level=INFO msg="hook answered" hook=publishStream session="" id="" status=401 duration=0s remote=192.0.2.1:1234 error="wrong name or password"`+"\n", out.String())
	})
}

func TestLogLevel(t *testing.T) {
	t.Parallel()
	handler, out := logged(t, slog.LevelInfo, backend.Echo())
	post(t, handler, "/connect", `{}`)
	assert.Empty(t, out.String())
	post(t, handler, "/connect", `[]`)
	assert.NotEmpty(t, out.String())
}

// A client cannot add lines to the log, nor make its lines too long.
func TestLogOfHostileText(t *testing.T) {
	t.Parallel()
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(_ context.Context, c *resthook.Connection) (*resthook.Connection, error) {
		return nil, backend.Deny("no " + c.Login)
	})
	handler, out := logged(t, slog.LevelDebug, mux)
	long := strings.Repeat("x", 100_000)
	post(t, handler, "/connect", `{"sessionId":"a\nlevel=ERROR msg=forged `+long+`","login":"\r\nlevel=ERROR `+long+`"}`)
	post(t, handler, "/connect%0alevel=ERROR"+long, `{}`)
	assert.Equal(t, 2, strings.Count(out.String(), "\n"))
	assert.Less(t, out.Len(), 2500)
}

func TestPanic(t *testing.T) {
	t.Parallel()
	mux := backend.NewMux()
	backend.Handle(mux, resthook.PublishStream, func(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		switch s.Name {
		case "abort":
			panic(http.ErrAbortHandler)
		case "index":
			_ = []int{}[len(s.Name)]
		}
		panic("the payload is " + s.Name)
	})
	handler, out := logged(t, slog.LevelInfo, mux)
	wantRefusal(t, http.StatusInternalServerError, "Internal Server Error", post(t, handler, "/publishStream", `{"name":"guarded"}`))
	assert.Contains(t, out.String(), `level=ERROR msg="hook answered" hook=publishStream session="" id="" status=500`)
	assert.Contains(t, out.String(), `error="panic: a string"`)
	assert.Contains(t, out.String(), "backend_test.TestPanic.func1")
	assert.NotContains(t, out.String(), "the payload is")
	assert.NotContains(t, out.String(), "guarded")

	out.Reset()
	wantRefusal(t, http.StatusInternalServerError, "Internal Server Error", post(t, handler, "/publishStream", `{"name":"index"}`))
	assert.Contains(t, out.String(), `error="panic: runtime error: index out of range [5] with length 0"`)

	out.Reset()
	assert.PanicsWithValue(t, http.ErrAbortHandler, func() { post(t, handler, "/publishStream", `{"name":"abort"}`) })
	assert.Empty(t, out.String())

	assert.PanicsWithValue(t, "the payload is x", func() { post(t, wrap(t, mux), "/publishStream", `{"name":"x"}`) }, "net/http logs it")
}

// The answer is the handler's, however it uses its writer.
func TestHeldAnswer(t *testing.T) {
	t.Parallel()
	handler := wrap(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/silent":
		case "/late":
			_, _ = io.WriteString(w, "{")
			w.WriteHeader(http.StatusTeapot) // has no effect any more
			_, _ = io.WriteString(w, "}")
		case "/early":
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusTeapot)
		case "/large":
			_, _ = io.WriteString(w, object(100_000))
		}
	}))
	assert.Equal(t, 200, post(t, handler, "/silent", `{}`).Code)
	late := post(t, handler, "/late", `{}`)
	assert.Equal(t, 200, late.Code)
	assert.Equal(t, "{}", late.Body.String())
	assert.Equal(t, http.StatusTeapot, post(t, handler, "/early", `{}`).Code)
	large := post(t, handler, "/large", `{}`)
	assert.Equal(t, object(100_000), large.Body.String())
	assert.Equal(t, "100000", large.Header().Get("Content-Length"))
}

// A handler that timed out may still be running while the log line is written.
func TestTimeoutHandler(t *testing.T) {
	t.Parallel()
	release, ended := make(chan struct{}), make(chan struct{})
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(context.Context, *resthook.Connection) (*resthook.Connection, error) {
		<-release
		defer close(ended)
		return nil, errors.New("late")
	})
	handler, out := logged(t, slog.LevelInfo, http.TimeoutHandler(mux, time.Millisecond, ""))
	assert.Equal(t, http.StatusServiceUnavailable, post(t, handler, "/connect", `{}`).Code)
	assert.Contains(t, out.String(), "status=503")
	close(release)
	<-ended
}

func TestHandleNil(t *testing.T) {
	t.Parallel()
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(context.Context, *resthook.Connection) (*resthook.Connection, error) {
		return nil, backend.Deny("closed")
	})
	backend.Handle(mux, resthook.Connect, nil)
	wantOK(t, `{ }`, post(t, mux, "/connect", `{ }`))
	var zero backend.Mux
	backend.Handle(&zero, resthook.Connect, nil)
	wantOK(t, `{ }`, post(t, &zero, "/connect", `{ }`))
}

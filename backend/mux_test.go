package backend_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// ask posts a body to a handler.
func ask(t *testing.T, handler http.Handler, path string, body io.Reader) *httptest.ResponseRecorder {
	t.Helper()
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, body))
	return answer
}

func post(t *testing.T, handler http.Handler, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	return ask(t, handler, path, strings.NewReader(body))
}

func wantOK(t *testing.T, want string, answer *httptest.ResponseRecorder) {
	t.Helper()
	assert.Equal(t, http.StatusOK, answer.Code)
	assert.Equal(t, "application/json", answer.Header().Get("Content-Type"))
	assert.Equal(t, want, answer.Body.String())
}

func wantRefusal(t *testing.T, status int, says string, answer *httptest.ResponseRecorder) {
	t.Helper()
	assert.Equal(t, status, answer.Code)
	assert.Contains(t, answer.Body.String(), says)
	assert.Equal(t, "text/plain; charset=utf-8", answer.Header().Get("Content-Type"))
}

func TestEchoMirrorsBytes(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{}`,
		" {\r\n\t\"name\" : \"\\u043f\\u043e\\u0442\\u043e\\u043a\", \"a\\/b\":1.0 } \n",
		`{"name":"поток 🎥","big":123456789012345678901234567890,"f":1e400,"":null,"name":"again"}`,
		`{"sdp":"` + strings.Repeat("x", 100_000) + `"}`,
	} {
		for _, path := range []string{"/connect", "/apps/EchoApp/publishStream", "/apps/EchoApp/noSuchMethod", "/"} {
			wantOK(t, body, post(t, backend.Echo(), path, body))
		}
	}
}

func TestHandle(t *testing.T) {
	t.Parallel()
	mux := backend.NewMux()
	backend.Handle(mux, resthook.PublishStream, func(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		s.Name = "live/" + s.Name
		return s, nil
	})
	backend.Handle(mux, resthook.MakeCall, func(context.Context, *resthook.Call) (*resthook.Call, error) {
		return &resthook.Call{Callee: "helpdesk"}, nil
	})
	backend.Handle(mux, resthook.OnDataEvent, func(context.Context, *resthook.Data) (*resthook.Data, error) { return nil, nil })

	wantOK(t, `{"name":"live/поток","published":false,"width":0,"createDate":1790000000123,"big":123456789012345678901234567890,"vendor":{"a":[1]}}`,
		post(t, mux, "/rest/publishStream", `{"vendor":{"a":[1]},"big":123456789012345678901234567890,"published":false,"width":0,"createDate":1790000000123,"name":"поток"}`))
	wantOK(t, `{"name":"live/"}`, post(t, mux, "/rest/publishStream", `{}`))
	wantOK(t, `{"callee":"helpdesk"}`, post(t, mux, "/call", `{"callee":"100","caller":"bob"}`))
	wantOK(t, ` { "payload": {"n": 1.0} }`, post(t, mux, "/OnDataEvent", ` { "payload": {"n": 1.0} }`))
	wantOK(t, `{"callee":"100"}`, post(t, mux, "/answer", `{"callee":"100"}`))
	wantOK(t, `{"name":"cam"}`, post(t, mux, "/PublishStream", `{"name":"cam"}`)) // names are case-sensitive

	backend.Handle(mux, resthook.MakeCall, func(context.Context, *resthook.Call) (*resthook.Call, error) { return nil, nil })
	wantOK(t, `{"callee":"100"}`, post(t, mux, "/call", `{"callee":"100"}`)) // the second handler replaced the first
}

// greeting is the payload of a hook that the media server defines itself.
type greeting struct {
	From string `json:"from"`
	Text string `json:"text,omitempty"`
}

func TestHandleOwnHook(t *testing.T) {
	t.Parallel()
	hook, err := resthook.NewHook[greeting]("greet", resthook.KindDirect)
	require.NoError(t, err)
	mux := backend.NewMux()
	backend.Handle(mux, hook, func(_ context.Context, g *greeting) (*greeting, error) {
		g.Text = "hello, " + g.From
		return g, nil
	})
	wantOK(t, `{"from":"Ω","text":"hello, Ω"}`, post(t, mux, "/rest/greet", `{"from":"Ω"}`))
	wantRefusal(t, http.StatusBadRequest, "greet", post(t, mux, "/rest/greet", `{"from":1}`))
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	mux := backend.NewMux()
	answers := map[string]error{
		"denied":  backend.Deny("wrong token"),
		"wrapped": fmt.Errorf("user 7: %w", backend.Deny("wrong token")),
		"failed":  errors.New("dial tcp 10.0.0.9:5432: password authentication failed"),
		"ended":   context.Canceled,
	}
	backend.Handle(mux, resthook.PublishStream, func(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		s.Name = "never seen"
		return s, answers[string(s.Status)]
	})
	for status, want := range map[string]struct {
		status int
		text   string
	}{
		"denied":  {http.StatusForbidden, "wrong token\n"},
		"wrapped": {http.StatusForbidden, "wrong token\n"},
		"failed":  {http.StatusInternalServerError, "Internal Server Error\n"},
		"ended":   {http.StatusInternalServerError, "Internal Server Error\n"},
	} {
		answer := post(t, mux, "/rest/publishStream", `{"status":"`+status+`"}`)
		wantRefusal(t, want.status, want.text, answer)
		assert.Equal(t, want.text, answer.Body.String(), status)
	}
	require.EqualError(t, backend.Deny("wrong token"), "wrong token")
}

func TestNoHook(t *testing.T) {
	t.Parallel()
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(_ context.Context, c *resthook.Connection) (*resthook.Connection, error) {
		t.Error("no hook came")
		return c, nil
	})
	for _, path := range []string{"/rest/connect", "/rest/StreamStatusEvent"} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions} {
			answer := httptest.NewRecorder()
			mux.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(`{}`)))
			wantRefusal(t, http.StatusMethodNotAllowed, "POST", answer)
		}
		for _, body := range []string{"", " ", "null", "[]", `"connect"`, "{", "{}{}", "{}x", "<a/>", "{'a':1}", "{\"a\":\"\xff\"}", `{"a":01}`} {
			wantRefusal(t, http.StatusBadRequest, "JSON", post(t, mux, path, body))
		}
		wantRefusal(t, http.StatusBadRequest, "cut short", ask(t, mux, path, io.MultiReader(strings.NewReader(`{}`), iotest.ErrReader(io.ErrUnexpectedEOF))))
		wantRefusal(t, http.StatusRequestEntityTooLarge, "1048576", post(t, mux, path, object(1<<20+1)))
	}
}

// object is a JSON object of n bytes.
func object(n int) string { return `{"a":"` + strings.Repeat("x", n-len(`{"a":""}`)) + `"}` }

func TestLargestHook(t *testing.T) {
	t.Parallel()
	body := object(1 << 20)
	wantOK(t, body, post(t, backend.Echo(), "/connect", body))
}

func TestUnderARouter(t *testing.T) {
	t.Parallel()
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(context.Context, *resthook.Connection) (*resthook.Connection, error) {
		return nil, backend.Deny("closed")
	})
	router := http.NewServeMux()
	router.Handle("/rest/", mux)
	router.Handle("POST /v2/{tenant}/hooks/", http.StripPrefix("/v2", mux))
	router.Handle("/echo/{hook}", backend.Echo())

	wantRefusal(t, http.StatusForbidden, "closed", post(t, router, "/rest/connect", `{}`))
	wantRefusal(t, http.StatusForbidden, "closed", post(t, router, "/rest/index.php/connect", `{}`))
	wantRefusal(t, http.StatusForbidden, "closed", post(t, router, "/v2/acme/hooks/connect?debug=1", `{}`))
	wantOK(t, `{"a":1}`, post(t, router, "/rest/publishStream", `{"a":1}`))
	wantOK(t, `{"a":1}`, post(t, router, "/echo/connect", `{"a":1}`))
	assert.Equal(t, http.StatusNotFound, post(t, router, "/connect", `{}`).Code)
}

// A client and a backend of this library, over a real connection.
func TestWithClient(t *testing.T) {
	t.Parallel()
	policy, err := resthook.NewPolicy(map[resthook.Method]resthook.Rule{
		resthook.PublishStream: {RestPolicy: resthook.RestPolicyOverwrite, RestOverwrite: []string{"name"}, RestOnError: resthook.OnErrorFail},
		resthook.PlayStream:    {RestOnError: resthook.OnErrorFail},
	})
	require.NoError(t, err)
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(_ context.Context, c *resthook.Connection) (*resthook.Connection, error) {
		if c.Custom["token"] != "secret" {
			return nil, backend.Deny("wrong token")
		}
		c.RestClientConfig = policy
		return c, nil
	})
	backend.Handle(mux, resthook.PublishStream, func(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		s.Name = "live/" + s.Name
		return s, nil
	})
	backend.Handle(mux, resthook.PlayStream, func(context.Context, *resthook.Stream) (*resthook.Stream, error) {
		return nil, errors.New("the database is away")
	})
	client := newClient(t, mux)

	_, err = client.Connect(t.Context(), &resthook.Connection{Custom: map[string]any{"token": "guessed"}})
	require.True(t, resthook.Denied(err), "%v", err)

	session, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s", Custom: map[string]any{"token": "secret"}})
	require.NoError(t, err)
	stream, err := resthook.PublishStream.Send(t.Context(), session, &resthook.Stream{Name: "поток"})
	require.NoError(t, err)
	assert.Equal(t, "live/поток", stream.Name)

	_, err = resthook.PlayStream.Send(t.Context(), session, &resthook.Stream{Name: "поток"})
	var failed *resthook.Error
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, http.StatusInternalServerError, failed.Status)
	assert.False(t, resthook.Denied(err))
	assert.NotContains(t, string(failed.Answer), "database")
}

func newClient(t *testing.T, handler http.Handler) *resthook.Client {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.Start()
	t.Cleanup(server.Close)
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: server.URL + "/rest"}))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close(context.WithoutCancel(t.Context()))) })
	return client
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	mux := backend.NewMux()
	backend.Handle(mux, resthook.PublishStream, func(_ context.Context, s *resthook.Stream) (*resthook.Stream, error) {
		s.Name = "live/" + s.Name
		return s, nil
	})
	client := newClient(t, mux)
	const hooks = 64
	var direct, wired [hooks]string
	var group sync.WaitGroup
	for i := range hooks {
		body := fmt.Sprintf(`{"name":"cam-%d"}`, i)
		group.Go(func() { direct[i] = post(t, mux, "/rest/publishStream", body).Body.String() })
		group.Go(func() {
			outcome, err := resthook.StreamStatusEvent.SendJSON(t.Context(), client, []byte(body))
			wired[i] = fmt.Sprint(string(outcome.Payload), outcome.Status, err, outcome.Err)
		})
	}
	group.Wait()
	for i := range hooks {
		assert.Equal(t, fmt.Sprintf(`{"name":"live/cam-%d"}`, i), direct[i])
		assert.Equal(t, fmt.Sprintf(`{"name":"cam-%d"}200 <nil> <nil>`, i), wired[i])
	}
}

// A handler's context ends with the request, so that it need not go on when nobody waits
// for the answer.
func TestHandlerContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	mux := backend.NewMux()
	backend.Handle(mux, resthook.Connect, func(ctx context.Context, c *resthook.Connection) (*resthook.Connection, error) {
		c.Login = fmt.Sprint(ctx.Value(key{}), ", ", ctx.Err())
		return c, nil
	})
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, "mine"))
	cancel()
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequestWithContext(ctx, http.MethodPost, "/connect", strings.NewReader(`{}`)))
	wantOK(t, `{"login":"mine, context canceled"}`, answer)
}

package datasend_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/datasend"
)

var errNotConnected = errors.New("not connected")

// readMessage keeps the payload as it is.
func readMessage(body []byte) (datasend.Message[json.RawMessage], error) {
	var said struct {
		OperationID string          `json:"operationId"`
		Payload     json.RawMessage `json:"payload"`
	}
	err := json.Unmarshal(body, &said)
	return datasend.Message[json.RawMessage]{OperationID: said.OperationID, HasPayload: said.Payload != nil, Data: said.Payload}, err
}

type handler = datasend.Handler[json.RawMessage]

// newHandler allows everybody. If deliver is nil, nothing may be delivered.
func newHandler(deliver func(context.Context, []string, json.RawMessage) error) *handler {
	if deliver == nil {
		deliver = func(context.Context, []string, json.RawMessage) error { return errors.New("must not be called") }
	}
	return &handler{Limit: 1000, Logger: slog.New(slog.DiscardHandler), Read: readMessage, Deliver: deliver, NotConnected: errNotConnected}
}

// post sends one request to a handler.
func post(h *handler, header http.Header, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	maps.Copy(r.Header, header)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func Example() {
	h := newHandler(func(_ context.Context, sessions []string, data json.RawMessage) error {
		fmt.Println(sessions, string(data))
		return nil
	})
	fmt.Println(post(h, nil, `{"operationId":"1","sessionIds":["a","b","a"],"payload":{"body":"hello"}}`).Code)
	answer := post(h, nil, `{"operationId":"1","payload":{"body":"hello"}}`)
	fmt.Println(answer.Code, answer.Body)
	// Output:
	// [a b] {"body":"hello"}
	// 200
	// 400 no sessionIds
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	const good = `{"operationId":"1","sessionId":"a","payload":{}}`
	for name, c := range map[string]struct {
		fails error
		body  string
		want  string
	}{
		"delivered":     {nil, good, "200 "},
		"not connected": {fmt.Errorf("x: %w", errNotConnected), good, "404 not connected\n"},
		"failed":        {errors.New("disk full"), good, "500 the data were not delivered\n"},
		"too long":      {nil, good + strings.Repeat(" ", 1000), "413 over 1000 bytes\n"},
		"no JSON":       {nil, "hello", "400 invalid character"},
		"twice":         {nil, `{"operationId":"1","sessionId":"a","sessionId":"a","payload":{}}`, "400 sessionId is there twice\n"},
		"a number":      {nil, `{"operationId":"1","sessionId":7,"payload":{}}`, "400 sessionId is not a text\n"},
		"null":          {nil, `{"operationId":"1","sessionIds":[null],"payload":{}}`, "400 sessionIds is not a list of texts\n"},
		"half":          {nil, `{"operationId":"1","sessionIds":["\ud800"],"payload":{}}`, "400 half a character in sessionIds\n"},
		"no operation":  {nil, `{"sessionId":"a","payload":{}}`, "400 no operationId\n"},
		"no payload":    {nil, `{"operationId":"1","sessionId":"a"}`, "400 no payload\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := post(newHandler(func(context.Context, []string, json.RawMessage) error { return c.fails }), nil, c.body)
			assert.True(t, strings.HasPrefix(fmt.Sprint(w.Code, " ", w.Body), c.want), "%d %s", w.Code, w.Body)
		})
	}
}

func TestMethodAndContentType(t *testing.T) {
	t.Parallel()
	handler := newHandler(nil)
	for kind, want := range map[string]int{"": 415, "text/plain": 415, "application/json": 400, "APPLICATION/JSON;charset=x": 400, ";": 415} {
		assert.Equal(t, want, post(handler, http.Header{"Content-Type": {kind}}, `{}`).Code, kind)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	assert.Equal(t, http.StatusMethodNotAllowed, w.Code)
	assert.Equal(t, "POST", w.Header().Get("Allow"))
}

// unreadBody is a body that must not be read.
type unreadBody struct{ t *testing.T }

func (u unreadBody) Read([]byte) (int, error) {
	assert.Fail(u.t, "a body of a stranger was read")
	return 0, io.EOF
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	const basic, bearer = `Basic realm="data/send", charset="UTF-8"`, `Bearer realm="data/send"`
	for name, c := range map[string]struct {
		given      datasend.Credentials
		allowed    []string
		challenges []string
	}{
		"basic":  {datasend.Credentials{Username: "me", Password: "secret"}, []string{"Basic bWU6c2VjcmV0", "basic bWU6c2VjcmV0"}, []string{basic}},
		"bearer": {datasend.Credentials{Token: "tok.en"}, []string{"Bearer tok.en", "BEARER tok.en"}, []string{bearer}},
		"both":   {datasend.Credentials{Username: "me", Password: "secret", Token: "tok.en"}, []string{"Basic bWU6c2VjcmV0", "Bearer tok.en"}, []string{basic, bearer}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			auth, err := datasend.NewAuth(c.given)
			require.NoError(t, err)
			handler := newHandler(nil)
			handler.Auth = auth
			for _, given := range c.allowed {
				assert.Equal(t, 400, post(handler, http.Header{"Authorization": {given}}, `{}`).Code, given)
			}
			for _, given := range [][]string{
				nil,
				{c.allowed[0], c.allowed[0]},
				{""},
				{"Basic"},
				{"Basic !"},
				{"Basic bWU6"},
				{"Basic bWU6c2VjcmV0cw=="},
				{"Basic bWVzZWNyZXQ="},
				{"Basic tok.en"},
				{"Bearer"},
				{"Bearer "},
				{"Bearer tok"},
				{"Bearer tok.en "},
				{"Bearer bWU6c2VjcmV0"},
				{"Digest tok.en"},
			} {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", unreadBody{t})
				r.Header["Authorization"] = given
				w := httptest.NewRecorder()
				handler.ServeHTTP(w, r)
				assert.Equal(t, 401, w.Code, given)
				assert.Equal(t, c.challenges, w.Header().Values("WWW-Authenticate"))
			}
		})
	}
}

// A panic of Deliver is answered with 500, and its connection serves the next request.
func TestPanics(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	causes := []any{"secret", errors.New("secret"), nil, http.ErrAbortHandler}
	handler := newHandler(func(context.Context, []string, json.RawMessage) error {
		if len(causes) == 0 {
			return nil
		}
		cause := causes[0]
		causes = causes[1:]
		panic(cause)
	})
	handler.Logger = slog.New(slog.NewTextHandler(&log, nil))
	node := httptest.NewServer(handler)
	defer node.Close()
	for i, want := range []int{500, 500, 500, 500, 200} {
		reused := false
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) { reused = c.Reused }})
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, node.URL, strings.NewReader(`{"operationId":"1","sessionId":"a","payload":{}}`))
		require.NoError(t, err)
		req.Header.Set("Content-Type", "application/json")
		resp, err := node.Client().Do(req)
		require.NoError(t, err)
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, want, resp.StatusCode)
		assert.NotContains(t, string(text), "panic")
		assert.Equal(t, i > 0, reused)
	}
	assert.Contains(t, log.String(), "panic: a string")
	assert.Contains(t, log.String(), "datasend_test.go")
	assert.NotContains(t, log.String(), "secret")
}

package resthook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// delivered is one call of the handler's DeliverFunc.
type delivered struct {
	sessions []string
	data     *resthook.Data
}

// inbox collects the calls.
type inbox struct {
	mu  sync.Mutex
	all []delivered
}

func (i *inbox) deliver(_ context.Context, sessions []string, data *resthook.Data) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.all = append(i.all, delivered{sessions, data})
	return nil
}

func (i *inbox) got() []delivered {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.all
}

// quiet is a config that lets everybody in and logs nothing.
func quiet() resthook.DataSendConfig {
	return resthook.DataSendConfig{AllowAnyone: true, Logger: slog.New(slog.DiscardHandler)}
}

// dataNode is a media server of one handler, and a Sender that finds it.
func dataNode(t *testing.T, cfg resthook.DataSendConfig, user string, deliver resthook.DeliverFunc) *backend.Sender {
	t.Helper()
	handler, err := resthook.DataSendHandler(cfg, deliver)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/rest-api/data/send", handler)
	node := httptest.NewServer(mux)
	t.Cleanup(node.Close)
	sender, err := backend.NewSender(backend.SenderConfig{URL: func(string) (string, error) {
		return strings.Replace(node.URL, "://", "://"+user, 1) + "/rest-api", nil
	}})
	require.NoError(t, err)
	t.Cleanup(sender.Close)
	return sender
}

// room is n sessions of a node.
func room(n int) iter.Seq[backend.Session] {
	return func(yield func(backend.Session) bool) {
		for i := range n {
			if !yield(backend.Session{Node: "n1@10.0.0.7", ID: fmt.Sprint("s-", i)}) {
				return
			}
		}
	}
}

func greeting() *resthook.Data {
	return &resthook.Data{OperationID: "op-1", Payload: map[string]any{"body": "hello <all>", "n": json.Number("12345678901234567890")}}
}

// What a backend's Sender sends is what is delivered to clients.
func TestDataSendFromSender(t *testing.T) {
	t.Parallel()
	var in inbox
	cfg := resthook.DataSendConfig{Username: "backend", Password: resthook.NewSecret("p:ss"), Logger: slog.New(slog.DiscardHandler)}
	sender := dataNode(t, cfg, "backend:p%3Ass@", in.deliver)
	require.NoError(t, sender.Send(t.Context(), room(1500), greeting()))

	want := greeting()
	want.NodeID = "n1@10.0.0.7"
	var sessions []string
	for _, one := range in.got() {
		sessions = append(sessions, one.sessions...)
		assert.True(t, want.Equal(*one.data), one.data)
	}
	require.Len(t, sessions, 1500)
	assert.Equal(t, []string{"s-0", "s-1499"}, []string{sessions[0], sessions[1499]})
}

func TestDataSendStatuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		deliver resthook.DeliverFunc
		user    string
		want    string
	}{
		"a stranger": {deliver: func(context.Context, []string, *resthook.Data) error { return nil }, user: "backend:guessed@", want: "status 401"},
		"nobody there": {deliver: func(context.Context, []string, *resthook.Data) error {
			return fmt.Errorf("x: %w", resthook.ErrNotConnected)
		}, user: "backend:secret@", want: "status 404"},
		"not delivered": {deliver: func(context.Context, []string, *resthook.Data) error { return errors.New("disk full") }, user: "backend:secret@", want: "status 500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			cfg := resthook.DataSendConfig{Username: "backend", Password: resthook.NewSecret("secret"), Logger: slog.New(slog.NewTextHandler(&log, nil))}
			err := dataNode(t, cfg, c.user, c.deliver).Send(t.Context(), room(1), greeting())
			require.ErrorContains(t, err, c.want)
			assert.Contains(t, log.String(), strings.ReplaceAll(c.want, " ", "="))
			for _, secret := range []string{"secret", "guessed", "hello"} {
				assert.NotContains(t, log.String(), secret)
			}
		})
	}
}

// post has a handler answer one request.
func post(handler http.Handler, header http.Header, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/rest-api/data/send", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	maps.Copy(r.Header, header)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w
}

func TestDataSendReads(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]string{
		`{"operationId":"1","sessionId":"a","payload":{}}`:                                   {"a"},
		`{"operationId":"1","sessionIds":["b","a","b"],"sessionId":"a","payload":{}}`:        {"b", "a"},
		`{"operationId":"1","sessionIds":null,"sessionId":"a","payload":{},"extra":[1]}`:     {"a"},
		` {"operationId":"1","sessionIds":["a",""],"sessionId":null,"payload":{"a":"\t\""}}`: {"a"},
		`{"operationId":"1","sessionIds":["\ufffd"],"payload":{"a":"\ud800"}}`:               {"\ufffd"},
	} {
		var in inbox
		handler, err := resthook.DataSendHandler(quiet(), in.deliver)
		require.NoError(t, err)
		w := post(handler, http.Header{"Content-Type": {"application/json; charset=UTF-8"}}, body)
		assert.Equal(t, http.StatusOK, w.Code, body)
		assert.Empty(t, w.Body.String())
		got := in.got()
		if assert.Len(t, got, 1, body) {
			assert.Equal(t, want, got[0].sessions, body)
			assert.Empty(t, got[0].data.SessionID)
			assert.NotContains(t, got[0].data.Unknown, "sessionIds")
		}
	}
}

func TestDataSendRefuses(t *testing.T) {
	t.Parallel()
	cfg := quiet()
	cfg.BodyLimit = 100
	handler, err := resthook.DataSendHandler(cfg, func(context.Context, []string, *resthook.Data) error {
		return errors.New("must not be called") // 500
	})
	require.NoError(t, err)
	for body, want := range map[string]string{
		``:                          "400 Data: expected an object",
		`null`:                      "400 no sessionIds",
		`[]`:                        "400 Data: expected an object",
		`{"operationId":"1"`:        "400 Data: ",
		`{} {}`:                     "400 Data: text after the object",
		"{\"operationId\":\"\xff\"": "400 Data: ",
		"\x00\x01\x02":              "400 Data: expected an object",
		`{"operationId":"1","sessionIDs":["a"],"payload":{}}`:                    "400 no sessionIds",
		`{"operationId":"1","sessionIds":[],"payload":{}}`:                       "400 no sessionIds",
		`{"operationId":"1","sessionIds":["a",7],"payload":{}}`:                  "400 sessionIds is not a list of texts",
		`{"operationId":"1","sessionIds":"a","payload":{}}`:                      "400 sessionIds is not a list of texts",
		`{"operationId":"1","sessionIds":["a",null],"payload":{}}`:               "400 sessionIds is not a list of texts",
		`{"operationId":"1","sessionIds":["a","\ud800"],"payload":{}}`:           "400 half a character in sessionIds",
		`{"operationId":"1","sessionId":"\udbff","payload":{}}`:                  "400 half a character in sessionId",
		`{"operationId":"1","sessionIds":["a"],"sessionIds":["b"],"payload":{}}`: "400 sessionIds is there twice",
		`{"sessionIds":["a"],"payload":{}}`:                                      "400 no operationId",
		`{"operationId":"1","sessionIds":["a"]}`:                                 "400 no payload",
		`{"operationId":"1","sessionIds":["a"],"payload":null}`:                  "400 no payload",
		`{"operationId":"1","sessionIds":["a"],"payload":"hush"}`:                `400 Data: field "payload": `,
		`{"payload":` + strings.Repeat(" ", 100) + `{}}`:                         "413 over 100 bytes",
		`{"operationId":"1","sessionIds":["a"],"payload":{"a":[[[[[[]]]]]]`:      "400 Data: ",
	} {
		w := post(handler, nil, body)
		got := fmt.Sprint(w.Code, " ", w.Body)
		assert.True(t, strings.HasPrefix(got, want), "%s: %s", body, got)
		assert.NotContains(t, got, "hush")
	}
}

// A thousand levels are refused, without a stack of a thousand frames.
func TestDataSendDeepAndLong(t *testing.T) {
	t.Parallel()
	var in inbox
	handler, err := resthook.DataSendHandler(quiet(), in.deliver)
	require.NoError(t, err)
	deep := strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000)
	assert.Equal(t, 400, post(handler, nil, `{"operationId":"1","sessionId":"a","payload":`+deep+`}`).Code)
	assert.Equal(t, 413, post(handler, nil, strings.Repeat(" ", 1<<20+1)).Code)
	assert.Empty(t, in.got())

	ids := strings.Repeat(`"s",`, 200_000)
	assert.Equal(t, 200, post(handler, nil, `{"operationId":"1","payload":{},"sessionIds":[`+ids+`"t"]}`).Code)
	assert.Equal(t, []string{"s", "t"}, in.got()[0].sessions)
}

func TestDataSendConfig(t *testing.T) {
	t.Parallel()
	deliver := new(inbox).deliver
	secret := resthook.NewSecret
	for want, cfg := range map[string]resthook.DataSendConfig{
		"nobody is let in":        {},
		"credentials, and":        {AllowAnyone: true, Token: secret("x")},
		"a name without":          {Username: "me", Token: secret("x")},
		"or the other way":        {Password: secret("x")},
		"a colon":                 {Username: "me:you", Password: secret("x")},
		"masked":                  {Username: "me", Password: secret("***")},
		"stands for":              {Token: secret("***")},
		"white space":             {Token: secret("a b")},
		"a body limit of -1":      {AllowAnyone: true, BodyLimit: -1},
		"a body limit of 1073741": {AllowAnyone: true, BodyLimit: 1<<30 + 1},
	} {
		_, err := resthook.DataSendHandler(cfg, deliver)
		require.ErrorIs(t, err, resthook.ErrConfig)
		assert.ErrorContains(t, err, want)
	}
	_, err := resthook.DataSendHandler(quiet(), nil)
	require.ErrorIs(t, err, resthook.ErrConfig)
	_, err = resthook.DataSendHandler(resthook.DataSendConfig{AllowAnyone: true}, deliver)
	require.NoError(t, err)
}

// The context of deliver ends when the sender gives up.
func TestDataSendContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	sender := dataNode(t, quiet(), "", func(ctx context.Context, _ []string, _ *resthook.Data) error {
		cancel()
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Second): // it would not have ended
		}
		ended <- ctx.Err()
		return ctx.Err()
	})
	require.ErrorIs(t, sender.Send(ctx, room(1), greeting()), context.Canceled)
	require.ErrorIs(t, <-ended, context.Canceled)
}

// Several backends at once, each with a message of its own.
func TestDataSendConcurrently(t *testing.T) {
	t.Parallel()
	var in inbox
	sender := dataNode(t, quiet(), "", in.deliver)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			data := &resthook.Data{OperationID: fmt.Sprint(i), Payload: map[string]any{"n": fmt.Sprint(i)}}
			assert.NoError(t, sender.Send(t.Context(), room(i+1), data))
		})
	}
	group.Wait()
	require.Len(t, in.got(), 20)
	for _, one := range in.got() {
		assert.Equal(t, one.data.OperationID, one.data.Payload["n"])
		assert.Equal(t, fmt.Sprint(len(one.sessions)-1), one.data.OperationID)
	}
}

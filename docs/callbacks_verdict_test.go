package docs

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// What an old backend answers to on_connect, and what comes of it at the media
// server: a yes, a no, or a failure that is no yes either.
func TestCallbackVerdicts(t *testing.T) {
	t.Parallel()
	const yes, no, failure = "yes", "no", "failure"
	for name, test := range map[string]struct {
		status int
		answer string
		want   string
	}{
		"0":                 {200, `0`, yes},
		"201":               {201, `0`, yes},
		"code 0":            {200, `{"code":0,"data":""}`, yes},
		"code 1":            {200, `{"code":1}`, no},
		"no code":           {200, `{"ok":true}`, no},
		"code as text":      {200, `{"code":"0"}`, no},
		"another number":    {200, `1`, no},
		"empty":             {200, ``, no},
		"blanks":            {200, " 0\n", no},
		"forbidden":         {403, `0`, no},
		"a redirect":        {302, `0`, no},
		"a broken callback": {503, `0`, failure},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, connectVerdict(t, test.status, test.answer))
		})
	}
}

// connectVerdict connects a client through the adapter to an old backend that
// gives one answer.
func connectVerdict(t *testing.T, status int, answer string) string {
	t.Helper()
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(answer))
	}))
	t.Cleanup(old.Close)
	adapter := &srsBackend{url: old.URL, http: &http.Client{Transport: &http.Transport{}}}
	t.Cleanup(adapter.http.CloseIdleConnections)
	hooks, err := adapter.hooks()
	require.NoError(t, err)
	server := httptest.NewServer(hooks)
	t.Cleanup(server.Close)
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: server.URL}))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, client.Close(context.WithoutCancel(t.Context()))) })
	switch _, err := client.Connect(t.Context(), &resthook.Connection{SessionID: "s"}); {
	case err == nil:
		return "yes"
	case resthook.Denied(err):
		return "no"
	}
	return "failure"
}

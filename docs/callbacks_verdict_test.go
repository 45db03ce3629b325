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

// What an old backend answers to on_connect, and the result at the media server.
func TestCallbackVerdicts(t *testing.T) {
	t.Parallel()
	const allowed, denied, failed = "allowed", "denied", "failed"
	for name, test := range map[string]struct {
		status int
		answer string
		want   string
	}{
		"0":                 {200, `0`, allowed},
		"201":               {201, `0`, allowed},
		"code 0":            {200, `{"code":0,"data":""}`, allowed},
		"code 1":            {200, `{"code":1}`, denied},
		"no code":           {200, `{"ok":true}`, denied},
		"code as text":      {200, `{"code":"0"}`, denied},
		"another number":    {200, `1`, denied},
		"empty":             {200, ``, denied},
		"blanks":            {200, " 0\n", denied},
		"forbidden":         {403, `0`, denied},
		"a redirect":        {302, `0`, denied},
		"a broken callback": {503, `0`, failed},
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
		return "allowed"
	case resthook.Denied(err):
		return "denied"
	}
	return "failed"
}

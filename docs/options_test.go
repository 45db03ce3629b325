package docs

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// The policies of methods that the page shows are valid.
func TestHookPolicies(t *testing.T) {
	t.Parallel()
	cfg, app := resthook.DefaultConfig(), resthook.App{URL: "http://backend.example/rest"}
	client, err := resthook.NewClient(cfg, resthook.WithApp(app),
		resthook.WithHookPolicy(resthook.PlayHLS, resthook.HookPolicy{Total: 500 * time.Millisecond}),
		resthook.WithHookPolicy(resthook.Connect, resthook.HookPolicy{Timeout: 2 * time.Second, Total: 5 * time.Second, RetryTimeouts: true}),
		resthook.WithHookPolicy(resthook.SendDTMF, resthook.HookPolicy{Retries: resthook.NoRetry}))
	require.NoError(t, err)
	require.NoError(t, client.Close(t.Context()))
}

// The fallbacks and the credentials that the page shows are valid.
func TestFallbacksAndCredentials(t *testing.T) {
	t.Parallel()
	vault := func(context.Context) (user, password string, err error) { return "media", "correct horse", nil }
	room := resthook.App{
		Key: "room", URLs: []string{"https://a.backend.example/rest", "https://b.backend.example/rest"},
		Credentials: func(ctx context.Context) (resthook.Credentials, error) {
			user, password, err := vault(ctx)
			return resthook.Credentials{Username: user, Password: resthook.NewSecret(password), RefreshAt: time.Now().Add(time.Hour)}, err
		},
	}
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(room),
		resthook.WithFallback(resthook.PlayHLS, resthook.Fallback{Everybody: true}),
		resthook.WithFallback(resthook.Connect, resthook.Fallback{Known: 10 * time.Minute}))
	require.NoError(t, err)
	require.NoError(t, client.Close(t.Context()))
}

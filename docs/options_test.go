package docs

import (
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

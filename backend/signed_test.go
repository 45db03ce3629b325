package backend_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// Hooks that the library signs are accepted under the old and the new secret. Hooks with
// another signature are not.
func TestSignedByTheLibrary(t *testing.T) {
	t.Parallel()
	const other = "whsec_b3RoZXIgc2VjcmV0IG9mIHNvbWVib2R5IGVsc2U="
	server := httptest.NewServer(wrap(t, backend.Echo(), backend.WithSignature(resthook.NewSecret(newSecret), resthook.NewSecret(oldSecret))))
	defer server.Close()
	for _, c := range []struct {
		secrets []resthook.Secret
		in      bool
	}{
		{[]resthook.Secret{resthook.NewSecret(oldSecret)}, true},
		{[]resthook.Secret{resthook.NewSecret(newSecret)}, true},
		{[]resthook.Secret{resthook.NewSecret(other), resthook.NewSecret(oldSecret)}, true},
		{[]resthook.Secret{resthook.NewSecret(other)}, false},
		{nil, false},
	} {
		client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: server.URL, SigningSecrets: c.secrets}))
		require.NoError(t, err)
		_, err = client.Connect(t.Context(), &resthook.Connection{Login: "l"})
		assert.Equal(t, c.in, err == nil, "%v", err)
		assert.Equal(t, !c.in, resthook.Denied(err))
		require.NoError(t, client.Close(context.Background()))
	}
}

// A signed hook has two times: when it was made, and when it was sent.
func TestTimeOfASignedHook(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		made, sent string
		want       time.Time
	}{
		{"1795456810", "1795456831", time.Unix(1_795_456_810, 0)},
		{"", "1795456831", time.Unix(1_795_456_831, 0)},
		{"yesterday", "1795456831", time.Unix(1_795_456_831, 0)},
		{"", "", time.Time{}},
	} {
		mux := backend.NewMux()
		backend.Handle(mux, resthook.Connect, func(ctx context.Context, _ *resthook.Connection) (*resthook.Connection, error) {
			assert.Equal(t, c.want, backend.DeliveryOf(ctx).Time, "%+v", c)
			return nil, nil
		})
		answer := send(t, mux, "/connect", strings.NewReader(`{}`), "Resthook-Time", c.made, "Webhook-Timestamp", c.sent)
		assert.Equal(t, http.StatusOK, answer.Code)
	}
}

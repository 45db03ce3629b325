package docs

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// ready answers 200 while a backend of each app can be reached, else 503.
func ready(client *resthook.Client, logger *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second) // less than the one who asks waits
		defer cancel()
		if err := client.Check(ctx); err != nil {
			logger.WarnContext(ctx, "not ready", "error", err) // for us: it has the URLs of backends
			http.Error(w, "a backend cannot be reached", http.StatusServiceUnavailable)
		}
	})
}

// The handler on the page says whether the backend is there.
func TestReady(t *testing.T) {
	t.Parallel()
	b := hooktest.NewBackend(t)
	handler := ready(b.Client(), slog.New(slog.DiscardHandler))
	ask := func() int {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ready", http.NoBody))
		return w.Code
	}
	assert.Equal(t, http.StatusOK, ask())
	b.Down()
	assert.Eventually(t, func() bool { return ask() == http.StatusServiceUnavailable }, 5*time.Second, time.Millisecond)
	assert.Empty(t, b.Requests())
}

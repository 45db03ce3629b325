package h1_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptrace"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/h1"
)

// stalled receives the first byte of an answer and no more.
type stalled struct{}

func (stalled) RoundTrip(r *http.Request) (*http.Response, error) {
	httptrace.ContextClientTrace(r.Context()).GotFirstResponseByte()
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// An exchange that ends in time or is canceled is not malformed, whatever happened to its
// answer.
func TestThroughEndsInTimeAfterTheFirstByte(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		own, caller time.Duration
		want        error
	}{
		"its own time": {time.Second, time.Minute, h1.ErrTime},
		"the caller":   {time.Minute, time.Second, h1.ErrCanceled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), row.caller)
				defer cancel()
				req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://backend.test/", http.NoBody)
				require.NoError(t, err)
				got := h1.Through(ctx, stalled{}, req, &h1.Request{End: time.Now().Add(row.own), Answer: &bytes.Buffer{}, Limit: 100})
				assert.ErrorIs(t, got.Err, row.want)
				assert.Equal(t, h1.StatusLine, got.Phase)
			})
		})
	}
}

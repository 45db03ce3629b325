package crash_test

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable/internal/crash"
)

// A backend notes what it answers: every session is refused for a while, at first by a reset.
func TestBackend(t *testing.T) {
	t.Parallel()
	l := crash.NewLedger()
	b, err := crash.NewBackend(l)
	require.NoError(t, err)
	t.Cleanup(b.Down)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resets, refusals, accepted := 0, 0, 0
	require.Eventually(t, func() bool {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.URL("m1")+"/StreamStatusEvent",
			strings.NewReader(`{"sessionId":"m1.1","mediaSessionId":"stream","status":"PAUSED","custom":{"n":1}}`))
		if !assert.NoError(t, err) {
			return false
		}
		request.Header.Set(resthook.HeaderID, "one")
		resp, err := client.Do(request)
		switch {
		case err != nil:
			resets++
		case resp.StatusCode == http.StatusOK:
			accepted++
		default:
			refusals++
		}
		if resp != nil {
			_ = resp.Body.Close()
		}
		return resets > 0 && refusals > 0 && accepted > 0
	}, 20*time.Second, 50*time.Millisecond)
	assert.Equal(t, 1, resets, "an event is reset once")
	v := l.Verdict()
	assert.Equal(t, accepted, v.Requests)
	assert.Equal(t, accepted-1, v.Repeats)
	b.Down()
	_, err = new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimSuffix(strings.TrimPrefix(b.URL("m1"), "http://"), "/m1"))
	require.Error(t, err)
	require.NoError(t, b.Up())
}

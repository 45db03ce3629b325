package inspector

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/h1"
)

// bubble is an inspector on a network in memory, for tests on virtual time.
type bubble struct {
	*Inspector

	client *http.Client
}

// inBubble starts an inspector that serves until the bubble ends.
func inBubble(t *testing.T, rules string, o Options) *bubble {
	t.Helper()
	network := hooktest.NewNetwork()
	listener := network.Listen()
	var err error
	o.Rules, err = ParseRules([]byte(rules))
	require.NoError(t, err)
	o.Path, o.URL = "/", "http://"+listener.Addr().String()
	b := &bubble{New(o), &http.Client{Transport: &http.Transport{DialContext: network.DialContext}}}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, listener, b.Inspector, log.New(io.Discard, "", 0)) }()
	t.Cleanup(func() {
		begun := time.Now()
		cancel()
		assert.NoError(t, <-ended)
		assert.LessOrEqual(t, time.Since(begun), shutdownTime)
		b.client.CloseIdleConnections()
	})
	return b
}

// hook sends a hook and returns the status and the body.
func (b *bubble) hook(t testing.TB) (int, string) {
	t.Helper()
	resp, err := b.client.Post(b.URL+"/call", "application/json", strings.NewReader("{}")) //nolint:noctx // the bubble ends the request
	require.NoError(t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

// A rule's delay may be longer than the server's timeout for other hooks. The rules at
// the beginning of a hook apply to it.
func TestDelayMayBeLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := inBubble(t, `{"*":{"delay":"1h"}}`, Options{})
		begun := time.Now()
		time.AfterFunc(time.Minute, func() { _ = b.rules.replace([]byte(`{"*":{"deny":"x"}}`)) })
		code, _ := b.hook(t)
		assert.Equal(t, []any{200, time.Hour}, []any{code, time.Since(begun)})
		code, text := b.hook(t)
		assert.Equal(t, []any{403, "x\n"}, []any{code, text})
	})
}

// A backend may take longer than the server's timeout for other hooks: the media server
// decides how long a hook may take.
func TestBackendMayTakeItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := hooktest.NewNetwork()
		listener := network.Listen()
		slow := &http.Server{
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				time.Sleep(10 * time.Minute)
				_, _ = io.WriteString(w, strings.Repeat(" ", 100_000)+"{}")
			}),
		}
		go func() { _ = slow.Serve(listener) }()
		t.Cleanup(func() { _ = slow.Close() })
		to, err := url.Parse("http://" + listener.Addr().String())
		require.NoError(t, err)
		b := inBubble(t, "{}", Options{Backend: &Backend{URL: to}})
		b.forwarder.transport = h1.New(h1.Options{Dial: network.DialContext})
		begun := time.Now()
		code, text := b.hook(t)
		assert.Equal(t, []any{200, 100_002, 10 * time.Minute}, []any{code, len(text), time.Since(begun)})
	})
}

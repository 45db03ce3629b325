package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/durable"
	"github.com/wcskit/resthook/hooktest"
	"github.com/wcskit/resthook/internal/leak"
)

// asCommand makes the test binary run as the command, for the tests that need a process of their own.
const asCommand = "RESTHOOK_QUEUE_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	leak.Exit(m)
}

// ran is the result of a command.
type ran struct {
	code     int
	out, err string
}

// do runs the command in this process.
func do(t testing.TB, args ...string) ran {
	t.Helper()
	var out, err bytes.Buffer
	code := run(t.Context(), args, &streams{Out: &out, Err: &err})
	return ran{code, out.String(), err.String()}
}

// fine runs a command that succeeds, and returns what it prints.
func fine(t testing.TB, args ...string) string {
	t.Helper()
	got := do(t, args...)
	require.Equal(t, exitFine, got.code, got.err)
	require.Empty(t, got.err)
	return got.out
}

// isFault checks that nothing is on stdout, and one line on stderr.
func (r ran) isFault(t testing.TB, code int, says string) {
	t.Helper()
	assert.Equal(t, code, r.code)
	assert.Empty(t, r.out)
	assert.Equal(t, 1, strings.Count(r.err, "\n"), "lines on stderr: %q", r.err)
	assert.True(t, strings.HasPrefix(r.err, "resthook-queue: "), r.err)
	assert.Contains(t, r.err, says)
}

func logger(t testing.TB) resthook.Option {
	t.Helper()
	return resthook.WithLogger(slog.New(slog.NewTextHandler(t.Output(), nil)))
}

// openStore opens a store in a directory, which close gives back.
func openStore(t testing.TB, dir string, opts ...durable.Option) (s *durable.Store, shut func()) {
	t.Helper()
	s, err := durable.Open(t.Context(), dir, append([]durable.Option{
		durable.WithNode("media-1"), durable.WithLogger(slog.New(slog.NewTextHandler(t.Output(), nil))),
	}, opts...)...)
	require.NoError(t, err)
	shut = func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		assert.NoError(t, s.Close(ctx))
	}
	t.Cleanup(shut)
	return s, shut
}

// mediaServer is a client of two apps.
func mediaServer(t testing.TB, backend *hooktest.Backend, s *durable.Store, opts ...resthook.Option) (c *resthook.Client, shut func()) {
	t.Helper()
	opts = append(append(s.Options(), logger(t)), opts...)
	c, err := resthook.NewClient(resthook.DefaultConfig(), append(opts,
		resthook.WithApp(resthook.App{Key: "defaultApp", URL: backend.URL()}),
		resthook.WithApp(resthook.App{Key: "otherApp", URL: backend.URL()}))...)
	require.NoError(t, err)
	shut = func() {
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		defer cancel()
		_ = c.Close(ctx)
	}
	t.Cleanup(shut)
	return c, shut
}

func connect(t testing.TB, c *resthook.Client, app, id string) *resthook.Session {
	t.Helper()
	s, err := c.Connect(t.Context(), &resthook.Connection{AppKey: app, SessionID: id})
	require.NoError(t, err)
	return s
}

func publishing(t testing.TB, s *resthook.Session, status resthook.StreamStatus) {
	t.Helper()
	require.NoError(t, resthook.StreamStatusEvent.Record(t.Context(), s, &resthook.Stream{
		MediaSessionID: "media-" + s.ID(), Name: "cam", Published: true, Status: status, Custom: map[string]any{"token": "s3cret"},
	}))
}

// filled is the directory of a store that a client has filled and that is closed: two dead letters, four
// events that wait, and what is open of two sessions.
func filled(t testing.TB, opts ...durable.Option) string {
	t.Helper()
	dir := t.TempDir()
	s, shut := openStore(t, dir, opts...)
	fill(t, s)
	shut()
	return dir
}

func fill(t testing.TB, s *durable.Store) {
	t.Helper()
	backend := hooktest.NewBackend(t)
	dead := make(chan struct{}, 2)
	c, _ := mediaServer(t, backend, s, resthook.WithObserver(resthook.Observer{Event: func(_ context.Context, o resthook.EventOutcome) {
		if o.Result == resthook.EventFailed {
			dead <- struct{}{}
		}
	}}))
	one, two := connect(t, c, "defaultApp", "session-1"), connect(t, c, "otherApp", "session-2")
	backend.On("StreamStatusEvent").Status(http.StatusBadRequest, "").Times(1000)
	publishing(t, one, resthook.StreamPublishing)
	<-dead
	publishing(t, two, resthook.StreamPublishing)
	<-dead
	backend.On("StreamStatusEvent").Status(http.StatusServiceUnavailable, "").Times(1000)
	backend.On("CallStatusEvent").Status(http.StatusServiceUnavailable, "").Times(1000)
	publishing(t, one, resthook.StreamPaused)
	publishing(t, one, resthook.StreamPlaying)
	require.NoError(t, resthook.CallStatusEvent.Record(t.Context(), two, &resthook.Call{CallID: "call-1", Status: resthook.CallRing}))
	publishing(t, two, resthook.StreamUnpublished)
}

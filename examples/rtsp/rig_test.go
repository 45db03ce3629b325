package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/hooktest"
)

// rig is a media server, and a recording backend that can be stopped and started.
type rig struct {
	t       *testing.T
	ctx     context.Context //nolint:containedctx // bounds every wait of one test
	server  *server
	backend atomic.Pointer[hooktest.Backend]
}

// newRig starts both. The backend allows everything. Its policy says that denials count
// and that it may rename streams.
func newRig(t *testing.T, settings ...func(*resthook.Config)) *rig {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
	t.Cleanup(cancel)
	r := &rig{t: t, ctx: ctx}
	r.comeBack()
	cfg := resthook.DefaultConfig()
	cfg.RTSPServerAuthEnabled, cfg.ClientACLPropertyName = true, "token"
	for _, set := range settings {
		set(&cfg)
	}
	hooks, err := resthook.NewClient(cfg, resthook.WithDialContext(r.dial),
		resthook.WithApp(resthook.App{URL: "http://backend.test/rest"}))
	require.NoError(t, err)
	r.server, err = startServer(t.Context(), "127.0.0.1:0", hooks, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() {
		r.server.stop()
		drain, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		assert.NoError(t, hooks.Close(drain), "all events are delivered")
	})
	return r
}

// keepAlives enables keep-alives at a short interval.
func keepAlives(cfg *resthook.Config) {
	cfg.KeepAliveEnabled, cfg.KeepAliveAppKeys = true, []string{"defaultApp"}
	cfg.KeepAliveInterval = 100 * time.Millisecond
}

// dial connects to the current backend. If that was stopped, its address refuses
// connections, as after a crash.
func (r *rig) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	addr := strings.TrimPrefix(r.backend.Load().URL(), "http://")
	return new(net.Dialer).DialContext(ctx, network, addr)
}

// goAway stops the backend.
func (r *rig) goAway() { r.backend.Load().Close() }

// comeBack starts a new backend without any state.
func (r *rig) comeBack() *hooktest.Backend {
	b := hooktest.NewBackend(r.t)
	rule := map[string]string{"restPolicy": "OVERWRITE", "restOverwrite": "name", "restOnError": "FAIL"}
	b.On("connect").Overwrite(map[string]any{"restClientConfig": map[string]any{
		"publishStream": rule, "playStream": rule, "StreamKeepAliveEvent": map[string]string{"restOnError": "FAIL"},
	}})
	r.backend.Store(b)
	return b
}

// refuse makes the backend deny the hooks that picked selects, and allow all others.
func (r *rig) refuse(name string, picked func(hook) bool) {
	r.backend.Load().On(name).Handle(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		var h hook
		if err := json.Unmarshal(body, &h); err != nil || picked(h) {
			w.WriteHeader(http.StatusForbidden)
		}
		_, _ = w.Write(body)
	})
}

func (r *rig) url(name string) string {
	return "rtsp://" + r.server.addr() + "/" + name + "?token=secret"
}

// publish starts an ffmpeg that publishes, and waits until the backend has got the hook.
func (r *rig) publish(name string) *program {
	r.t.Helper()
	p := start(r.t, "publisher", publishing(r.ctx, r.url(name)))
	r.wait(1, "StreamStatusEvent")
	return p
}

// play starts an ffmpeg that decodes this many frames.
func (r *rig) play(name string, frames int) *program {
	r.t.Helper()
	return start(r.t, "player", playing(r.ctx, r.url(name), frames))
}

// watch starts an ffmpeg that plays until it is ended, and waits for its first frames.
func (r *rig) watch(name string) *program {
	r.t.Helper()
	p := r.play(name, 100_000)
	select {
	case <-p.out.met.Done():
	case <-p.ended:
		require.Fail(r.t, "the player has ended", &p.log)
	}
	return p
}

// wait waits until the backend has got n hooks of this name.
func (r *rig) wait(n int, hook string) {
	r.t.Helper()
	require.NoError(r.t, r.backend.Load().Wait(r.ctx, n, hook))
}

// delivered waits until n hooks of this name were delivered: their answers have come
// too.
func (r *rig) delivered(n uint64, hook string) {
	r.t.Helper()
	require.Eventually(r.t, func() bool {
		for _, e := range r.server.hooks.Stats().Events {
			if e.Hook == hook && e.Result == resthook.EventDelivered {
				return e.Count >= n
			}
		}
		return false
	}, 10*time.Second, 5*time.Millisecond)
}

// waitMore waits for n more hooks of this name.
func (r *rig) waitMore(n int, hook string) {
	r.t.Helper()
	r.wait(len(r.backend.Load().Requests(hook))+n, hook)
}

// heard lists the hooks of each session that sent the hook of. It has a line for each
// hook except keep-alives, in the order of arrival.
func (r *rig) heard(of string) (sessions [][]string) {
	r.t.Helper()
	lines, order := map[string][]string{}, []string{}
	for _, request := range r.backend.Load().Requests() {
		h := read(r.t, request)
		if request.Hook == of && !slices.Contains(order, h.SessionID) {
			order = append(order, h.SessionID)
		}
		if request.Hook != "StreamKeepAliveEvent" {
			line := strings.ReplaceAll(h.line(request.Hook), r.server.addr(), "server")
			lines[h.SessionID] = append(lines[h.SessionID], line)
		}
	}
	for _, id := range order {
		sessions = append(sessions, lines[id])
	}
	return sessions
}

// hook holds the fields of a payload that the tests check.
type hook struct {
	NodeID, AppKey, SessionID, MediaSessionID string
	Name, Status, Info, VideoCodec            string
	Published, HasVideo, HasAudio             bool
	Custom                                    map[string]string
}

func read(t *testing.T, request hooktest.Request) (h hook) {
	t.Helper()
	require.NoError(t, json.Unmarshal(request.Body, &h))
	return h
}

func (h hook) line(name string) string {
	return strings.Join(strings.Fields(strings.Join([]string{name, h.Name, h.Status, h.Info}, " ")), " ")
}

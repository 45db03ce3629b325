package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable"
)

// natsServer starts a server with JetStream on a port of its own.
func natsServer(t testing.TB) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{ServerName: "nats-1", JetStream: true, StoreDir: t.TempDir(), Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true})
	require.NoError(t, err)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	require.True(t, s.ReadyForConnections(10*time.Second))
	return s
}

// node connects a media server's store.
func node(t testing.TB, url, name string) (s *durable.Store, shut func()) {
	t.Helper()
	s, err := durable.Connect(t.Context(), url, durable.WithNode(name), durable.WithReplicas(1), durable.WithLogger(slog.New(slog.NewTextHandler(t.Output(), nil))))
	require.NoError(t, err)
	shut = func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = s.Close(ctx)
	}
	t.Cleanup(shut)
	return s, shut
}

// screen takes what is written, and cancels after some views.
type screen struct {
	text        bytes.Buffer
	views, most int
	cancel      func()
}

func (s *screen) Write(p []byte) (int, error) {
	if s.views++; s.views >= s.most {
		s.cancel()
	}
	return s.text.Write(p)
}

func watch(t testing.TB, terminal bool, args ...string) string {
	t.Helper()
	url := natsServer(t).ClientURL()
	node(t, url, "media-1")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	out := &screen{most: 3, cancel: cancel}
	var stderr bytes.Buffer
	args = append([]string{"status", "--watch", "--interval", "10ms", "--nats", url}, args...)
	assert.Equal(t, exitFine, run(ctx, args, &streams{Out: out, Err: &stderr, Terminal: terminal}))
	assert.Empty(t, stderr.String())
	return out.text.String()
}

// On a pipe, a block follows the other.
func TestWatchOnAPipe(t *testing.T) {
	t.Parallel()
	blocks := strings.Split(watch(t, false), "\n\n20")
	assert.Len(t, blocks, 3)
	for _, block := range blocks {
		assert.Regexp(t, `^(20)?\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\nevents   0 events, `, block)
		assert.NotContains(t, block, "\x1b")
	}
	assert.Regexp(t, `\nmedia-1  alive  [\d.]+m?s ago +0 +0 `, blocks[2])
}

// On a terminal, a view takes the place of the one before, also where it is shorter.
func TestWatchOnATerminal(t *testing.T) {
	t.Parallel()
	views := strings.SplitAfter(watch(t, true), "\x1b[J\n")
	require.Len(t, views, 4)
	for _, view := range views[:3] {
		assert.True(t, strings.HasPrefix(view, "\x1b[H20"), view)
		assert.Equal(t, strings.Count(view, "\n"), strings.Count(view, "\x1b[K"))
	}
}

func TestWatchJSON(t *testing.T) {
	t.Parallel()
	assert.Len(t, objects(t, watch(t, false, "--json")), 3)
}

// lines takes what is written, line by line.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	select {
	case l <- string(p):
	default: // nobody reads more
	}
	return len(p), nil
}

func (l lines) next(t testing.TB) string {
	t.Helper()
	select {
	case line := <-l:
		return line
	case <-time.After(30 * time.Second):
		require.Fail(t, "nothing is written")
		return ""
	}
}

// A fault is said, and the view goes on when it is over.
func TestWatchOutlivesAFault(t *testing.T) {
	t.Parallel()
	first := natsServer(t)
	url := first.ClientURL()
	_, shut := node(t, url, "media-1")
	shut()
	address, err := net.ResolveTCPAddr("tcp", first.Addr().String())
	require.NoError(t, err)
	options := &server.Options{JetStream: true, StoreDir: filepath.Dir(first.StoreDir()), Host: "127.0.0.1", Port: address.Port, NoSigs: true, NoLog: true}
	ctx, cancel := context.WithCancel(t.Context()) // without a deadline, for which a request would wait
	defer cancel()
	out, stderr := make(lines, 10_000), make(lines, 100)
	over := make(chan int)
	go func() {
		over <- run(ctx, []string{"status", "--watch", "--interval", "10ms", "--nats", url}, &streams{Out: out, Err: stderr})
	}()
	out.next(t)
	first.Shutdown()
	first.WaitForShutdown()
	assert.Contains(t, stderr.next(t), "resthook-queue: stream RH_EVENTS: ")
	second, err := server.NewServer(options)
	require.NoError(t, err)
	second.Start()
	defer func() { second.Shutdown(); second.WaitForShutdown() }()
	for len(out) > 0 {
		<-out
	}
	assert.Contains(t, out.next(t), "events   0 events")
	cancel()
	assert.Equal(t, exitFine, <-over)
}

func TestSignalEndsWatch(t *testing.T) {
	t.Parallel()
	url := natsServer(t).ClientURL()
	node(t, url, "media-1")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "status", "--watch", "--nats", url)
	cmd.Env = append(os.Environ(), asCommand+"=1", "GORACE=atexit_sleep_ms=0")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = io.ReadFull(out, make([]byte, 100)) // it has begun
	require.NoError(t, err)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	_, err = io.Copy(io.Discard, out)
	require.NoError(t, err)
	assert.NoError(t, cmd.Wait())
}

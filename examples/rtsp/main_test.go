package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/leak"
)

// asProgram is the environment variable that makes the test binary run the program.
const asProgram = "RESTHOOK_RTSP_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the tests cause many denials
	leak.Exit(m)
}

// told is the output of the example.
const told = `
1. ffmpeg would publish live/cam with a wrong token
   backend: connect               denied, wrong token
   ffmpeg : Server returned 403 Forbidden (access denied)

2. ffmpeg publishes live/cam with the right one: the backend hides its name
   backend: connect               admitted
   backend: publishStream         live/cam becomes studio/cam
   backend: StreamStatusEvent     studio/cam PUBLISHING

3. ffmpeg plays live/cam
   backend: playRTSP              admitted
   backend: connect               admitted
   backend: playStream            live/cam is studio/cam
   backend: StreamStatusEvent     studio/cam PLAYING
   backend: StreamStatusEvent     studio/cam STOPPED: Stopped by user
   backend: ConnectionStatusEvent DISCONNECTED
   ffmpeg : has decoded 30 frames

4. The backend ends the stream: it says no to a keep-alive
   backend: StreamKeepAliveEvent  denied, studio/cam is over
   backend: StreamStatusEvent     studio/cam FAILED: Terminated by keep-alive
   backend: ConnectionStatusEvent DISCONNECTED
   ffmpeg : has ended, its connection was closed
`

func TestStory(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-addr", "127.0.0.1:0"}, &out, io.Discard))
	assert.Equal(t, told, out.String())
}

// The README shows what the story prints.
func TestREADME(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	assert.Contains(t, string(readme), told)
}

func TestStoryWithoutFFmpeg(t *testing.T) {
	t.Setenv("PATH", "")
	var out bytes.Buffer
	require.ErrorIs(t, run(t.Context(), []string{"-addr", "127.0.0.1:0"}, &out, io.Discard), errNoFFmpeg)
	assert.Empty(t, out.String())
}

// An interrupt ends the story and its ffmpeg processes.
func TestStoryInterrupted(t *testing.T) {
	t.Parallel()
	needFFmpeg(t)
	ctx, cancel := context.WithCancel(t.Context())
	out := newOutput(func(text string) bool { return strings.Contains(text, "PUBLISHING") })
	defer context.AfterFunc(out.met, cancel)()
	err := run(ctx, []string{"-addr", "127.0.0.1:0"}, out, io.Discard)
	require.ErrorIs(t, err, context.Canceled)
}

// serve runs until it is interrupted.
func TestServe(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"embedded":        {"-serve"},
		"another backend": {"-backend", "http://127.0.0.1:1/rest"},
		"another config":  {"-serve", "-config", "flashphoner.properties"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			out := newOutput(func(text string) bool { return strings.Contains(text, "publish and play rtsp://127.0.0.1:") })
			defer context.AfterFunc(out.met, cancel)()
			var errOut bytes.Buffer
			require.NoError(t, run(ctx, append(args, "-addr", "127.0.0.1:0"), out, &errOut))
			require.ErrorIs(t, ctx.Err(), context.Canceled)
			assert.Empty(t, errOut.String())
		})
	}
}

// After SIGTERM or Ctrl-C the backend still gets all closing events.
func TestSIGTERM(t *testing.T) {
	t.Parallel()
	r := newRig(t) // only its backend is used
	out := newOutput(func(text string) bool { return strings.HasSuffix(text, "\n") })
	cmd := exec.CommandContext(r.ctx, os.Args[0], "-addr", "127.0.0.1:0", "-backend", r.backend.Load().URL())
	cmd.Env, cmd.Stdout = append(os.Environ(), asProgram+"=1"), out
	require.NoError(t, cmd.Start())
	<-out.met.Done()
	_, address, _ := strings.Cut(out.String(), "rtsp://")
	addr, _, _ := strings.Cut(address, "/")
	silent(t, "rtsp://"+addr+"/live/cam")
	r.wait(1, "StreamStatusEvent")
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.NoError(t, cmd.Wait())
	assert.Equal(t, [][]string{published("live/cam", "UNPUBLISHED Stopped by session disconnect")}, r.heard("connect"))
}

func TestBadUsage(t *testing.T) {
	t.Parallel()
	var errOut bytes.Buffer
	require.ErrorIs(t, run(t.Context(), []string{"-port", "1"}, io.Discard, &errOut), errUsage)
	assert.Contains(t, errOut.String(), "-port")
	assert.ErrorContains(t, run(t.Context(), []string{"-backend", "ftp://x"}, io.Discard, io.Discard), "ftp")
	assert.ErrorContains(t, run(t.Context(), []string{"-serve", "-addr", "nowhere"}, io.Discard, io.Discard), "nowhere")
	assert.ErrorContains(t, run(t.Context(), []string{"-config", "none.properties"}, io.Discard, io.Discard), "none.properties")
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// needFFmpeg skips a test on a machine without ffmpeg. If RESTHOOK_INSIST is set, as in
// .ci/run, the test fails.
func needFFmpeg(t *testing.T) {
	t.Helper()
	for _, name := range []string{"ffmpeg", "ffprobe"} {
		_, err := exec.LookPath(name)
		switch {
		case err == nil:
		case os.Getenv("RESTHOOK_INSIST") != "":
			t.Fatalf("CI must have %s: apt-get install ffmpeg", name)
		default:
			t.Skipf("needs %s: apt-get install ffmpeg", name)
		}
	}
}

// program is a running ffmpeg or ffprobe.
type program struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *output
	log   bytes.Buffer // its standard error
	ended chan struct{}
}

// start runs a program until it ends or the test ends. Its log goes to the folder that
// RESTHOOK_ARTEFACTS names, if it is set.
func start(t *testing.T, role string, cmd *exec.Cmd) *program {
	t.Helper()
	needFFmpeg(t)
	p := &program{cmd: cmd, out: newOutput(plays), ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.out, &p.log
	var err error
	p.stdin, err = cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // the exit code is in ProcessState
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-p.ended
		p.keepLog(t, role)
	})
	return p
}

// plays reports whether a player has decoded at least five frames.
func plays(text string) bool { return decoded([]byte(text)) >= 5 }

// frames is the number of frames that a player has decoded.
func (p *program) frames() int { return decoded([]byte(p.out.String())) }

// exit waits until the program has ended. Its context bounds the time.
func (p *program) exit() (code int) {
	<-p.ended
	return p.cmd.ProcessState.ExitCode()
}

// quit ends an ffmpeg in order, by the key that a user would press.
func (p *program) quit(t *testing.T) (code int) {
	t.Helper()
	_, err := io.WriteString(p.stdin, "q")
	require.NoError(t, err)
	return p.exit()
}

func (p *program) keepLog(t *testing.T, role string) {
	t.Helper()
	folder := os.Getenv("RESTHOOK_ARTEFACTS")
	if folder == "" {
		return
	}
	text := fmt.Sprintf("$ %s\n%sexit code %d\n", strings.Join(p.cmd.Args, " "), p.log.Bytes(), p.cmd.ProcessState.ExitCode())
	name := fmt.Sprintf("rtsp-%s-%s-%d.log", strings.ReplaceAll(t.Name(), "/", "-"), role, p.cmd.Process.Pid)
	require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
}

// probing is an ffprobe that describes a stream.
func probing(ctx context.Context, url string) *exec.Cmd {
	return exec.CommandContext(ctx, "ffprobe", "-hide_banner", "-rtsp_transport", "tcp", "-fpsprobesize", "0",
		"-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0", url)
}

// output keeps what a program prints, and detects when a condition on it is met.
type output struct {
	met   context.Context //nolint:containedctx // ends when until is true; used for nothing else
	end   context.CancelFunc
	until func(text string) bool

	mu   sync.Mutex
	text strings.Builder
}

func newOutput(until func(text string) bool) *output {
	o := &output{until: until}
	o.met, o.end = context.WithCancel(context.Background())
	return o
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(b)
	if o.until(o.text.String()) {
		o.end()
	}
	return len(b), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

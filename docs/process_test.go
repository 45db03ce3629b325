package docs

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// startTime bounds the start of a foreign program on a busy machine.
const startTime = 30 * time.Second

// need skips a test where a program that it runs is missing; .ci/run has them all.
func need(t *testing.T, program string) {
	t.Helper()
	_, err := exec.LookPath(program)
	switch {
	case err == nil:
	case os.Getenv("RESTHOOK_INSIST") != "": // .ci/run sets it
		require.FailNow(t, "CI has to have this program", program)
	default:
		t.Skipf("no %s on this machine: what the page shows is not run", program)
	}
}

// server is a foreign program that serves until its test ends.
type server struct {
	cmd    *exec.Cmd
	output *output
	ended  chan struct{}
}

// serve runs a command line of the shell in a folder and returns the URL that
// it prints. When the test ends the program is killed and waited for.
func serve(t *testing.T, dir, command string, env ...string) (url string) {
	t.Helper()
	need(t, "sh")
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "exec env "+command)
	s := &server{cmd: cmd, output: &output{grown: make(chan struct{}, 1)}, ended: make(chan struct{})}
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = s.output, s.output
	cmd.WaitDelay = time.Second // for a grandchild that holds the output open
	require.NoError(t, cmd.Start())
	go func() {
		defer close(s.ended)
		_ = cmd.Wait() // killed is how it should end
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		<-s.ended
		if t.Failed() {
			t.Logf("output of %s:\n%s", command, s.output)
		}
	})
	return s.url(t)
}

var urlPattern = regexp.MustCompile(`http://127\.0\.0\.1:\d+\b`)

// url waits until the program has printed the URL at which it listens.
func (s *server) url(t *testing.T) string {
	t.Helper()
	for limit := time.After(startTime); ; {
		if url := s.output.find(urlPattern); url != "" {
			return url
		}
		select {
		case <-s.output.grown:
		case <-s.ended:
			require.FailNow(t, "the program ended before it listened", s.output.String())
		case <-limit:
			require.FailNow(t, "the program does not listen", s.output.String())
		}
	}
}

// output is what a program prints.
type output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	grown chan struct{}
}

// Write keeps what came, and tells of it.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.grown <- struct{}{}:
	default:
	}
	return o.text.Write(p)
}

// String returns what came so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// find looks for the pattern in the whole lines so far.
func (o *output) find(pattern *regexp.Regexp) string {
	text := o.String()
	return pattern.FindString(text[:strings.LastIndexByte(text, '\n')+1])
}

// buildCommand builds the command of this repository into a folder.
func buildCommand(t *testing.T, dir string) {
	t.Helper()
	need(t, "go")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "resthook"), "../cmd/resthook")
	text, err := build.CombinedOutput()
	require.NoError(t, err, string(text))
}

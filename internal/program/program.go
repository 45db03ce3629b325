// Package program runs programs of other languages in tests: backends in PHP, Node and
// Python, and a shell. A program is started, prints the URL at which it listens, and is
// killed when its test ends. Only tests import this package.
package program

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// StartTime bounds the start of a program on a busy machine.
const StartTime = 30 * time.Second

// Find returns the path of a program, which has one of the names. Without it the test is
// skipped, as by [Missing].
func Find(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Missing(t, names[0])
	return ""
}

// Missing skips the test. Where RESTHOOK_INSIST is set, as .ci/run does, the test fails.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("RESTHOOK_INSIST") != "" {
		t.Fatalf("CI has to have this: %s", what)
	}
	t.Skipf("no %s on this machine; `make backends` installs what the tests need", what)
}

// Program is a program that runs until its test ends.
type Program struct {
	output *output
	ended  chan struct{}
}

// Start starts a program. When the test ends it is killed and waited for. If the test has
// failed, its log has what the program printed.
func Start(t testing.TB, cmd *exec.Cmd) *Program {
	t.Helper()
	p := &Program{output: &output{grown: make(chan struct{}, 1)}, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.output, p.output
	cmd.WaitDelay = time.Second // for a grandchild that holds the output open
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // it is killed
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		<-p.ended
		if t.Failed() {
			t.Logf("output of %s:\n%s", cmd, p.output)
		}
	})
	return p
}

// Ended is closed when the program has ended.
func (p *Program) Ended() <-chan struct{} { return p.ended }

var urlPattern = regexp.MustCompile(`http://127\.0\.0\.1:\d+\b`)

// URL waits until the program has printed the URL at which it listens.
func (p *Program) URL(t testing.TB) string {
	t.Helper()
	for limit := time.After(StartTime); ; {
		if url := p.output.find(urlPattern); url != "" {
			return url
		}
		select {
		case <-p.output.grown:
		case <-p.ended:
			t.Fatalf("the program ended before it listened: %s", p.output)
		case <-limit:
			t.Fatalf("the program does not listen: %s", p.output)
		}
	}
}

// FreePort is a port on which nobody listens, for a program that takes no port 0.
func FreePort(t testing.TB) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// output is what a program has printed.
type output struct {
	mu    sync.Mutex
	text  bytes.Buffer
	grown chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.grown <- struct{}{}:
	default:
	}
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// find looks for the pattern in the complete lines.
func (o *output) find(pattern *regexp.Regexp) string {
	text := o.String()
	return pattern.FindString(text[:strings.LastIndexByte(text, '\n')+1])
}

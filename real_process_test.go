package resthook_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
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

// realStartTime bounds the start of a foreign program on a machine that has
// other things to do.
const realStartTime = 30 * time.Second

// realPath finds a program under one of its names; without it the test is
// skipped, but not by .ci/run, which sets RESTHOOK_INSIST.
func realPath(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	realMissing(t, names[0])
	return ""
}

func realMissing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("RESTHOOK_INSIST") != "" {
		require.FailNow(t, "CI has to have this: "+what)
	}
	t.Skipf("no %s on this machine; `make backends` installs it", what)
}

// realProcess is a foreign program that runs until its test ends.
type realProcess struct {
	cmd    *exec.Cmd
	output *realOutput
	ended  chan struct{}
}

// realRun starts a program. When the test ends it is killed and waited for, and
// what it printed goes to the log of a test that failed.
func realRun(t *testing.T, env []string, path string, args ...string) *realProcess {
	t.Helper()
	p := &realProcess{
		cmd:    exec.CommandContext(t.Context(), path, args...),
		output: &realOutput{grown: make(chan struct{}, 1)},
		ended:  make(chan struct{}),
	}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	p.cmd.WaitDelay = time.Second // for a grandchild that holds the output open
	require.NoError(t, p.cmd.Start())
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // killed is how it should end
	}()
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("output of %s:\n%s", filepath.Base(path), p.output)
		}
	})
	return p
}

func (p *realProcess) stop() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.ended
}

var realURL = regexp.MustCompile(`http://127\.0\.0\.1:\d+\b`)

// url waits until the program has printed the URL at which it listens.
func (p *realProcess) url(t *testing.T) string {
	t.Helper()
	for limit := time.After(realStartTime); ; {
		if line, ok := p.output.line(realURL); ok {
			return line
		}
		select {
		case <-p.output.grown:
		case <-p.ended:
			require.FailNow(t, "the backend ended before it listened")
		case <-limit:
			require.FailNow(t, "the backend does not listen")
		}
	}
}

// realOutput is what a program prints.
type realOutput struct {
	mu    sync.Mutex
	text  bytes.Buffer
	grown chan struct{}
}

func (o *realOutput) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case o.grown <- struct{}{}:
	default:
	}
	return o.text.Write(p)
}

func (o *realOutput) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// line looks for the pattern in the whole lines so far.
func (o *realOutput) line(pattern *regexp.Regexp) (string, bool) {
	text := o.String()
	found := pattern.FindString(text[:strings.LastIndexByte(text, '\n')+1])
	return found, found != ""
}

// realPHP serves a script with the server that is built into PHP. The settings
// are those of PHP without a php.ini, whatever this machine's says.
func realPHP(script string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		return realRun(
			t, nil, realPath(t, "php"), "-n", "-d", "display_errors=1", "-d", "html_errors=1",
			"-S", "127.0.0.1:0", filepath.Join("testdata", "backends", "php", script),
		).url(t)
	}
}

func realExpress(t *testing.T) string {
	t.Helper()
	node := realPath(t, "node", "nodejs")
	dir := filepath.Join("testdata", "backends", "express")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "express")); err != nil {
		realMissing(t, "Express in "+dir)
	}
	return realRun(t, nil, node, filepath.Join(dir, "app.js")).url(t)
}

func realPython(protocol string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		script := filepath.Join("testdata", "backends", "python", "backend.py")
		return realRun(t, nil, realPath(t, "python3"), script, protocol).url(t)
	}
}

// realApache serves testdata/backends/apache/htdocs. Apache takes no port 0,
// and a port that was free may be somebody else's by the time it starts: then
// Apache ends, and the next one gets another port.
func realApache(t *testing.T) string {
	t.Helper()
	program := realPath(t, "apache2", "httpd", "/usr/sbin/apache2", "/usr/sbin/httpd")
	modules := "/usr/lib/apache2/modules"
	if _, err := os.Stat(filepath.Join(modules, "mod_mpm_event.so")); err != nil {
		t.Skipf("no modules of Debian's Apache: %v", err)
	}
	config, err := filepath.Abs(filepath.Join("testdata", "backends", "apache", "httpd.conf"))
	require.NoError(t, err)
	root := realApacheRoot(t)
	for range 5 {
		port := realFreePort(t)
		server := realRun(t, []string{
			"RESTHOOK_ROOT=" + root, "RESTHOOK_MODULES=" + modules, "RESTHOOK_PORT=" + port,
		}, program, "-X", "-f", config)
		if url := "http://127.0.0.1:" + port; realServes(t, server, url+"/ready.txt", root) {
			return url
		}
	}
	require.FailNow(t, "Apache does not start")
	return ""
}

// realApacheRoot makes the folder that one Apache serves from. Where root
// starts it, Apache drops its privileges, and a test's own folder would be
// closed to it.
func realApacheRoot(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(root), 0o755))
	htdocs := filepath.Join(root, "htdocs")
	require.NoError(t, os.CopyFS(htdocs, os.DirFS(filepath.Join("testdata", "backends", "apache", "htdocs"))))
	require.NoError(t, os.WriteFile(filepath.Join(htdocs, "ready.txt"), []byte(root), 0o644))
	t.Cleanup(func() {
		if log, err := os.ReadFile(filepath.Join(root, "error.log")); err == nil && t.Failed() {
			t.Logf("error log of Apache:\n%s", log)
		}
	})
	return root
}

func realFreePort(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port
}

// realServes waits until the URL has the text, which no other server has, and
// reports false where the program ended. Apache says nothing once it listens,
// and it lives outside of any virtual time: it has to be asked again and again.
func realServes(t *testing.T, server *realProcess, url, text string) bool {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	for limit := time.After(realStartTime); ; {
		if realGet(t.Context(), transport, url) == text {
			return true
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-server.ended:
			return false
		case <-limit:
			require.FailNow(t, "the backend does not listen")
		}
	}
}

func realGet(ctx context.Context, transport http.RoundTripper, url string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err.Error()
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

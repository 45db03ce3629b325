package resthook_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/program"
)

// realRun starts a program, with more environment variables.
func realRun(t *testing.T, env []string, path string, args ...string) *program.Program {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Env = append(os.Environ(), env...)
	return program.Start(t, cmd)
}

// realPHP serves a script with the server that is built into PHP. The settings
// are those of PHP without a php.ini, whatever this machine's says.
func realPHP(script string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		return realRun(
			t, nil, program.Find(t, "php"), "-n", "-d", "display_errors=1", "-d", "html_errors=1",
			"-S", "127.0.0.1:0", filepath.Join("testdata", "backends", "php", script),
		).URL(t)
	}
}

func realExpress(t *testing.T) string {
	t.Helper()
	node := program.Find(t, "node", "nodejs")
	dir := filepath.Join("testdata", "backends", "express")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "express")); err != nil {
		program.Missing(t, "Express in "+dir)
	}
	return realRun(t, nil, node, filepath.Join(dir, "app.js")).URL(t)
}

func realPython(protocol string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		script := filepath.Join("testdata", "backends", "python", "backend.py")
		return realRun(t, nil, program.Find(t, "python3"), script, protocol).URL(t)
	}
}

// realApache serves testdata/backends/apache/htdocs. Apache takes no port 0,
// and a port that was free may be somebody else's by the time it starts: then
// Apache ends, and the next one gets another port.
func realApache(t *testing.T) string {
	t.Helper()
	apache := program.Find(t, "apache2", "httpd", "/usr/sbin/apache2", "/usr/sbin/httpd")
	modules := "/usr/lib/apache2/modules"
	if _, err := os.Stat(filepath.Join(modules, "mod_mpm_event.so")); err != nil {
		t.Skipf("no modules of Debian's Apache: %v", err)
	}
	config, err := filepath.Abs(filepath.Join("testdata", "backends", "apache", "httpd.conf"))
	require.NoError(t, err)
	root := realApacheRoot(t)
	for range 5 {
		port := program.FreePort(t)
		server := realRun(t, []string{
			"RESTHOOK_ROOT=" + root, "RESTHOOK_MODULES=" + modules, "RESTHOOK_PORT=" + port,
		}, apache, "-X", "-f", config)
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

// realServes waits until the URL has the text, which no other server has, and
// reports false where the program ended. Apache says nothing once it listens,
// and it lives outside of any virtual time: it has to be asked again and again.
func realServes(t *testing.T, server *program.Program, url, text string) bool {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	for limit := time.After(program.StartTime); ; {
		if realGet(t.Context(), transport, url) == text {
			return true
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-server.Ended():
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

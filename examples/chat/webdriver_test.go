package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// browser is a headless Chromium, driven through chromedriver. WebDriver is plain HTTP
// and JSON. Every search for an element waits for it, so that tests need not wait.
type browser struct {
	t       *testing.T
	session string // the URL of the session
}

// newBrowser starts a browser that the end of the test closes. Where there is no
// browser, the test is skipped; in CI it fails.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	chromium, driver := program(t, "chromium"), program(t, "chromedriver")
	home := t.TempDir()
	b := &browser{t, startDriver(t, driver, home)}
	var session struct{ SessionID string }
	b.post("/session", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"timeouts":          map[string]any{"implicit": 20_000, "script": 20_000}, // milliseconds
		"goog:loggingPrefs": map[string]any{"browser": "ALL"},
		"goog:chromeOptions": map[string]any{"binary": chromium, "args": []string{
			"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
			"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--user-data-dir=" + filepath.Join(home, "profile"),
		}},
	}}}, &session)
	b.session += "/session/" + session.SessionID
	t.Cleanup(func() { b.call(http.MethodDelete, "", nil, nil) })
	return b
}

func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("RESTHOOK_INSIST") == "" { // .ci/run sets it
		t.Skipf("%s is not installed: the page is not tested in a browser", name)
	}
	require.NoError(t, err)
	return path
}

// startDriver starts a chromedriver on a free port and returns its URL.
func startDriver(t *testing.T, path, home string) string {
	t.Helper()
	driver := exec.Command(path, "--port=0") //nolint:noctx // it is killed after the browser
	driver.Env = append(os.Environ(), "HOME="+home)
	said, err := driver.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, driver.Start())
	t.Cleanup(func() {
		_ = driver.Process.Kill()
		_ = driver.Wait()
	})
	port := regexp.MustCompile(`started successfully on port (\d+)`)
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if found := port.FindSubmatch(lines.Bytes()); found != nil {
			return "http://127.0.0.1:" + string(found[1])
		}
	}
	require.Fail(t, "chromedriver did not start")
	return ""
}

func (b *browser) post(path string, body, value any) {
	b.t.Helper()
	b.call(http.MethodPost, path, body, value)
}

// call sends a WebDriver command, and decodes the answer into value.
func (b *browser) call(method, path string, body, value any) {
	b.t.Helper()
	text := []byte{}
	if body != nil {
		var err error
		text, err = json.Marshal(body)
		require.NoError(b.t, err)
	}
	req, err := http.NewRequest(method, b.session+path, bytes.NewReader(text)) //nolint:noctx // the last call comes after the end of the test's context
	require.NoError(b.t, err)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	require.NoError(b.t, err)
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	require.Equal(b.t, http.StatusOK, resp.StatusCode, "%s %s: %s", method, path, answer)
	if value != nil {
		require.NoError(b.t, json.Unmarshal(answer, &struct{ Value any }{value}))
	}
}

func (b *browser) open(url string) {
	b.t.Helper()
	b.post("/url", map[string]any{"url": url}, nil)
}

// find waits for an element and returns its path in WebDriver.
func (b *browser) find(xpath string) string {
	b.t.Helper()
	var element map[string]string
	b.post("/element", map[string]any{"using": "xpath", "value": xpath}, &element)
	for _, id := range element {
		return "/element/" + id
	}
	return ""
}

// press types into an element.
func (b *browser) press(xpath, keys string) {
	b.t.Helper()
	b.post(b.find(xpath)+"/value", map[string]any{"text": keys}, nil)
}

// run runs a script and returns its result.
func (b *browser) run(script string) (value any) {
	b.t.Helper()
	b.post("/execute/sync", map[string]any{"script": script, "args": []any{}}, &value)
	return value
}

// devtools calls the Chrome DevTools Protocol, for what WebDriver cannot do.
func (b *browser) devtools(command string, params map[string]any) {
	b.t.Helper()
	b.post("/goog/cdp/execute", map[string]any{"cmd": command, "params": params}, nil)
}

// screenshot saves a picture of the page in the folder that RESTHOOK_ARTEFACTS names, if
// it is set.
func (b *browser) screenshot(name string) {
	b.t.Helper()
	folder := os.Getenv("RESTHOOK_ARTEFACTS")
	if folder == "" {
		return
	}
	var picture string
	b.call(http.MethodGet, "/screenshot", nil, &picture)
	png, err := base64.StdEncoding.DecodeString(picture)
	require.NoError(b.t, err)
	require.NoError(b.t, os.MkdirAll(folder, 0o755))
	require.NoError(b.t, os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644))
}

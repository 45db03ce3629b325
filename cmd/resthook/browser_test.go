package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// browser is a headless Chromium, driven through chromedriver (WebDriver: HTTP
// and JSON).
type browser struct {
	t       testing.TB
	session string // the URL of the WebDriver session
	look    look
}

// Keys, as WebDriver encodes them.
const (
	keyTab    = "\ue004"
	keyEnter  = "\ue007"
	keyEscape = "\ue00c"
	keyEnd    = "\ue010"
	keyHome   = "\ue011"
	keyRight  = "\ue014"
	keyDown   = "\ue015"
)

const (
	// patience is how long to wait for the page on a busy machine.
	patience = 40 * time.Second
	// elementKey is the key that WebDriver gives an element in its JSON.
	elementKey = "element-6066-11e4-a52e-4f735466cecf"
)

// openBrowser starts a browser that the end of the test closes. Where there is no
// browser, the test is skipped; in .ci/run it fails.
func openBrowser(t testing.TB) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes long: -short leaves it out")
	}
	driver, program := find(t, "chromedriver"), find(t, "chromium")
	root := startDriver(t, driver)
	b := &browser{t: t}
	var opened struct{ SessionID string }
	args := []string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--user-data-dir=" + t.TempDir(),
	}
	b.call(http.MethodPost, root+"/session", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"goog:chromeOptions": map[string]any{"binary": program, "args": args},
		"goog:loggingPrefs":  map[string]string{"browser": "ALL"},
		"timeouts":           map[string]any{"script": patience.Milliseconds()},
	}}}, &opened)
	b.session = root + "/session/" + opened.SessionID
	t.Cleanup(func() { b.call(http.MethodDelete, b.session, nil, nil) })
	b.resize(looks[0].width, looks[0].height)
	return b
}

func find(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil && os.Getenv("RESTHOOK_INSIST") == "" { // .ci/run sets it
		t.Skipf("%s is not installed: the page is not tested in a browser", program)
	}
	require.NoError(t, err)
	return path
}

// startDriver returns the URL of a driver.
func startDriver(t testing.TB, driver string) string {
	t.Helper()
	cmd := exec.Command(driver, "--port=0") //nolint:noctx // it must outlive t.Context, to close the browser
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if port := regexp.MustCompile(`successfully on port (\d+)`).FindStringSubmatch(lines.Text()); port != nil {
			return "http://127.0.0.1:" + port[1]
		}
	}
	require.Fail(t, "chromedriver names no port")
	return ""
}

// call sends a WebDriver command and returns its value.
func (b *browser) call(method, url string, body, value any) {
	b.t.Helper()
	text := []byte("{}")
	if body != nil {
		var err error
		text, err = json.Marshal(body)
		require.NoError(b.t, err)
	}
	req, err := http.NewRequest(method, url, bytes.NewReader(text)) //nolint:noctx // bounded by the browser's own time limits
	require.NoError(b.t, err)
	req.Close = true
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(b.t, err)
	defer resp.Body.Close()
	answer := struct{ Value any }{value}
	var failure struct {
		Value struct{ Error, Message string }
	}
	if resp.StatusCode != http.StatusOK {
		_ = json.NewDecoder(resp.Body).Decode(&failure)
		require.Fail(b.t, failure.Value.Error, "%s\n%s", failure.Value.Message, text)
	}
	require.NoError(b.t, json.NewDecoder(resp.Body).Decode(&answer))
}

func (b *browser) visit(url string) {
	b.t.Helper()
	b.call(http.MethodPost, b.session+"/url", map[string]string{"url": url}, nil)
}

// eval returns the value of a JavaScript expression as text.
func (b *browser) eval(expression string) string {
	b.t.Helper()
	var value any
	b.call(http.MethodPost, b.session+"/execute/sync", map[string]any{"script": "return String(" + expression + ")", "args": []any{}}, &value)
	text, _ := value.(string)
	return text
}

// number returns the value of a JavaScript expression as a number.
func (b *browser) number(expression string) int {
	b.t.Helper()
	n, err := strconv.Atoi(b.eval(expression))
	require.NoError(b.t, err)
	return n
}

// until waits until a JavaScript expression is true.
func (b *browser) until(expression string) {
	b.t.Helper()
	b.call(http.MethodPost, b.session+"/execute/async", map[string]any{"script": `
		const done = arguments[0];
		const look = () => { (() => { try { return ` + expression + ` } catch { return false } })() ? done(true) : setTimeout(look, 20) };
		look()`, "args": []any{}}, nil)
}

// element returns the first element that a CSS selector finds.
func (b *browser) element(selector string) string {
	b.t.Helper()
	var found map[string]string
	b.call(http.MethodPost, b.session+"/element", map[string]string{"using": "css selector", "value": selector}, &found)
	return b.session + "/element/" + found[elementKey]
}

func (b *browser) click(selector string) {
	b.t.Helper()
	b.call(http.MethodPost, b.element(selector)+"/click", nil, nil)
}

// act uses a button, a link or a box: with the keyboard or the pointer, as the look
// says.
func (b *browser) act(selector string) {
	b.t.Helper()
	b.until(`document.querySelector(` + strconv.Quote(selector) + `)`)
	if !b.look.keyboard {
		b.click(selector)
		return
	}
	b.focus(selector)
	if b.eval(`document.activeElement.matches("[type=checkbox], [type=radio]")`) == "true" {
		b.press(" ")
		return
	}
	b.press(keyEnter)
}

// focus moves the focus to an element, which must be able to have it.
func (b *browser) focus(selector string) {
	b.t.Helper()
	require.Equal(b.t, "true", b.eval(`(e => { e.focus(); return document.activeElement === e })(document.querySelector(`+strconv.Quote(selector)+`))`), selector)
}

// choose chooses a value of a select.
func (b *browser) choose(selector, value string) {
	b.t.Helper()
	if !b.look.keyboard {
		b.click(selector + ` [value="` + value + `"]`)
		return
	}
	b.focus(selector)
	b.press(keyHome)
	for range b.number(`[...document.activeElement.options].findIndex(e => e.value === "` + value + `")`) {
		b.press(keyDown)
	}
}

// fill replaces the text of a field.
func (b *browser) fill(selector, text string) {
	b.t.Helper()
	field := b.element(selector)
	b.call(http.MethodPost, field+"/clear", nil, nil)
	b.call(http.MethodPost, field+"/value", map[string]string{"text": text}, nil)
}

// attach chooses a file.
func (b *browser) attach(selector, path string) {
	b.t.Helper()
	b.call(http.MethodPost, b.element(selector)+"/value", map[string]string{"text": path}, nil)
}

// press presses keys, one after the other, on the element that has the focus.
func (b *browser) press(keys ...string) {
	b.t.Helper()
	var actions []map[string]string
	for _, key := range keys {
		actions = append(actions, map[string]string{"type": "keyDown", "value": key}, map[string]string{"type": "keyUp", "value": key})
	}
	b.call(http.MethodPost, b.session+"/actions", map[string]any{
		"actions": []any{map[string]any{"type": "key", "id": "keyboard", "actions": actions}},
	}, nil)
}

// resize gives the page the size of a device's screen.
func (b *browser) resize(width, height int) {
	b.t.Helper()
	b.command("Emulation.setDeviceMetricsOverride", map[string]any{
		"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600,
	})
}

// prefer sets the colour scheme that the operating system would ask for.
func (b *browser) prefer(scheme string) {
	b.t.Helper()
	b.command("Emulation.setEmulatedMedia", map[string]any{
		"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}},
	})
}

// command sends a command of the Chrome DevTools Protocol.
func (b *browser) command(name string, params map[string]any) {
	b.t.Helper()
	b.call(http.MethodPost, b.session+"/goog/cdp/execute", map[string]any{"cmd": name, "params": params}, nil)
}

// tab is the handle of the current tab.
func (b *browser) tab() string {
	b.t.Helper()
	var handle string
	b.call(http.MethodGet, b.session+"/window", nil, &handle)
	return handle
}

// newTab opens a tab and makes it the current one.
func (b *browser) newTab() string {
	b.t.Helper()
	var opened struct{ Handle string }
	b.call(http.MethodPost, b.session+"/window/new", map[string]string{"type": "tab"}, &opened)
	b.toTab(opened.Handle)
	return opened.Handle
}

func (b *browser) toTab(handle string) {
	b.t.Helper()
	b.call(http.MethodPost, b.session+"/window", map[string]string{"handle": handle}, nil)
}

// complaints are what the browser has written to its console since the last call: script
// errors and violations of the page's security policy. They leave out requests that the
// server refused.
func (b *browser) complaints() []string {
	b.t.Helper()
	var entries []struct{ Message string }
	b.call(http.MethodPost, b.session+"/se/log", map[string]string{"type": "browser"}, &entries)
	var messages []string
	for _, entry := range entries {
		if !strings.Contains(entry.Message, "the server responded with a status of 4") {
			messages = append(messages, entry.Message)
		}
	}
	return messages
}

// picture saves a screenshot in the folder that RESTHOOK_ARTEFACTS names, if it is set.
func (b *browser) picture(name string) {
	b.t.Helper()
	folder := os.Getenv("RESTHOOK_ARTEFACTS")
	if folder == "" {
		return
	}
	var text string
	b.call(http.MethodGet, b.session+"/screenshot", nil, &text)
	look := strings.NewReplacer(", ", "-").Replace(b.look.name)
	image, err := base64.StdEncoding.DecodeString(text)
	require.NoError(b.t, err)
	require.NoError(b.t, os.MkdirAll(folder, 0o755))
	assert.NoError(b.t, os.WriteFile(filepath.Join(folder, name+"-"+look+".png"), image, 0o644))
}

package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Keys without a letter, as WebDriver encodes them.
const (
	keyEnter  = "\ue007"
	selectAll = "\ue009a\ue009" // Control and a
)

// pane is the XPath of the first or second user's part of the page.
func pane(n int) string { return fmt.Sprintf("//main/section[%d]", n) }

// line is a message in a user's log.
func line(n int, kind, body string) string {
	return fmt.Sprintf("%s//li[@class='%s'][p[@class='body'][.='%s']]", pane(n), kind, body)
}

// status is the line of a user's own message with this status.
func status(n int, body, want string) string {
	return line(n, "own", body) + fmt.Sprintf("[@data-status='%s']", want)
}

func TestPage(t *testing.T) {
	t.Parallel()
	s := startForTest(t)
	b := newBrowser(t)
	b.screen(1200, 800, "light")
	b.open(s.url() + "/?two")

	// A wrong token is declined, and the page says so.
	b.press(pane(1)+"//input[@name='token']", selectAll+"guessed"+keyEnter)
	b.find(pane(1) + "//p[@role='alert'][.='Declined: wrong login or token.']")
	b.find(pane(1) + "[@data-state='out']")
	b.screenshot("chat-declined")
	b.press(pane(1)+"//input[@name='token']", selectAll+"wonderland"+keyEnter)
	b.press(pane(2)+"//input[@name='token']", keyEnter)
	b.find(pane(1) + "[@data-state='in']")
	b.find(pane(2) + "[@data-state='in']")

	b.screenshot("chat-connected")

	// Both users see each message.
	b.say(1, "Hello, Bob!")
	b.find(line(2, "other", "Hello, Bob!"))
	b.find(status(1, "Hello, Bob!", "ACCEPTED"))
	b.say(2, "Hello, Alice. Every word here goes through a hook.")
	b.find(line(1, "other", "Hello, Alice. Every word here goes through a hook."))

	// A refused message is marked, and the other user does not see it.
	b.say(2, "You blockhead!")
	b.find(status(2, "You blockhead!", "FAILED") + "/p[.='FAILED: refused by the application']")

	// Markup in a message is shown as text.
	attack := `<img src=x onerror="document.title=1">`
	b.say(2, attack)
	b.find(line(1, "other", attack))
	b.find(status(2, attack, "ACCEPTED"))
	b.say(1, "Nice try, Bob.")
	b.find(status(1, "Nice try, Bob.", "ACCEPTED"))
	b.find(line(2, "other", "Nice try, Bob."))
	assert.Equal(t, []any{"Chat by REST hooks", 0.0, 2.0}, b.run(`return [document.title, document.images.length,
		document.querySelectorAll("section:first-child .other").length]`), "bob said three things, of which one was refused")

	b.portraits()
	assert.Empty(t, b.complaints(), "the console")

	// The page and the backend show that a user has left.
	b.post(b.find(pane(2)+"//button[.='Disconnect']")+"/click", map[string]any{}, nil)
	b.find(pane(2) + "[@data-state='out']")
	assert.Equal(t, "token", b.run(`return document.activeElement.name`), "the focus is not lost")
	b.say(1, "Is anybody there?")
	b.find(status(1, "Is anybody there?", "ACCEPTED"))
	b.screenshot("chat-left")

	b.screen(390, 844, "light")
	b.open(s.url() + "/")
	b.press(pane(1)+"//input[@name='token']", keyEnter)
	b.say(1, "Only one user on this page")
	b.find(status(1, "Only one user on this page", "ACCEPTED"))
	b.screenshot("chat-one-phone")
}

// portraits takes pictures on each screen size in each colour scheme. No element may
// extend beyond the page.
func (b *browser) portraits() {
	b.t.Helper()
	for _, look := range []struct {
		name, scheme  string
		width, height int
	}{
		{"desktop-light", "light", 1200, 800},
		{"desktop-dark", "dark", 1200, 800},
		{"phone-dark", "dark", 390, 844},
		{"phone-light", "light", 390, 844},
		{"narrow-light", "light", 320, 640},
	} {
		b.screen(look.width, look.height, look.scheme)
		b.screenshot("chat-" + look.name)
		assert.InDelta(b.t, look.width, b.run(`return document.documentElement.scrollWidth`), 0, look.name)
	}
	b.run(`document.querySelectorAll("details").forEach((d) => d.open = true)`)
	b.screen(1200, 800, "light")
	b.screenshot("chat-frames")
}

// screen sets the size of the window and the preferred colour scheme.
func (b *browser) screen(width, height int, scheme string) {
	b.t.Helper()
	b.devtools("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 2, "mobile": width < 600})
	b.devtools("Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": scheme}}})
}

func (b *browser) say(n int, text string) {
	b.t.Helper()
	b.press(pane(n)+"//input[@name='body']", text+keyEnter)
}

// complaints are the errors in the browser's console, such as violations of the page's
// security policy.
func (b *browser) complaints() (all []string) {
	b.t.Helper()
	var entries []struct{ Level, Message string }
	b.post("/se/log", map[string]any{"type": "browser"}, &entries)
	for _, entry := range entries {
		if entry.Level == "SEVERE" {
			all = append(all, entry.Message)
		}
	}
	return all
}

func startForTest(t *testing.T) *system {
	t.Helper()
	s, err := start("127.0.0.1:0", slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.stop(context.WithoutCancel(t.Context()))) })
	return s
}

func TestPageTakesNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/chat.js", "/wire.js", "/chat.css", "/icon.svg"} {
		answer := get(t, path)
		assert.Equal(t, http.StatusOK, answer.Code, path)
		assert.Contains(t, answer.Header().Get("Content-Security-Policy"), "default-src 'self'", path)
		assert.Equal(t, "nosniff", answer.Header().Get("X-Content-Type-Options"), path)
		assert.NotRegexp(t, `(src|href|url|import)[=(\s]*["']?(https?:)?//`, answer.Body.String(), path)
	}
	assert.Equal(t, http.StatusNotFound, get(t, "/main.go").Code)
}

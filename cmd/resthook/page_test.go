package main

import (
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// look is a screen, a colour scheme and an input device.
type look struct {
	name          string
	width, height int
	scheme        string // the colour scheme
	keyboard      bool   // else the pointer
}

// Every pair of a width, a scheme and a device occurs once (pairwise testing).
var looks = []look{
	{"wide, light, pointer", 1280, 800, "light", false},
	{"wide, dark, keyboard", 1280, 800, "dark", true},
	{"narrow, light, keyboard", 375, 720, "light", true},
	{"narrow, dark, pointer", 375, 720, "dark", false},
}

// TestPage uses the page as a developer does. The scenarios of one look share a browser;
// each has a server of its own. A scenario runs in every second look, which covers both
// widths and both devices. RESTHOOK_ALL_LOOKS=1 runs it in all of them.
func TestPage(t *testing.T) {
	t.Parallel()
	for l, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			t.Parallel()
			b := openBrowser(t)
			b.look = look
			b.resize(look.width, look.height)
			b.prefer(look.scheme)
			for s, tt := range scenarios {
				if (l+s)%2 != 0 && !tt.everywhere && os.Getenv("RESTHOOK_ALL_LOOKS") == "" {
					continue
				}
				t.Run(tt.name, func(t *testing.T) { tt.run(&browser{t: t, session: b.session, look: look}) })
			}
		})
	}
	t.Run("ten tabs", func(t *testing.T) {
		t.Parallel()
		b := openBrowser(t)
		b.look = looks[0]
		pageInManyTabs(b)
	})
}

var scenarios = []struct {
	name       string
	run        func(*browser)
	everywhere bool // in all looks, not in every second one
}{
	{name: "rows", run: pageShowsRows},
	{name: "forward", run: pageOfForward},
	{name: "counts", run: pageCounts},
	{name: "hooks in flight", run: pageShowsPending},
	{name: "text stays text", run: pageEscapes},
	{name: "filters", run: pageFilters},
	{name: "search", run: pageSearches},
	{name: "address", run: pageKeepsAddress},
	{name: "detail", run: pageShowsDetail},
	{name: "detail follows the width", run: pageFollowsWidth},
	{name: "send again", run: pageSendsAgain},
	{name: "curl", run: pageCopiesCurl},
	{name: "rules", run: pageSetsRules},
	{name: "rule of a hook", run: pageLinksRules},
	{name: "rules as JSON", run: pageSetsRulesAsJSON},
	{name: "policy", run: pageEditsPolicy},
	{name: "pause and clear", run: pagePauses},
	{name: "download and replay", run: pageReplays},
	{name: "restart", run: pageKeepsThroughRestart},
	{name: "tab order", run: pageTabOrder},
	{name: "arrow keys", run: pageArrowKeys},
	{name: "signature", run: pageJudgesSignatures},
	{name: "looks", run: pageLooks, everywhere: true},
}

// openPage starts a server and visits its page.
func openPage(b *browser, args ...string) *served {
	b.t.Helper()
	return openPageOf(b, "serve", args...)
}

// openPageOf is openPage for any command that has the page.
func openPageOf(b *browser, command string, args ...string) *served {
	t := b.t
	t.Helper()
	b.visit("about:blank")
	b.complaints() // of the page that was open before; its server has ended
	s := startServing(t, command, args...)
	b.open(s.root(t))
	t.Cleanup(func() { assert.Empty(t, b.complaints()) })
	return s
}

// open visits a page and waits until the server has answered it.
func (b *browser) open(url string) {
	b.t.Helper()
	b.visit(url)
	b.until(`document.querySelector("#connection").textContent === "Live"`)
}

// root is the address of a server's page.
func (s *served) root(t testing.TB) string {
	t.Helper()
	u, err := url.Parse(s.url)
	require.NoError(t, err)
	return "http://" + u.Host
}

// send sends a hook, as a media server would.
func (s *served) send(t testing.TB, method, data string) outcome {
	t.Helper()
	return outcomeOf(t, do(t, "send", method, "--json", "--url", s.url, "--data="+data,
		`--policy={"`+method+`":{"restPolicy":"OVERWRITE","restOverwrite":"name","restOnError":"FAIL"}}`))
}

const (
	alice = "/10.0.0.7:64604/10.0.0.1:8443"
	bob   = "/10.0.0.9:51002/10.0.0.1:8443"
)

// story sends the hooks of two sessions; one of them has failures.
func (s *served) story(t testing.TB) {
	t.Helper()
	for _, hook := range [][3]string{
		{"connect", alice, `"custom":{"token":"secret"}`},
		{"publishStream", alice, `"name":"cam","mediaSessionId":"4f0b","published":true,"status":"PENDING"`},
		{"connect", bob, `"custom":{"token":"other"}`},
		{"playStream", bob, `"name":"cam","published":false`},
		{"StreamStatusEvent", alice, `"name":"cam","status":"PUBLISHING"`},
		{"call", bob, `"caller":"1000","callee":"1001"`},
		{"ConnectionStatusEvent", alice, `"status":"DISCONNECTED"`},
	} {
		s.send(t, hook[0], `{"nodeId":"n1","appKey":"defaultApp","sessionId":"`+hook[1]+`",`+hook[2]+`}`)
	}
}

const (
	// storyRules make some hooks of the story fail. The story makes ten hooks, since
	// call is sent four times.
	storyRules = `{"playStream":{"deny":"no such user","delay":"30ms"},"call":{"break":true},
	"publishStream":{"overwrite":{"name":"live/cam"},"delay":"80ms"}}`
	storyHooks = 10
)

// openStory opens the page and sends the story to it.
func openStory(b *browser) *served {
	b.t.Helper()
	s := openPage(b, "--rules", write(b.t, "rules.json", storyRules))
	s.story(b.t)
	b.hooks(storyHooks)
	return s
}

// setRules sets all rules, or the one that ?id= in the query names.
func (s *served) setRules(t testing.TB, query, text string) {
	t.Helper()
	got := ask(t, http.MethodPut, s.root(t)+"/-/rules"+query, text)
	require.Equal(t, http.StatusOK, got.status, got.body)
}

// hooks waits until the list has n hooks, visible or not.
func (b *browser) hooks(n int) {
	b.t.Helper()
	b.until(`document.querySelector("#hooks").getAttribute("aria-rowcount") === "` + strconv.Itoa(n+1) + `"`)
}

// row selects the nth row of the list; the newest is the first.
func row(n int) string { return "#rows .row:nth-child(" + strconv.Itoa(n) + ")" }

// cells are the texts of a row, from left to right.
func (b *browser) cells(n int) []string {
	b.t.Helper()
	return strings.Split(b.eval(`[...document.querySelector("`+row(n)+`").children].map(e => e.textContent).join("|")`), "|")
}

// text is the text of an element.
func (b *browser) text(selector string) string {
	b.t.Helper()
	return b.eval(`document.querySelector(` + strconv.Quote(selector) + `).textContent`)
}

// says waits until the text of an element contains a part.
func (b *browser) says(selector, part string) {
	b.t.Helper()
	b.until(`document.querySelector(` + strconv.Quote(selector) + `).textContent.includes(` + strconv.Quote(part) + `)`)
}

// openHook opens the hook of a row and waits until its details are shown.
func (b *browser) openHook(n int) {
	b.t.Helper()
	b.act(row(n) + " .open")
	b.until(`document.querySelector("#detail").open && document.querySelector("#detail pre")`)
}

func (b *browser) closeHook() {
	b.t.Helper()
	b.act("#detail-close")
	b.until(`!document.querySelector("#detail").open`)
}

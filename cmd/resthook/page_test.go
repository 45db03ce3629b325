package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/inspector"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

// TestPage uses the page as a developer does. The scenarios share a browser;
// each has a server of its own.
func TestPage(t *testing.T) {
	t.Parallel()
	b := openBrowser(t)
	for _, tt := range []struct {
		name string
		run  func(*browser)
	}{
		{"hooks appear", pageShowsHooks},
		{"text stays text", pageEscapes},
		{"filters", pageFilters},
		{"keyboard", pageByKeyboard},
		{"rules", pageSetsRules},
		{"rules as JSON", pageSetsRulesAsJSON},
		{"pause and clear", pagePauses},
		{"download and replay", pageReplays},
		{"restart", pageReconnects},
		{"a long run", pageIsBounded},
		{"a phone", pageOnAPhone},
		{"contrast", pageHasContrast},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.run(&browser{t: t, session: b.session}) })
	}
}

// openPage starts a server and visits its page.
func openPage(b *browser, args ...string) *served {
	t := b.t
	t.Helper()
	b.visit("about:blank")
	b.complaints() // of the page before, whose server is gone
	s := startServe(t, args...)
	b.visit(s.root(t))
	b.until(`document.querySelector("#connection").textContent === "Live"`)
	t.Cleanup(func() { assert.Empty(t, b.complaints()) })
	return s
}

// root is where the page of a server is.
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

// story sends the hooks of two sessions, one of which has trouble.
func (s *served) story(t testing.TB) {
	t.Helper()
	for _, hook := range [][2]string{
		{"connect", `{"nodeId":"n1","appKey":"defaultApp","sessionId":"/10.0.0.7:64604/10.0.0.1:8443","custom":{"token":"secret"}}`},
		{"publishStream", `{"nodeId":"n1","appKey":"defaultApp","sessionId":"/10.0.0.7:64604/10.0.0.1:8443","name":"cam","mediaSessionId":"4f0b","published":true}`},
		{"connect", `{"nodeId":"n1","appKey":"defaultApp","sessionId":"/10.0.0.9:51002/10.0.0.1:8443","custom":{"token":"other"}}`},
		{"playStream", `{"nodeId":"n1","appKey":"defaultApp","sessionId":"/10.0.0.9:51002/10.0.0.1:8443","name":"cam","published":false}`},
		{"StreamStatusEvent", `{"nodeId":"n1","appKey":"defaultApp","sessionId":"/10.0.0.7:64604/10.0.0.1:8443","name":"cam","status":"PUBLISHING"}`},
		{"call", `{"nodeId":"n1","appKey":"defaultApp","sessionId":"/10.0.0.9:51002/10.0.0.1:8443","callee":"1001"}`},
		{"ConnectionStatusEvent", `{"nodeId":"n1","appKey":"defaultApp","sessionId":"/10.0.0.7:64604/10.0.0.1:8443","status":"DISCONNECTED"}`},
	} {
		s.send(t, hook[0], hook[1])
	}
}

const storyRules = `{"playStream":{"deny":"no such user","delay":"30ms"},"call":{"break":true},
	"publishStream":{"overwrite":{"name":"live/cam"},"delay":"80ms"}}`

// setRules sets all rules, or with ?method= one.
func (s *served) setRules(t testing.TB, query, text string) {
	t.Helper()
	got := ask(t, http.MethodPut, s.root(t)+"/-/rules"+query, text)
	require.Equal(t, http.StatusOK, got.status, got.body)
}

// rows waits for a number of hooks in the list.
func (b *browser) rows(n string) {
	b.t.Helper()
	b.until(`document.querySelectorAll("#rows tr").length === ` + n)
}

// cell is the text of a cell of the list's newest hook.
func (b *browser) cell(name string) string {
	b.t.Helper()
	return b.eval(`document.querySelector("#rows tr .` + name + `").textContent`)
}

func pageShowsHooks(b *browser) {
	t := b.t
	s := openPage(b, "--rules", write(t, "rules.json", storyRules))
	assert.Equal(t, s.url, b.eval(`document.querySelector("#base").textContent`))
	b.picture("empty-light")
	s.story(t)
	b.rows("10") // the call came four times
	assert.Equal(t, "2", b.eval(`document.querySelectorAll("#lanes .lane").length`))
	assert.Equal(t, "/10.0.0.9:51002/10.0.0.1:8443,6 hooks,/10.0.0.7:64604/10.0.0.1:8443,4 hooks",
		b.eval(`[...document.querySelectorAll(".lane-name, .lane-note")].map(e => e.textContent)`))
	assert.Equal(t, []string{"ConnectionStatusEvent", "/10.0.0.7:64604/10.0.0.1:8443", "200", "1"},
		[]string{b.cell("method"), b.cell("session"), b.cell("answer"), b.cell("attempt")})
	assert.Equal(t, "1,4,3,2,1,1,1,1,1,1", b.eval(`[...document.querySelectorAll("#rows .attempt")].map(e => e.textContent)`))
	assert.Equal(t, "dropped", b.eval(`document.querySelector("#rows tr:nth-child(2) .answer").textContent`))
	assert.Regexp(t, `^\+\d`, b.cell("since"))
	assert.Equal(t, "4,1,5", b.eval(`["dropped","refused","ok"].map(k => document.querySelectorAll("#lanes .mark."+k).length)`))
	b.click("#rows tr:last-child .open")
	b.until(`document.querySelector("#detail-body pre").textContent.includes("secret")`)
	b.click("#rows tr:nth-last-child(2)")
	b.until(`document.querySelector("#detail .changes").textContent.includes('"live/cam"')`)
	b.picture("hooks-light")
	b.prefer("dark")
	b.picture("hooks-dark")
	b.prefer("light")
}

func pageEscapes(b *browser) {
	t := b.t
	s := openPage(b)
	const markup = `<img src=x onerror=document.title='pwned'>`
	body := `{"sessionId":"` + markup + `","` + markup + `":"` + markup + `"}`
	assert.Equal(t, http.StatusOK, ask(t, http.MethodPost, s.url+"/"+url.PathEscape(markup), body).status)
	b.rows("1")
	assert.Equal(t, []string{markup, markup}, []string{b.cell("method"), b.cell("session")})
	b.click("#rows .open")
	b.until(`document.querySelector("#detail-body pre").textContent.includes("onerror")`)
	b.click("#open-rules")
	b.fill("#rule-method", "call")
	b.click(`[value=deny]`)
	b.fill("#rule-reason", markup)
	b.click("#rule-form [type=submit]")
	b.until(`document.querySelector("#in-force").textContent.includes("onerror")`)
	assert.Equal(t, "0", b.eval(`document.querySelectorAll("img, main script").length`))
	assert.Equal(t, "resthook serve", b.eval(`document.title`))
	// Even a slip would not do: the browser refuses to make markup of text.
	assert.Equal(t, "refused", b.eval(`(() => { try { document.body.innerHTML = "<b>"; return "done" } catch { return "refused" } })()`))
	require.NotEmpty(t, b.complaints())
}

func pageFilters(b *browser) {
	t := b.t
	s := openPage(b)
	s.story(t)
	b.rows("7")
	b.click(`[data-method="connect"] input`)
	b.rows("2")
	b.fill("#filter-session", "0.0.9:")
	b.rows("1")
	assert.Contains(t, b.eval(`document.querySelector("#hook-count").textContent`), "1 of 7 hooks")
	b.click(`[data-method="connect"] input`)
	b.rows("3")
	b.fill("#filter-session", "nobody")
	b.until(`!document.querySelector("#none").hidden`)
	b.fill("#filter-session", " ")
	b.rows("7")
	b.click(".lane:last-child .lane-name") // the session that began first
	b.rows("4")
	b.click(".lane-name")
	b.rows("7")
}

func pageByKeyboard(b *browser) {
	t := b.t
	s := openPage(b)
	s.story(t)
	b.rows("7")
	b.press(keyTab, keyEnter) // the link over all that is above the list
	b.until(`document.activeElement.id === "list"`)
	b.press(keyTab)
	b.until(`document.activeElement.matches("#rows tr:first-child .open")`)
	b.press(keyDown, keyDown)
	b.until(`document.activeElement.matches("#rows tr:nth-child(3) .open")`)
	b.press(keyEnd, keyEnter)
	b.until(`document.querySelector("#detail").open && document.activeElement.id === "detail-title"`)
	b.until(`document.querySelector("#detail-body pre")`)
	assert.Equal(t, "connect", b.eval(`document.querySelector("#detail-title").textContent`))
	b.press(keyEscape)
	b.until(`!document.querySelector("#detail").open && document.activeElement.matches("#rows tr:last-child .open")`)
	b.press(keyEnter)
	b.until(`document.querySelector("#detail-body pre")`)
	b.press(keyEscape, keyHome, keyEnter) // without waiting for anything
	b.until(`document.querySelector("#detail").open && document.querySelector("#detail-title").textContent === "ConnectionStatusEvent"`)
	b.until(`document.querySelector("#detail-body pre")`)
	b.press(keyEscape)
	b.until(`document.activeElement.matches("#rows tr:first-child .open")`)
	b.eval(`document.querySelector("#lanes .mark").focus()`)
	b.press(keyRight)
	b.until(`document.activeElement.matches(".lane:first-child .mark:nth-child(2)")`)
	b.press(keyDown, keyEnter)
	b.until(`document.querySelector("#detail").open`)
	assert.Equal(t, "1", b.eval(`document.querySelectorAll(".lane:last-child .mark.chosen").length`))
	// Wherever Tab goes it can be seen, and it comes round.
	b.press(keyEscape)
	b.until(`document.activeElement.matches(".mark")`)
	for range 30 {
		b.press(keyTab)
		if b.eval(`document.activeElement === document.body`) == "true" {
			return
		}
		assert.Equal(t, "true", b.eval(`(e => getComputedStyle(e).outlineStyle !== "none" || e.closest(".chip"))(document.activeElement)`))
	}
	assert.Fail(t, "Tab does not leave the page")
}

func pageSetsRules(b *browser) {
	t := b.t
	s := openPage(b)
	b.click("#open-rules")
	b.picture("rules-light")
	b.fill("#rule-method", "publishStream")
	b.click(`[value=deny]`)
	b.fill("#rule-reason", "not today")
	b.click("#rule-form [type=submit]")
	b.until(`document.querySelector("#rule-list").textContent.includes("deny “not today”")`)
	assert.Equal(t, 403, s.send(t, "publishStream", `{"name":"cam"}`).Status)

	b.click("#rule-list li button") // edit
	b.click(`[value=overwrite]`)
	b.fill(".field-name", "name")
	b.fill(".field-value", "other")
	b.click("#rule-form [type=submit]")
	b.until(`document.querySelector("#rule-error").textContent.includes("not JSON")`)
	b.fill(".field-value", `"other"`)
	b.fill("#rule-delay", "soon")
	b.click("#rule-form [type=submit]")
	b.until(`document.querySelector("#rule-error").textContent.includes('publishStream.delay: "soon" is not a time')`)
	b.fill("#rule-delay", "60ms")
	b.click("#rule-form [type=submit]")
	b.until(`document.querySelector("#rule-list").textContent.includes("after 60ms, overwrite name")`)
	assert.JSONEq(t, `{"name":"other"}`, string(s.send(t, "publishStream", `{"name":"cam"}`).Payload))
	b.rows("2")
	b.until(`parseFloat(document.querySelector("#rows .took").textContent) >= 60`)

	b.fill("#rule-method", "*")
	b.click(`[value=break]`)
	b.click("#rule-form [type=submit]")
	b.until(`document.querySelectorAll("#rule-list li").length === 2`)
	assert.Equal(t, "no_answer", s.send(t, "call", `{}`).ErrorKind)
	b.picture("rules-set-light")
	b.click(`[aria-label="Remove the rule of *"]`)
	b.until(`document.querySelectorAll("#rule-list li").length === 1`)
	assert.Equal(t, 200, s.send(t, "call", `{}`).Status)
}

func pageSetsRulesAsJSON(b *browser) {
	t := b.t
	s := openPage(b, "--rules", write(t, "rules.json", `{"call":{"overwrite":{"n":12345678901234567890,"t":"<&>"}}}`))
	b.until(`document.querySelector("#in-force").textContent.includes('n = 12345678901234567890, t = "<&>"')`)
	b.click("#open-rules")
	b.click("#rules summary")
	b.until(`document.querySelector("#rules-text").value.includes('"n": 12345678901234567890')`)
	b.fill("#rules-text", `{"call": {"dney": "x"}}`)
	b.click("#rules-form [type=submit]")
	b.until(`document.querySelector("#rules-error").textContent.includes("call.dney: unknown key")`)
	assert.Equal(t, 200, s.send(t, "call", `{}`).Status)
	b.fill("#rules-text", `{"call": {"deny": "x"}}`)
	b.click("#rules-form [type=submit]")
	b.until(`document.querySelector("#rules-error").textContent === ""`)
	assert.Equal(t, 403, s.send(t, "call", `{}`).Status)
	b.press(keyEscape)
	b.until(`!document.querySelector("#rules").open`)
	b.rows("2")
	b.click("#rows .open")
	b.until(`document.querySelector("#detail-body .actions button:last-child")`)
	b.click("#detail-body .actions button:last-child") // make a rule
	b.until(`document.querySelector("#rule-method").value === "call"`)
}

func pagePauses(b *browser) {
	t := b.t
	s := openPage(b)
	s.send(t, "call", `{}`)
	b.rows("1")
	b.click("#pause")
	s.send(t, "call", `{}`)
	b.until(`document.querySelector("#pause").textContent === "Resume (1 new)"`)
	b.rows("1")
	b.click("#pause")
	b.rows("2")
	b.click("#clear")
	b.until(`!document.querySelector("#empty").hidden`)
	s.send(t, "connect", `{"sessionId":"new"}`)
	b.rows("1")
	assert.Equal(t, "new", b.cell("session"))
}

func pageReplays(b *browser) {
	t := b.t
	s := openPage(b)
	s.story(t)
	b.rows("7")
	var text string
	b.call(http.MethodPost, b.session+"/execute/async", map[string]any{
		"script": `fetch(document.querySelector("#download").href).then(r => r.text()).then(arguments[0])`, "args": []any{},
	}, &text)
	reader := recording.NewReader(strings.NewReader(text))
	for range 7 {
		_, err := reader.Next()
		require.NoError(t, err)
	}
	s.setRules(t, "", `{"playStream":{"deny":"no such user"},"publishStream":{"overwrite":{"name":"live/cam"},"delay":"1h"}}`)
	b.click("#open-replay")
	b.attach("#replay-file", write(t, "run.jsonl", text))
	b.until(`document.querySelector("#replay-result").textContent === "7 hooks: 2 answers differ"`)
	b.until(`document.querySelector("#replay-table .changes").textContent.includes('"live/cam"')`)
	b.picture("replay-light")
	b.attach("#replay-file", write(t, "bad.jsonl", text+"{"))
	b.until(`document.querySelector("#replay-result").textContent.startsWith("line 8: ")`)
	s.setRules(t, "", `{}`)
	b.click("#replay-run")
	b.until(`document.querySelector("#replay-result").textContent === "7 hooks: all answers are the same"`)
	b.rows("7")
}

func pageReconnects(b *browser) {
	t := b.t
	s := openPage(b)
	s.send(t, "call", `{"sessionId":"a"}`)
	b.rows("1")
	address := strings.TrimPrefix(s.root(t), "http://")
	s.stop(t)
	b.until(`document.querySelector("#connection").textContent === "Reconnecting"`)
	next := startServe(t, "--addr", address)
	b.until(`document.querySelector("#connection").textContent === "Live"`)
	b.until(`!document.querySelector("#empty").hidden`)
	next.send(t, "call", `{"sessionId":"b"}`)
	b.until(`document.querySelector("#rows .session").textContent === "b"`)
	b.complaints() // that the server did not answer
}

// A run that is longer than what is kept, and a list longer than what is drawn.
func pageIsBounded(b *browser) {
	t := b.t
	b.visit("about:blank")
	b.complaints()
	page := inspector.New(inspector.Options{Path: "/", Keep: 250, Log: log.New(io.Discard, "", 0)})
	server := httptest.NewServer(page)
	t.Cleanup(server.Close)
	for n := range 300 {
		told := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/call", strings.NewReader(fmt.Sprintf(`{"sessionId":"s%d"}`, n/5)))
		page.ServeHTTP(httptest.NewRecorder(), told)
	}
	b.visit(server.URL)
	t.Cleanup(func() { b.visit("about:blank") }) // so that the server can close
	b.rows("200")
	assert.Equal(t, "250 hooks; 50 older ones were let go", b.eval(`document.querySelector("#hook-count").textContent`))
	assert.Equal(t, "the latest 30 of 50", b.eval(`document.querySelector("#lane-count").textContent`))
	assert.Equal(t, "30", b.eval(`document.querySelectorAll(".lane").length`))
	b.click("#more")
	b.rows("250")
	assert.Equal(t, "s10", b.eval(`document.querySelector("#rows tr:last-child .session").textContent`))
}

func pageOnAPhone(b *browser) {
	t := b.t
	s := openPage(b, "--rules", write(t, "rules.json", storyRules))
	b.resize(phoneWidth, phoneHeight)
	t.Cleanup(func() { b.resize(desktopWidth, desktopHeight) })
	s.story(t)
	s.send(t, "call", `{"sessionId":"`+strings.Repeat("long", 40)+`","callee":"`+strings.Repeat("long", 100)+`"}`)
	b.rows("14")
	b.fits()
	b.picture("phone-light")
	b.click("#rows tr:last-child .open")
	b.until(`document.querySelector("#detail-body pre")`)
	b.fits()
	b.click("#detail-close")
	b.click("#rows tr:nth-last-child(2) .open")
	b.until(`document.querySelector("#detail .changes")`)
	b.picture("phone-detail-light")
	b.click("#detail-close")
	b.click("#open-rules")
	b.fits()
	b.picture("phone-rules-light")
	b.press(keyEscape)
	b.prefer("dark")
	b.until(`!document.querySelector("#rules").open`)
	b.picture("phone-dark")
	b.prefer("light")
}

// fits wants nothing to be wider than the window.
func (b *browser) fits() {
	b.t.Helper()
	assert.Empty(b.t, b.eval(`[...document.querySelectorAll("body, body *")]
		.filter(e => e.checkVisibility() && !e.closest("pre, .unseen, .skip, .axis") && e.getBoundingClientRect().right > innerWidth + 1)
		.map(e => e.tagName + "." + e.className).join()`))
	assert.Equal(b.t, "true", b.eval(`document.documentElement.scrollWidth <= innerWidth`))
}

func pageHasContrast(b *browser) {
	t := b.t
	s := openPage(b, "--rules", write(t, "rules.json", storyRules))
	s.story(t)
	b.rows("10")
	b.click("#rows tr:nth-last-child(2) .open")
	b.until(`document.querySelector("#detail .changes")`)
	t.Cleanup(func() { b.prefer("light") })
	for _, scheme := range []string{"light", "dark"} {
		b.prefer(scheme)
		assert.Empty(t, b.eval(faintTexts), scheme)
		b.click("#open-rules")
		assert.Empty(t, b.eval(faintTexts), scheme)
		b.press(keyEscape)
		b.until(`!document.querySelector("#rules").open`)
	}
}

// faintTexts is a JavaScript expression: the texts whose contrast with what is
// behind them is less than WCAG's 4.5.
const faintTexts = `(() => {
	const parts = (color) => color.match(/[\d.]+/g).map(Number);
	const light = (color) => parts(color).slice(0, 3).map(c => c / 255)
		.map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
		.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = (e) => {
		for (; e; e = e.parentElement) {
			const color = getComputedStyle(e).backgroundColor;
			if (parts(color)[3] !== 0) return color;
		}
		return "rgb(255, 255, 255)";
	};
	const contrast = (e) => {
		const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((a, b) => b - a);
		return (a + 0.05) / (b + 0.05);
	};
	return [...document.querySelectorAll("body *")]
		.filter(e => e.checkVisibility() && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && !e.closest(":disabled"))
		.filter(e => contrast(e) < 4.5)
		.map(e => e.tagName + "." + e.className + " " + e.textContent.trim() + " " + contrast(e).toFixed(2)).join("; ");
})()`

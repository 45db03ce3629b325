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
)

// A row says what its hook is about, and its result.
func pageShowsRows(b *browser) {
	t := b.t
	s := openPage(b, "--rules", write(t, "rules.json", storyRules))
	assert.Equal(t, s.url, b.text("#base"))
	b.picture("empty")
	s.story(t)
	b.hooks(storyHooks)
	b.picture("hooks")
	const time, method, about, session, answer, remark, took, since, attempt = 0, 1, 2, 3, 4, 5, 6, 7, 8
	newest := b.cells(1)
	assert.Equal(t, []string{"ConnectionStatusEvent", "DISCONNECTED", alice, "200", "", "1"},
		[]string{newest[method], newest[about], newest[session], newest[answer], newest[remark], newest[attempt]})
	assert.Regexp(t, `^\d\d:\d\d:\d\d\.\d{3}$`, newest[time])
	assert.Regexp(t, `^\+\d`, newest[since])
	dropped := b.cells(2)
	assert.Equal(t, []string{"call", "1000 → 1001", "dropped", "4"}, []string{dropped[method], dropped[about], dropped[answer], dropped[attempt]})
	assert.Contains(t, dropped[remark], "rule")
	assert.Equal(t, "camPUBLISHING", b.cells(6)[about])
	denied := b.cells(7)
	assert.Equal(t, []string{"playStream", "cam", bob, "403 denied"}, []string{denied[method], denied[about], denied[session], denied[answer]})
	assert.Contains(t, denied[remark], "rule")
	changed := b.cells(9)
	assert.Equal(t, []string{"publishStream", "camPENDING", "200 changed"}, []string{changed[method], changed[about], changed[answer]})
	assert.Contains(t, changed[remark], "changed name")
	assert.Contains(t, changed[remark], "rule: publishStream")
	assert.Regexp(t, `^((8|9|\d\d)\d ms|\d+\.\d+ s)$`, changed[took], "the rule waits 80 ms; a busy machine longer")

	assert.Equal(t, http.StatusNotFound, ask(t, http.MethodPost, s.root(t)+"/wrong/publishStream", "{}").status)
	b.hooks(storyHooks + 1)
	wrong := b.cells(1)
	assert.Equal(t, "404 wrong", wrong[answer])
	assert.Contains(t, wrong[remark], "wrong path")
	b.openHook(1)
	b.says("#detail", "/wrong/publishStream is not where hooks go")
}

// With forward, the page shows the backend's answer, and that the backend gave it.
func pageOfForward(b *browser) {
	t := b.t
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/rest/call" {
			http.Error(w, "database gone", http.StatusInternalServerError)
			return
		}
		_, _ = io.Copy(w, r.Body)
	}))
	t.Cleanup(backend.Close)
	s := openPageOf(b, "forward", "--to", backend.URL+"/rest")
	b.says("#onward", backend.URL+"/rest")
	s.send(t, "hold", `{"sessionId":"a"}`)
	assert.Equal(t, 500, ask(t, http.MethodPost, s.url+"/call", `{"sessionId":"a","callee":"1001"}`).status)
	b.hooks(2)
	assert.Equal(t, []string{"200", ""}, b.cells(2)[4:6])
	assert.Equal(t, "500 failed", b.cells(1)[4])
	assert.Contains(t, b.cells(1)[5], "backend: status 500")
	b.openHook(1)
	b.says("#detail .verdict", "The fault is in the backend: look at its log.")
	b.says("#detail", "database gone")
	backend.Close()
	assert.Equal(t, 502, ask(t, http.MethodPost, s.url+"/hold", `{"sessionId":"a"}`).status)
	b.hooks(3)
	assert.Equal(t, "502 failed", b.cells(1)[4])
	assert.Contains(t, b.cells(1)[5], "backend: ")
}

// The counts shown match what the filters let through.
func pageCounts(b *browser) {
	t := b.t
	openStory(b)
	assert.Equal(t, "10 hooks", b.text("#hook-count"))
	b.fill("#filter-session", "0.0.9:")
	b.says("#hook-count", "6 of 10 hooks pass the filters")
	b.unfold()
	b.says("#lane-count", "1 session")
	b.until(`document.querySelectorAll("#lanes .mark").length === 6`)
	b.until(`document.querySelectorAll("#axis span").length > 0`)
	b.fill("#filter-session", "nobody")
	b.says("#none", "No hook passes the filters.")
	b.says("#lane-count", "0 sessions")
	b.until(`document.querySelectorAll("#axis span").length === 0`) // without hooks there is no time axis
}

// unfold shows the time line, which is hidden at first on a narrow page.
func (b *browser) unfold() {
	b.t.Helper()
	if b.eval(`document.querySelector("#lanes-part").hidden`) == "true" {
		b.act("#fold")
	}
	b.until(`document.querySelector(".lane")`)
}

func pageShowsPending(b *browser) {
	t := b.t
	s := openPage(b, "--rules", write(t, "rules.json", `{"publishStream":{"delay":"4s"}}`))
	ended := make(chan outcome, 1)
	go func() { ended <- s.send(t, "publishStream", `{"sessionId":"a","name":"slow"}`) }()
	b.hooks(1)
	assert.Equal(t, "in flight", b.cells(1)[4])
	assert.Equal(t, "slow", b.cells(1)[2])
	before := b.cells(1)[6]
	b.until(`document.querySelector("` + row(1) + ` .took").textContent !== "` + before + `"`)
	b.act(row(1) + " .open")
	b.says("#detail", "What it carries is shown when it has ended.")
	assert.Equal(t, 200, (<-ended).Status)
	b.says("#detail pre", "slow")
	b.until(`/[?&]hook=[^&]*\.1$/.test(location.search)`)
	b.hooks(1)
	assert.Equal(t, "200", b.cells(1)[4])
}

// Text in hooks is shown unchanged, and is never interpreted as markup.
func pageEscapes(b *browser) {
	t := b.t
	s := openPage(b)
	const markup = `<img src=x onerror=document.title='pwned'>`
	body := `{"sessionId":"` + markup + `","name":"` + markup + `","` + markup + `":"` + markup + `"}`
	assert.Equal(t, http.StatusOK, ask(t, http.MethodPost, s.url+"/"+url.PathEscape(markup), body).status)
	const turned = `{"sessionId":"a","callee":"` + "\u202e" + `gnp.exe\u0007 שלום","x":"` + "\u202e" + `"}`
	assert.Equal(t, http.StatusOK, ask(t, http.MethodPost, s.url+"/call", turned).status)
	b.hooks(2)
	assert.Equal(t, []string{markup, markup}, b.cells(2)[1:3])
	assert.Equal(t, "U+202Egnp.exeU+0007 שלום", b.cells(1)[2])
	assert.Equal(t, "שלום", b.text(row(1)+" bdi"))
	b.openHook(1)
	b.says("#detail pre", `"x": "U+202E"`)
	assert.Equal(t, "false", b.eval(`document.body.innerText.includes("\u202e")`))
	b.closeHook()
	b.openHook(2)
	b.says("#detail pre", "onerror")
	b.closeHook()
	b.act("#open-rules")
	b.fill("#rule-method", "call")
	b.fill("#rule-session", markup)
	b.act(`[value=deny]`)
	b.fill("#rule-reason", markup)
	b.act("#rule-submit")
	b.says("#rule-list", "onerror")
	assert.Equal(t, "0", b.eval(`document.querySelectorAll("img, main script").length`))
	assert.Equal(t, "resthook serve", b.eval(`document.title`))
	// Trusted Types: even if our code had a mistake, the browser would refuse to make
	// markup of text.
	assert.Equal(t, "refused", b.eval(`(() => { try { document.body.innerHTML = "<b>"; return "done" } catch { return "refused" } })()`))
	require.NotEmpty(t, b.complaints())
}

// TestPageWithManyHooks searches through as many hooks as the page keeps.
func TestPageWithManyHooks(t *testing.T) {
	t.Parallel()
	const kept, all = 10_000, 10_050
	b := openBrowser(t)
	backend := inspector.New(inspector.Options{Path: "/", Keep: kept, Log: log.New(io.Discard, "", 0)})
	server := httptest.NewServer(backend)
	t.Cleanup(server.Close)
	for n := range all {
		body := fmt.Sprintf(`{"sessionId":"s%d","name":"cam%d","custom":{"token":"token-%d"}}`, n/5, n, n)
		told := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/publishStream", strings.NewReader(body))
		backend.ServeHTTP(httptest.NewRecorder(), told)
	}
	b.visit(server.URL)
	t.Cleanup(func() { b.visit("about:blank") }) // so that the server can close
	b.hooks(kept)
	b.says("#hook-count", "10,000 hooks; the server keeps the newest 10,000, 50 older ones are gone")
	b.says("#lane-count", "the latest 30 of 2,000 sessions, 150 of 10,000 hooks")
	assert.Less(t, b.number(`document.querySelectorAll("#rows .row").length`), 100, "only what is in view is drawn")

	b.eval(`(window.long = [], new PerformanceObserver(l => long.push(...l.getEntries().map(e => e.duration))).observe({ type: "longtask" }))`)
	b.eval(`document.querySelector("#search").focus()`)
	for _, key := range "token-1004" {
		b.press(string(key))
	}
	b.hooks(11) // 1004 and 10040 to 10049: the number is in the payload
	assert.Equal(t, "cam10049", b.cells(1)[2])
	t.Logf("tasks of over 50 ms while typing: %s", b.eval(`JSON.stringify(long.map(Math.round))`))

	b.fill("#search", " ")
	b.hooks(kept)
	b.eval(`document.querySelector("#rows .open").focus()`)
	b.press(keyEnd)
	b.until(`document.activeElement.closest(".row").getAttribute("aria-rowindex") === "10001"`)
	assert.Equal(t, "cam50", b.eval(`document.activeElement.closest(".row").querySelector(".name").textContent`))
	assert.Equal(t, "true", b.eval(`(r => r.top > 0 && r.bottom < innerHeight)(document.activeElement.getBoundingClientRect())`))
}

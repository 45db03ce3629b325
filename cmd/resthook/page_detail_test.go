package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook/backend"
)

func pageShowsDetail(b *browser) {
	t := b.t
	openStory(b)
	b.openHook(9)
	b.says("#detail .verdict", "1 field changed by the answer")
	assert.Contains(t, b.text("#detail .changes"), `name"cam""live/cam"`)
	assert.Contains(t, b.text("#detail"), "not signed")
	facts := b.text("#detail .facts")
	for _, fact := range []string{"PENDING", alice, "4f0b", "defaultApp", "1 of 1 so far"} {
		assert.Contains(t, facts, fact)
	}
	b.act("#detail details summary")
	headers := b.text("#detail .headers")
	for _, header := range []string{"Content-Type", "User-Agent", "Webhook-Id", "Webhook-Timestamp", "Content-Length"} {
		assert.Contains(t, headers, header)
	}
	b.picture("detail")
	b.act("#detail-body .actions button:nth-child(2)") // next in the session
	b.says("#detail-title", "StreamStatusEvent")
	b.until(`document.querySelector("#detail pre")`)
	b.act("#detail-body .actions button:nth-child(1)") // previous
	b.says("#detail-title", "publishStream")
	b.until(`document.querySelector("#detail pre")`)
	b.closeHook()
	b.until(`document.activeElement.matches("` + row(9) + ` .open")`)
	b.openHook(7)
	b.says("#detail .verdict", "The media server refuses it if restOnError is FAIL")
	b.says("#detail .verdict", "no such user")
}

// An open hook says whether its signature is valid, and why.
func pageJudgesSignatures(b *browser) {
	t := b.t
	mirror := httptest.NewServer(backend.Echo())
	t.Cleanup(mirror.Close)
	s := openPageOf(b, "forward", "--to", mirror.URL, "--sign", oneSecret)
	for n, tt := range []struct{ secret, want string }{
		{oneSecret, "Signaturefits"},
		{otherSecret, "Signaturewrong: it was made with another secret, or of another id, timestamp or body"},
		{"", "Signaturenot signed"},
	} {
		args := []string{"send", "call", "--url", s.url}
		if tt.secret != "" {
			args = append(args, "--sign", tt.secret)
		}
		assert.Equal(t, exitFine, do(t, args...).code)
		b.hooks(n + 1)
		b.openHook(1)
		b.says("#detail .facts", tt.want+"From")
		b.closeHook()
	}
}

// On a narrow page an open hook covers the page; on a wide one it is beside the list.
func pageFollowsWidth(b *browser) {
	t := b.t
	openStory(b)
	b.openHook(9)
	modal := `document.querySelector("#detail").matches(":modal")`
	for _, width := range []int{375, 1280, 375, 1280} {
		b.resize(width, 720)
		b.until(modal + map[int]string{375: " === true", 1280: " === false"}[width])
		assert.Equal(t, "true", b.eval(`document.querySelector("#detail").open && document.querySelector("#detail pre") !== null`))
		assert.Equal(t, "detail-title", b.eval(`document.activeElement.id`))
	}
	b.act("#open-rules") // nothing covers the button
	b.until(`document.querySelector("#rules").open`)
	b.press(keyEscape)
	b.until(`!document.querySelector("#rules").open`)
	assert.Equal(t, "true", b.eval(`document.querySelector("#detail").open`))
	b.resize(b.look.width, b.look.height)
}

// A hook can be sent again, to any URL, unchanged or with another body.
func pageSendsAgain(b *browser) {
	t := b.t
	s := openPage(b)
	const body = `{ "sessionId":"a",  "name":"cam" }`
	assert.Equal(t, http.StatusOK, ask(t, http.MethodPost, s.url+"/publishStream", body).status)
	b.hooks(1)
	b.openHook(1)
	b.act(".again summary")
	b.act(".again [type=submit]")
	b.says(".again-result", "200 after")
	b.hooks(2) // sent to the page's own server, unless another is named

	bodies := make(chan string, 2)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- r.URL.Path + " " + string(body)
		w.WriteHeader(http.StatusTeapot)
	}))
	t.Cleanup(other.Close)
	b.fill(`.again input`, other.URL+"/rest/")
	b.act(".again [type=submit]")
	b.says(".again-result", "418 after")
	assert.Equal(t, "/rest/publishStream "+body, <-bodies, "as it came, to the byte")
	b.fill(`.again textarea`, `{"name":"edited"}`)
	b.act(".again [type=submit]")
	assert.Equal(t, `/rest/publishStream {"name":"edited"}`, <-bodies)
	b.fill(`.again input`, "http://127.0.0.1:1")
	b.act(".again [type=submit]")
	b.says(".again-result", "refused")
}

func pageCopiesCurl(b *browser) {
	t := b.t
	s := openPage(b)
	assert.Equal(t, http.StatusOK, ask(t, http.MethodPost, s.url+"/call", `{"sessionId":"it's"}`).status)
	b.hooks(1)
	b.openHook(1)
	b.act(".again summary")
	b.fill(`.again input`, "http://other.example/it's")
	b.catchCopies()
	b.act(".again .actions button:last-child")
	b.says(".again .actions button:last-child", "Copied")
	command := b.eval(`window.copied`)
	assert.True(t, strings.HasPrefix(command, "curl "), command)
	assert.Contains(t, command, `'http://other.example/it'\''s/call'`)
	assert.NotContains(t, command, s.url)
	assert.Contains(t, command, `"sessionId":"it`)
}

// catchCopies stores in window.copied what the page copies: a headless browser has no
// clipboard.
func (b *browser) catchCopies() {
	b.t.Helper()
	b.eval(`Object.defineProperty(navigator, "clipboard", { configurable: true, value: { writeText: async text => { window.copied = text } } })`)
}

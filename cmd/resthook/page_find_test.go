package main

import (
	"net/url"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func pageFilters(b *browser) {
	openStory(b)
	b.chooseMethod("connect")
	b.hooks(2)
	b.says("#method-summary", "connect")
	b.fill("#filter-session", "0.0.9:")
	b.hooks(1)
	b.act("#clear-filters")
	b.hooks(storyHooks)
	b.act(`#answers [value="denied"]`)
	b.hooks(1)
	b.act(`#answers [value="dropped"]`)
	b.hooks(5)
	b.act("#clear-filters")
	b.openHook(storyHooks)
	b.act("#detail .facts .link") // the session
	b.hooks(4)
	b.closeHook()
	b.unfold()
	b.act(".lane .lane-name") // again
	b.hooks(storyHooks)
	b.act(".lane:last-child .lane-name") // the session that began first
	b.hooks(4)
}

// chooseMethod ticks a method in the menu.
func (b *browser) chooseMethod(method string) {
	b.t.Helper()
	b.act("#method-menu summary")
	b.act(`#methods [value="` + method + `"]`)
	b.press(keyEscape)
	b.until(`!document.querySelector("#method-menu").open`)
}

// The search looks through the rows at once, and through the payloads on the server. It
// also applies to hooks that come later.
func pageSearches(b *browser) {
	t := b.t
	s := openStory(b)
	b.fill("#search", "PUBLISHING")
	b.hooks(1)
	b.fill("#search", "other")
	b.hooks(1) // the token of a connect, which no row shows
	assert.Equal(t, "connect", b.cells(1)[1])
	s.send(t, "call", `{"sessionId":"z","custom":{"deep":["nOtHeR"]}}`)
	b.until(`document.querySelector("#hooks").getAttribute("aria-rowcount") > "2"`)
	b.fill("#search", "application/json")
	b.hooks(storyHooks + 4) // in a header of each
	b.fill("#search", "no such thing")
	b.says("#none", "No hook passes the filters.")
}

// A reload and a link keep the filters and the open hook; Back restores the earlier
// ones.
func pageKeepsAddress(b *browser) {
	t := b.t
	openStory(b)
	b.fill("#search", "cam")
	b.until(`location.search === "?q=cam"`)
	b.act(`#answers [value="changed"]`)
	b.hooks(1)
	b.openHook(1)
	shown := b.eval(`location.href`)
	u, err := url.Parse(shown)
	require.NoError(t, err)
	assert.Equal(t, []string{"cam", "changed"}, []string{u.Query().Get("q"), u.Query().Get("answer")})
	assert.Regexp(t, `\.2$`, u.Query().Get("hook"))

	b.visit("about:blank")
	b.open(shown)
	b.says("#detail pre", "cam")
	b.hooks(1)
	assert.Equal(t, "cam", b.eval(`document.querySelector("#search").value`))
	b.closeHook()
	assert.NotContains(t, b.eval(`location.search`), "hook=")
	b.back()
	b.says("#detail pre", "cam")
	b.back() // the blank page
	b.back() // to the hook that was opened first
	b.back()
	b.until(`!document.querySelector("#detail").open`)
	b.back()
	b.until(`!document.querySelector('#answers [value="changed"]').checked`)
	b.back()
	b.hooks(storyHooks)
	assert.Empty(t, b.eval(`document.querySelector("#search").value + location.search`))
}

func (b *browser) back() {
	b.t.Helper()
	b.call("POST", b.session+"/back", nil, nil)
}

// pageInManyTabs opens more tabs than a browser opens connections to one host.
func pageInManyTabs(b *browser) {
	t := b.t
	s := openPage(b)
	first := b.tab()
	tabs := []string{first}
	for range 9 {
		tabs = append(tabs, b.newTab())
		b.open(s.root(t))
	}
	s.send(t, "call", `{"sessionId":"a"}`)
	for n, tab := range tabs {
		b.toTab(tab)
		b.hooks(1)
		if n > 0 {
			b.call("DELETE", b.session+"/window", nil, nil)
		}
	}
	b.toTab(first)
}

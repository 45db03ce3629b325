package main

import (
	"strings"

	"github.com/stretchr/testify/assert"
)

// Tab reaches every control, each focus is visible, and Tab returns to the start.
func pageTabOrder(b *browser) {
	t := b.t
	openStory(b)
	b.unfold()
	b.eval(`(() => {
		window.reached = new Set();
		document.addEventListener("focusin", (e) => reached.add(e.target));
		const hidden = (e) => { const s = getComputedStyle(e); return s.outlineStyle === "none" && !e.closest(".chip") };
		window.unseen = [];
		document.addEventListener("focusin", (e) => requestAnimationFrame(() => document.activeElement === e.target && hidden(e.target) && e.target.id !== "list" && unseen.push(e.target.outerHTML)));
	})()`)
	left := 0 // how often Tab has left the page
	for range 120 {
		b.press(keyTab)
		if b.eval(`document.activeElement === document.body`) == "true" {
			left++
		}
		if left == 2 {
			break
		}
	}
	assert.Equal(t, 2, left, "Tab does not leave the page")
	assert.Empty(t, b.eval(`unseen.join()`))
	assert.Empty(t, b.eval(`[...document.querySelectorAll("a, button, input, select, textarea, summary, [tabindex='0']")]
		.filter(e => e.checkVisibility() && e.tabIndex >= 0 && !e.disabled && !reached.has(e)).map(e => e.outerHTML).join()`))
}

func pageArrowKeys(b *browser) {
	t := b.t
	openStory(b)
	b.press(keyTab, keyEnter) // the link that skips what is above the list
	b.until(`document.activeElement.id === "list"`)
	b.press(keyTab)
	b.until(`document.activeElement.matches("` + row(1) + ` .open")`)
	b.press(keyDown, keyDown)
	b.until(`document.activeElement.matches("` + row(3) + ` .open")`)
	b.press(keyEnd, keyEnter)
	b.until(`document.querySelector("#detail").open && document.activeElement.id === "detail-title"`)
	b.until(`document.querySelector("#detail-body pre")`)
	assert.Equal(t, "connect", b.text("#detail-title"))
	b.press(keyEscape)
	b.until(`!document.querySelector("#detail").open && document.activeElement.matches("` + row(storyHooks) + ` .open")`)
	b.press(keyEnter)
	b.until(`document.querySelector("#detail-body pre")`)
	b.press(keyEscape, keyHome, keyEnter) // without waiting for anything
	b.until(`document.querySelector("#detail").open && document.querySelector("#detail-title").textContent === "ConnectionStatusEvent"`)
	b.until(`document.querySelector("#detail-body pre")`)
	b.press(keyEscape)
	b.until(`document.activeElement.matches("` + row(1) + ` .open")`)
	b.unfold()
	b.until(`document.querySelectorAll("#lanes .mark").length === 10`)
	b.eval(`document.querySelector("#lanes .mark").focus()`)
	b.press(keyRight)
	b.until(`document.activeElement.matches(".lane:first-child .mark:nth-child(2)")`)
	b.press(keyDown, keyEnter)
	b.until(`document.querySelector("#detail").open`)
	assert.Equal(t, "1", b.eval(`document.querySelectorAll(".lane:last-child .mark.chosen").length`))
}

// pageLooks checks that each part of the page fits, is legible, and names its controls.
func pageLooks(b *browser) {
	t := b.t
	s := openStory(b)
	s.send(t, "hold", `{"sessionId":"`+strings.Repeat("long", 40)+`","callee":"`+strings.Repeat("long", 100)+`"}`)
	b.hooks(storyHooks + 1)
	b.unfold()
	b.sound("list")
	b.act("#method-menu summary")
	b.sound("methods")
	b.press(keyEscape)
	b.openHook(1)
	b.sound("long hook")
	b.closeHook()
	b.openHook(10)
	b.until(`document.querySelector("#detail .changes")`)
	b.eval(`document.querySelectorAll("#detail details").forEach(e => e.open = true)`)
	b.sound("detail")
	b.closeHook()
	b.act("#open-rules")
	for _, answer := range []string{"deny", "overwrite", "status", "break"} {
		b.act("#rule-form [value=" + answer + "]")
		b.sound("rules: " + answer)
	}
	b.leave("rules")
	b.act("#open-policy")
	b.act("#policy-fail")
	b.until(`document.querySelectorAll(".policy-entry .effect:not(:empty)").length > 5`)
	b.sound("policy")
	b.leave("policy")
	b.act("#open-replay")
	b.act("#replay-run")
	b.says("#replay-result", "hooks: ")
	b.sound("replay")
	b.leave("replay")
}

// leave closes a dialog over the page.
func (b *browser) leave(dialog string) {
	b.t.Helper()
	b.act("#" + dialog + " [data-close]")
	b.until(`!document.querySelector("#` + dialog + `").open`)
}

// sound checks what the page shows now.
func (b *browser) sound(part string) {
	b.t.Helper()
	assert.Empty(b.t, b.eval(faintTexts), "%s: contrast", part)
	assert.Empty(b.t, b.eval(nameless), "%s: names", part)
	assert.Empty(b.t, b.eval(`[...document.querySelectorAll("body, body *")]
		.filter(e => e.checkVisibility() && !e.closest("pre, .unseen, .skip, .axis, .lanes, .row") && e.getBoundingClientRect().right > innerWidth + 1)
		.map(e => e.tagName + "." + e.className).join()`), "%s: too wide", part)
	assert.Equal(b.t, "true", b.eval(`document.documentElement.scrollWidth <= innerWidth`), "%s: scrolls sideways", part)
}

// nameless is a JavaScript expression: the controls without a name, and ids that occur
// twice.
const nameless = `(() => {
	const named = (e) => e.getAttribute("aria-label") || e.textContent.trim() || [...(e.labels ?? [])].some(l => l.textContent.trim());
	const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
	return [
		...[...document.querySelectorAll("button, a, input, select, textarea, summary")].filter(e => e.checkVisibility() && !named(e)).map(e => e.outerHTML),
		...ids.filter((id, n) => ids.indexOf(id) !== n),
	].join("; ");
})()`

// faintTexts is a JavaScript expression: the texts whose contrast with their background
// is below the 4.5 that WCAG requires.
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

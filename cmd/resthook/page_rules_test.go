package main

import (
	"net/http"

	"github.com/stretchr/testify/assert"
)

func pageSetsRules(b *browser) {
	t := b.t
	s := openPage(b)
	b.act("#open-rules")
	b.fill("#rule-method", "publishStream")
	b.act(`[value=deny]`)
	b.fill("#rule-reason", "not today")
	b.act("#rule-submit")
	b.says("#rule-list", "deny “not today”")
	assert.Equal(t, 403, s.send(t, "publishStream", `{"name":"cam"}`).Status)

	b.act("#rule-list li button") // edit
	b.act(`[value=overwrite]`)
	b.fill(".field-name", "name")
	b.fill(".field-value", "other")
	b.act("#rule-submit")
	b.says("#rule-error", "not JSON")
	b.fill(".field-value", `"other"`)
	b.fill("#rule-delay", "soon")
	b.act("#rule-submit")
	b.says("#rule-error", `"soon"`)
	b.fill("#rule-delay", "60ms")
	b.act("#rule-submit")
	b.says("#rule-list", "after 60ms, overwrite name")
	assert.JSONEq(t, `{"name":"other"}`, string(s.send(t, "publishStream", `{"name":"cam"}`).Payload))
	b.hooks(2)
	b.until(`parseFloat(document.querySelector("#rows .took").textContent) >= 60`)

	// A rule for a path, in one session only, with a name of its own.
	b.act("#new-rule")
	b.fill("#rule-method", "call")
	b.fill("#rule-session", "s1")
	b.fill("#rule-name", "1001")
	b.act(`[value=overwrite]`)
	b.fill(".field-name", "custom.room")
	b.fill(".field-value", `7`)
	b.act("#rule-submit")
	b.says("#rule-list", "session s1, name 1001")
	assert.JSONEq(t, `{"sessionId":"s1","callee":"1001","custom":{"room":7}}`, ask(t, http.MethodPost, s.url+"/call", `{"sessionId":"s1","callee":"1001"}`).body)
	assert.JSONEq(t, `{"sessionId":"s2","callee":"1001"}`, ask(t, http.MethodPost, s.url+"/call", `{"sessionId":"s2","callee":"1001"}`).body)
	assert.JSONEq(t, `{"sessionId":"s1","callee":"1002"}`, ask(t, http.MethodPost, s.url+"/call", `{"sessionId":"s1","callee":"1002"}`).body)

	// An answer with a status, headers and a body that the user chooses.
	b.act("#new-rule")
	b.fill("#rule-method", "*")
	b.act(`#rule-form [value=status]`)
	b.fill("#rule-status", "503")
	b.fill("#rule-headers", "Retry-After: 5")
	b.fill("#rule-body", "later")
	b.act("#rule-submit")
	b.says("#rule-list", "answer 503 later")
	b.picture("rules")
	got := ask(t, http.MethodPost, s.url+"/hold", `{}`)
	assert.Equal(t, []any{503, "5", "later"}, []any{got.status, got.header.Get("Retry-After"), got.body})
	b.act(`[aria-label="Remove the rule of *"]`)
	b.until(`document.querySelectorAll("#rule-list li").length === 2`)
	assert.Equal(t, 200, s.send(t, "hold", `{}`).Status)

	// A misspelt method is reported.
	b.act("#new-rule")
	b.fill("#rule-method", "publishStrem")
	b.act(`[value=break]`)
	b.act("#rule-submit")
	b.says("#rules", "publishStream")
	b.until(`/did you mean|probably|is no method|meant/.test(document.querySelector("#rules").textContent)`)
}

// The hook names the rule that answered it, and links to it.
func pageLinksRules(b *browser) {
	t := b.t
	s := openStory(b)
	b.openHook(7)
	b.act("#detail .facts div:nth-last-child(3) .link, #detail .facts [title='Show this rule']")
	b.until(`document.querySelector("#rules").open`)
	assert.Equal(t, []string{"playStream", "no such user"}, []string{b.eval(`document.querySelector("#rule-method").value`), b.eval(`document.querySelector("#rule-reason").value`)})
	b.press(keyEscape)
	b.until(`!document.querySelector("#rules").open`)
	b.closeHook()

	// On a hook without a rule the button makes one. Once there is one, it edits that
	// rule.
	b.openHook(6)
	b.says("#detail .actions button:nth-child(3)", "Make a rule")
	b.act("#detail .actions button:nth-child(3)")
	b.until(`document.querySelector("#rule-method").value === "StreamStatusEvent"`)
	b.act(`[value=deny]`)
	b.act("#rule-submit")
	b.says("#rule-list", "StreamStatusEvent")
	assert.Equal(t, 403, s.send(t, "StreamStatusEvent", `{"status":"PLAYING"}`).Status)
	b.press(keyEscape)
	b.until(`!document.querySelector("#rules").open`)
	b.closeHook()
	b.hooks(storyHooks + 1)
	b.openHook(7) // the same hook; one more is above it now
	b.says("#detail .actions button:nth-child(3)", "Edit its rule")
	b.act("#detail .actions button:nth-child(3)")
	b.until(`document.querySelector("#rule-form").elements.answer.value === "deny"`)
	assert.Equal(t, "Change rule", b.text("#rule-submit"))
}

func pageSetsRulesAsJSON(b *browser) {
	t := b.t
	s := openPage(b, "--rules", write(t, "rules.json", `{"call":{"overwrite":{"n":12345678901234567890,"t":"<&>"}}}`))
	b.says("#in-force", `n = 12345678901234567890, t = "<&>"`)
	b.act("#open-rules")
	b.act("#rules summary")
	b.until(`document.querySelector("#rules-text").value.includes('"n": 12345678901234567890')`)
	b.fill("#rules-text", `{"call": {"dney": "x"}}`)
	b.act("#rules-form [type=submit]")
	b.says("#rules-error", "dney")
	assert.Equal(t, 200, s.send(t, "call", `{}`).Status)
	b.fill("#rules-text", `{"call": {"deny": "x"}}`)
	b.act("#rules-form [type=submit]")
	b.until(`document.querySelector("#rules-error").textContent === ""`)
	b.says("#rule-list", "deny “x”")
	assert.Equal(t, 403, s.send(t, "call", `{}`).Status)
}

// The page explains each choice of a policy, and warns where a denial would have no
// effect. Clients that connect get the policy.
func pageEditsPolicy(b *browser) {
	t := b.t
	s := openPage(b)
	b.act("#open-policy")
	b.act("#policy details summary")
	b.says("#policy-rest", "playStream")
	b.until(`[...document.querySelectorAll("#policy-rest li")].some(e => e.textContent.includes("playStream") && e.querySelector(".warning"))`)
	b.fill("#policy-method", "publishStream")
	b.act("#policy-add")
	entry := `[data-method="publishStream"]`
	b.says(entry, "A denial or a fault refuses what the client asked for.")
	b.until(`document.querySelector('` + entry + ` .effect').textContent !== "" && document.querySelector('` + entry + ` .warning').textContent === ""`)
	b.choose(entry+" label:nth-child(3) select", "LOG")
	b.says(entry, "A denial or a fault is only logged")
	b.until(`document.querySelector('` + entry + ` .warning').textContent !== ""`)
	b.picture("policy")
	b.choose(entry+" label:nth-child(3) select", "FAIL")
	b.choose(entry+" label:nth-child(1) select", "OVERWRITE")
	b.says(entry, "the named fields of its answer are used")
	b.fill(entry+" label:nth-child(2) input", "name")
	b.fill(entry+" label:nth-child(4) input", "sdp")
	b.act("#policy-form [type=submit]")
	b.says("#policy-done", "who connect from now on")
	connected := ask(t, http.MethodPost, s.url+"/connect", `{"sessionId":"a"}`).body
	assert.JSONEq(t, `{"sessionId":"a","restClientConfig":{"publishStream":{"restPolicy":"OVERWRITE","restOverwrite":"name","restOnError":"FAIL","restExclude":"sdp"}}}`, connected)

	b.fill("#policy-method", "publishStrem")
	b.act("#policy-add")
	b.says("#policy-warnings", "publishStrem")
	b.act(`[data-method="publishStrem"] .actions button`)
	b.until(`document.querySelector("#policy-warnings").textContent === ""`)
	b.act("#policy-fail")
	b.until(`document.querySelector('[data-method="playStream"]')`)
	b.until(`![...document.querySelectorAll("#policy-rest .warning, #policy-entries .warning")].some(e => e.textContent)`)
	b.press(keyEscape)
	b.until(`!document.querySelector("#policy").open`)

	// The policy is in the rule of connect, and is shown again as it was applied.
	b.hooks(1)
	b.act("#open-policy")
	b.until(`document.querySelector('` + entry + ` label:nth-child(2) input').value === "name"`)
	assert.Equal(t, "1", b.eval(`document.querySelectorAll(".policy-entry").length`))
}

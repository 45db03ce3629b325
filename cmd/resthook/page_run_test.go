package main

import (
	"net/http"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/cmd/resthook/internal/recording"
)

func pagePauses(b *browser) {
	t := b.t
	s := openPage(b)
	s.send(t, "call", `{}`)
	b.hooks(1)
	b.act("#pause")
	s.send(t, "call", `{}`)
	b.says("#pause", "Resume (1 new)")
	b.hooks(1)
	b.act("#pause")
	b.hooks(2)
	b.act("#clear")
	b.until(`!document.querySelector("#empty").hidden`)
	s.send(t, "connect", `{"sessionId":"new"}`)
	b.hooks(1)
	assert.Equal(t, "new", b.cells(1)[3])
}

func pageReplays(b *browser) {
	t := b.t
	s := openPage(b)
	s.story(t)
	b.hooks(7)
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
	b.act("#open-replay")
	b.attach("#replay-file", write(t, "run.jsonl", text))
	b.says("#replay-result", "7 hooks: 2 answers differ")
	b.says("#replay-table .changes", `"live/cam"`)
	b.attach("#replay-file", write(t, "bad.jsonl", text+"{\n"))
	b.says("#replay-result", "line 8: ")
	s.setRules(t, "", `{}`)
	b.act("#replay-run")
	b.says("#replay-result", "7 hooks: all answers are the same")
	b.hooks(7)
}

// After a restart of the server the tab keeps its hooks and says so. A failed Clear is
// reported too.
func pageKeepsThroughRestart(b *browser) {
	t := b.t
	s := openPage(b)
	s.send(t, "call", `{"sessionId":"a","callee":"kept"}`)
	s.send(t, "call", `{"sessionId":"b"}`)
	b.hooks(2)
	b.openHook(2)
	b.closeHook()
	address := strings.TrimPrefix(s.root(t), "http://")
	s.stop(t)
	b.until(`document.querySelector("#connection").textContent === "Reconnecting"`)
	b.act("#clear")
	b.says(".notice.error", "The run was not cleared: the server does not answer.")
	b.act(".notice.error button")
	next := startServe(t, "--addr", address)
	b.says(".notice", "The server was restarted.")
	b.until(`document.querySelector("#connection").textContent === "Live"`)
	next.send(t, "call", `{"sessionId":"c"}`)
	b.hooks(3)
	assert.Equal(t, []string{"c", "b", "a"}, []string{b.cells(1)[3], b.cells(2)[3], b.cells(3)[3]})
	assert.Equal(t, "false,true,true", b.eval(`[...document.querySelectorAll("#rows .row")].map(e => e.classList.contains("lost"))`))
	b.openHook(3) // it was open before
	b.says("#detail pre", "kept")
	b.closeHook()
	b.act(row(2) + " .open")
	b.says("#detail", "The server that had this hook was restarted")
	b.act("#detail-close")
	b.act("#clear")
	b.until(`!document.querySelector("#empty").hidden`)
	b.visit("about:blank")
	b.complaints() // the requests that failed while the server was down
}

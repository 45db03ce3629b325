package main

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// root is where the page of a server is.
func (s *served) root(t testing.TB) string {
	t.Helper()
	u, err := url.Parse(s.url)
	require.NoError(t, err)
	return "http://" + u.Host
}

func TestPageTry(t *testing.T) {
	t.Parallel()
	s := startServe(t)
	b := openBrowser(t)
	b.visit(s.root(t))
	b.until(`document.querySelector("#connection").textContent === "Live"`)
	b.until(`!document.querySelector("#empty").hidden`)
	b.picture("empty")
	do(t, "send", "connect", "--url", s.url, `--data={"sessionId":"/10.0.0.7:64604/10.0.0.1:8443","appKey":"defaultApp"}`)
	b.until(`document.querySelectorAll("#rows tr").length === 1`)
	b.picture("one")
	assert.Empty(t, b.complaints())
}

package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook"
)

func TestMethodsText(t *testing.T) {
	t.Parallel()
	got := do(t, "methods")
	assert.Equal(t, exitFine, got.code)
	assert.Empty(t, got.err)
	lines := strings.Split(strings.TrimSuffix(got.out, "\n"), "\n")
	assert.Len(t, lines, 1+len(resthook.Methods()))
	assert.Equal(t, []string{"NAME", "KIND", "PAYLOAD"}, strings.Fields(lines[0])[:3])
	at := strings.Index(lines[0], "KIND")
	for i, m := range resthook.Methods() {
		assert.Equal(t, []string{m.Name(), m.Kind().String(), m.PayloadType()}, strings.Fields(lines[i+1])[:3])
		assert.Equal(t, m.Kind().String(), strings.Fields(lines[i+1][at:])[0], "aligned")
		assert.True(t, strings.HasSuffix(lines[i+1], m.Effect()))
	}
}

func TestMethodsJSON(t *testing.T) {
	t.Parallel()
	got := do(t, "methods", "--json")
	assert.Equal(t, exitFine, got.code)
	assert.Equal(t, len(resthook.Methods()), strings.Count(got.out, "\n"))
	for _, want := range []string{
		`{"method":"publishStream","kind":"direct","payload":"Stream"}`,
		`{"method":"connect","kind":"connect","payload":"Connection"}`,
		`{"method":"OnCallEvent","kind":"incoming","payload":"Call"}`,
		`{"method":"StreamStatusEvent","kind":"event","payload":"Stream"}`,
	} {
		assert.Contains(t, got.out, want+"\n")
	}
}

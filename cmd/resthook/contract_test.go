package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/recording/recorded"
	"github.com/wcskit/resthook/hooktest"
)

// What scripts depend on: the exit code, results on stdout only, one JSON object a line
// with --json, and no secrets in the output.
func TestContract(t *testing.T) {
	t.Parallel()
	yes := hooktest.NewSocket(t)
	no := hooktest.NewSocket(t, hooktest.Answer(403, `{"token":"s3cret","reason":"no"}`))
	clean, bad := write(t, "clean.properties", "rest_hook_secret_key=s3cret\n"), write(t, "bad.properties", "rest_request_timeout=s3cret-password\n")
	file := write(t, "hooks.jsonl", recorded.Text(t, recorded.At(0, "call", `{"token":"s3cret"}`)))
	secrets := []string{"--user", "bob:s3cret", "--sign", oneSecret, "--header", "X-Api-Key: s3cret", "--set", "rest_max_connections=3"}
	fail := `--policy={"call":{"restOnError":"FAIL"}}`
	for _, tt := range []struct {
		args    []string
		code    int
		out     int  // lines on stdout
		err     int  // lines on stderr
		objects bool // with --json
	}{
		{append([]string{"send", "call", "--url", yes.URL()}, secrets...), exitFine, 1, 0, true},
		{append([]string{"send", "call", "--url", no.URL()}, secrets...), exitFine, 1, 2, false},
		{append([]string{"send", "call", "--url", no.URL(), fail}, secrets...), exitRefused, 0, 2, false},
		{append([]string{"send", "call", "--url", no.URL(), fail, "--json"}, secrets...), exitRefused, 1, 1, true},
		{append([]string{"send", "connect", "--sample", "--url", no.URL(), "--json"}, secrets...), exitRefused, 1, 1, true},
		{append([]string{"send", "call", "--url", "bob:s3cret@", "--json"}, secrets...), exitUsage, 0, 1, false},
		{append([]string{"replay", file, "--url", yes.URL(), "--json"}, secrets...), exitFine, 1, 0, true},
		{append([]string{"replay", file, "--url", no.URL(), "--json"}, secrets...), exitRefused, 2, 0, true},
		{append([]string{"replay", file, "--url", no.URL(), "--show=all", "--json"}, secrets...), exitRefused, 2, 0, true},
		{append([]string{"replay", "no-such-file", "--json"}, secrets...), exitUsage, 0, 1, false},
		{[]string{"check", clean}, exitFine, len(resthook.DefaultConfig().Settings()), 0, false},
		{[]string{"check", clean, clean, "--json"}, exitFine, 2, 0, true},
		{[]string{"check", clean, bad, "--json"}, exitUsage, 0, 1, false},
		{[]string{"methods", "--json"}, exitFine, len(resthook.Methods()), 0, true},
		{[]string{"methods", "connect", "--json"}, exitFine, 1, 0, true},
		{[]string{"methods", "conect", "--json"}, exitUsage, 0, 1, false},
		{[]string{"version"}, exitFine, 1, 0, false},
		{[]string{"help", "nothing"}, exitUsage, 0, 1, false},
		{[]string{"completion", "tcsh"}, exitUsage, 0, 1, false},
		{[]string{"nothing"}, exitUsage, 0, 1, false},
	} {
		name := strings.Join(tt.args, " ")
		got := do(t, tt.args...)
		assert.Equal(t, tt.code, got.code, "%s: %+v", name, got)
		assert.Equal(t, tt.out, strings.Count(got.out, "\n"), "%s: stdout %q", name, got.out)
		assert.Equal(t, tt.err, strings.Count(got.err, "\n"), "%s: stderr %q", name, got.err)
		assert.NotContains(t, got.out+got.err, "s3cret", name)
		assert.NotContains(t, got.out+got.err, "czNjcmV0", name)
		for line := range strings.Lines(got.out) {
			var object map[string]any
			if tt.objects {
				assert.NoError(t, json.Unmarshal([]byte(line), &object), "%s: %s", name, line)
			}
		}
	}
}
